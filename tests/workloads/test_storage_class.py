"""workloads.storage_class: a claim that names no class gets an encrypted gp3 volume that its team pays for and that outlives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.tags import REQUIRED_TAGS
from plinth.stack import Resource, Stack

Named = Callable[[str], Resource]


def test_a_claim_that_names_no_class_gets_it(named: Named) -> None:
    metadata = named("gp3").inputs["metadata"]
    assert metadata["name"] == "gp3"
    assert metadata["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}


def test_volumes_are_gp3_under_the_clusters_key(named: Named, platform_outputs: dict[str, str]) -> None:
    parameters = named("gp3").inputs["parameters"]
    assert named("gp3").inputs["provisioner"] == "ebs.csi.aws.com"
    assert (parameters["type"], parameters["encrypted"], parameters["kmsKeyId"]) == ("gp3", "true", platform_outputs["cluster_key_arn"])


def test_volumes_stand_where_their_pod_can_and_outlive_their_claim(named: Named) -> None:
    inputs = named("gp3").inputs
    assert (inputs["volumeBindingMode"], inputs["reclaimPolicy"], inputs["allowVolumeExpansion"]) == ("WaitForFirstConsumer", "Retain", True)


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_volumes_carry_every_required_tag_and_the_team_of_their_namespace(recorded_workloads: Callable[[str], Stack], environment: str) -> None:
    (found,) = recorded_workloads(environment).of_type("kubernetes:storage.k8s.io/v1:StorageClass")
    tags = dict(value.split("=", 1) for key, value in found.inputs["parameters"].items() if key.startswith("tagSpecification_"))
    assert set(tags) == set(REQUIRED_TAGS) and all(tags.values())
    assert (tags["team"], tags["environment"], tags["data-class"]) == ("{{ .PVCNamespace }}", environment, "confidential")
