"""The guardrails file: reviewed limits on what a stack may cost, and dated waivers. All problems of a file are reported at once, with line and key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal, cast

from cost.estimate.model import PurchaseOption
from plinth.strict_yaml import Document, Location, dotted, read_document

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
    _known(document, (), content, TOP)
    unpriced = content.get("unpriced", "warn")
    if unpriced not in UNPRICED:
        document.problem(("unpriced",), "it is neither warn nor fail", unpriced, "write warn, or fail where a limit that can't be decided must stop the change")
    entries = _entries(document, "guardrails", required=True)
    guardrails = [found for at, entry in entries if (found := _guardrail(document, at, entry))]
    _refuse_repeated(document, guardrails)
    # Of every entry, so that a waiver is not called wrong for a mistake in its guardrail.
    names = [str(entry["name"]) for _, entry in entries if isinstance(entry, Mapping) and "name" in entry]
    waivers = [found for at, entry in _entries(document, "waivers") if (found := _waiver(document, at, entry, names))]
    document.refuse("the guardrails")
    return Guardrails(path, tuple(guardrails), tuple(waivers), unpriced == "fail")


def nearest(name: str, names: Sequence[str], otherwise: str) -> str:
    """The way out of an unknown name: the nearest known one."""
    close = difflib.get_close_matches(name, names, 1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise


def _entries(document: Document, key: str, *, required: bool = False) -> list[tuple[Location, Any]]:
    entries = (document.value or {}).get(key)
    if entries is None and not required:
        return []
    if not isinstance(entries, list) or (required and not entries):
        document.problem((key,), f"there is no list of {key}", entries, FIX)
        return []
    if len(entries) > MOST:
        document.problem((key,), f"there are more than {MOST} {key}", len(entries), "split the file")
        return []
    return [((key, index), entry) for index, entry in enumerate(entries)]


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
    checks = _Entry(document, location, entry)
    before = len(document.problems)
    _known(document, location, entry, ("name", *KINDS, *FILTERS))
    name, kind = checks.text("name"), checks.kind()
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
        tags=checks.tags(),
        types=checks.texts("types"),
        purchase=None if purchase is None else PurchaseOption(purchase),
    )


def _waiver(document: Document, location: Location, entry: Any, names: Sequence[str]) -> Waiver | None:
    if not isinstance(entry, Mapping):
        document.problem(location, "the waiver is no mapping", entry, f"give it {', '.join(WAIVER_KEYS)}")
        return None
    checks = _Entry(document, location, entry)
    _known(document, location, entry, WAIVER_KEYS)
    guardrail = checks.text("guardrail")
    if guardrail and guardrail not in names:
        fix = nearest(guardrail, names, "take the waiver out")
        document.problem((*location, "guardrail"), "the waiver is of a guardrail that the file does not have", guardrail, fix)
    until = checks.day("until")
    reason, approved_by = checks.text("reason"), checks.text("approved_by")
    resource = checks.text("resource") if "resource" in entry else None
    return None if until is None else Waiver(guardrail, until, reason, approved_by, resource, checks.texts("environments"))


def _known(document: Document, location: Location, mapping: Mapping[str, Any], keys: Sequence[str]) -> None:
    for key in mapping:
        if key not in keys:
            document.problem((*location, key), "there is no such key", key, nearest(key, keys, f"use {', '.join(keys)}"))


@dataclass(frozen=True)
class _Entry:
    """The checks of one entry: each gives a usable value and notes what is wrong."""

    document: Document
    location: Location
    entry: Mapping[str, Any]

    def say(self, key: str, what: str, value: object, fix: str) -> None:
        self.document.problem((*self.location, key) if key in self.entry else self.location, what, value, fix)

    def text(self, key: str) -> str:
        value = self.entry.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.say(key, f"there is no {key}" if value is None else f"{key} is not a text", value, f"add {key} as a text")
        return ""

    def kind(self) -> Kind | None:
        found = [key for key in KINDS if key in self.entry]
        if len(found) == 1:
            return cast(Kind, found[0])
        self.say("name", "a guardrail has exactly one limit", found or None, f"give it one of {', '.join(KINDS)}")
        return None

    def number(self, key: str) -> float:
        value = self.entry.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            return float(value)
        self.say(key, "it is not a number of 0 or more", value, "write it as 2000")
        return 0.0

    def choice(self, key: str, choices: Sequence[str], default: str | None) -> str | None:
        value = self.entry.get(key, default)
        if value is not None and value not in choices:
            self.say(key, "there is no such choice", value, f"use one of {', '.join(choices)}")
        return value

    def day(self, key: str) -> date | None:
        value = self.entry.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if any(problem.key == dotted((*self.location, key)) for problem in self.document.problems):
            return None
        self.say(key, f"there is no {key}" if value is None else "it is not a day", value, "write the last day as 2026-12-31, without quotes")
        return None

    def tags(self) -> Mapping[str, tuple[str, ...]] | None:
        value = self.entry.get("tags")
        if value is None:
            return None
        if not isinstance(value, Mapping) or not value:
            self.say("tags", "it is no mapping", value, "write it as {team: vision}")
            return None
        return {str(key): self._listed("tags", each) for key, each in value.items()}

    def texts(self, key: str) -> tuple[str, ...]:
        return self._listed(key, self.entry[key]) if key in self.entry else ()

    def _listed(self, key: str, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(each, str) and each for each in values):
            self.say(key, "it is not a text or a list of texts", value, "write one text, or several as [a, b]")
            return ()
        return tuple(values)
