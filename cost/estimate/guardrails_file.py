"""The guardrails file: reviewed limits on what a stack may cost, and dated waivers. All problems of a file are reported at once, with line and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, cast

from cost.estimate.model import PurchaseOption
from plinth.errors import nearest
from plinth.strict_yaml import Document, Location, read_document
from plinth.yaml_entries import Entry, entries_of

Kind = Literal["monthly_usd", "increase_usd", "increase_percent", "resource_monthly_usd", "gpu_hourly_usd"]
Figure = Literal["min", "expected", "max"]

KINDS: Final[Mapping[str, str]] = {
    "monthly_usd": "USD a month",
    "increase_usd": "USD a month",
    "increase_percent": "%",
    "resource_monthly_usd": "USD a month",
    "gpu_hourly_usd": "USD an hour",
}
"""What a guardrail may limit, and in which unit: a guardrail has exactly one of these keys."""
PER_RESOURCE: Final = frozenset({"resource_monthly_usd", "gpu_hourly_usd"})
"""The limits on one resource: a waiver of such a guardrail may name the resource that it is for."""
FILTERS: Final = ("figure", "environments", "tags", "types", "purchase")
FIGURES: Final = ("min", "expected", "max")
UNPRICED: Final = ("warn", "fail")
WAIVER_KEYS: Final = ("guardrail", "resource", "environments", "until", "reason", "approved_by")
TOP: Final = ("unpriced", "guardrails", "waivers")
MOST: Final = 200
FIX: Final = "write `guardrails:` and a list below it; docs/guardrails.md has an example"


@dataclass(frozen=True)
class Guardrail:
    """One limit, and which environments and resources it is for; empty filters are all of them."""

    name: str
    kind: Kind
    limit: float
    figure: Figure = "expected"
    environments: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] | None = None
    types: tuple[str, ...] = ()
    purchase: PurchaseOption | None = None


@dataclass(frozen=True)
class Waiver:
    """A permission to be over a limit, up to and including a day."""

    guardrail: str
    until: date
    reason: str
    approved_by: str
    resource: str | None = None
    environments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guardrails:
    """A whole file. `fail_unpriced`: a limit that can't be decided fails, where it else is a warning."""

    path: Path
    guardrails: tuple[Guardrail, ...]
    waivers: tuple[Waiver, ...] = ()
    fail_unpriced: bool = False


def load_guardrails(path: Path) -> Guardrails:
    """A guardrails file. Raises one InputError that lists every problem with line, key and fix; a waiver of a guardrail that is not there is one."""
    document = read_document(path, fix=FIX)
    content: Mapping[str, Any] = document.value or {}
    Entry(document, (), content).known(TOP)
    unpriced = content.get("unpriced", "warn")
    if unpriced not in UNPRICED:
        document.problem(("unpriced",), "it is neither warn nor fail", unpriced, "write warn, or fail where a limit that can't be decided must stop the change")
    entries = list(entries_of(document, "guardrails", most=MOST, fix=FIX, required=True))
    guardrails = [found for at, entry in entries if (found := _guardrail(document, at, entry))]
    _refuse_repeated(document, guardrails)
    # Of every entry, so that a waiver is not called wrong for a mistake in its guardrail.
    names = [str(entry["name"]) for _, entry in entries if isinstance(entry, Mapping) and "name" in entry]
    waivers = [found for at, entry in entries_of(document, "waivers", most=MOST, fix=FIX) if (found := _waiver(document, at, entry, names))]
    document.refuse("the guardrails")
    return Guardrails(path, tuple(guardrails), tuple(waivers), unpriced == "fail")


def _refuse_repeated(document: Document, guardrails: Sequence[Guardrail]) -> None:
    seen: set[str] = set()
    for guardrail in guardrails:
        if guardrail.name in seen:
            document.problem(("guardrails",), "two guardrails have one name", guardrail.name, "give each a name of its own")
        seen.add(guardrail.name)


def _guardrail(document: Document, location: Location, entry: Any) -> Guardrail | None:
    if not isinstance(entry, Mapping):
        document.problem(location, "the guardrail is no mapping", entry, f"give it a name and one of {', '.join(KINDS)}")
        return None
    checks = Entry(document, location, entry)
    before = len(document.problems)
    checks.known(("name", *KINDS, *FILTERS))
    name, kind = checks.text("name"), _kind(checks)
    figure = checks.choice("figure", FIGURES, "expected")
    purchase = checks.choice("purchase", tuple(PurchaseOption), None)
    if kind is None or len(document.problems) > before:
        return None
    if kind == "gpu_hourly_usd" and "figure" in entry:
        document.problem((*location, "figure"), "a price an hour has no floor and no ceiling", figure, "take figure out: every type that may run is looked at")
    if kind != "gpu_hourly_usd" and purchase is not None:
        document.problem((*location, "purchase"), "only gpu_hourly_usd is by purchase option", purchase, "take purchase out")
    return Guardrail(
        name=name,
        kind=kind,
        limit=checks.number(kind),
        figure=cast(Figure, figure),
        environments=checks.texts("environments"),
        tags=_tags(checks),
        types=checks.texts("types"),
        purchase=None if purchase is None else PurchaseOption(purchase),
    )


def _waiver(document: Document, location: Location, entry: Any, names: Sequence[str]) -> Waiver | None:
    if not isinstance(entry, Mapping):
        document.problem(location, "the waiver is no mapping", entry, f"give it {', '.join(WAIVER_KEYS)}")
        return None
    checks = Entry(document, location, entry)
    checks.known(WAIVER_KEYS)
    guardrail = checks.text("guardrail")
    if guardrail and guardrail not in names:
        fix = nearest(guardrail, names, "take the waiver out")
        document.problem((*location, "guardrail"), "the waiver is of a guardrail that the file does not have", guardrail, fix)
    until = checks.day("until")
    reason, approved_by = checks.text("reason"), checks.text("approved_by")
    resource = checks.optional_text("resource")
    return None if until is None else Waiver(guardrail, until, reason, approved_by, resource, checks.texts("environments"))


def _kind(checks: Entry) -> Kind | None:
    found = [key for key in KINDS if key in checks.entry]
    if len(found) == 1:
        return cast(Kind, found[0])
    checks.say("name", "a guardrail has exactly one limit", found or None, f"give it one of {', '.join(KINDS)}")
    return None


def _tags(checks: Entry) -> Mapping[str, tuple[str, ...]] | None:
    value = checks.entry.get("tags")
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value:
        checks.say("tags", "it is no mapping", value, "write it as {team: vision}")
        return None
    return {str(key): checks.listed("tags", each) for key, each in value.items()}
