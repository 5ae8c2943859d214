"""The workloads program of every environment, recorded once a session, and a model trained once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from plinth.stack import Resource, Stack
from plinth.stack.recorder import record
from workloads.training import TrainingResult, train
from workloads.training.settings import args_below

ROOT = Path(__file__).parents[2]
PLATFORM_OUTPUTS: Mapping[str, Any] = {
    "environment": "dev",
    "region": "eu-west-1",
    "cluster_name": "plinth-dev",
    "cluster_endpoint": "https://ABC.gr7.eu-west-1.eks.amazonaws.com",
    "cluster_certificate_authority": "Y2VydGlmaWNhdGU=",
    "cluster_security_group_id": "sg-0123456789abcdef0",
    "private_subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
    "node_role_name": "plinth-dev-node",
    "pod_role_arn": "arn:aws:iam::123456789012:role/plinth-dev-pod",
    "cluster_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/cluster",
    "tags": {"project": "plinth", "environment": "dev", "team": "platform", "cost-center": "cc-1", "data-class": "internal"},
}


@cache
def _recorded(environment: str) -> Stack:
    return record(environment, project=ROOT / "workloads", references={f"organization/plinth/{environment}": PLATFORM_OUTPUTS})


@pytest.fixture(scope="session")
def workloads() -> Stack:
    return _recorded("dev")


@pytest.fixture(scope="session")
def environment_stack() -> Callable[[str], Stack]:
    return _recorded


@pytest.fixture(scope="session")
def named(workloads: Stack) -> Callable[[str], Resource]:
    by_name = {resource.name: resource for resource in workloads.resources if resource.custom}
    return by_name.__getitem__


@pytest.fixture(scope="session")
def platform_outputs() -> Mapping[str, Any]:
    return PLATFORM_OUTPUTS


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return train(args_below(tmp_path_factory.mktemp("trained"), steps=600, checkpoint_every=200))


@pytest.fixture(scope="session")
def model_directory(trained: TrainingResult) -> Path:
    assert trained.model_path is not None
    return trained.model_path.parent
