"""The discounts file: reviewed YAML with an EDP, Savings Plans and reservations. All problems of a file are reported at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from cost.estimate.discounts import ENGINES, PLATFORMS, Discounts, PlanType, Reservation, ReservedService, SavingsPlan
from cost.regions import nearest_region, region_codes
from plinth.errors import nearest
from plinth.strict_yaml import Document, read_document
from plinth.yaml_entries import Entry, entries_of

FIX: Final = "write `edp:`, `savings_plans:` or `reservations:`; docs/prices.md has an example"
TOP: Final = ("edp", "savings_plans", "reservations")
EDP: Final = ("percent", "exclude")
PLAN: Final = ("type", "coverage_percent", "discount_percent", "family", "region")
RESERVATION: Final = ("service", "instance_type", "count", "coverage_percent", "discount_percent", "region", "platform", "engine", "multi_az")
ONLY_FOR: Final = {"platform": ReservedService.EC2, "engine": ReservedService.RDS, "multi_az": ReservedService.RDS}
"""The keys that one service's reservations have."""
MAX_ENTRIES: Final = 1000


def read_discounts(path: Path, services: Collection[str]) -> Discounts:
    """The discounts of a YAML file. Raises one InputError that lists every problem with line, key and the way out.

    `services` are those that the price book knows: what the EDP leaves out is one of them.
    """
    document = read_document(path, fix=FIX)
    value: Mapping[str, Any] = document.value if isinstance(document.value, Mapping) else {}
    Entry(document, (), value).known(TOP)
    edp, excludes = _edp(document, value.get("edp"), services)
    found = Discounts(
        reservations=tuple(_reservation(entry) for entry in _each(document, "reservations")),
        savings_plans=tuple(_plan(entry) for entry in _each(document, "savings_plans")),
        edp=edp,
        edp_excludes=excludes,
    )
    if found == Discounts() and not document.problems:
        document.problem((), "the file gives no discount", None, FIX)
    document.refuse("the discounts")
    return found


def _edp(document: Document, value: Any, services: Collection[str]) -> tuple[float, tuple[str, ...]]:
    if value is None:
        return 0.0, ()
    if not isinstance(value, Mapping):
        document.problem(("edp",), "edp is no mapping", value, "write `percent: 6` below it")
        return 0.0, ()
    checks = Entry(document, ("edp",), value)
    checks.known(EDP)
    excludes = checks.texts("exclude")
    for name in excludes:
        if name not in services:
            fix = nearest(name, sorted(services), "name services as an estimate does: [Amazon SageMaker]")
            checks.say("exclude", "the price book has no such service", name, fix)
    return checks.percent("percent"), excludes


def _each(document: Document, key: str) -> list[Entry]:
    found = [Entry(document, at, entry) for at, entry in entries_of(document, key, most=MAX_ENTRIES, fix="write a list, each entry after a dash")]
    for each in found:
        if not isinstance(each.entry, Mapping):
            document.problem(each.location, "the entry is no mapping", each.entry, "give its keys, such as discount_percent")
    return [each for each in found if isinstance(each.entry, Mapping)]


def _plan(checks: Entry) -> SavingsPlan:
    checks.known(PLAN)
    types = tuple(PlanType)
    kind = PlanType(checks.choice("type", types, None) or types[0])
    if "type" not in checks.entry:
        checks.say("type", "there is no type", None, f"add one of {', '.join(types)}")
    family = checks.optional_text("family")
    if kind is PlanType.EC2_INSTANCE and family is None:
        checks.say("family", "an EC2 Instance Savings Plan is of one family", None, "add family: m6i")
    if kind is not PlanType.EC2_INSTANCE and family is not None:
        checks.say("family", "only an EC2 Instance Savings Plan has a family", family, "take it out, or write type: ec2_instance")
    return SavingsPlan(
        type=kind,
        coverage=checks.percent("coverage_percent"),
        discount=checks.percent("discount_percent"),
        family=family,
        region=_region(checks),
    )


def _reservation(checks: Entry) -> Reservation:
    checks.known(RESERVATION)
    services = tuple(ReservedService)
    service = ReservedService(checks.choice("service", services, None) or services[0])
    if "service" not in checks.entry:
        checks.say("service", "there is no service", None, f"add one of {', '.join(services)}")
    for key, owner in ONLY_FOR.items():
        if key in checks.entry and service is not owner:
            checks.say(key, f"{key} is for a reservation of {owner.value} alone", checks.entry[key], f"take {key} out")
    if ("count" in checks.entry) == ("coverage_percent" in checks.entry):
        checks.say("count", "a reservation has a count or a coverage_percent", None, "give one of the two")
    return Reservation(
        service=service,
        instance_type=checks.text("instance_type", example="db.r6g.large"),
        discount=checks.percent("discount_percent"),
        count=_count(checks),
        coverage=checks.percent("coverage_percent") if "coverage_percent" in checks.entry else 1.0,
        region=_region(checks),
        platform=checks.choice("platform", tuple(PLATFORMS), None) or "linux",
        engine=_engine(checks, service),
        multi_az=checks.flag("multi_az"),
    )


def _engine(checks: Entry, service: ReservedService) -> str:
    engine = checks.choice("engine", tuple(ENGINES), None) or ""
    if service is ReservedService.RDS and "engine" not in checks.entry:
        checks.say("engine", "a database reservation is of one engine", None, f"add one of {', '.join(ENGINES)}")
    if engine == "aurora" and checks.entry.get("multi_az") is not None:
        checks.say("multi_az", "an Aurora reservation is of single instances", checks.entry["multi_az"], "take multi_az out")
    return engine


def _count(checks: Entry) -> float | None:
    count = checks.entry.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        checks.say("count", "the count is no whole number above zero", count, "say how many are reserved: count: 2")
        return None
    return None if count is None else float(count)


def _region(checks: Entry) -> str | None:
    region = checks.optional_text("region")
    if region is not None and region not in region_codes():
        checks.say("region", "there is no such AWS Region", region, nearest_region(region))
    return region
