"""What an account pays less than list: reservations, then Savings Plans, then an EDP on what is left; list cost stays beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cost.estimate.model import ZERO, EstimateLine, PurchaseOption, Range, ResourceEstimate, total
from cost.estimate.prices import EC2, LEARNED, SAGEMAKER
from cost.units import MONTH_HOURS


class PlanType(StrEnum):
    """The kinds of Savings Plans whose usage an estimate has. Source: AWS Savings Plans User Guide, "Types of Savings Plans".

    Database Savings Plans are none of them: they cover databases by generation of instance, and take another percentage off each kind of
    use (serverless, instances, throughput), so that one percentage for all would be wrong.
    """

    COMPUTE = "compute"
    EC2_INSTANCE = "ec2_instance"
    SAGEMAKER = "sagemaker"


class ReservedService(StrEnum):
    """The services with reserved instances or nodes."""

    EC2 = "ec2"
    RDS = "rds"
    ELASTICACHE = "elasticache"
    REDSHIFT = "redshift"
    OPENSEARCH = "opensearch"


AURORA: Final = "Amazon Aurora"
SERVICES: Final = {
    ReservedService.EC2: ("Amazon EC2",),
    ReservedService.RDS: ("Amazon RDS", AURORA),
    ReservedService.ELASTICACHE: ("Amazon ElastiCache",),
    ReservedService.REDSHIFT: ("Amazon Redshift",),
    ReservedService.OPENSEARCH: ("Amazon OpenSearch",),
}
"""The price book's service names by reservation."""
SURCHARGE: Final = "EBS-optimized"
"""The surcharge of old types for EBS bandwidth: it is no instance usage."""
COMPUTE_COMPONENTS: Final = {
    "AWS Fargate": re.compile(r"(Linux|Windows)/(x86|ARM) (vCPU|memory)"),
    "AWS Lambda": re.compile(r"(duration|duration under provisioned concurrency|provisioned concurrency), (x86|arm64)"),
}
"""The price book's components that a Compute Savings Plan covers beside EC2: Fargate's vCPU and memory, Lambda's duration and provisioned concurrency.

Source: AWS Compute Savings Plans pricing page. Requests, storage, licences, Spot and SnapStart are in no plan.
"""
PLATFORMS: Final = {"linux": "Linux", "windows": "Windows", "rhel": "RHEL", "suse": "SUSE"}
"""An EC2 reservation's `platform` and the price book's word for it: a reservation is of one platform (EC2 User Guide, Reserved Instances)."""
ENGINES: Final = {
    "aurora": "", "mysql": "MySQL", "mariadb": "MariaDB", "postgresql": "PostgreSQL", "oracle": "Oracle", "sqlserver": "SQL Server", "db2": "Db2",
}  # fmt: skip
"""An RDS reservation's `engine` and the price book's word for it: a reservation is of one engine (RDS User Guide, Reserved DB instances)."""
FLEXIBLE: Final = frozenset({"mysql", "mariadb", "postgresql"})
"""The engines whose Single-AZ reservations cover half as many Multi-AZ instances (RDS User Guide, Size-flexible reserved DB instances)."""
IO_OPTIMIZED: Final = 1.3
"""Reserved hours that an hour of an Aurora I/O-Optimized instance takes (Aurora User Guide, Reserved DB instances for an Aurora cluster)."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Reserved instances of one type: `count` of them all month, or a share of the usage; `discount` is against on-demand, 0 to 1.

    `platform` is EC2's, `engine` and `multi_az` are RDS's.
    """

    service: ReservedService
    instance_type: str
    discount: float
    count: float | None = None
    coverage: float = 1.0
    region: str | None = None
    platform: str = "linux"
    engine: str = ""
    multi_az: bool = False


@dataclass(frozen=True, slots=True)
class SavingsPlan:
    """A plan that covers a share of the eligible on-demand usage that reservations leave, at a rate below on-demand."""

    type: PlanType
    coverage: float
    discount: float
    family: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Discounts:
    """Everything that an account pays less; `edp` holds for every service that is not in `edp_excludes`."""

    reservations: tuple[Reservation, ...] = ()
    savings_plans: tuple[SavingsPlan, ...] = ()
    edp: float = 0.0
    edp_excludes: tuple[str, ...] = ()


def discounted(resources: Sequence[ResourceEstimate], discounts: Discounts) -> tuple[tuple[ResourceEstimate, ...], tuple[str, ...]]:
    """The resources at what the account pays, each changed line with its list cost beside it; and what is to be said.

    Reservations before Savings Plans, EC2 Instance plans before Compute plans, the EDP on what is left. Of these only the EDP applies
    to Spot; a Savings Plan never applies to the EKS control plane. Source: AWS Savings Plans User Guide, "How Savings Plans apply to your usage".
    """
    run = _Run(discounts)
    found = tuple(run.resource(resource) for resource in resources)
    return found, tuple(run.notes())


class _Run:
    """One pass over an estimate; counted reservations are used up in its order."""

    def __init__(self, discounts: Discounts):
        self._discounts = discounts
        self._plans = sorted(discounts.savings_plans, key=lambda plan: plan.type is PlanType.COMPUTE)
        hours = ((index, each.count * _instances(each)) for index, each in enumerate(discounts.reservations) if each.count is not None)
        self._hours = {index: _every(count * MONTH_HOURS) for index, count in hours}
        self._learned = 0
        self._met: set[Reservation | SavingsPlan | str] = set()

    def resource(self, resource: ResourceEstimate) -> ResourceEstimate:
        """The resource with each line at what is paid."""
        lines = tuple(self._line(line, resource.region) for line in resource.lines)
        if all(line.list_monthly_cost is None for line in lines):
            return resource
        listed = total(line.list_monthly_cost or line.monthly_cost for line in lines)
        return resource.model_copy(update={"lines": lines, "monthly_cost": total(line.monthly_cost for line in lines), "list_monthly_cost": listed})

    def _line(self, line: EstimateLine, region: str | None) -> EstimateLine:
        if line.confidence == LEARNED:
            self._learned += 1
            self._met |= {line.service, *(plan for plan in self._plans if _is_eligible(plan, line, region))}
            return line
        left = _every(1.0)
        paid = ZERO
        said: list[str] = []
        if line.purchase_option is not PurchaseOption.SPOT:
            for index, reservation in enumerate(self._discounts.reservations):
                covered = self._reserved(index, reservation, line, region, left)
                left, paid = _take(left, paid, covered, reservation.discount, f"reserved {reservation.instance_type}", said)
            for plan in self._plans:
                eligible = _is_eligible(plan, line, region)
                self._met |= {plan} if eligible else set()
                covered = left.scaled(plan.coverage) if eligible else ZERO
                left, paid = _take(left, paid, covered, plan.discount, f"{plan.type.value} Savings Plan", said)
        self._met.add(line.service)
        edp = 0.0 if line.service in self._discounts.edp_excludes else self._discounts.edp
        if edp:
            said.append(f"EDP: {100 * edp:.4g} % off")
        if not said:
            return line
        share = (left + paid).scaled(1.0 - edp)
        notes = tuple(said)
        return line.model_copy(
            update={
                "list_monthly_cost": line.monthly_cost,
                "monthly_cost": line.monthly_cost.times(share),
                "discounts": notes,
                "assumptions": (*line.assumptions, *(f"discount: {note}" for note in notes)),
            }
        )

    def _reserved(self, index: int, reservation: Reservation, line: EstimateLine, region: str | None, left: Range) -> Range:
        """Which share of a line a reservation covers, at the floor, as expected, and at the ceiling."""
        weight = _reserved_hours(reservation, line, region)
        if not weight:
            return ZERO
        self._met.add(reservation)
        if reservation.count is None:
            return left.scaled(reservation.coverage)
        free = self._hours[index]
        wanted = line.quantity.times(left).scaled(weight)
        used = Range(**{name: min(hours, getattr(wanted, name)) for name, hours in free})
        self._hours[index] = Range(**{name: hours - getattr(used, name) for name, hours in free})
        return Range(**{name: hours / (quantity * weight) if (quantity := getattr(line.quantity, name)) else 0.0 for name, hours in used})

    def notes(self) -> Iterable[str]:
        """Discounts that met no line, reserved hours that nothing used, and lines whose rates have their discounts in them."""
        for index, hours in self._hours.items():
            if hours.expected > 0:
                each = self._discounts.reservations[index]
                left = hours.expected / _instances(each)
                yield f"{left:,.6g} reserved hours of {each.instance_type} have no use in this estimate: they are paid all the same, and not in its total"
        for each in self._discounts.reservations:
            if each not in self._met:
                yield f"the {each.service.value} reservation of {each.instance_type} meets no line of this estimate: check type, Region, platform, engine"
        for plan in self._discounts.savings_plans:
            if plan not in self._met:
                name = " ".join(filter(None, (plan.type.value, plan.family)))
                yield f"the {name} Savings Plan meets no line of this estimate: check its type, family and Region"
        for service in self._discounts.edp_excludes:
            if service not in self._met:
                yield f"the EDP leaves out {service}, of which this estimate has no line"
        if self._learned:
            yield f"{self._learned} lines are at rates learned from a bill, which has its discounts in them: none is applied again"


def _take(left: Range, paid: Range, covered: Range, discount: float, name: str, said: list[str]) -> tuple[Range, Range]:
    if covered == ZERO:
        return left, paid
    said.append(f"{name}: {100 * discount:.4g} % off {100 * covered.expected:.4g} % of it")
    return left + covered.scaled(-1.0), paid + covered.scaled(1.0 - discount)


def _reserved_hours(reservation: Reservation, line: EstimateLine, region: str | None) -> float:
    """How many reserved hours an hour of the line takes; 0 where the reservation is not for it."""
    named = line.instance_type == reservation.instance_type
    here = reservation.region in (None, region)
    if not (named and here and line.service in SERVICES[reservation.service] and line.unit == "hour"):
        return 0.0
    price = _price_name(line)
    if reservation.service is ReservedService.EC2:
        return float(price == f"{PLATFORMS[reservation.platform]} on-demand {line.instance_type}")
    return _database_hours(reservation, line, price) if reservation.service is ReservedService.RDS else 1.0


def _instances(reservation: Reservation) -> float:
    """A Multi-AZ database is an instance and its standby."""
    return 2.0 if reservation.multi_az else 1.0


def _price_name(line: EstimateLine) -> str:
    """The price book's name of what the line is expected to run on."""
    offered = next((offer.price_component for offer in line.offers if offer.instance_type == line.instance_type), "")
    return line.price_component or offered


def _database_hours(reservation: Reservation, line: EstimateLine, price: str) -> float:
    """Single-AZ hours that an hour of a database takes: two of a Multi-AZ instance, which is one instance and its standby."""
    if line.service == AURORA or reservation.engine == "aurora":
        return 0.0 if reservation.engine != "aurora" or line.service != AURORA else IO_OPTIMIZED if price.endswith("I/O-Optimized") else 1.0
    engine = ENGINES.get(reservation.engine)
    if engine is None or not price.startswith(engine):
        return 0.0
    standby = " Multi-AZ " in price and " Multi-AZ cluster " not in price
    if standby is not reservation.multi_az and reservation.engine not in FLEXIBLE:
        return 0.0
    return 2.0 if standby else 1.0


def _is_eligible(plan: SavingsPlan, line: EstimateLine, region: str | None) -> bool:
    if plan.region not in (None, region):
        return False
    kind = line.instance_type or ""
    instances = line.unit == "hour" and not line.component.startswith(SURCHARGE)
    if plan.type is PlanType.SAGEMAKER:
        return line.service == SAGEMAKER and instances and kind.startswith("ml.")
    on_ec2 = line.service == EC2 and instances and kind != ""
    if plan.type is PlanType.EC2_INSTANCE:
        return on_ec2 and kind.partition(".")[0] == plan.family
    beside = COMPUTE_COMPONENTS.get(line.service)
    return on_ec2 or (beside is not None and beside.fullmatch(_price_name(line)) is not None)


def _every(value: float) -> Range:
    return Range(min=value, expected=value, max=value)
