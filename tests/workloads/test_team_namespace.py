from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plinth.stack import Resource, Stack

Named = Callable[[str], Resource]
INSIDE = [
    "vision-quota",
    "vision-limits",
    "vision-role",
    "vision-role-binding",
    "vision-service-account",
    "vision-default-deny",
    "vision-allow-dns",
    "vision-allow-https",
    "vision-allow-pod-identity",
]


def _spec(resource: Resource) -> Any:
    return resource.inputs["spec"]


@pytest.mark.parametrize("mode", ["enforce", "audit", "warn"])
def test_pods_must_meet_the_restricted_pod_security_standard(named: Named, mode: str) -> None:
    assert named("vision-namespace").inputs["metadata"]["labels"][f"pod-security.kubernetes.io/{mode}"] == "restricted"


@pytest.mark.parametrize("name", INSIDE)
def test_what_stands_in_the_namespace_goes_with_it(named: Named, name: str) -> None:
    assert named(name).options.deleted_with == named("vision-namespace").urn
    assert named(name).inputs["metadata"]["namespace"] == "vision"


def test_the_quota_caps_gpus_and_lets_nothing_in_from_outside(named: Named) -> None:
    hard = _spec(named("vision-quota"))["hard"]
    assert hard == {
        "requests.nvidia.com/gpu": "4",
        "requests.cpu": "64",
        "requests.memory": "256Gi",
        "limits.memory": "256Gi",
        "requests.storage": "500Gi",
        "pods": "50",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def test_a_container_that_asks_for_nothing_still_counts_against_the_quota(named: Named) -> None:
    (limit,) = _spec(named("vision-limits"))["limits"]
    assert limit["type"] == "Container"
    assert limit["defaultRequest"].keys() >= {"cpu", "memory"} and limit["default"]["memory"]


def test_no_role_has_a_wildcard_or_a_way_to_more_rights(workloads: Stack) -> None:
    granted = [
        (group, resource, verb)
        for role in workloads.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
        for rule in role.inputs["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]
    assert granted
    assert not [grant for grant in granted if "*" in grant]
    resources = {resource for _, resource, _ in granted}
    assert not resources & {"secrets", "pods/exec", "pods/attach", "serviceaccounts", "serviceaccounts/token", "roles", "rolebindings", "networkpolicies"}
    assert not {verb for _, _, verb in granted} & {"escalate", "bind", "impersonate", "deletecollection"}
    assert ("", "pods", "create") not in granted


def test_the_role_is_given_to_the_teams_group_only(named: Named) -> None:
    binding = named("vision-role-binding")
    assert binding.inputs["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "plinth:vision"}]
    assert binding.inputs["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": named("vision-role").inputs["metadata"]["name"]}


def test_the_network_is_closed_both_ways_for_every_pod(named: Named) -> None:
    assert _spec(named("vision-default-deny")) == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_pods_may_only_ask_dns_speak_tls_and_fetch_their_own_credentials(workloads: Stack) -> None:
    open_ports = {
        (policy.name.removeprefix("vision-"), port["protocol"], port["port"])
        for policy in workloads.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        for rule in policy.inputs["spec"].get("egress", [])
        for port in rule["ports"]
    }
    assert open_ports == {("allow-dns", "UDP", 53), ("allow-dns", "TCP", 53), ("allow-https", "TCP", 443), ("allow-pod-identity", "TCP", 80)}
    assert not [policy for policy in workloads.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy") if "ingress" in policy.inputs["spec"]]


def test_dns_goes_to_the_clusters_own_servers(named: Named) -> None:
    (rule,) = _spec(named("vision-allow-dns"))["egress"]
    (to,) = rule["to"]
    assert to["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "kube-system"}
    assert to["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}


def test_the_nodes_own_credentials_are_out_of_reach(named: Named) -> None:
    (rule,) = _spec(named("vision-allow-https"))["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]
    (rule,) = _spec(named("vision-allow-pod-identity"))["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}]


def test_the_service_account_mounts_no_token(named: Named) -> None:
    assert named("vision-service-account").inputs["automountServiceAccountToken"] is False


def test_the_pods_service_account_has_the_platforms_pod_role_in_its_own_namespace(named: Named) -> None:
    association = named("vision-service-account-role")
    account = named("vision-service-account").inputs["metadata"]
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (account["namespace"], account["name"]) == ("vision", "workload")
    assert association.inputs["roleArn"] == "arn:aws:iam::123456789012:role/plinth-dev-pod"
    assert association.inputs["clusterName"] == "plinth-dev"


def test_the_association_is_the_teams_on_the_bill_and_is_deleted_by_itself(named: Named) -> None:
    association = named("vision-service-account-role")
    assert association.inputs["tags"].items() >= {"team": "vision", "owner": "vision@example.com", "environment": "dev"}.items()
    assert association.options.deleted_with is None, "EKS keeps it when the namespace goes"
