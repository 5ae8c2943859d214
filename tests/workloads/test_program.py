from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.tags import REQUIRED_TAGS
from plinth.errors import InputError
from plinth.stack import Stack
from plinth.stack.recorder import record

ROOT = Path(__file__).parents[2]


def test_every_environment_evaluates_to_the_same_kinds_of_objects(environment_stack: Callable[[str], Stack]) -> None:
    dev, staging, prod = (environment_stack(name) for name in ("dev", "staging", "prod"))
    assert {type_: len(found) for type_, found in dev.by_type.items()} == {
        "pulumi:pulumi:Stack": 1,
        "pulumi:providers:kubernetes": 1,
        "plinth:workloads:TeamNamespace": 1,
        "plinth:workloads:GpuNodePool": 1,
        "kubernetes:core/v1:Namespace": 1,
        "kubernetes:core/v1:ResourceQuota": 1,
        "kubernetes:core/v1:LimitRange": 1,
        "kubernetes:core/v1:ServiceAccount": 1,
        "kubernetes:core/v1:ConfigMap": 1,
        "kubernetes:rbac.authorization.k8s.io/v1:Role": 1,
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": 1,
        "kubernetes:networking.k8s.io/v1:NetworkPolicy": 4,
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": 1,
        "kubernetes:karpenter.sh/v1:NodePool": 1,
        "kubernetes:storage.k8s.io/v1:StorageClass": 1,
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": 1,
    }
    assert dev.by_type.keys() == staging.by_type.keys() == prod.by_type.keys()


def test_evaluating_twice_gives_the_same_bytes(workloads: Stack, platform_outputs: Mapping[str, Any]) -> None:
    again = record("dev", project=ROOT / "workloads", references={"organization/plinth/dev": platform_outputs})
    assert again.model_dump_json() == workloads.model_dump_json()


def test_the_namespace_is_protected_where_the_profile_protects_and_nowhere_else(environment_stack: Callable[[str], Stack]) -> None:
    protected = {name: environment_stack(name).of_type("kubernetes:core/v1:Namespace")[0].options.protect for name in ("dev", "staging", "prod")}
    assert protected == {"dev": False, "staging": True, "prod": True}


def test_every_object_uses_the_platforms_cluster_and_not_the_callers_own_kubeconfig(workloads: Stack) -> None:
    (provider,) = workloads.of_type("pulumi:providers:kubernetes")
    for resource in (found for found in workloads.custom if not found.type.startswith("aws:")):
        assert resource.options.provider is not None and resource.options.provider.startswith(provider.urn), resource.name


def test_children_belong_to_their_component_and_carry_its_name(workloads: Stack) -> None:
    for component in (*workloads.of_type("plinth:workloads:TeamNamespace"), *workloads.of_type("plinth:workloads:GpuNodePool")):
        children = workloads.children(component)
        assert children
        assert all(component.name in child.name for child in children)


def test_the_platforms_own_outputs_are_what_the_workloads_read() -> None:
    platform = record("dev", project=ROOT)
    stack = record("dev", project=ROOT / "workloads", references={"organization/plinth/dev": platform.outputs})
    (node_class,) = stack.of_type("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
    spec = node_class.inputs["spec"]
    assert spec["role"] == platform.outputs["node_role_name"]
    assert [term["id"] for term in spec["subnetSelectorTerms"]] == platform.outputs["private_subnet_ids"] and len(spec["subnetSelectorTerms"]) >= 3
    volumes = {
        device["ebs"]["kmsKeyId"] for template in platform.of_type("aws:ec2/launchTemplate:LaunchTemplate") for device in template.inputs["blockDeviceMappings"]
    }
    assert {spec["blockDeviceMappings"][0]["ebs"]["kmsKeyID"]} == volumes, "the key whose policy lets Spot start nodes"
    assert set(REQUIRED_TAGS) <= spec["tags"].keys()
    priorities = yaml.safe_load(stack.of_type("kubernetes:core/v1:ConfigMap")[0].inputs["data"]["priorities"])
    for group in platform.of_type("aws:eks/nodeGroup:NodeGroup"):
        expected = {"SPOT": 50, "ON_DEMAND": 1 if "system" in group.name else 10}[group.inputs["capacityType"]]
        name = f"eks-{group.output('nodeGroupName').value}-8ac1f0e2"
        assert expected == max(priority for priority, patterns in priorities.items() if any(re.search(pattern, name) for pattern in patterns)), name


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_group_that_is_bound_is_given_to_people_by_an_access_entry(
    environment: str, recorded: Callable[[str], Stack], recorded_workloads: Callable[[str], Stack]
) -> None:
    entries = recorded(environment).of_type("aws:eks/accessEntry:AccessEntry")
    given = {group for entry in entries for group in entry.inputs.get("kubernetesGroups") or ()}
    bindings = recorded_workloads(environment).of_type("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
    bound = {subject["name"] for binding in bindings for subject in binding.inputs["subjects"] if subject["kind"] == "Group"}
    assert bound and bound <= given


def test_a_missing_platform_output_is_an_error_that_names_it(platform_outputs: Mapping[str, Any]) -> None:
    without = {key: value for key, value in platform_outputs.items() if key != "node_role_name"}
    with pytest.raises(InputError, match="node_role_name"):
        record("dev", project=ROOT / "workloads", references={"organization/plinth/dev": without})
