"""One team's namespace: what its pods may ask for, who may act in it, and whom they may talk to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.tags import COST_CENTER, DATA_CLASS, MANAGED_BY, OWNER, TEAM, WORKLOAD
from workloads.platform_outputs import PlatformOutputs
from workloads.settings import TeamSettings

SERVICE_ACCOUNT: Final = "workload"

POD_IDENTITY_ADDRESS: Final = "169.254.170.23/32"
"""Where the EKS Pod Identity agent answers, on port 80. Source: EKS user guide, How EKS Pod Identity works."""

LINK_LOCAL: Final = "169.254.0.0/16"

TEAM_RULES: Final = (
    {
        "apiGroups": [""],
        "resources": ["pods", "pods/log", "events", "persistentvolumeclaims", "resourcequotas", "limitranges"],
        "verbs": ["get", "list", "watch"],
    },
    {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
    {"apiGroups": [""], "resources": ["pods", "persistentvolumeclaims"], "verbs": ["delete"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
    {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get", "list", "watch"]},
)
"""What the team's people may do: run jobs and deployments and see why they fail. No secrets, no exec, no bare pods, no rights to give on."""


@dataclass(frozen=True)
class TeamNamespaceArgs:
    """What a team's namespace needs. `protect` keeps the namespace, and with it all that the team runs, from being deleted."""

    team: TeamSettings
    platform: PlatformOutputs
    protect: bool


class TeamNamespace(pulumi.ComponentResource):
    """Namespace, quota, limits, role, network policies and a service account with rights on AWS of one team."""

    def __init__(self, name: str, args: TeamNamespaceArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("plinth:workloads:TeamNamespace", name, None, opts)
        self._name, self._team = name, args.team
        self._labels = {TEAM: args.team.name, "app.kubernetes.io/managed-by": "pulumi", MANAGED_BY: "pulumi"}
        pod_security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
        self.namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": args.team.name, "labels": {**self._labels, **pod_security}},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # Deleting the namespace deletes these; asking the API for each of them as well only adds ways to fail.
        self._inside = pulumi.ResourceOptions(parent=self, deleted_with=self.namespace, depends_on=[self.namespace])
        self._limit_what_pods_ask_for()
        self._let_the_team_in()
        self._close_the_network()
        self.service_account = kubernetes.core.v1.ServiceAccount(
            f"{name}-service-account", metadata=self._metadata(SERVICE_ACCOUNT), automount_service_account_token=False, opts=self._inside
        )
        self._give_the_pods_their_role(args.platform)
        self.register_outputs({"namespace": args.team.name, "service_account": SERVICE_ACCOUNT})

    def _metadata(self, name: str) -> dict[str, Any]:
        return {"name": name, "namespace": self._team.name, "labels": self._labels}

    def _give_the_pods_their_role(self, platform: PlatformOutputs) -> None:
        """Pods of the service account read the lake and write artifacts under their namespace's name (`infra.service_roles.pod_statements`)."""
        team = self._team
        own = {TEAM: team.name, OWNER: team.owner, COST_CENTER: team.cost_center, WORKLOAD: "training", DATA_CLASS: "none", MANAGED_BY: "pulumi"}
        aws.eks.PodIdentityAssociation(
            f"{self._name}-service-account-role",
            cluster_name=platform.cluster_name,
            namespace=team.name,
            service_account=SERVICE_ACCOUNT,
            role_arn=platform.pod_role_arn,
            tags=platform.tags.apply(lambda tags: {**tags, **own}),
            # Not with the namespace: EKS keeps an association, and its rights, for the next namespace of that name.
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _limit_what_pods_ask_for(self) -> None:
        quota = self._team.quota
        kubernetes.core.v1.ResourceQuota(
            f"{self._name}-quota",
            metadata=self._metadata("team"),
            spec={
                "hard": {
                    "requests.nvidia.com/gpu": str(quota.gpus),
                    "requests.cpu": str(quota.cpu),
                    "requests.memory": f"{quota.memory_gib}Gi",
                    "limits.memory": f"{quota.memory_gib}Gi",
                    "requests.storage": f"{quota.storage_gib}Gi",
                    "pods": str(quota.pods),
                    # A load balancer or a node port would open the namespace from outside, past the network policies.
                    "services.loadbalancers": "0",
                    "services.nodeports": "0",
                }
            },
            opts=self._inside,
        )
        kubernetes.core.v1.LimitRange(
            f"{self._name}-limits",
            metadata=self._metadata("team"),
            spec={"limits": [{"type": "Container", "defaultRequest": {"cpu": "500m", "memory": "1Gi"}, "default": {"memory": "2Gi"}}]},
            opts=self._inside,
        )

    def _let_the_team_in(self) -> None:
        role = kubernetes.rbac.v1.Role(f"{self._name}-role", metadata=self._metadata("team"), rules=list(TEAM_RULES), opts=self._inside)
        kubernetes.rbac.v1.RoleBinding(
            f"{self._name}-role-binding",
            metadata=self._metadata("team"),
            role_ref={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "team"},
            subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": self._team.group}],
            opts=pulumi.ResourceOptions(parent=self, deleted_with=self.namespace, depends_on=[role]),
        )

    def _close_the_network(self) -> None:
        self._policy("default-deny", {"policyTypes": ["Ingress", "Egress"]})
        dns = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
        self._allow_egress("allow-dns", dns, [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}])
        # AWS's APIs and S3 over TLS; not the link-local addresses, where the instance's own credentials are served.
        self._allow_egress("allow-https", {"ipBlock": {"cidr": "0.0.0.0/0", "except": [LINK_LOCAL]}}, [{"protocol": "TCP", "port": 443}])
        self._allow_egress("allow-pod-identity", {"ipBlock": {"cidr": POD_IDENTITY_ADDRESS}}, [{"protocol": "TCP", "port": 80}])

    def _allow_egress(self, name: str, to: dict[str, Any], ports: list[dict[str, Any]]) -> None:
        self._policy(name, {"policyTypes": ["Egress"], "egress": [{"to": [to], "ports": ports}]})

    def _policy(self, name: str, spec: dict[str, Any]) -> None:
        kubernetes.networking.v1.NetworkPolicy(f"{self._name}-{name}", metadata=self._metadata(name), spec={"podSelector": {}, **spec}, opts=self._inside)
