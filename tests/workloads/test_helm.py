"""The values of the two charts, held against what the platform's and the team's nodes are, and against the versions that the docs install."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.autoscaler import SERVICE_ACCOUNT
from infra.settings.cluster import ClusterSettings
from plinth.stack import Stack

ROOT = Path(__file__).parents[2]
EFFECTS = {"NO_SCHEDULE": "NoSchedule"}


def values(chart: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "workloads" / "helm" / f"{chart}.yaml").read_text())


def tolerated(taint: dict[str, str], tolerations: list[dict[str, str]]) -> bool:
    return any(t["key"] == taint["key"] and t["operator"] == "Exists" and t.get("effect") in (None, taint["effect"]) for t in tolerations)


def taints(group: Any) -> list[dict[str, str]]:
    return [{**taint, "effect": EFFECTS[taint["effect"]]} for taint in group.inputs.get("taints") or ()]


def test_the_autoscaler_runs_as_the_service_account_that_has_the_role() -> None:
    assert values("cluster-autoscaler")["rbac"]["serviceAccount"]["name"] == SERVICE_ACCOUNT


def test_the_autoscaler_runs_on_the_system_nodes(dev_stack: Stack) -> None:
    found = values("cluster-autoscaler")
    (system,) = [group for group in dev_stack.of_type("aws:eks/nodeGroup:NodeGroup") if group.name.endswith("-system")]
    assert found["nodeSelector"].items() <= system.inputs["labels"].items()
    assert taints(system) and all(tolerated(taint, found["tolerations"]) for taint in taints(system))


def test_the_autoscaler_is_of_the_clusters_minor_version_and_goes_by_priority() -> None:
    found = values("cluster-autoscaler")
    assert found["image"]["tag"].startswith(f"v{ClusterSettings.model_fields['kubernetes_version'].default}.")
    assert found["extraArgs"]["expander"].split(",")[0] == "priority"


def test_the_device_plugin_reaches_every_gpu_node_of_the_pools(dev_stack: Stack) -> None:
    found = values("nvidia-device-plugin")
    pools = [group for group in dev_stack.of_type("aws:eks/nodeGroup:NodeGroup") if "-gpu-" in group.name]
    assert pools
    for group in pools:
        assert any(all(term["key"] in group.inputs["labels"] for term in terms["matchExpressions"]) for terms in node_terms(found)), group.name
        assert taints(group) and all(tolerated(taint, found["tolerations"]) for taint in taints(group))


def test_the_device_plugin_reaches_the_teams_own_gpu_nodes_and_no_system_node(recorded_workloads: Callable[[str], Stack], dev_stack: Stack) -> None:
    found = values("nvidia-device-plugin")
    (pool,) = recorded_workloads("dev").of_type("kubernetes:karpenter.sh/v1:NodePool")
    assert all(tolerated(taint, found["tolerations"]) for taint in pool.inputs["spec"]["template"]["spec"]["taints"])
    assert {"key": "karpenter.k8s.aws/instance-gpu-manufacturer", "operator": "In", "values": ["nvidia"]} in [
        term for terms in node_terms(found) for term in terms["matchExpressions"]
    ]
    (system,) = [group for group in dev_stack.of_type("aws:eks/nodeGroup:NodeGroup") if group.name.endswith("-system")]
    assert not any(term["key"] in system.inputs["labels"] for terms in node_terms(found) for term in terms["matchExpressions"])


@pytest.mark.parametrize("chart", ["cluster-autoscaler", "nvidia-device-plugin"])
def test_the_docs_install_the_version_that_the_values_are_for(chart: str) -> None:
    header = (ROOT / "workloads" / "helm" / f"{chart}.yaml").read_text().splitlines()[0]
    version = header.partition(f"chart {chart} ")[2].partition(":")[0]
    steps = (ROOT / "docs" / "gpu-capacity.md").read_text()
    assert f"--version {version}" in steps and f"workloads/helm/{chart}.yaml" in steps


def node_terms(found: dict[str, Any]) -> list[dict[str, Any]]:
    return found["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
