from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import yaml

from plinth.stack import Resource, Secret, Stack
from plinth.stack.recorder import record

ROOT = Path(__file__).parents[2]


def _kubeconfig(provider: Resource) -> dict:
    secret = provider.inputs["kubeconfig"]
    assert isinstance(secret, Secret)
    return json.loads(secret.value)


def test_the_kubeconfig_signs_in_to_the_platforms_cluster_through_the_aws_cli(named: Callable[[str], Resource]) -> None:
    config = _kubeconfig(named("cluster"))
    (user,) = config["users"]
    assert user["user"]["exec"]["command"] == "aws"
    assert user["user"]["exec"]["args"] == ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "plinth-dev", "--output", "json"]
    (cluster,) = config["clusters"]
    assert cluster["cluster"] == {"server": "https://ABC.gr7.eu-west-1.eks.amazonaws.com", "certificate-authority-data": "Y2VydGlmaWNhdGU="}
    assert config["contexts"][0]["name"] == config["current-context"]


def test_the_kubeconfig_is_never_printed(workloads: Stack) -> None:
    printed = workloads.model_dump_json()
    assert "Y2VydGlmaWNhdGU=" not in printed
    assert "get-token" not in printed


def test_an_unreachable_cluster_does_not_count_as_deleted(named: Callable[[str], Resource]) -> None:
    provider = named("cluster")
    assert not provider.input("deleteUnreachable").present
    assert not provider.input("skipUpdateUnreachable").present


def test_the_provider_is_replaced_only_with_the_cluster(named: Callable[[str], Resource]) -> None:
    assert named("cluster").input("clusterIdentifier").value == "https://ABC.gr7.eu-west-1.eks.amazonaws.com"
    assert named("cluster").input("enableServerSideApply").value == "true"


def test_the_platforms_stack_can_be_named_in_the_settings(tmp_path: Path, platform_outputs: dict) -> None:
    for path in (ROOT / "workloads").glob("Pulumi*.yaml"):
        document = yaml.safe_load(path.read_text())
        if "config" in document:
            document["config"]["plinth-workloads:environment"]["platform"] = "acme/plinth/shared"
        (tmp_path / path.name).write_text(yaml.safe_dump(document))
    (tmp_path / "__main__.py").write_text((ROOT / "workloads" / "__main__.py").read_text())
    stack = record("dev", project=tmp_path, references={"acme/plinth/shared": platform_outputs})
    assert stack.of_type("kubernetes:core/v1:Namespace")
