from __future__ import annotations

from datetime import date

import pytest

from cost.estimate.model import Status

CLUSTER = "aws:eks/cluster:Cluster"


@pytest.mark.parametrize(
    ("inputs", "day", "cost"),
    [
        ({"version": "1.34"}, date(2026, 11, 22), 73.00),  # 730 h x 0.10
        ({"version": "1.33"}, date(2026, 11, 22), 438.00),  # 730 h x 0.60, the whole price
        ({"version": "1.33"}, date(2026, 7, 29), 73.00),  # the last day of standard support
        ({"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}}, date(2026, 11, 22), 73.00),
        ({}, date(2026, 11, 22), 73.00),
    ],
)
def test_a_control_plane_costs_by_its_versions_support(priced, inputs, day, cost):
    assert priced((CLUSTER, "eks", inputs), as_of=day).monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_version_without_dates_is_unknown(priced):
    assert priced((CLUSTER, "eks", {"version": "1.99"})).status is Status.UNKNOWN


def test_auto_mode_is_unknown_rather_than_nodes_for_nothing(priced):
    assert priced((CLUSTER, "eks", {"computeConfig": {"enabled": True}})).status is Status.UNKNOWN
