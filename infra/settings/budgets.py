"""The settings of the budgets: the file of monthly limits that `plinth cost estimate --budgets` writes, and who is told when one is near."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from infra.settings.base import Change, Problem, Settings, check, setting
from infra.settings.parse import parse_area

ROOT: Final = Path(__file__).resolve().parents[2]
"""Where a budgets file's path starts: the folder of Pulumi.yaml."""
MAX_NAME: Final = 60
"""Of the 100 characters that a budget's name may have (AWS Cost Management API reference, Budget, BudgetName) the prefix needs the rest."""
MAX_EMAILS: Final = 10
"""Addresses that one notification may have. Source: AWS Cost Management user guide, Creating a cost budget."""
WRITE_IT: Final = "write it by: plinth cost estimate ENV --budgets FILE"


class BudgetLimit(Settings):
    """One budget: what the resources with all of these tags may cost a month."""

    name: str = setting(change=Change.REPLACES, description="part of the budget's name", pattern=r"^[A-Za-z0-9._-]+$", max_length=MAX_NAME)
    monthly_usd: int = setting(change=Change.IN_PLACE, description="the limit, in whole USD", ge=1)
    tags: Mapping[str, str] = setting(change=Change.IN_PLACE, description="the cost allocation tags that it counts, all of them", min_length=1, max_length=4)


class BudgetsFile(Settings):
    """What `plinth cost estimate --budgets` writes. All but the budgets says where they are from."""

    generated_by: str = setting(change=Change.IN_PLACE, description="the command that wrote it")
    currency: str = setting(change=Change.IN_PLACE, description="USD", pattern="^USD$")
    figure: str = setting(change=Change.IN_PLACE, description="the estimate's figure: expected or max")
    margin_percent: float = setting(change=Change.IN_PLACE, description="what was added to it", ge=0)
    not_priced: tuple[str, ...] = setting(change=Change.IN_PLACE, description="what the estimate lacks", default=())
    budgets: tuple[BudgetLimit, ...] = setting(change=Change.IN_PLACE, description="the budgets", min_length=1)


class BudgetsSettings(Settings):
    """`plinth:budgets`."""

    file: str = setting(change=Change.IN_PLACE, description="the budgets file, by its path from the folder of Pulumi.yaml", min_length=1)
    emails: tuple[str, ...] = setting(change=Change.IN_PLACE, description="who is told; unset, environment.alarm_emails", default=(), max_length=MAX_EMAILS)
    notify_at_percent: tuple[int, ...] = setting(
        change=Change.IN_PLACE, description="percent of a limit, spent or forecast, at which they are", default=(80, 100), min_length=1, max_length=2
    )

    @check("file")
    def the_file_holds_budgets(self) -> Iterator[Problem]:
        """The file is there, is JSON, and says what a budgets file says."""
        found, problems = self._read()
        yield from problems
        names = [limit.name for limit in found.budgets] if found and not problems else []
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Problem("file", name, "each budget's name once", WRITE_IT)

    @check("notify_at_percent")
    def percents_are_some(self) -> Iterator[Problem]:
        """A notification at nothing, or far beyond the limit, tells nobody anything."""
        for index, percent in enumerate(self.notify_at_percent):
            if not 1 <= percent <= 1000:
                yield Problem(f"notify_at_percent[{index}]", percent, "1 to 1000", "write [80, 100]")

    def limits(self) -> tuple[BudgetLimit, ...]:
        """The file's budgets; the checks have said what is wrong with it before."""
        found, _ = self._read()
        return found.budgets if found else ()

    def _read(self) -> tuple[BudgetsFile | None, list[Problem]]:
        path = ROOT / self.file
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            return None, [Problem("file", self.file, f"a readable JSON file ({type(error).__name__})", WRITE_IT)]
        found, _, problems = parse_area(BudgetsFile, raw)
        return found, [Problem(f"file, {problem.key}" if problem.key else "file", problem.value, problem.limit, problem.fix) for problem in problems]
