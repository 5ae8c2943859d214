"""Months of a Cost and Usage Report that hold every line item type, and what is true of each line by construction.

A line is a mapping of canonical column names (cost.bill.cur_columns) to values: text, Decimal, datetime; `tags` and `cost_category` are
mappings, `truth` says what the line costs. Loaded by path from conftest.py: importlib mode lets tests share fixtures only.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

Line = dict[str, Any]
NOTHING = Decimal(0)
DIGITS = Decimal("0.0000000001")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAYER = "000000000001"
UNKNOWN_TYPE = "SomethingNewFee"
ON_DEMAND_OVER_PLAN = Decimal("1.4")
CATEGORIES = {
    "Usage": "Usage", "DiscountedUsage": "Usage", "SavingsPlanCoveredUsage": "Usage", "SavingsPlanNegation": "Usage", "Discount": "Usage",
    "BundledDiscount": "Usage", "EdpDiscount": "Usage", "PrivateRateDiscount": "Usage", "RiVolumeDiscount": "Usage", "Tax": "Tax", "Credit": "Credit",
    "Refund": "Adjustment", UNKNOWN_TYPE: "Adjustment", "Fee": "Purchase", "RIFee": "Purchase", "SavingsPlanRecurringFee": "Purchase",
    "SavingsPlanUpfrontFee": "Purchase", "FlatRateSubscription": "Purchase",
}  # fmt: skip
"""Every line item type and its FOCUS ChargeCategory. Source: facts/cost.md 3.3 and 3.4."""

PRODUCTS = {
    "AmazonEC2": "Amazon Elastic Compute Cloud",
    "AmazonS3": "Amazon Simple Storage Service",
    "AmazonSageMaker": "Amazon SageMaker",
    "AmazonEKS": "Amazon Elastic Kubernetes Service",
    "ComputeSavingsPlans": "Savings Plans for AWS Compute usage",
    "AWSSupportBusiness": "AWS Support (Business)",
    "3kf8example": "Model Zoo from the Marketplace",
}
DISCOUNTS = ("Discount", "BundledDiscount", "EdpDiscount", "PrivateRateDiscount", "RiVolumeDiscount")


class Truth(NamedTuple):
    """What a line costs, by construction; `unused` is the part of its amortized cost that no usage took."""

    billed: Decimal
    unblended: Decimal
    amortized: Decimal
    net_amortized: Decimal
    trueup: Decimal = NOTHING
    upfront: Decimal = NOTHING
    unused: Decimal = NOTHING


class Plan(NamedTuple):
    """A savings plan: what an hour of it costs, how much of that is paid upfront, how much is used; `whole` where its term is inside the bill."""

    payment: str
    hourly: Decimal
    used: Decimal
    whole: bool

    @property
    def upfront(self) -> Decimal:
        return {"No Upfront": NOTHING, "Partial Upfront": rounded(self.hourly / 3), "All Upfront": self.hourly}[self.payment]


class Reservation(NamedTuple):
    """A reservation, as a plan."""

    payment: str
    hourly: Decimal
    used: Decimal
    whole: bool

    upfront = Plan.upfront


class Shape(NamedTuple):
    """What a bill is made of; the rest follows from `seed`."""

    seed: int
    months: int
    days: int
    hours: int
    accounts: int
    net: bool
    plans: tuple[Plan, ...]
    reservations: tuple[Reservation, ...]


class MadeBill(NamedTuple):
    """The lines, and the ARN of each commitment with what made it."""

    lines: list[Line]
    commitments: Mapping[str, Plan | Reservation]
    shape: Shape


def rounded(amount: Decimal) -> Decimal:
    """Ten decimals, as AWS writes."""
    return amount.quantize(DIGITS)


def shapes() -> st.SearchStrategy[Shape]:
    """Bills of one or two months; each has a plan and a reservation of every payment option, some used, some idle."""
    hourly = st.decimals(min_value="0.01", max_value="9", places=4)
    used = st.sampled_from([NOTHING, Decimal("0.37"), Decimal(1)])

    def one_of_each(kind: Any) -> st.SearchStrategy[Any]:
        first = st.builds(kind, st.just("No Upfront"), hourly, st.sampled_from([Decimal("0.37"), Decimal(1)]), st.booleans())
        return st.tuples(first, *(st.builds(kind, st.just(payment), hourly, used, st.booleans()) for payment in ("Partial Upfront", "All Upfront")))

    plans, reservations = one_of_each(Plan), one_of_each(Reservation)
    whole = st.integers
    return st.builds(Shape, whole(0, 2**32), whole(1, 2), whole(2, 3), whole(2, 6), whole(2, 3), st.booleans(), plans, reservations)


def make(shape: Shape) -> MadeBill:
    """The bill of a shape."""
    maker = _Maker(shape)
    lines = [line for month in range(shape.months) for line in maker.month(datetime(2026, 9 + month, 1))]
    maker.random.shuffle(lines)
    commitments: dict[str, Plan | Reservation] = {plan_arn(number): plan for number, plan in enumerate(shape.plans)}
    commitments |= {reservation_arn(number): reservation for number, reservation in enumerate(shape.reservations)}
    return MadeBill(lines, commitments, shape)


def plan_arn(number: int) -> str:
    return f"arn:aws:savingsplans::{PAYER}:savingsplan/plan-{number}"


def reservation_arn(number: int) -> str:
    return f"arn:aws:ec2:us-east-1:{PAYER}:reserved-instances/ri-{number}"


def _own(arn: str, plan: Plan) -> dict[str, str]:
    return {"savings_plan_savings_plan_a_r_n": arn, "savings_plan_payment_option": plan.payment, "savings_plan_offering_type": "ComputeSavingsPlans"}


def _discounted(arn: str, plan: Plan, hour: datetime) -> tuple[str, ...]:
    """What has one discount: a plan, or each hour of one of which nothing was paid before, so that effective cost is what was paid all the same."""
    return (arn,) if plan.upfront else (arn, str(hour))


class _Maker:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.random = random.Random(shape.seed)
        self.made = 0

    def month(self, start: datetime) -> Iterator[Line]:
        self.start, self.end = start, (start + 32 * DAY).replace(day=1)
        for hour in self._hours():
            yield from self._usage(hour)
            for number, plan in enumerate(self.shape.plans):
                yield from self._plan_hour(plan_arn(number), plan, hour)
            for number, reservation in enumerate(self.shape.reservations):
                yield from self._reserved_hour(reservation_arn(number), reservation, hour)
        yield from self._once_a_month()

    def _hours(self) -> Iterator[datetime]:
        return (self.start + DAY * day + HOUR * hour for day in range(self.shape.days) for hour in range(self.shape.hours))

    def amount(self, low: float, high: float) -> Decimal:
        return rounded(Decimal(str(self.random.uniform(low, high))))

    def net(self, cost: Decimal, *of: Any) -> Decimal:
        """What is left of a cost after discounts: another share of it for each line, one and the same where `of` is the same."""
        return rounded(cost * (80 + zlib.crc32(repr((self.shape.seed, of)).encode()) % 20) / 100) if self.shape.net else cost

    def line(self, kind: str, cost: Decimal, start: datetime, length: timedelta = HOUR, *, truth: Truth | None = None, of: Any = None, **columns: Any) -> Line:
        """A line of `kind` that costs `cost`; unless `truth` says otherwise, every kind of cost is that. Its discount is its own, or that of `of`."""
        code = columns.pop("product", "AmazonEC2")
        self.made += 1
        net = self.net(cost, *(of or [self.made]))
        end = min(start + length, self.end)
        account = self.made % self.shape.accounts
        values: Line = {
            "identity_line_item_id": f"{kind.lower()}-{self.made:06}",
            "identity_time_interval": f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            "bill_invoice_id": f"INV-{self.start:%Y-%m}", "bill_invoicing_entity": "Amazon Web Services, Inc.", "bill_billing_entity": "AWS",
            "bill_payer_account_id": PAYER, "bill_billing_period_start_date": self.start, "bill_billing_period_end_date": self.end,
            "line_item_usage_account_id": f"{account + 2:012}", "line_item_line_item_type": kind,
            "line_item_usage_start_date": start, "line_item_usage_end_date": end, "line_item_product_code": code,
            "line_item_usage_amount": Decimal(self.made % 7 + 1) / 4, "line_item_currency_code": "USD", "line_item_unblended_cost": cost,
            "line_item_blended_cost": rounded(cost * Decimal("0.98")), "product_product_name": PRODUCTS.get(code),
            "product_servicecode": code, "product_region_code": "us-east-1", "tags": {}, "cost_category": {},
        }  # fmt: skip
        if self.shape.net:
            values["line_item_net_unblended_cost"] = net
        values |= columns
        return values | {"truth": truth or Truth(net, cost, cost, net)}

    def tags(self) -> dict[str, Any]:
        tags = {"user:team": self.random.choice(["vision", "language", "", "NULL"]), "user:CostCenter": self.random.choice(["ml-100", "ml-200", ""])}
        return {"tags": tags | {"aws:createdBy": "Root:" + PAYER}, "cost_category": {"Stage": self.random.choice(["prod", "dev"])}}

    def _usage(self, hour: datetime) -> Iterator[Line]:
        on_demand = {"line_item_operation": "RunInstances", "pricing_unit": "Hrs", "pricing_term": "OnDemand"}
        for number in range(4):
            cost = self.amount(0.01, 3)
            yield self.line(
                "Usage", cost, hour, line_item_resource_id=f"i-{number:017}", line_item_usage_type="BoxUsage:m5.large", product_instance_type="m5.large",
                product_operating_system="Linux", pricing_public_on_demand_cost=rounded(cost * 2), **on_demand, **self.tags(),
            )  # fmt: skip
            yield from self._split(hour, f"i-{number:017}", cost)
        described = "g5.xlarge Linux/UNIX Spot Instance-hour in US East (Virginia) in VPC Zone #1"
        yield self.line(
            "Usage", self.amount(0.1, 1), hour, line_item_resource_id="i-spot", line_item_usage_type="SpotUsage:g5.xlarge",
            line_item_line_item_description=described, line_item_operation="RunInstances:SV001", pricing_unit="Hrs", **self.tags(),
        )  # fmt: skip
        yield self.line("Usage", NOTHING, hour, product="AmazonS3", line_item_usage_type="Requests-Tier1", pricing_unit="Requests", **self.tags())
        yield self.line("Usage", -self.amount(0.01, 0.2), hour, product="AmazonSageMaker", line_item_usage_type="USE1-Host:ml.g5.xlarge", **self.tags())

    def _split(self, hour: datetime, parent: str, cost: Decimal) -> Iterator[Line]:
        """A pod's row repeats its instance's money: it costs nothing at bill level."""
        yield self.line(
            "Usage", rounded(cost / 2), hour, product="AmazonEKS", truth=Truth(NOTHING, NOTHING, NOTHING, NOTHING), line_item_operation="EKSPod-EC2",
            line_item_usage_type="USE1-EKS-EC2-vCPU-Hours", line_item_resource_id=f"arn:aws:eks:us-east-1:{PAYER}:pod/c/ns/{parent}",
            split_line_item_parent_resource_id=parent, split_line_item_split_cost=rounded(cost / 3), split_line_item_unused_cost=rounded(cost / 6),
            split_line_item_split_usage_ratio=Decimal("0.5"), **self.tags(),
        )  # fmt: skip

    def _plan_hour(self, arn: str, plan: Plan, hour: datetime) -> Iterator[Line]:
        own, of = _own(arn, plan), _discounted(arn, plan, hour)
        covered = list(self._covered(own, plan, hour))
        yield from covered
        if covered:
            # One negation takes back what several covered lines bill.
            cost = -sum((line["line_item_unblended_cost"] for line in covered), NOTHING)
            taken: Line = {"line_item_net_unblended_cost": -sum((line["line_item_net_unblended_cost"] for line in covered), NOTHING)} if self.shape.net else {}
            yield self.line("SavingsPlanNegation", cost, hour, truth=Truth(NOTHING, cost, NOTHING, NOTHING), line_item_usage_type="ComputeSP", **own, **taken)
        used = sum((line["savings_plan_savings_plan_effective_cost"] for line in covered), NOTHING)
        recurring, unused = plan.hourly - plan.upfront, plan.hourly - used
        columns = {
            "savings_plan_total_commitment_to_date": plan.hourly, "savings_plan_used_commitment": used,
            "savings_plan_amortized_upfront_commitment_for_billing_period": plan.upfront, "savings_plan_recurring_commitment_for_billing_period": recurring,
        }  # fmt: skip
        if self.shape.net:
            columns |= {
                "savings_plan_net_amortized_upfront_commitment_for_billing_period": self.net(plan.upfront, *of),
                "savings_plan_net_recurring_commitment_for_billing_period": self.net(recurring, *of),
            }
        truth = Truth(self.net(recurring, *of), recurring, unused, self.net(unused, *of), -plan.upfront, unused=unused)
        yield self.line("SavingsPlanRecurringFee", recurring, hour, product="ComputeSavingsPlans", truth=truth, of=of, **own, **columns)

    def _covered(self, own: Mapping[str, Any], plan: Plan, hour: datetime) -> Iterator[Line]:
        for number in range(2) if plan.used else ():
            effective = rounded(plan.hourly * plan.used / 2)
            cost = rounded(effective * ON_DEMAND_OVER_PLAN)
            costs = {"savings_plan_savings_plan_effective_cost": effective, "pricing_public_on_demand_cost": cost}
            net = self.net(effective, *_discounted(own["savings_plan_savings_plan_a_r_n"], plan, hour))
            if self.shape.net:
                costs["savings_plan_net_savings_plan_effective_cost"] = net
            yield self.line(
                "SavingsPlanCoveredUsage", cost, hour, truth=Truth(NOTHING, cost, effective, net),
                line_item_resource_id=f"i-{own['savings_plan_savings_plan_a_r_n'][-6:]}-{number}",
                line_item_usage_type="BoxUsage:m5.large", line_item_operation="RunInstances",
                pricing_unit="Hrs", **own, **costs, **self.tags(),
            )  # fmt: skip

    def _reserved_hour(self, arn: str, reservation: Reservation, hour: datetime) -> Iterator[Line]:
        if reservation.used:
            effective = rounded(reservation.hourly * reservation.used)
            after = self.net(effective, arn)
            net = {"reservation_net_effective_cost": after} if self.shape.net else {}
            yield self.line(
                "DiscountedUsage", NOTHING, hour, truth=Truth(NOTHING, NOTHING, effective, after), line_item_resource_id="i-reserved",
                line_item_usage_type="BoxUsage:m5.xlarge", line_item_operation="RunInstances", reservation_reservation_a_r_n=arn, pricing_unit="Hrs",
                pricing_term="Reserved", pricing_public_on_demand_cost=rounded(effective * 2), reservation_effective_cost=effective, **net, **self.tags(),
            )  # fmt: skip

    def _once_a_month(self) -> Iterator[Line]:
        length = self.end - self.start
        for number, plan in enumerate(self.shape.plans):
            yield from self._upfront("SavingsPlanUpfrontFee", plan, _own(plan_arn(number), plan), "ComputeSavingsPlans")
        for number, reservation in enumerate(self.shape.reservations):
            own = {"reservation_reservation_a_r_n": reservation_arn(number)}
            yield from self._upfront("Fee", reservation, own, "AmazonEC2")
            yield self._reservation_fee(reservation, own, length)
        for kind in DISCOUNTS:
            yield self.line(kind, -self.amount(0.01, 2), self.start, length, line_item_usage_type="BoxUsage:m5.large", **self.tags())
        yield self.line("Tax", self.amount(1, 9), self.start, length, line_item_usage_type=None)
        yield self.line("Credit", -self.amount(1, 20), self.start, length, line_item_line_item_description="Credit for a trial")
        yield self.line("Refund", -self.amount(1, 5), self.start, length, product="AmazonS3", line_item_line_item_description="Refund of storage")
        cost = -self.amount(1, 5)
        yield self.line(
            "Refund", cost, self.start, length, product="ComputeSavingsPlans", truth=Truth(self.net(cost, "refund"), cost, NOTHING, NOTHING, upfront=cost),
            of=("refund",), line_item_line_item_description="Refund for one-time fee for Savings Plan ID 0",
        )  # fmt: skip
        yield self.line("Fee", self.amount(10, 99), self.start, length, product="AWSSupportBusiness")
        yield self.line("FlatRateSubscription", self.amount(1, 9), self.start, length, product="AmazonS3")
        yield self.line(UNKNOWN_TYPE, self.amount(1, 9), self.start, length)
        yield self.line("Usage", self.amount(1, 9), self.start, DAY, product="3kf8example", bill_billing_entity="AWS Marketplace", product_servicecode=None)

    def _upfront(self, kind: str, bought: Plan | Reservation, own: Mapping[str, Any], product: str) -> Iterator[Line]:
        """The upfront fee, paid in the first month: of the hours in this bill where the term is inside it, else of a year's."""
        if bought.upfront and self.start.month == 9:
            hours = self.shape.months * self.shape.days * self.shape.hours if bought.whole else 8760
            cost = bought.upfront * hours
            of = (next(iter(own.values())),)
            yield self.line(kind, cost, self.start, truth=Truth(self.net(cost, *of), cost, NOTHING, NOTHING, upfront=cost), of=of, product=product, **own)

    def _reservation_fee(self, reservation: Reservation, own: Mapping[str, Any], length: timedelta) -> Line:
        hours = self.shape.days * self.shape.hours
        recurring, upfront = (reservation.hourly - reservation.upfront) * hours, reservation.upfront * hours
        of = (own["reservation_reservation_a_r_n"],)
        unused = reservation.hourly * hours - rounded(reservation.hourly * reservation.used) * hours
        of_upfront = rounded(unused * reservation.upfront / reservation.hourly)
        parts = {"unused_amortized_upfront_fee_for_billing_period": of_upfront, "unused_recurring_fee": unused - of_upfront}
        columns = {f"reservation_{name}": amount for name, amount in parts.items()}
        if self.shape.net:
            columns |= {f"reservation_net_{name}": self.net(amount, *of) for name, amount in parts.items()}
        columns["reservation_amortized_upfront_fee_for_billing_period"] = upfront
        truth = Truth(self.net(recurring, *of), recurring, unused, self.net(unused, *of), -upfront, unused=unused)
        return self.line("RIFee", recurring, self.start, length, truth=truth, of=of, line_item_usage_type="HeavyUsage:m5.xlarge", **own, **columns)
