from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cost.allocate.chargeback import Chargeback, chargeback
from cost.allocate.chargeback_text import WIDEST, shortened, tables, warnings
from cost.allocate.containers_requests import read_requests
from cost.allocate.ml_counts import read_counts
from cost.bill.model import Bill

Row = Callable[..., dict[str, Any]]
DAY = date(2026, 10, 5)
ENDPOINT = "arn:aws:sagemaker:us-east-1:1:endpoint/"


@pytest.fixture
def made(bill_of: Callable[..., Bill], row: Row, tmp_path: Path) -> Chargeback:
    """A GPU node with one pod, a node with a request, and more endpoints than a table shows, one with an evil name."""
    (tmp_path / "requests.csv").write_text(
        "cluster,node,namespace,workload,pod,cpu_request,memory_request_gib,gpu_request,start,end,tag:team\nml,i-2,n,w,p,4,16,1,2026-10-05,,vision\n"
    )
    (tmp_path / "counts.csv").write_text("resource,period,metric,value\nname-0,2026-10-05,predictions,4000\n")
    split = {
        "ResourceId": "arn:aws:eks:us-east-1:1:pod/ml/train/fit-0/uid", "x_operation": "EKSPod-EC2", "x_split_parent_resource_id": "i-1",
        "x_usage_type": "USE1-EKS-EC2-Accelerator-Hours", "x_split_cost": Decimal(6), "x_split_unused_cost": Decimal(18), "x_split_usage": 12.0,
    }  # fmt: skip
    node = {"ConsumedQuantity": 24.0, "x_instance_type": "g5.xlarge", "x_usage_type": "USE1-BoxUsage:g5.xlarge", "Tags": {"team": "platform"}}
    names = [*(f"name-{number}" for number in range(16)), "\x1b[31mred" + "{}" * 5000]
    endpoints = [row(DAY, 1, ResourceId=ENDPOINT + name, x_service_code="AmazonSageMaker", x_usage_type="USE1-Host:ml.m5.large") for name in names]
    rows = [row(DAY, 24, ResourceId="i-1", **node), row(DAY, 0, **split), row(DAY, 24, ResourceId="i-2", **node), *endpoints]
    return chargeback(bill_of(rows), requests=read_requests(tmp_path / "requests.csv"), counts=read_counts(tmp_path / "counts.csv"), gpu_weight="residual")


def test_the_three_parts_tell_the_same_instances_in_one_model_that_survives_json(made: Chargeback):
    assert made.containers.totals.node_cost == pytest.approx(48)
    assert (made.gpu.totals.used_gpu_hours, made.gpu.totals.idle_gpu_hours) == pytest.approx((36, 12))
    assert (made.ml.total, {group.name for group in made.by_team}) == (17, {"vision", "(none)"})
    assert Chargeback.model_validate_json(made.model_dump_json()) == made


def test_tables_are_even_bounded_and_end_in_what_they_leave_out(made: Chargeback):
    shown = tables(made)
    assert len(shown) == 7
    for table in shown:
        assert all(len(each) == len(table.columns) for each in table.rows), table.title
        assert len(table.rows) <= 18
        assert all(cell.isprintable() and len(cell) <= WIDEST for each in table.rows for cell in each)
    units = next(table for table in shown if table.title.startswith("Cost per prediction"))
    assert units.rows[0] == ("name-0", "4,000", "1.00", "0.00", "0.2500 per 1,000 predictions")
    assert units.rows[1][1:2] + units.rows[1][4:] == ("not counted", "unknown")
    assert units.rows[-1][0] == "… 2 more with --json"


def test_warnings_of_all_parts_are_there(made: Chargeback):
    assert [warning.code for warning in warnings(made)] == ["endpoint_without_count"]


def test_names_are_cut_in_the_middle_and_never_steer_a_terminal():
    assert shortened("a" * 100) == "a" * 22 + "…" + "a" * 21
    assert "\x1b" not in shortened("\x1b[2J")


def test_the_pods_of_each_table_add_up_to_all_nodes(made: Chargeback):
    pods = [table for table in tables(made) if "pods" in table.title.lower() and "Container" not in table.title]
    assert len(pods) == 3
    for table in pods:
        *parts, whole = (float(each[-1].replace(",", "")) for each in table.rows)
        assert sum(parts) == pytest.approx(whole, abs=0.02)
        assert whole == pytest.approx(made.containers.totals.node_cost)
