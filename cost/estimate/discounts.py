"""What an account pays less than list: reservations, then Savings Plans, then an EDP on what is left; list cost stays beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cost.estimate.model import ZERO, EstimateLine, PurchaseOption, Range, ResourceEstimate, total
from cost.estimate.prices import LEARNED
from cost.units import MONTH_HOURS


class PlanType(StrEnum):
    """The kinds of Savings Plans whose usage an estimate has. Source: AWS Savings Plans User Guide, "Types of Savings Plans"."""

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


SERVICES: Final = {
    ReservedService.EC2: ("Amazon EC2",),
    ReservedService.RDS: ("Amazon RDS", "Amazon Aurora"),
    ReservedService.ELASTICACHE: ("Amazon ElastiCache",),
    ReservedService.REDSHIFT: ("Amazon Redshift",),
    ReservedService.OPENSEARCH: ("Amazon OpenSearch",),
}
"""The price book's service names by reservation."""
EC2: Final = "Amazon EC2"
SAGEMAKER: Final = "Amazon SageMaker"
SURCHARGE: Final = "EBS-optimized"
"""The surcharge of old types for EBS bandwidth: it is no instance usage."""
FARGATE_UNITS: Final = ("vCPU-hour", "GB-hour")
COMPUTE_COMPONENTS: Final = {
    "AWS Fargate": FARGATE_UNITS,
    "AWS Lambda": ("GB-second",),
}
"""What a Compute Savings Plan covers beside EC2: Fargate's vCPU and memory, Lambda's duration and provisioned concurrency, not its requests."""


NOT_COVERED: Final = ("ephemeral", "licence", "Spot")
"""Words of Fargate's and Lambda's components that are billed by the same units and that no plan covers."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Reserved instances of one type: `count` of them all month, or a share of the usage; `discount` is against on-demand, 0 to 1."""

    service: ReservedService
    instance_type: str
    discount: float
    count: float | None = None
    coverage: float = 1.0
    region: str | None = None


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

    Reservations before Savings Plans, EC2 Instance plans before Compute plans, the EDP on what is left. None applies to Spot; a Savings
    Plan never applies to the EKS control plane. Source: AWS Savings Plans User Guide, "How Savings Plans apply to your usage".
    """
    run = _Run(discounts)
    found = tuple(run.resource(resource) for resource in resources)
    return found, tuple(run.notes())


class _Run:
    """One pass over an estimate; counted reservations are used up in its order."""

    def __init__(self, discounts: Discounts):
        self._discounts = discounts
        self._plans = sorted(discounts.savings_plans, key=lambda plan: plan.type is PlanType.COMPUTE)
        hours = ((index, each.count) for index, each in enumerate(discounts.reservations) if each.count is not None)
        self._hours = {index: _every(count * MONTH_HOURS) for index, count in hours}
        self._learned = 0

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
            return line
        left = _every(1.0)
        paid = ZERO
        said: list[str] = []
        if line.purchase_option is not PurchaseOption.SPOT:
            for index, reservation in enumerate(self._discounts.reservations):
                covered = self._reserved(index, reservation, line, region, left)
                left, paid = _take(left, paid, covered, reservation.discount, f"reserved {reservation.instance_type}", said)
            for plan in self._plans:
                covered = left.scaled(plan.coverage) if _is_eligible(plan, line, region) else ZERO
                left, paid = _take(left, paid, covered, plan.discount, f"{plan.type.value} Savings Plan", said)
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
        if not _is_reserved(reservation, line, region):
            return ZERO
        if reservation.count is None:
            return left.scaled(reservation.coverage)
        free = self._hours[index]
        wanted = line.quantity.times(left)
        used = Range(**{name: min(hours, getattr(wanted, name)) for name, hours in free})
        self._hours[index] = Range(**{name: hours - getattr(used, name) for name, hours in free})
        return Range(**{name: hours / quantity if (quantity := getattr(line.quantity, name)) else 0.0 for name, hours in used})

    def notes(self) -> Iterable[str]:
        """Reserved hours that nothing used, and lines whose rates have their discounts in them."""
        for index, hours in self._hours.items():
            if hours.expected > 0:
                kind = self._discounts.reservations[index].instance_type
                yield f"{hours.expected:,.6g} reserved hours of {kind} have no use in this estimate: they are paid all the same, and not in its total"
        if self._learned:
            yield f"{self._learned} lines are at rates learned from a bill, which has its discounts in them: none is applied again"


def _take(left: Range, paid: Range, covered: Range, discount: float, name: str, said: list[str]) -> tuple[Range, Range]:
    if covered == ZERO:
        return left, paid
    said.append(f"{name}: {100 * discount:.4g} % off {100 * covered.expected:.4g} % of it")
    return left + covered.scaled(-1.0), paid + covered.scaled(1.0 - discount)


def _is_reserved(reservation: Reservation, line: EstimateLine, region: str | None) -> bool:
    named = line.instance_type == reservation.instance_type
    here = reservation.region in (None, region)
    return named and here and line.service in SERVICES[reservation.service] and line.unit == "hour" and not line.component.startswith(SURCHARGE)


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
    beside = line.unit in COMPUTE_COMPONENTS.get(line.service, ()) and not any(word in line.component for word in NOT_COVERED)
    return on_ec2 or beside


def _every(value: float) -> Range:
    return Range(min=value, expected=value, max=value)
