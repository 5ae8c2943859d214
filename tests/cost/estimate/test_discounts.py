"""Reservations, Savings Plans and an EDP, hand-worked."""

from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.discounts import Discounts, PlanType, Reservation, ReservedService, SavingsPlan, discounted
from cost.estimate.display import show
from cost.estimate.model import EstimateLine, InstanceOffer, PurchaseOption, Range, ResourceEstimate, Status

COMPUTE = SavingsPlan(PlanType.COMPUTE, coverage=0.7, discount=0.28)


def every(value: float) -> Range:
    return Range(min=value, expected=value, max=value)


def one_line(service: str = "Amazon EC2", kind: str | None = "m5.large", *, hours: float | Range = 730.0, price: float = 0.1, **more) -> EstimateLine:
    quantity = hours if isinstance(hours, Range) else every(hours)
    book = {"Amazon EC2": f"Linux on-demand {kind}", "Amazon RDS": f"PostgreSQL Single-AZ {kind}"}.get(service, more.get("component", str(kind)))
    fields = {"component": "instances", "unit": "hour", "price_source": "s", "price_date": date(2026, 1, 1), "confidence": "public-file"} | more
    fields.setdefault("price_component", more.get("component", book))
    return EstimateLine(service=service, instance_type=kind, quantity=quantity, unit_price=price, monthly_cost=quantity.scaled(price), **fields)


def paid(discounts: Discounts, *lines: EstimateLine, region: str = "us-east-1") -> tuple[list[EstimateLine], tuple[str, ...]]:
    resources = [
        ResourceEstimate(urn=str(number), type="t", name="n", region=region, status=Status.PRICED, lines=(each,), monthly_cost=each.monthly_cost)
        for number, each in enumerate(lines)
    ]
    found, notes = discounted(resources, discounts)
    return [resource.lines[0] for resource in found], notes


def expected(discounts: Discounts, *lines: EstimateLine, region: str = "us-east-1") -> list[float]:
    return [found.monthly_cost.expected for found in paid(discounts, *lines, region=region)[0]]


def test_reservations_come_before_savings_plans_and_the_edp_is_on_what_is_left():
    discounts = Discounts(
        reservations=(Reservation(ReservedService.EC2, "m5.large", discount=0.4, count=1),),
        savings_plans=(COMPUTE,),
        edp=0.05,
    )
    # 2 instances, 1,460 h at 0.10 = 146.00. Reserved: 730 h, 73.00 x 0.6 = 43.80. Of the other 73.00 the plan covers 51.10 at 0.72 = 36.792
    # and 21.90 stay on demand: 43.80 + 36.792 + 21.90 = 102.492, less 5 % = 97.3674.
    (found,), notes = paid(discounts, one_line(hours=1460.0))
    assert found.monthly_cost.expected == pytest.approx(97.3674)
    assert found.list_monthly_cost == every(146.0)
    assert found.discounts == ("reserved m5.large: 40 % off 50 % of it", "compute Savings Plan: 28 % off 35 % of it", "EDP: 5 % off")
    assert found.assumptions == tuple(f"discount: {note}" for note in found.discounts)
    assert notes == ()


@pytest.mark.parametrize("plan", [COMPUTE, SavingsPlan(PlanType.EC2_INSTANCE, 1.0, 0.4, family="m5")])
def test_nothing_but_an_edp_applies_to_spot(plan: SavingsPlan):
    discounts = Discounts(reservations=(Reservation(ReservedService.EC2, "m5.large", 0.4),), savings_plans=(plan,))
    assert expected(discounts, one_line(purchase_option=PurchaseOption.SPOT)) == [73.0]
    assert expected(Discounts(savings_plans=(plan,), edp=0.1), one_line(purchase_option=PurchaseOption.SPOT)) == [pytest.approx(65.7)]


@pytest.mark.parametrize(
    ("plan", "line", "eligible"),
    [
        (COMPUTE, one_line(), True),
        (COMPUTE, one_line("Amazon EKS", None, component="control plane, standard Kubernetes version support"), False),
        (COMPUTE, one_line("Amazon EKS", "m5.large", component="Auto Mode management"), False),
        (COMPUTE, one_line(component="EBS-optimized m1.large"), False),
        (COMPUTE, one_line("AWS Fargate", None, unit="vCPU-hour", component="Linux/x86 vCPU"), True),
        (COMPUTE, one_line("AWS Fargate", None, unit="GB-hour", component="ephemeral storage above 20 GB"), False),
        (COMPUTE, one_line("AWS Lambda", None, unit="GB-second", component="duration, x86"), True),
        (COMPUTE, one_line("AWS Lambda", None, unit="GB-second", component="SnapStart cache"), False),
        (COMPUTE, one_line("AWS Lambda", None, unit="GB-second", component="ephemeral storage above 512 MB"), False),
        (COMPUTE, one_line("AWS Lambda", None, unit="GB-second", component="provisioned concurrency, arm64"), True),
        (COMPUTE, one_line("AWS Lambda", None, unit="1M requests", component="requests"), False),
        (COMPUTE, one_line("Amazon SageMaker", "ml.m5.large"), False),
        (COMPUTE, one_line("Amazon RDS", "db.m5.large"), False),
        (SavingsPlan(PlanType.SAGEMAKER, 0.7, 0.28), one_line("Amazon SageMaker", "ml.m5.large"), True),
        (SavingsPlan(PlanType.SAGEMAKER, 0.7, 0.28), one_line("Amazon SageMaker", None, unit="GB-month"), False),
        (SavingsPlan(PlanType.EC2_INSTANCE, 0.7, 0.28, family="m5"), one_line(kind="m5.24xlarge"), True),
        (SavingsPlan(PlanType.EC2_INSTANCE, 0.7, 0.28, family="m5"), one_line(kind="m5d.large"), False),
        (SavingsPlan(PlanType.EC2_INSTANCE, 0.7, 0.28, family="m5", region="us-west-2"), one_line(), False),
    ],
)
def test_what_each_plan_covers(plan: SavingsPlan, line: EstimateLine, eligible: bool):
    # 73.00, of which 70 % at 72 %: 73 x (0.3 + 0.7 x 0.72) = 58.692
    assert expected(Discounts(savings_plans=(plan,)), line) == [pytest.approx(58.692 if eligible else 73.0)]


def test_an_ec2_instance_plan_comes_before_a_compute_plan_however_they_are_written():
    plans = (SavingsPlan(PlanType.COMPUTE, 1.0, 0.2), SavingsPlan(PlanType.EC2_INSTANCE, 0.5, 0.4, family="m5"))
    # half at 0.6, the other half at 0.8: 73 x 0.7 = 51.10
    assert expected(Discounts(savings_plans=plans), one_line()) == [pytest.approx(51.1)]


def test_counted_reservations_are_used_up_line_by_line_and_figure_by_figure():
    discounts = Discounts(reservations=(Reservation(ReservedService.RDS, "db.r6g.large", discount=0.5, count=2, engine="postgresql"),))
    first = one_line("Amazon RDS", "db.r6g.large", hours=Range(min=730, expected=730, max=2190))
    second = one_line("Amazon RDS", "db.r6g.large", hours=1460.0)
    (one, two), notes = paid(discounts, first, second)
    # floor and expected: 730 of 1,460 reserved hours go to the first, 730 are left for half of the second: 146 x 0.75.
    # ceiling: the first takes all 1,460 of its 2,190 hours: 219 x (1/3 + 2/3 x 0.5) = 146; none is left.
    assert (one.monthly_cost.min, one.monthly_cost.expected, one.monthly_cost.max) == pytest.approx((36.5, 36.5, 146.0))
    assert (two.monthly_cost.expected, two.monthly_cost.max) == pytest.approx((109.5, 146.0))
    assert notes == ()


def test_reserved_hours_without_use_are_said():
    discounts = Discounts(reservations=(Reservation(ReservedService.ELASTICACHE, "cache.r7g.large", 0.3, count=3),))
    _, notes = paid(discounts, one_line("Amazon ElastiCache", "cache.r7g.large"))
    assert notes == ("1,460 reserved hours of cache.r7g.large have no use in this estimate: they are paid all the same, and not in its total",)


def test_a_share_of_a_reservation_and_its_region():
    discounts = Discounts(reservations=(Reservation(ReservedService.OPENSEARCH, "r6g.large", 0.5, coverage=0.4, region="us-east-1"),))
    assert expected(discounts, one_line("Amazon OpenSearch", "r6g.large")) == [pytest.approx(58.4)], "73 x (0.6 + 0.4 x 0.5)"
    assert expected(discounts, one_line("Amazon OpenSearch", "r6g.large"), region="eu-west-1") == [73.0]


def test_rates_learned_from_a_bill_are_not_discounted_again():
    (found,), notes = paid(Discounts(edp=0.1, savings_plans=(COMPUTE,)), one_line(confidence="learned"))
    assert (found.monthly_cost.expected, found.list_monthly_cost) == (73.0, None)
    assert notes == ("1 lines are at rates learned from a bill, which has its discounts in them: none is applied again",)


def test_an_edp_leaves_out_what_it_excludes():
    discounts = Discounts(edp=0.1, edp_excludes=("Amazon SageMaker",))
    assert expected(discounts, one_line(), one_line("Amazon SageMaker", "ml.m5.large")) == [pytest.approx(65.7), 73.0]


def test_an_estimate_shows_list_and_paid(stack_of):
    stack = stack_of(("aws:ec2/natGateway:NatGateway", "nat", {}), ("aws:ec2/vpc:Vpc", "vpc", {}))
    plain, less = estimate(stack), estimate(stack, discounts=Discounts(edp=0.1))
    assert plain.list_total is None
    assert less.list_total == plain.total
    assert less.total.expected == pytest.approx(0.9 * plain.total.expected)
    nat = next(resource for resource in less.resources if resource.name == "nat")
    assert nat.monthly_cost is not None and nat.list_monthly_cost is not None
    assert nat.monthly_cost.expected == pytest.approx(sum(line.monthly_cost.expected for line in nat.lines))
    assert sum(found.expected for found in less.by_component.values()) == pytest.approx(less.total.expected)


@pytest.mark.parametrize(("region", "fix"), [("mars-1", "use a name such as us-east-1"), ("eu-wset-1", "did you mean eu-west-1?")])
def test_a_region_that_aws_does_not_have_is_unknown_with_the_way_out(stack_of, region: str, fix: str):
    found = estimate(stack_of(("aws:ec2/natGateway:NatGateway", "nat", {}), region=region)).resources[0]
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert found.reason is not None and region in found.reason and fix in found.reason


def test_the_table_has_the_list_total_below_what_is_paid(stack_of, capsys):
    stack = stack_of(("aws:ec2/natGateway:NatGateway", "nat", {}))
    show(estimate(stack, discounts=Discounts(edp=0.5)), "p/dev")
    printed = capsys.readouterr().out
    assert printed.index("total") < printed.index("at list price")
    show(estimate(stack), "p/dev")
    assert "at list price" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("platform", "price", "paid_for"), [("linux", "Windows", 73.0), ("windows", "Windows", 43.8), ("linux", "Linux", 43.8), ("rhel", "Linux", 73.0)]
)
def test_a_reservation_is_of_one_platform(platform: str, price: str, paid_for: float):
    discounts = Discounts(reservations=(Reservation(ReservedService.EC2, "m5.large", 0.4, platform=platform),))
    assert expected(discounts, one_line(price_component=f"{price} on-demand m5.large")) == [pytest.approx(paid_for)]


def test_a_pool_of_several_types_has_its_platform_in_its_offers():
    offers = tuple(
        InstanceOffer(instance_type=kind, purchase_option=PurchaseOption.ON_DEMAND, usd_per_hour=0.1, price_component=f"Windows on-demand {kind}")
        for kind in ("m5.large", "m5a.large")
    )
    linux, windows = (Discounts(reservations=(Reservation(ReservedService.EC2, "m5.large", 0.4, platform=name),)) for name in ("linux", "windows"))
    pool = one_line(price_component="", offers=offers)
    assert expected(linux, pool) + expected(windows, pool) == [73.0, pytest.approx(43.8)]


@pytest.mark.parametrize(
    ("engine", "multi_az", "line", "left"),
    [
        ("postgresql", False, one_line("Amazon RDS", "db.r6g.large", component="MySQL Single-AZ db.r6g.large"), 73.0),
        ("mysql", False, one_line("Amazon RDS", "db.r6g.large", component="MySQL Single-AZ db.r6g.large"), 36.5),
        # A Multi-AZ instance takes two reserved hours an hour, so one reservation is half of it: 73 x 0.75.
        ("mysql", False, one_line("Amazon RDS", "db.r6g.large", component="MySQL Multi-AZ db.r6g.large"), 54.75),
        ("mysql", True, one_line("Amazon RDS", "db.r6g.large", component="MySQL Multi-AZ db.r6g.large"), 36.5),
        ("sqlserver", True, one_line("Amazon RDS", "db.r6g.large", component="SQL Server SE Single-AZ db.r6g.large"), 73.0),
        ("postgresql", False, one_line("Amazon Aurora", "db.r6g.large"), 73.0),
        ("aurora", False, one_line("Amazon RDS", "db.r6g.large"), 73.0),
        ("aurora", False, one_line("Amazon Aurora", "db.r6g.large"), 36.5),
        # 730 reserved hours are 561.54 hours at 1.3: 73 x (1 - 0.5 / 1.3).
        ("aurora", False, one_line("Amazon Aurora", "db.r6g.large", component="db.r6g.large I/O-Optimized"), 44.923077),
    ],
)
def test_a_database_reservation_is_of_one_engine_and_a_standby_takes_as_much_as_its_instance(engine: str, multi_az: bool, line: EstimateLine, left: float):
    reserved = Reservation(ReservedService.RDS, "db.r6g.large", discount=0.5, count=1, engine=engine, multi_az=multi_az)
    assert expected(Discounts(reservations=(reserved,)), line) == [pytest.approx(left)]


def test_the_meters_name_their_prices_as_the_discounts_read_them(stack_of):
    """An Aurora, an RDS and an EC2 line of real meters, and Lambda's duration."""
    stack = stack_of(
        ("aws:rds/instance:Instance", "db", {"engine": "postgres", "instanceClass": "db.m5.large", "multiAz": True, "allocatedStorage": 20}),
        ("aws:ec2/instance:Instance", "box", {"instanceType": "m5.large"}),
        ("aws:lambda/function:Function", "fn", {"memorySize": 1024}),
    )
    discounts = Discounts(
        reservations=(
            Reservation(ReservedService.RDS, "db.m5.large", 0.5, engine="postgresql", multi_az=True),
            Reservation(ReservedService.EC2, "m5.large", 0.5),
        ),
        savings_plans=(SavingsPlan(PlanType.COMPUTE, 1.0, 0.5),),
    )
    result = estimate(stack, discounts=discounts)
    assert not [warning for warning in result.warnings if "meets no line" in warning]
    assert {line.service for resource in result.resources for line in resource.lines if line.discounts} == {"Amazon RDS", "Amazon EC2", "AWS Lambda"}


def test_each_discount_that_meets_no_line_is_said():
    discounts = Discounts(
        reservations=(Reservation(ReservedService.RDS, "db.r6g.large", 0.5, engine="mysql"),),
        savings_plans=(SavingsPlan(PlanType.EC2_INSTANCE, 1.0, 0.4, family="m6l"),),
        edp=0.1,
        edp_excludes=("Amazon SageMaker",),
    )
    _, notes = paid(discounts, one_line())
    assert [note.split(" of this estimate")[0] for note in notes] == [
        "the rds reservation of db.r6g.large meets no line",
        "the ec2_instance m6l Savings Plan meets no line",
        "the EDP leaves out Amazon SageMaker, of which this estimate has no line",
    ]
