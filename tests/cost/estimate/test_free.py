from __future__ import annotations

import csv
from collections import Counter

import pytest

from cost.estimate.free import TABLE, free_reason, free_types
from cost.estimate.meters import METERS

KNOWN_FREE_WANTED = 400


def _rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_free_type_has_a_reason_in_words():
    assert [type_ for type_, reason in free_types().items() if len(reason.split()) < 3] == []


def test_a_type_is_listed_once():
    assert [type_ for type_, count in Counter(row["type"] for row in _rows()).items() if count > 1] == []


def test_no_type_is_both_metered_and_free_by_list():
    assert [type_ for type_ in METERS if free_reason(type_)] == []


def test_a_pattern_covers_its_types_and_no_others():
    assert free_reason("aws:iam/role:Role")
    assert free_reason("aws:rds/cluster:Cluster") is None
    assert free_reason("kubernetes:core/v1:Service") is None, "a Service may make a load balancer"


def test_a_reason_is_of_the_type_before_it_is_of_a_pattern():
    assert free_reason("aws:ec2/vpc:Vpc") == free_types()["aws:ec2/vpc:Vpc"]


@pytest.mark.parametrize(
    "type_",
    [
        "aws:cloudwatch/logAccountPolicy:LogAccountPolicy",
        "aws:dms/migrationProject:MigrationProject",
        "aws:imagebuilder/imagePipeline:ImagePipeline",
        "aws:oam/link:Link",
        "aws:securityhub/automationRule:AutomationRule",
        "aws:ses/receiptRule:ReceiptRule",
    ],
)
def test_a_type_that_may_cost_and_has_no_meter_is_not_called_free(type_):
    assert free_reason(type_) is None


def test_the_list_covers_the_side_cars_of_most_services():
    assert len(free_types()) >= KNOWN_FREE_WANTED
    assert len({type_.split("/")[0] for type_ in free_types() if type_.startswith("aws:")}) >= 80
