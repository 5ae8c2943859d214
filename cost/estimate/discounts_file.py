"""The discounts file: reviewed YAML with an EDP, Savings Plans and reservations. All problems of a file are reported at once."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from cost.estimate.discounts import Discounts, PlanType, Reservation, ReservedService, SavingsPlan
from cost.regions import nearest_region, region_codes
from plinth.strict_yaml import Document, Location, read_document

FIX: Final = "write `edp:`, `savings_plans:` or `reservations:`; docs/prices.md has an example"
TOP: Final = ("edp", "savings_plans", "reservations")
EDP: Final = ("percent", "exclude")
PLAN: Final = ("type", "coverage_percent", "discount_percent", "family", "region")
RESERVATION: Final = ("service", "instance_type", "count", "coverage_percent", "discount_percent", "region")
MAX_ENTRIES: Final = 1000

Choice = TypeVar("Choice", bound=StrEnum)


def read_discounts(path: Path) -> Discounts:
    """The discounts of a YAML file. Raises one InputError that lists every problem with line, key and the way out."""
    document = read_document(path, fix=FIX)
    value: Mapping[str, Any] = document.value if isinstance(document.value, Mapping) else {}
    _known(document, (), value, TOP)
    edp, excludes = _edp(document, value.get("edp"))
    found = Discounts(
        reservations=tuple(_each(document, "reservations", value, _reservation)),
        savings_plans=tuple(_each(document, "savings_plans", value, _plan)),
        edp=edp,
        edp_excludes=excludes,
    )
    if found == Discounts() and not document.problems:
        document.problem((), "the file gives no discount", None, FIX)
    document.refuse("the discounts")
    return found


def _edp(document: Document, value: Any) -> tuple[float, tuple[str, ...]]:
    if value is None:
        return 0.0, ()
    if not isinstance(value, Mapping):
        document.problem(("edp",), "edp is no mapping", value, "write `percent: 6` below it")
        return 0.0, ()
    _known(document, ("edp",), value, EDP)
    excludes = value.get("exclude", [])
    if not isinstance(excludes, list) or not all(isinstance(each, str) for each in excludes):
        document.problem(("edp", "exclude"), "exclude is no list of services", excludes, "name services as an estimate does: [Amazon SageMaker]")
        excludes = []
    return _percent(document, ("edp",), value, "percent"), tuple(excludes)


def _each(document: Document, key: str, value: Mapping[str, Any], read: Any) -> Iterable[Any]:
    entries = value.get(key)
    if entries is None:
        return
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        document.problem((key,), f"{key} is no list of at most {MAX_ENTRIES:,} entries", type(entries).__name__, "write a list, each entry after a dash")
        return
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            yield read(document, (key, index), entry)
        else:
            document.problem((key, index), "the entry is no mapping", entry, "give its keys, such as discount_percent")


def _plan(document: Document, here: Location, entry: Mapping[str, Any]) -> SavingsPlan:
    _known(document, here, entry, PLAN)
    kind = _choice(document, here, entry, "type", PlanType)
    family = _text(document, here, entry, "family")
    if kind is PlanType.EC2_INSTANCE and family is None:
        document.problem(here, "an EC2 Instance Savings Plan is of one family", None, "add family: m6i")
    if kind is not PlanType.EC2_INSTANCE and family is not None:
        document.problem((*here, "family"), "only an EC2 Instance Savings Plan has a family", family, "take it out, or write type: ec2_instance")
    return SavingsPlan(
        type=kind,
        coverage=_percent(document, here, entry, "coverage_percent"),
        discount=_percent(document, here, entry, "discount_percent"),
        family=family,
        region=_region(document, here, entry),
    )


def _reservation(document: Document, here: Location, entry: Mapping[str, Any]) -> Reservation:
    _known(document, here, entry, RESERVATION)
    if ("count" in entry) == ("coverage_percent" in entry):
        document.problem(here, "a reservation has a count or a coverage_percent", None, "give one of the two")
    count = entry.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        document.problem((*here, "count"), "the count is no whole number above zero", count, "say how many are reserved: count: 2")
        count = None
    kind = _text(document, here, entry, "instance_type")
    if kind is None and "instance_type" not in entry:
        document.problem(here, "the reservation has no instance_type", None, "add instance_type: db.r6g.large")
    return Reservation(
        service=_choice(document, here, entry, "service", ReservedService),
        instance_type=kind or "",
        discount=_percent(document, here, entry, "discount_percent"),
        count=None if count is None else float(count),
        coverage=_percent(document, here, entry, "coverage_percent") if "coverage_percent" in entry else 1.0,
        region=_region(document, here, entry),
    )


def _percent(document: Document, here: Location, entry: Mapping[str, Any], key: str) -> float:
    """A percentage as a share of 1."""
    value = entry.get(key)
    if key not in entry:
        document.problem(here, f"there is no {key}", None, f"add {key}, 0 to 100")
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 100:
        document.problem((*here, key), f"{key} is no number from 0 to 100", value, "write a percentage such as 27.5")
        return 0.0
    return value / 100


def _choice(document: Document, here: Location, entry: Mapping[str, Any], key: str, kinds: type[Choice]) -> Choice:
    words = [kind.value for kind in kinds]
    value = entry.get(key)
    if value not in words:
        close = difflib.get_close_matches(str(value), words, 1)
        place = (*here, key) if key in entry else here
        document.problem(place, f"{key} is not one of {', '.join(words)}", value, f"did you mean {close[0]}?" if close else f"use {', '.join(words)}")
        return next(iter(kinds))
    return kinds(value)


def _text(document: Document, here: Location, entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    if key in entry and (not isinstance(value, str) or not value.strip()):
        document.problem((*here, key), f"{key} is no text", value, "write it as text")
        return None
    return value


def _region(document: Document, here: Location, entry: Mapping[str, Any]) -> str | None:
    region = _text(document, here, entry, "region")
    if region is not None and region not in region_codes():
        document.problem((*here, "region"), "there is no such AWS Region", region, nearest_region(region))
    return region


def _known(document: Document, here: Location, entry: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for key in entry:
        if key not in names:
            close = difflib.get_close_matches(str(key), names, 1)
            document.problem((*here, str(key)), "there is no such key", key, f"did you mean {close[0]}?" if close else f"use {', '.join(names)}")
