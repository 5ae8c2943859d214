"""Which IAM actions can name a resource: AWS's own table, for the services that an ML platform uses (policies/data/iam_actions.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache
from pathlib import Path

NEEDS_EVERY_RESOURCE = frozenset({"cloudwatch:describealarms"})
"""Scopable in the table, yet AWS asks for `*`: a narrower scope hides composite alarms (CloudWatch API Reference, DescribeAlarms)."""

TABLE = Path(__file__).parent / "data" / "iam_actions.json"


@cache
def _services() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))["services"]


@cache
def scopable(action: str) -> str | None:
    """The first action that a pattern (`ec2:Describe*`) matches and that can name a resource; None where it needs Resource `*`.

    A service that the table does not know, or a name that matches nothing in it, counts as scopable: the safe answer.
    """
    if action.lower() in NEEDS_EVERY_RESOURCE:
        return None
    service, _, name = action.partition(":")
    known = _services().get(service.lower())
    if known is None:
        return action
    pattern = re.compile(translate(name.replace("[", "[[]")), re.IGNORECASE)
    found = next((each for each in known["scopable"] if pattern.fullmatch(each)), None)
    if found is not None:
        return f"{service}:{found}"
    return None if any(pattern.fullmatch(each) for each in known["unscopable"]) else action
