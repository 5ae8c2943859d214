"""infra.karpenter: the controller may make, tag and end nodes of its own cluster, and reach nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from plinth.stack import Stack

ACTIONS = Path(__file__).resolve().parents[2] / "policies" / "data" / "iam_actions.json"
CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/plinth-dev"
OWNED = {"aws:ResourceTag/kubernetes.io/cluster/plinth-dev": "owned"}
REQUESTED = {"aws:RequestTag/kubernetes.io/cluster/plinth-dev": "owned", "aws:RequestTag/eks:eks-cluster-name": "plinth-dev"}
REGION = "topology.kubernetes.io/region"
PROFILES = ["arn:aws:iam::123456789012:instance-profile/*"]


@pytest.fixture
def by_sid(dev_stack: Stack, named, statements) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in statements(named(dev_stack, "karpenter-policy"))}


def test_what_a_launch_makes_carries_the_clusters_tags(by_sid):
    made = ["fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume"]
    for sid, actions in {
        "LaunchTagged": ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
        "TagOnCreation": ["ec2:CreateTags"],
    }.items():
        assert by_sid[sid]["Action"] == actions
        assert by_sid[sid]["Resource"] == [f"arn:aws:ec2:us-east-1:123456789012:{kind}/*" for kind in made]
        assert by_sid[sid]["Condition"]["StringEquals"].items() >= REQUESTED.items()
        assert by_sid[sid]["Condition"]["StringLike"] == {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    assert by_sid["TagOnCreation"]["Condition"]["StringEquals"]["ec2:CreateAction"] == ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]


@pytest.mark.parametrize("sid", ["LaunchFromOwnTemplates", "TagOwnInstances", "DeleteOwn"])
def test_what_stands_is_touched_only_where_the_tags_say_that_it_is_karpenters_own(by_sid, sid: str):
    condition = by_sid[sid]["Condition"]
    assert (condition["StringEquals"], condition["StringLike"]) == (OWNED, {"aws:ResourceTag/karpenter.sh/nodepool": "*"})


def test_an_instances_tags_of_ownership_are_not_karpenters_to_change(by_sid):
    condition = by_sid["TagOwnInstances"]["Condition"]
    assert condition["ForAllValues:StringEquals"] == {"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]}
    assert condition["StringEqualsIfExists"] == {"aws:RequestTag/eks:eks-cluster-name": "plinth-dev"}
    assert by_sid["TagOwnInstances"]["Resource"] == ["arn:aws:ec2:us-east-1:123456789012:instance/*"]


def test_instances_start_from_images_and_in_subnets_without_making_any(by_sid):
    assert by_sid["LaunchFrom"]["Action"] == ["ec2:CreateFleet", "ec2:RunInstances"]
    assert by_sid["LaunchFrom"]["Resource"] == [
        "arn:aws:ec2:us-east-1::image/*",
        "arn:aws:ec2:us-east-1::snapshot/*",
        "arn:aws:ec2:us-east-1:123456789012:security-group/*",
        "arn:aws:ec2:us-east-1:123456789012:subnet/*",
    ]


def test_only_the_node_role_is_passed_and_only_to_ec2(stack: Stack, named, statements):
    (passed,) = [s for s in statements(named(stack, "karpenter-policy")) if "iam:PassRole" in s["Action"]]
    assert passed["Action"] == ["iam:PassRole"]
    assert passed["Resource"] == [stack.outputs["node_role_arn"]]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_instance_profiles_are_its_own_by_cluster_region_and_node_class(by_sid):
    own = {**OWNED, f"aws:ResourceTag/{REGION}": "us-east-1"}
    new = {**REQUESTED, f"aws:RequestTag/{REGION}": "us-east-1"}
    assert {sid: by_sid[sid]["Condition"]["StringEquals"] for sid in ("CreateProfiles", "TagProfiles", "ChangeProfiles")} == {
        "CreateProfiles": new,
        "TagProfiles": {**own, **new},
        "ChangeProfiles": own,
    }
    assert by_sid["TagProfiles"]["Condition"]["StringLike"] == {f"aws:{which}Tag/karpenter.k8s.aws/ec2nodeclass": "*" for which in ("Resource", "Request")}
    assert all(by_sid[f"{sid}Profiles"]["Resource"] == PROFILES for sid in ("Create", "Tag", "Change"))
    account = "arn:aws:iam::123456789012"
    named = [f"{account}:instance-profile/plinth-dev_*", f"{account}:instance-profile/karpenter/us-east-1/plinth-dev/*"]
    assert by_sid["ReadProfiles"]["Resource"] == named, "nothing but the name holds a reading to its own: what does not stand has no tags"
    assert by_sid["ReadProfiles"]["Action"] == ["iam:GetInstanceProfile"]


def test_notices_are_read_from_the_interruption_queue_only(stack: Stack, named, statements):
    (read,) = [s for s in statements(named(stack, "karpenter-policy")) if any(action.startswith("sqs:") for action in s["Action"])]
    (queue,) = stack.of_type("aws:sqs/queue:Queue")
    assert read["Action"] == ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    assert read["Resource"] == [queue.outputs["arn"]]


def test_the_clusters_key_is_used_through_ec2_and_sqs_only(stack: Stack, named, statements):
    key = stack.outputs["cluster_key_arn"]
    (queue,) = stack.of_type("aws:sqs/queue:Queue")
    assert queue.inputs["kmsMasterKeyId"] == key, "who reads an encrypted queue must decrypt"
    uses = {s["Sid"]: s for s in statements(named(stack, "karpenter-policy")) if any(action.startswith("kms:") for action in s["Action"])}
    assert {sid: (s["Resource"], s["Condition"]["StringEquals"]) for sid, s in uses.items()} == {
        "NodeVolumes": ([key], {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}),
        "NodeVolumeGrants": ([key], {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}),
        "DecryptNotices": ([key], {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}),
    }
    assert "kms:GenerateDataKeyWithoutPlaintext" in uses["NodeVolumes"]["Action"], "EC2 ends a node at once whose volume it can't encrypt"
    assert uses["NodeVolumeGrants"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert uses["DecryptNotices"]["Action"] == ["kms:Decrypt"]


def test_the_rest_is_looking_up(by_sid):
    assert (by_sid["Cluster"]["Action"], by_sid["Cluster"]["Resource"]) == (["eks:DescribeCluster"], [CLUSTER])
    assert by_sid["ZonalShift"]["Condition"] == {"StringEquals": {"arc-zonal-shift:ResourceIdentifier": CLUSTER}}
    assert by_sid["NodeImages"]["Resource"] == ["arn:aws:ssm:us-east-1::parameter/aws/service/*"]
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in by_sid["Lookups"]["Action"])
    assert {"pricing:GetProducts", "ec2:DescribeInstanceTypeOfferings", "iam:ListInstanceProfiles"} <= set(by_sid["Lookups"]["Action"])


def test_the_boundary_leaves_every_right_of_the_controller(stack: Stack, named, statements):
    """Of what is allowed. And no denial names a resource and an action that the controller needs."""
    boundary = statements(named(stack, "services-boundary"))
    allowed = {action for s in boundary if s["Effect"] == "Allow" for action in s["Action"]}
    for statement in statements(named(stack, "karpenter-policy")):
        assert all(action in allowed or f"{action.split(':')[0]}:*" in allowed for action in statement["Action"]), statement["Sid"]
    (removal,) = [s for s in boundary if "iam:Delete*" in s["Action"]]
    assert removal["Effect"] == "Deny" and removal["Resource"] == [f"arn:aws:iam::123456789012:{kind}/*" for kind in ("group", "policy", "role", "user")]
    (prices,) = [s for s in boundary if "pricing:GetProducts" in s["Action"]]
    assert "Condition" not in prices, "prices are answered in another region than the platform's"


def test_every_action_is_one_that_aws_knows(by_sid):
    services, session = json.loads(ACTIONS.read_text())["services"], get_session()
    for action in {action for statement in by_sid.values() for action in statement["Action"]}:
        service, name = action.split(":")
        table = services.get(service)
        known = [*table["scopable"], *table["unscopable"]] if table else session.get_service_model(service).operation_names
        assert name in known, action


def test_nodes_need_no_access_entry_as_managed_groups_have_the_same_role(stack: Stack):
    role = stack.outputs["node_role_arn"]
    assert role in {group.inputs["nodeRoleArn"] for group in stack.of_type("aws:eks/nodeGroup:NodeGroup")}, "EKS makes the entry of a managed group's role"
    assert role not in {entry.inputs["principalArn"] for entry in stack.of_type("aws:eks/accessEntry:AccessEntry")}, "EKS takes one entry a principal"
