"""What the workloads read from the platform's stack, and the Kubernetes provider made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes


@dataclass(frozen=True)
class PlatformOutputs:
    """The outputs of the platform's stack that this project uses."""

    region: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    cluster_endpoint: pulumi.Output[str]
    cluster_certificate_authority: pulumi.Output[str]
    cluster_security_group_id: pulumi.Output[str]
    private_subnet_ids: pulumi.Output[list[str]]
    node_role_name: pulumi.Output[str]
    pod_role_arn: pulumi.Output[str]
    cluster_key_arn: pulumi.Output[str]
    tags: pulumi.Output[Mapping[str, str]]


def read_platform(stack: str | None) -> PlatformOutputs:
    """The outputs of the platform's stack; by default the stack of the same name in project `plinth` of the same organization.

    A DIY backend's organization is `organization`. A missing output fails the preview with its name.
    """
    name = stack or f"{pulumi.get_organization()}/plinth/{pulumi.get_stack()}"
    reference = pulumi.StackReference(name)
    return PlatformOutputs(
        region=reference.require_output("region"),
        cluster_name=reference.require_output("cluster_name"),
        cluster_endpoint=reference.require_output("cluster_endpoint"),
        cluster_certificate_authority=reference.require_output("cluster_certificate_authority"),
        cluster_security_group_id=reference.require_output("cluster_security_group_id"),
        private_subnet_ids=reference.require_output("private_subnet_ids"),
        node_role_name=reference.require_output("node_role_name"),
        pod_role_arn=reference.require_output("pod_role_arn"),
        cluster_key_arn=reference.require_output("cluster_key_arn"),
        tags=reference.require_output("tags"),
    )


def kubernetes_provider(name: str, platform: PlatformOutputs) -> Any:
    """A provider for the platform's cluster that signs in by `aws eks get-token`: no token is kept.

    `delete_unreachable` stays unset, so that an unreachable cluster is an error and the variable PULUMI_K8S_DELETE_UNREACHABLE
    can still overrule it for one destroy: docs/adr/0020.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=pulumi.Output.secret(kubeconfig(platform)),
        # The endpoint is new when the cluster is; without this, any change of the kubeconfig would replace every object.
        cluster_identifier=platform.cluster_endpoint,
        enable_server_side_apply=True,
    )


def kubeconfig(platform: PlatformOutputs) -> pulumi.Output[str]:
    """A kubeconfig as JSON with one context."""
    arguments = ["--region", platform.region, "eks", "get-token", "--cluster-name", platform.cluster_name, "--output", "json"]
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": arguments, "interactiveMode": "Never"}}
    cluster = {"server": platform.cluster_endpoint, "certificate-authority-data": platform.cluster_certificate_authority}
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "platform", "cluster": cluster}],
            "users": [{"name": "platform", "user": user}],
            "contexts": [{"name": "platform", "context": {"cluster": "platform", "user": "platform"}}],
            "current-context": "platform",
        }
    )
