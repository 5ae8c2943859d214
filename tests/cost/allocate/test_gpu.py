from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.container_model import AWS_WEIGHTS, ContainerAllocation, ContainerTotals, NodeCost, PodCost
from cost.allocate.gpu import GpuAllocation, GpuUse, gpu_rows, gpu_shares, parts_of
from cost.allocate.instance_specs import Shape, list_prices
from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
DAY = date(2026, 10, 5)
NOTHING = ContainerTotals(workload=0, idle=0, overhead=0, node_cost=0, cluster_overhead=0, total_cost=0)


def pod(node: str, gpu_hours: float | None, team: str) -> PodCost:
    return PodCost(
        cluster="ml", namespace="n", workload="w", pod=f"{team}-{gpu_hours}", node=node, source="split", workload_cost=0, idle_cost=0, cpu_cost=0,
        memory_cost=0, gpu_cost=0, vcpu_hours=None, gib_hours=None, gpu_hours=gpu_hours, tags={"team": team},
    )  # fmt: skip


def containers(*pods: PodCost, nodes: tuple[NodeCost, ...] = ()) -> ContainerAllocation:
    return ContainerAllocation(
        cost="amortized", currency="USD", synthetic=False, scaled_from="amortized", weights=AWS_WEIGHTS, totals=NOTHING, nodes=nodes, pods=pods,
        cluster_overheads=(), warnings=(),
    )  # fmt: skip


@pytest.fixture
def bill(bill_of: Callable[..., Bill], row: Row) -> Bill:
    def instance(node: str, cost: float, kind: str, team: str, hours: float = 24.0, **more: Any) -> dict[str, Any]:
        filled: dict[str, Any] = {"ResourceId": node, "ConsumedQuantity": hours, "x_instance_type": kind, "x_usage_type": f"USE1-BoxUsage:{kind}"}
        return row(DAY, cost, **(filled | {"Tags": {"team": team} if team else {}} | more))

    return bill_of(
        [
            instance("i-shared", 240, "p3.16xlarge", "platform"),
            instance("i-own", 24, "g5.xlarge", "vision", x_usage_type="USE1-SpotUsage:g5.xlarge"),
            instance("i-own", 3, "g5.xlarge", "vision", 0.0, x_usage_type="USE1-DataTransfer-Out-Bytes"),
            instance("i-unused", 5, "g5.xlarge", "", CommitmentDiscountStatus="Unused"),
            instance("arn:aws:sagemaker:x:1:endpoint/e", 2, "ml.g5.xlarge", "", 3600.0, x_usage_type="USE1-Host:ml.g5.xlarge", ConsumedUnit="Seconds"),
            instance("i-cpu", 9, "m5.xlarge", "vision"),
            instance("i-shared", 0, "p3.16xlarge", "platform", x_operation="EKSPod-EC2"),
        ]
    )


def use(found: GpuAllocation, instance_type: str, team: str) -> GpuUse:
    return next(each for each in found.uses if each.instance_type == instance_type and each.tags["team"] == team)


def consistent(found: GpuAllocation) -> None:
    totals = found.totals
    assert totals.gpu_cost + totals.rest_cost + totals.unweighted_cost == pytest.approx(totals.cost, abs=1e-6)
    assert totals.used_gpu_hours + totals.idle_gpu_hours + totals.unknown_gpu_hours == pytest.approx(totals.gpu_hours, abs=1e-6)
    assert sum(each.cost for each in found.uses) == pytest.approx(totals.cost, abs=1e-6)
    for each in found.uses:
        if each.gpu_cost is not None:
            assert each.rest_cost is not None
            assert each.gpu_cost + each.rest_cost == pytest.approx(each.cost, abs=1e-6)


def test_awss_weights_give_gpus_40_percent_of_a_p3_16xlarge_and_a_number_gives_itself(bill: Bill):
    found = gpu_shares(bill, tags=("team",))
    consistent(found)
    assert use(found, "p3.16xlarge", "platform").gpu_cost == pytest.approx(240 * 72 / (72 + 48.8 + 57.6))
    assert (found.totals.cost, found.totals.gpu_hours, found.totals.unknown_gpu_hours) == pytest.approx((266, 8 * 24 + 24 + 1, 8 * 24 + 24 + 1))
    assert "GPU 9" in found.weight
    given = gpu_shares(bill, weight=0.95, tags=("team",))
    consistent(given)
    assert (given.totals.gpu_cost, given.weight) == (pytest.approx(0.95 * 266), "given: GPUs are 95.0% of the cost")


def test_residual_is_what_the_price_leaves_beside_vcpus_and_memory(bill: Bill):
    found = gpu_shares(bill, weight="residual", prices=list_prices(), tags=("team",))
    consistent(found)
    p3 = use(found, "p3.16xlarge", "platform").gpu_share
    assert p3 is not None
    assert p3 > 0.75, "AWS's weights say 0.40"
    assert use(found, "ml.g5.xlarge", "").gpu_share == use(found, "g5.xlarge", "vision").gpu_share


def test_pods_have_the_gpu_hours_they_took_and_the_rest_is_idle_on_the_node(bill: Bill):
    pods = containers(pod("i-shared", 96, "vision"), pod("i-shared", 48, "language"), pod("i-own", None, "language"), pod("i-gone", 5, "x"))
    found = gpu_shares(bill, containers=pods, tags=("team",), weight=0.5)
    consistent(found)
    vision, node = use(found, "p3.16xlarge", "vision"), use(found, "p3.16xlarge", "platform")
    assert (vision.gpu_hours, vision.used_gpu_hours, vision.gpu_cost, vision.rest_cost) == pytest.approx((96, 96, 60, 0))
    assert (node.gpu_hours, node.idle_gpu_hours, node.idle_gpu_cost, node.rest_cost) == pytest.approx((48, 48, 30, 120))
    assert use(found, "g5.xlarge", "vision").unknown_gpu_hours == 24, "pods of which no row speaks of GPUs say nothing of them"


def test_a_pod_without_a_workload_tag_has_its_kubernetes_workload(bill: Bill):
    found = gpu_shares(bill, containers=containers(pod("i-own", 9, "language")), tags=("team", "workload"))
    assert {"team": "language", "workload": "w"} in [dict(each.tags) for each in found.uses]


def test_time_without_pod_data_is_neither_used_nor_idle(bill: Bill):
    node = NodeCost(
        node="i-own", cluster="ml", account="1", instance_type="g5.xlarge", source="split", cost=27, workload=9, idle=3, overhead=15,
        idle_unassigned=0, uncovered=12, attached=3, instance_hours=24,
    )  # fmt: skip
    found = gpu_shares(bill, containers=containers(pod("i-own", 9, "language"), nodes=(node,)), tags=("team",), weight=0.5)
    consistent(found)
    own = use(found, "g5.xlarge", "vision")
    assert (own.unknown_gpu_hours, own.idle_gpu_hours, own.idle_gpu_cost, own.rest_cost) == pytest.approx((12, 3, 1.5, 12))


def test_pods_with_more_gpu_hours_than_were_billed_are_scaled_down_and_said(bill: Bill):
    found = gpu_shares(bill, containers=containers(pod("i-own", 36, "a"), pod("i-own", 12, "b")), tags=("team",))
    consistent(found)
    assert (use(found, "g5.xlarge", "a").gpu_hours, use(found, "g5.xlarge", "b").gpu_hours) == pytest.approx((18, 6))
    assert [warning.code for warning in found.warnings] == ["gpu_hours_above_billed"]


def test_a_type_that_the_weight_does_not_know_is_unknown_and_never_0(bill: Bill):
    found = gpu_shares(bill, weight={"g5.xlarge": 0.8}, containers=containers(pod("i-shared", 96, "vision")), tags=("team",))
    consistent(found)
    unknown = use(found, "p3.16xlarge", "platform")
    assert (unknown.gpu_share, unknown.gpu_cost, unknown.cost) == (None, None, 240)
    assert use(found, "p3.16xlarge", "vision").gpu_hours == 96
    assert (found.totals.unweighted_cost, [warning.code for warning in found.warnings]) == (240, ["gpu_share_unknown"])


@pytest.mark.parametrize(("weight", "said"), [("residual", "needs prices"), ("half", "unknown GPU weight"), (1.2, "part of the whole")])
def test_a_weight_that_is_none_is_refused(weight: Any, said: str, bill_of: Callable[..., Bill], row: Row):
    with pytest.raises(UsageError, match=said):
        gpu_shares(bill_of([row(DAY)]), weight=weight)


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expression_compiles_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    assert "SELECT" in str(ibis.to_sql(gpu_rows(charges, "billed", ("team",), ["g5.xlarge"], ["i-1"]), dialect=dialect))
    assert "SELECT" in str(ibis.to_sql(gpu_rows(charges, "billed", (), ["g5.xlarge"], []), dialect=dialect))


hours = st.floats(0, 1000)


@settings(max_examples=200, deadline=None)
@given(
    billed=hours,
    cost=st.floats(0, 1e5),
    share=st.one_of(st.none(), st.floats(0, 1)),
    pods=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), max_size=5),
    uncovered=st.floats(0, 1),
)
def test_parts_of_an_instance_add_up_to_its_hours_and_its_cost(
    billed: float, cost: float, share: float | None, pods: list[tuple[str, float]], uncovered: float
):
    row = {"instance_type": "g5.xlarge", "node": "i-1", "hours": billed, "cost": cost, "tag_0": "platform"}
    whole = sum(part for _, part in pods) or 1.0
    taken = {"i-1": [(pod("i-1", 1, team), part / max(1.0, whole)) for team, part in pods]}
    shares = {} if share is None else {"g5.xlarge": share}
    parts = list(parts_of(row, ("team",), {"g5.xlarge": Shape(4, 16, 1, "A10G")}, shares, taken, {"i-1": uncovered}))
    assert sum(part.gpu_hours for part in parts) == pytest.approx(billed, abs=1e-6)
    assert sum(part.cost for part in parts) == pytest.approx(cost, abs=1e-6)
    assert min(part.gpu_hours for part in parts) >= 0
    known = [part for part in parts if part.gpu_cost is not None]
    assert len(known) == (0 if share is None else len(parts))
    assert all((part.gpu_cost or 0) + (part.rest_cost or 0) == pytest.approx(part.cost, abs=1e-6) for part in known)
