from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.tags import REQUIRED_TAGS
from plinth.stack import Resource

Named = Callable[[str], Resource]


@pytest.fixture
def pool(named: Named) -> Any:
    return named("vision-gpu-node-pool").inputs["spec"]


@pytest.fixture
def node_class(named: Named) -> Any:
    return named("vision-gpu-node-class").inputs["spec"]


def _requirement(pool: Any, key: str) -> list[str]:
    (found,) = [item for item in pool["template"]["spec"]["requirements"] if item["key"] == key]
    assert found["operator"] == "In"
    return found["values"]


def test_one_pool_holds_spot_and_its_fallback(pool: Any) -> None:
    assert _requirement(pool, "karpenter.sh/capacity-type") == ["spot", "on-demand"]


def test_spot_has_more_than_one_family_to_choose_from(pool: Any) -> None:
    assert _requirement(pool, "karpenter.k8s.aws/instance-family") == ["g6", "g5"]


def test_no_zone_is_left_out(pool: Any, node_class: Any) -> None:
    keys = {item["key"] for item in pool["template"]["spec"]["requirements"]}
    assert not keys & {"topology.kubernetes.io/zone", "topology.k8s.aws/zone-id"}
    assert node_class["subnetSelectorTerms"] == [{"id": "subnet-a"}, {"id": "subnet-b"}, {"id": "subnet-c"}]


def test_only_gpu_jobs_of_the_team_land_on_the_nodes(pool: Any) -> None:
    assert pool["template"]["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"},
        {"key": "team", "value": "vision", "effect": "NoSchedule"},
    ]
    assert pool["template"]["metadata"]["labels"] == {"team": "vision"}


def test_the_pool_has_a_ceiling(pool: Any) -> None:
    assert pool["limits"] == {"nvidia.com/gpu": "4"}


def test_a_running_job_is_not_moved_to_save_money(pool: Any) -> None:
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert pool["disruption"]["consolidateAfter"] == "5m"


def test_nodes_are_replaced_a_few_at_a_time_and_not_for_drift_in_working_hours(pool: Any) -> None:
    assert pool["disruption"]["budgets"] == [{"nodes": "10%"}, {"nodes": "0", "reasons": ["Drifted"], "schedule": "0 6 * * mon-fri", "duration": "14h"}]


def test_an_expired_node_can_not_be_held_for_ever(pool: Any) -> None:
    assert pool["template"]["spec"]["expireAfter"] == "336h"
    assert pool["template"]["spec"]["terminationGracePeriod"] == "24h"


def test_the_template_has_only_fields_that_the_crd_knows(pool: Any) -> None:
    known = {"expireAfter", "nodeClassRef", "requirements", "startupTaints", "taints", "terminationGracePeriod"}
    assert pool["template"]["spec"].keys() <= known, "the API server drops an unknown field, kubelet say, without a word"
    assert pool.keys() <= {"disruption", "limits", "replicas", "template", "weight"}


def test_the_pool_names_its_node_class_and_dies_before_it(named: Named, pool: Any) -> None:
    node_class = named("vision-gpu-node-class")
    assert pool["template"]["spec"]["nodeClassRef"] == {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class.inputs["metadata"]["name"]}
    assert node_class.urn in named("vision-gpu-node-pool").dependencies


def test_deleting_the_pool_is_left_to_karpenter_which_drains_its_nodes(named: Named) -> None:
    for name in ("vision-gpu-node-pool", "vision-gpu-node-class"):
        assert named(name).options.deleted_with is None
        assert not named(name).options.retain_on_delete


def test_the_image_is_pinned(node_class: Any) -> None:
    assert node_class["amiSelectorTerms"] == [{"alias": "al2023@v20260903"}]


def test_the_instance_metadata_service_wants_a_token_and_is_one_hop_away(node_class: Any) -> None:
    assert node_class["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "httpProtocolIPv6": "disabled",
    }


def test_volumes_are_encrypted_under_the_platforms_key(node_class: Any) -> None:
    (mapping,) = node_class["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] is True
    assert mapping["ebs"]["kmsKeyID"] == "arn:aws:kms:eu-west-1:123456789012:key/cluster"
    assert mapping["ebs"]["deleteOnTermination"] is True
    assert mapping["rootVolume"] is True


def test_nodes_have_a_role_and_no_instance_profile_beside_it(node_class: Any) -> None:
    assert node_class["role"] == "plinth-dev-node"
    assert "instanceProfile" not in node_class
    assert node_class["securityGroupSelectorTerms"] == [{"id": "sg-0123456789abcdef0"}]


def test_nodes_are_tagged_as_the_teams_own(node_class: Any) -> None:
    assert set(REQUIRED_TAGS) <= node_class["tags"].keys()
    assert node_class["tags"]["team"] == "vision"
    assert node_class["tags"]["cost-center"] == "cc-2100"
    assert node_class["tags"]["environment"] == "dev"
