from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

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
    for resource in workloads.custom:
        assert resource.options.provider is not None and resource.options.provider.startswith(provider.urn), resource.name


def test_children_belong_to_their_component_and_carry_its_name(workloads: Stack) -> None:
    for component in (*workloads.of_type("plinth:workloads:TeamNamespace"), *workloads.of_type("plinth:workloads:GpuNodePool")):
        children = workloads.children(component)
        assert children
        assert all(component.name in child.name for child in children)


def test_a_missing_platform_output_is_an_error_that_names_it(platform_outputs: Mapping[str, Any]) -> None:
    without = {key: value for key, value in platform_outputs.items() if key != "node_role_name"}
    with pytest.raises(InputError, match="node_role_name"):
        record("dev", project=ROOT / "workloads", references={"organization/plinth/dev": without})
