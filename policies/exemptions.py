"""Exemptions: written, dated permissions to break a rule. A live one turns a violation into `exempt`; an expired one is a violation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plinth.stack import Resource, Stack, Unknown, revealed
from policies.judge import shown, unknown, violation
from policies.model import Context, Problem, Rule

OUTPUT = "exemptions"
FIELDS = ("control", "reason", "expires", "approved_by")


@dataclass(frozen=True, slots=True)
class Exemption:
    """A permission that holds up to and including the day it expires."""

    control: str
    reason: str
    expires: date
    approved_by: str

    def covers(self, rule: Rule, today: date) -> bool:
        """Whether it is live and names the rule."""
        return today <= self.expires and rule.covered_by(self.control)


def read_exemptions(stack: Stack) -> tuple[Exemption, ...]:
    """The exemptions of a stack's `exemptions` output that can be read; `judge_exemptions` reports the others."""
    return tuple(found for _, found in _parsed(stack.outputs) if isinstance(found, Exemption))


def judge_exemptions(resource: Resource, context: Context) -> Iterator[Problem]:
    """A violation for each exemption that has expired or can't be read. The resource is the stack itself."""
    for path, found in _parsed(resource.outputs):
        if isinstance(found, Unknown):
            yield unknown(path)
        elif not isinstance(found, Exemption):
            yield violation(path, found)
        elif found.expires < context.today:
            yield violation(path, f"the exemption of {found.control} expired on {found.expires} (approved by {found.approved_by}: {shown(found.reason)})")


def _parsed(outputs: Mapping[str, Any]) -> Iterator[tuple[str, Exemption | Unknown | str]]:
    listed = revealed(outputs.get(OUTPUT))
    if listed is None:
        return
    if isinstance(listed, Unknown):
        yield OUTPUT, listed
        return
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        yield OUTPUT, f"{OUTPUT} is {shown(listed)}: it must be a list of {{{', '.join(FIELDS)}}}"
        return
    for index, item in enumerate(listed):
        yield f"{OUTPUT}.{index}", _parse(item)


def _parse(item: Any) -> Exemption | Unknown | str:
    if isinstance(item, Unknown):
        return item
    missing = [key for key in FIELDS if not isinstance(item, Mapping) or not isinstance(item.get(key), str) or not item[key].strip()]
    if missing:
        return f"the exemption {shown(item)} lacks {', '.join(missing)}: it covers nothing"
    try:
        return Exemption(item["control"], item["reason"], date.fromisoformat(item["expires"]), item["approved_by"])
    except ValueError:
        return f"the exemption of {item['control']} expires on {shown(item['expires'])}, which is no date (YYYY-MM-DD): it covers nothing"
