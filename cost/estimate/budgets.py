"""AWS Budgets inputs of an estimate: a monthly limit for the environment and for each team, which infra/ makes into budgets (`plinth:budgets`)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from cost.estimate.model import Estimate, Range
from infra.tags import ENVIRONMENT, TEAM
from plinth.errors import InputError

Figure = Literal["expected", "max"]
MAX_NAME: Final = 60
"""As long as infra.settings.budgets takes it."""


def budgets_json(estimate: Estimate, environment: str, *, figure: Figure, margin: float) -> str:
    """The file that `plinth:budgets.file` names: each limit is the figure plus `margin` percent, rounded up to whole USD.

    What is not priced is in no limit, and is listed. Raises InputError where there is nothing to limit, or only a part of the stack is known.
    """
    if estimate.unseen:
        value = f"{estimate.unseen} unchanged resources"
        raise InputError("the preview leaves out what the budgets would count", where="--preview", value=value, fix="add --show-sames to pulumi preview --json")
    limits = list(_limits(estimate, environment, figure, margin))
    if not limits:
        raise InputError("there is nothing to make a budget of: the estimate is 0 USD a month", where="--budgets", fix="use --budget-from max")
    document = {
        "generated_by": f"plinth cost estimate {environment} --budgets",
        "currency": estimate.currency,
        "figure": figure,
        "margin_percent": margin,
        "not_priced": sorted({item.urn.rsplit("::", 1)[-1] for item in estimate.unknown}),
        "budgets": limits,
    }
    return json.dumps(document, indent=2) + "\n"


def _limits(estimate: Estimate, environment: str, figure: Figure, margin: float) -> Iterator[dict[str, Any]]:
    scope = {ENVIRONMENT: environment}
    used: set[str] = set()
    teams = {team: cost for team, cost in estimate.by_tag.get(TEAM, {}).items() if team}
    for label, cost, tags in [("environment", estimate.total, scope), *((f"team-{team}", cost, {**scope, TEAM: team}) for team, cost in teams.items())]:
        limit = _limit(cost, figure, margin)
        if limit:
            yield {"name": _name(label, used), "monthly_usd": limit, "tags": tags}


def _limit(cost: Range, figure: Figure, margin: float) -> int:
    # Rounded to a millionth first: 100 USD and 10 % are 110, and not the 111 that 110.00000000000001 would be.
    return math.ceil(round(getattr(cost, figure) * (1 + margin / 100), 6))


def _name(label: str, used: set[str]) -> str:
    """The label in the characters that a budget's name takes, with a number where another label looks the same."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", label)[:MAX_NAME]
    names = (plain, *(f"{plain[: MAX_NAME - 4]}-{number}" for number in range(2, 1000)))
    name = next(name for name in names if name not in used)
    used.add(name)
    return name
