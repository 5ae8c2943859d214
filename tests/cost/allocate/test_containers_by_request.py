"""Tests of cost.allocate.containers_by_request: one node's cost by its pods, without a bill."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cost.allocate.container_model import AWS_WEIGHTS
from cost.allocate.containers_by_request import by_request, grouped, pod_costs_of
from cost.allocate.containers_requests import PodRequest
from cost.allocate.instance_specs import Shape

SHAPE = Shape(vcpu=4, memory_gib=16)
"""An m5.xlarge: a vCPU is worth 9 and a GiB 1, 52 in all."""
FIRST, SECOND, THIRD = (datetime(2026, 10, day) for day in (1, 2, 3))


def day(start: datetime | None, end: datetime | None, cost: float = 52.0) -> dict[str, Any]:
    return {"start": start, "end": end, "cost": cost, "hours": 24.0}


def pod(name: str, *, cpu: float = 2.0, memory: float = 8.0, start: datetime = FIRST, end: datetime | None = None) -> PodRequest:
    return PodRequest(
        cluster="ml", node="i-1", namespace="n", workload="w", pod=name, cpu=cpu, memory_gib=memory, gpu=0, start=start, end=end,
        tags={"team": "vision", "owner": "ada"}, line=2,
    )  # fmt: skip


def test_half_a_node_that_is_requested_is_half_workload_and_its_idle_half_is_the_pods_too():
    found = by_request([day(FIRST, SECOND)], [pod("a")], SHAPE, AWS_WEIGHTS)
    assert (found.workload, found.idle, found.idle_unassigned, found.uncovered) == pytest.approx((26, 26, 0, 0))
    (cost,) = pod_costs_of("i-1", found, ("team",))
    assert (cost.cpu_cost, cost.memory_cost, cost.idle_cost, cost.vcpu_hours, cost.gib_hours) == pytest.approx((18, 8, 26, 48, 192))
    assert (cost.node, cost.source, cost.tags) == ("i-1", "requests", {"team": "vision"})


def test_a_pod_pays_for_the_hours_that_it_was_there_and_the_rest_has_no_pod_data():
    found = by_request([day(FIRST, SECOND)], [pod("a", end=FIRST.replace(hour=12))], SHAPE, AWS_WEIGHTS)
    assert (found.workload, found.idle, found.uncovered) == pytest.approx((13, 13, 26))


def test_a_day_without_pods_or_without_times_is_uncovered():
    found = by_request([day(SECOND, THIRD), day(None, None, 7.0)], [pod("a", end=SECOND)], SHAPE, AWS_WEIGHTS)
    assert (found.workload, found.idle, found.uncovered) == pytest.approx((0, 0, 59))


def test_a_pod_that_was_resized_is_one_pod_and_nothing_is_lost():
    rows = [pod("a", end=FIRST.replace(hour=12)), pod("a", cpu=4.0, memory=16.0, start=FIRST.replace(hour=12)), pod("b", cpu=0.5, memory=1.0)]
    found = by_request([day(FIRST, SECOND), day(SECOND, THIRD)], rows, SHAPE, AWS_WEIGHTS)
    costs = pod_costs_of("i-1", found, ())
    assert sorted(cost.pod for cost in costs) == ["a", "b"]
    assert found.workload + found.idle + found.uncovered == pytest.approx(104)
    assert sum(cost.workload_cost + cost.idle_cost for cost in costs) + found.idle_unassigned == pytest.approx(found.workload + found.idle)
    assert found.overcommitted_days == 1, "the second, on which the pods ask for 4.5 of 4 vCPUs all day"


def test_rows_are_grouped_by_node():
    rows = [{"node": "i-1", "n": 1}, {"node": "i-2", "n": 2}, {"node": "i-1", "n": 3}]
    assert {node: [row["n"] for row in each] for node, each in grouped(rows).items()} == {"i-1": [1, 3], "i-2": [2]}
