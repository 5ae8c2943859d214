from __future__ import annotations

from pathlib import Path

import pytest

from cost.estimate.discounts import Discounts, PlanType, Reservation, ReservedService, SavingsPlan
from cost.estimate.discounts_file import read_discounts as read
from cost.estimate.prices import load_price_book
from plinth.errors import InputError

WHOLE = """\
edp:
  percent: 6
  exclude: [Amazon SageMaker]
savings_plans:
  - {type: compute, coverage_percent: 70, discount_percent: 27.5}
  - {type: ec2_instance, family: m6i, region: us-east-1, coverage_percent: 50, discount_percent: 40}
reservations:
  - {service: rds, engine: postgresql, multi_az: true, instance_type: db.r6g.large, count: 2, discount_percent: 35}
  - {service: elasticache, instance_type: cache.r7g.large, coverage_percent: 100, discount_percent: 30}
"""


def read_discounts(path: Path) -> Discounts:
    return read(path, load_price_book().services)


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "discounts.yml"
        path.write_text(text)
        return path

    return write


def test_a_whole_file_is_read(written):
    assert read_discounts(written(WHOLE)) == Discounts(
        reservations=(
            Reservation(ReservedService.RDS, "db.r6g.large", 0.35, count=2.0, engine="postgresql", multi_az=True),
            Reservation(ReservedService.ELASTICACHE, "cache.r7g.large", 0.30, coverage=1.0),
        ),
        savings_plans=(
            SavingsPlan(PlanType.COMPUTE, 0.7, 0.275),
            SavingsPlan(PlanType.EC2_INSTANCE, 0.5, 0.4, family="m6i", region="us-east-1"),
        ),
        edp=0.06,
        edp_excludes=("Amazon SageMaker",),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("edp: {percent: 101}", "percent is no number from 0 to 100"),
        ("edp: {percent: .nan}", "percent is no number from 0 to 100"),
        ("edp: {percent: true}", "percent is no number from 0 to 100"),
        ("edp: {}", "there is no percent"),
        ("edp: 6", "edp is no mapping"),
        ("edp: {percent: 6, exclude: EC2}", "the price book has no such service"),
        ("epd: {percent: 6}", "did you mean edp?"),
        ("savings_plans: {type: compute}", "there is no list of savings_plans"),
        ("savings_plans: [compute]", "the entry is no mapping"),
        ("savings_plans:\n  - {type: computer, coverage_percent: 1, discount_percent: 1}", "did you mean compute?"),
        ("savings_plans:\n  - {type: compute, discount_percent: 1}", "there is no coverage_percent"),
        ("savings_plans:\n  - {type: compute, coverage: 1, discount_percent: 1}", "did you mean coverage_percent?"),
        ("savings_plans:\n  - {type: ec2_instance, coverage_percent: 1, discount_percent: 1}", "is of one family"),
        ("savings_plans:\n  - {type: compute, family: m5, coverage_percent: 1, discount_percent: 1}", "only an EC2 Instance Savings Plan has a family"),
        ("savings_plans:\n  - {type: compute, region: eu-wset-1, coverage_percent: 1, discount_percent: 1}", "did you mean eu-west-1?"),
        ("reservations:\n  - {service: rds, instance_type: db.t3.micro, discount_percent: 1}", "a count or a coverage_percent"),
        ("reservations:\n  - {service: rds, instance_type: db.t3.micro, count: 1, coverage_percent: 5, discount_percent: 1}", "a count or a coverage_percent"),
        ("reservations:\n  - {service: rds, instance_type: db.t3.micro, count: 0.5, discount_percent: 1}", "no whole number above zero"),
        ("reservations:\n  - {service: rds, count: 1, discount_percent: 1}", "there is no instance_type"),
        ("reservations:\n  - {service: rds, instance_type: 5, count: 1, discount_percent: 1}", "instance_type is not a text"),
        ("reservations: []", "gives no discount"),
        ("edp: {percent: 6, exclude: [Amazon Sagemakr]}", "did you mean Amazon SageMaker?"),
        ("reservations:\n  - {service: rds, instance_type: db.t3.micro, count: 1, discount_percent: 1}", "a database reservation is of one engine"),
        ("reservations:\n  - {service: rds, engine: postgres, instance_type: db.t3.micro, count: 1, discount_percent: 1}", "did you mean postgresql?"),
        (
            "reservations:\n  - {service: ec2, engine: mysql, instance_type: m5.large, count: 1, discount_percent: 1}",
            "engine is for a reservation of rds alone",
        ),
        ("reservations:\n  - {service: ec2, platform: window, instance_type: m5.large, count: 1, discount_percent: 1}", "did you mean windows?"),
        ("reservations:\n  - {service: rds, engine: mysql, multi_az: 2, instance_type: db.t3.micro, count: 1, discount_percent: 1}", "neither true nor false"),
        ("savings_plans:\n  - {type: database, coverage_percent: 1, discount_percent: 1}", "type is not one of compute, ec2_instance, sagemaker"),
        ("", "empty or no mapping"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(written, text: str, said: str):
    with pytest.raises(InputError, match=r"discounts\.yml") as caught:
        read_discounts(written(text))
    assert said in str(caught.value)


def test_all_problems_are_said_at_once(written):
    with pytest.raises(InputError, match="3 problems") as caught:
        read_discounts(written("edp: {percent: -1}\nsavings_plans:\n  - {type: x, coverage_percent: 200, discount_percent: 1}\n"))
    assert "line 3, savings_plans[0].type" in str(caught.value)
