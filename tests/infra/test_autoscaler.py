"""infra.autoscaler: it sees every Auto Scaling group, and resizes those that EKS made for this cluster's node groups."""

from __future__ import annotations

from typing import Any

import pytest

CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/plinth-dev"


@pytest.fixture
def by_sid(dev_stack, named, statements) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in statements(named(dev_stack, "autoscaler-policy"))}


def test_it_resizes_this_clusters_own_groups_only(by_sid):
    resize = by_sid["ResizeOwnGroups"]
    assert resize["Action"] == ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    assert resize["Resource"] == ["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:*:autoScalingGroupName/eks-*"]
    assert resize["Condition"] == {"StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/plinth-dev": "owned"}}


def test_the_rest_is_looking_up(by_sid):
    assert by_sid["OwnNodeGroups"]["Resource"] == ["arn:aws:eks:us-east-1:123456789012:nodegroup/plinth-dev/*"]
    assert set(by_sid) == {"ResizeOwnGroups", "OwnNodeGroups", "Lookups"}
    assert all(action.split(":")[1].startswith(("Describe", "Get")) for action in by_sid["Lookups"]["Action"])
    needed = {"autoscaling:DescribeScalingActivities", "ec2:DescribeLaunchTemplateVersions", "autoscaling:DescribeTags"}
    assert needed <= set(by_sid["Lookups"]["Action"]), "without these it sees neither failed launches nor the shape of an empty group"


def test_the_boundary_leaves_every_right_of_it(stack, named, statements):
    allowed = {action for s in statements(named(stack, "services-boundary")) if s["Effect"] == "Allow" for action in s["Action"]}
    for statement in statements(named(stack, "autoscaler-policy")):
        assert all(action in allowed or f"{action.split(':')[0]}:*" in allowed for action in statement["Action"]), statement["Sid"]
