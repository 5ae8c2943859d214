"""infra.platform: the whole program, environment by environment."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections import Counter

import pulumi_aws
import pytest

from infra.tags import REQUIRED_TAGS
from plinth.errors import InputError
from plinth.stack.values import UNKNOWN

OUTPUTS = {
    "environment",
    "profile",
    "region",
    "account_id",
    "vpc_id",
    "private_subnet_ids",
    "public_subnet_ids",
    "cluster_name",
    "cluster_endpoint",
    "cluster_certificate_authority",
    "cluster_security_group_id",
    "cluster_key_arn",
    "interruption_queue_name",
    "karpenter_role_arn",
    "autoscaler_role_arn",
    "node_role_arn",
    "node_role_name",
    "pod_role_arn",
    "training_role_arn",
    "endpoint_role_arn",
    "lake_bucket",
    "artifact_bucket",
    "access_log_bucket",
    "lake_key_arn",
    "artifact_key_arn",
    "endpoint_name",
    "serving_repository_url",
    "training_repository_url",
    "alarm_topic_arn",
    "exemptions",
    "tags",
    "change_effects",
}
EXPECTED = {"dev": (5, 1, 0), "staging": (15, 3, 0), "prod": (16, 3, 1)}
"""VPC endpoints, NAT gateways and subscriptions: what differs between the environments' resources."""


def taggable(type_: str) -> bool:
    _, module, class_ = type_.split(":")
    resource = getattr(getattr(pulumi_aws, module.split("/")[0]), class_)
    return "tags" in inspect.signature(resource._internal_init).parameters


def test_every_taggable_resource_carries_every_required_tag(stack):
    for resource in stack.custom:
        if taggable(resource.type):
            assert not set(REQUIRED_TAGS) - set(resource.inputs.get("tags") or {}), resource.name
            assert all(resource.inputs["tags"][tag] for tag in REQUIRED_TAGS), resource.name


def test_tags_say_the_environment(stack):
    assert {r.inputs["tags"]["environment"] for r in stack.custom if r.inputs.get("tags")} == {stack.name}


def test_every_childs_name_contains_its_components(stack):
    for resource in stack.resources:
        parent = stack.by_urn.get(resource.parent or "")
        if parent is not None and parent.type.startswith("plinth:"):
            assert resource.name.startswith(f"{parent.name}-"), resource.name


def test_every_provider_resource_stands_in_a_component(stack):
    assert not [resource.name for resource in stack.custom if not stack.by_urn[resource.parent].type.startswith("plinth:infra:")]


def test_nothing_is_created_inside_an_apply_so_the_counts_are_the_settings(stack):
    counts = Counter(resource.type for resource in stack.resources)
    endpoints, gateways, subscriptions = EXPECTED[stack.name]
    assert counts["aws:ec2/vpcEndpoint:VpcEndpoint"] == endpoints
    assert counts["aws:ec2/natGateway:NatGateway"] == counts["aws:ec2/eip:Eip"] == gateways
    assert counts["aws:sns/topicSubscription:TopicSubscription"] == subscriptions
    assert len(stack.resources) == {"dev": 180, "staging": 194, "prod": 196}[stack.name]


def test_the_outputs_are_those_that_others_read(stack):
    assert set(stack.outputs) == OUTPUTS
    assert not [name for name, value in stack.outputs.items() if value in (None, UNKNOWN, "")]


def test_without_an_endpoint_in_the_settings_all_else_comes_up_and_nothing_of_an_endpoint(altered):
    """The first `pulumi up`: model and image are put into the bucket and the repository that it makes."""
    stack, whole = altered("dev", {"plinth:endpoint": None}), altered("dev", {})
    assert not [found.name for found in stack.resources if found.type.startswith(("aws:sagemaker/", "aws:appautoscaling/", "plinth:infra:InferenceEndpoint"))]
    assert set(stack.outputs) == OUTPUTS - {"endpoint_name"}
    left_out = {found.urn for found in whole.resources} - {found.urn for found in stack.resources}
    assert left_out == {whole.of_type("plinth:infra:InferenceEndpoint")[0].urn} | {
        found.urn for found in whole.resources if any(above.type == "plinth:infra:InferenceEndpoint" for above in whole.ancestors(found))
    }


def test_the_three_environments_share_no_address(recorded):
    ranges = {recorded(name).of_type("aws:ec2/vpc:Vpc")[0].inputs["cidrBlock"] for name in ("dev", "staging", "prod")}
    assert len(ranges) == 3


def test_the_auditor_sees_the_cluster_without_its_secrets_and_only_the_platform_engineer_runs_it(stack):
    policies = {
        a.name.removesuffix("-policy").rpartition("-access-")[2]: a.inputs["policyArn"]
        for a in stack.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    }
    assert {persona: arn.rpartition("/")[2] for persona, arn in policies.items()} == {
        "platform-engineer": "AmazonEKSClusterAdminPolicy",
        "auditor": "AmazonEKSViewPolicy",
    }


def test_the_teams_people_reach_the_cluster_by_their_group_alone(stack):
    entries = {entry.name.rpartition("-access-")[2]: entry for entry in stack.of_type("aws:eks/accessEntry:AccessEntry")}
    groups = {persona: entry.inputs.get("kubernetesGroups") for persona, entry in entries.items()}
    assert groups == {"data-scientist": ["plinth:vision"], "ml-engineer": ["plinth:vision"], "platform-engineer": None, "auditor": None}
    for persona in groups:
        assert entries[persona].inputs["principalArn"].endswith(f":role/plinth-{stack.name}-{persona}")


def test_a_persona_with_neither_policy_nor_group_has_no_entry(altered):
    stack = altered("dev", {"plinth:cluster": {"persona_groups": {"ml-engineer": ["plinth:vision"], "data-scientist": None}}})
    entries = {entry.name.rpartition("-access-")[2] for entry in stack.of_type("aws:eks/accessEntry:AccessEntry")}
    assert entries == {"ml-engineer", "platform-engineer", "auditor"}


def test_nothing_in_the_base_needs_the_cluster(stack):
    components = {f"plinth:infra:{kind}" for kind in ("ServiceBoundary", "Keys", "Network", "Identity", "Alerts")}
    base = {r.urn for r in stack.custom if any(a.type in components for a in stack.ancestors(r))}
    cluster = {r.urn for r in stack.custom if any(a.type == "plinth:infra:Cluster" for a in stack.ancestors(r))}
    for urn in base:
        resource = stack.by_urn[urn]
        assert not cluster & {*resource.dependencies, *(u for urns in resource.property_dependencies.values() for u in urns)}


def test_another_account_is_refused(altered):
    with pytest.raises(InputError, match=r"^these credentials are for account 123456789012; .* allows only 999999999999"):
        altered("dev", {"plinth:environment": {"account_id": "999999999999"}})


def test_the_right_account_is_not(altered):
    assert altered("dev", {"plinth:environment": {"account_id": "123456789012"}}).outputs["account_id"] == "123456789012"


def test_evaluating_twice_gives_the_same_stack_byte_for_byte_in_processes_with_different_hash_seeds():
    program = "from plinth.stack.load import load_stack; print(load_stack('dev').model_dump_json())"
    outputs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in "12"
    ]
    assert outputs[0] == outputs[1]


def test_the_standard_librarys_platform_is_not_shadowed_by_ours():
    """As Pulumi runs it: the folder by runpy, with the folder first on the path."""
    program = (
        "import runpy, sys, infra.platform as ours\n"
        "ours.build = lambda: None\n"
        "sys.path.insert(0, 'infra'); sys.modules.pop('platform', None)\n"
        "runpy.run_path('infra/__main__.py', run_name='__main__')\n"
        "import platform; print(platform.system())"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.strip()


def test_a_log_group_refuses_deletion_wherever_it_is_protected(stack):
    groups = stack.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {group.name.removeprefix(f"plinth-{stack.name}-") for group in groups} == {"cluster-logs", "endpoint-logs", "network-flow-logs-group"}
    for group in groups:
        assert group.inputs["deletionProtectionEnabled"] == group.options.protect == (stack.name != "dev"), group.name
