from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

CLUSTER = "aws:eks/cluster:Cluster"
CAPABILITY = "aws:eks/capability:Capability"


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


def test_a_version_past_extended_support_says_that_aws_upgrades_it(priced):
    found = priced((CLUSTER, "eks", {"version": "1.27"}), as_of=date(2026, 11, 22))
    assert found.status is Status.UNKNOWN
    assert "past extended support" in found.reason


LOGGING = {"version": "1.34", "name": "ml", "enabledClusterLogTypes": ["api"]}


def test_control_plane_logs_without_a_declared_log_group_are_named_and_cost_by_the_gb(stack_of, priced, usage_of):
    (missing,) = estimate(stack_of((CLUSTER, "eks", LOGGING))).unknown
    assert (missing.component, "monthly_control_plane_logs_gb" in missing.reason) == ("control plane logs ingested", True)
    stated = usage_of("aws_eks_cluster", {"monthly_control_plane_logs_gb": 10})
    # 73.00 and 10 GB x 0.50
    assert priced((CLUSTER, "eks", LOGGING), usage=stated).monthly_cost.expected == pytest.approx(78.00)


@pytest.mark.parametrize(("types", "components"), [([], []), (UNKNOWN, ["control plane logs ingested"])])
def test_logs_are_named_where_they_may_be_written(stack_of, types, components):
    result = estimate(stack_of((CLUSTER, "eks", {**LOGGING, "enabledClusterLogTypes": types})))
    assert [item.component for item in result.unknown] == components


def test_the_logs_of_a_declared_log_group_are_that_groups(stack_of):
    group = ("aws:cloudwatch/logGroup:LogGroup", "logs", {"name": "/aws/eks/ml/cluster"})
    result = estimate(stack_of((CLUSTER, "eks", LOGGING), group))
    assert "control plane logs ingested" not in {item.component for item in result.unknown}


def test_a_version_without_dates_is_unknown(priced):
    assert priced((CLUSTER, "eks", {"version": "1.99"})).status is Status.UNKNOWN


def test_auto_mode_lists_its_nodes_until_the_usage_file_states_them(stack_of):
    result = estimate(stack_of((CLUSTER, "eks", {"computeConfig": {"enabled": True, "nodePools": ["general-purpose"]}})))
    assert result.total.expected == pytest.approx(73.00)
    assert [item.component for item in result.unknown] == ["Auto Mode nodes"]
    assert "auto_mode_instances" in result.unknown[0].reason


def test_auto_mode_nodes_cost_their_price_and_the_fee_of_their_type(stack_of):
    stated = Usage(by_type={"aws_eks_cluster": {"auto_mode_instances": 2.0, "auto_mode_instance_type": "m7i.large"}}, source=QuantitySource.USAGE_FILE)
    result = estimate(stack_of((CLUSTER, "eks", {"computeConfig": {"enabled": True, "nodePools": ["general-purpose"]}})), (stated,))
    costs = {item.component: item.monthly_cost.expected for item in result.resources[0].lines}
    # m7i.large 0.1008 and 0.0121 on top, twice, all month
    assert costs["Auto Mode instances"] == pytest.approx(2 * 730 * 0.1008)
    assert costs["Auto Mode management"] == pytest.approx(2 * 730 * 0.0121)


def test_an_auto_mode_fee_that_the_book_does_not_have_is_listed(stack_of):
    stated = Usage(by_type={"aws_eks_cluster": {"auto_mode_instances": 1.0, "auto_mode_instance_type": "g5.xlarge"}})
    result = estimate(stack_of((CLUSTER, "eks", {"computeConfig": {"enabled": True, "nodePools": ["system"]}})), (stated,))
    assert [item.component for item in result.unknown] == ["Auto Mode management"]
    assert "'Auto Mode management g5.xlarge' with --prices" in result.unknown[0].reason


@pytest.mark.parametrize(("tier", "cost"), [("standard", 73.00), ("tier-xl", 1277.50), ("tier-8xl", 10220.00)])
def test_a_provisioned_tier_is_added_to_the_clusters_hours(priced, tier, cost):
    # 730 x (0.10 + 1.65) and 730 x (0.10 + 13.90)
    found = priced((CLUSTER, "eks", {"controlPlaneScalingConfig": {"tier": tier}}))
    assert found.monthly_cost.expected == pytest.approx(cost)


def test_hybrid_nodes_are_listed_until_their_vcpu_hours_are_stated(stack_of):
    result = estimate(stack_of((CLUSTER, "eks", {"remoteNetworkConfig": {"remoteNodeNetworks": {"cidrs": ["10.0.0.0/16"]}}})))
    assert [item.component for item in result.unknown] == ["hybrid nodes"]


@pytest.mark.parametrize(
    ("kind", "cost"), [("ARGOCD", 730 * (0.03 + 10 * 0.0015)), ("ACK", 730 * (0.005 + 10 * 0.00005)), ("KRO", 730 * (0.005 + 10 * 0.00005))]
)
def test_a_capability_costs_its_hours_and_what_it_manages(priced, kind, cost):
    usage = Usage(by_type={"aws_eks_capability": {"managed_resources": 10.0}})
    assert priced((CAPABILITY, "c", {"type": kind, "clusterName": "eks"}), usage=usage).monthly_cost.expected == pytest.approx(cost)


def test_a_capability_of_another_type_is_unknown(priced):
    assert priced((CAPABILITY, "c", {"type": "OTHER", "clusterName": "eks"})).status is Status.UNKNOWN


@pytest.mark.parametrize("inputs", [{"version": UNKNOWN}, {"computeConfig": {"enabled": UNKNOWN}}, {"controlPlaneScalingConfig": {"tier": UNKNOWN}}])
def test_a_cluster_that_is_not_known_is_unknown(priced, inputs):
    assert priced((CLUSTER, "eks", inputs)).status is Status.UNKNOWN
