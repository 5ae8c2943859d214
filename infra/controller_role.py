"""A controller's rights on AWS: a role, and the Pod Identity association that gives it to one service account of `kube-system`.

Helm installs the controllers themselves (docs/adr/0022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.ordering import after
from infra.place import Place
from infra.policy_documents import Statement, document, trust_pods
from infra.tags import Tags, tags_for

WORKLOAD: Final = "gpu-capacity"
NAMESPACE: Final = "kube-system"


@dataclass(frozen=True)
class ControllerArgs:
    """What every controller needs. `cluster_name` is the physical name, `cluster` the same once the cluster stands."""

    place: Place
    tags: Tags
    cluster_name: str
    cluster: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]


def controller_role(
    parent: pulumi.Resource, name: str, args: ControllerArgs, service_account: str, description: str, statements: Sequence[Statement]
) -> pulumi.Output[str]:
    """The ARN of a role that only `service_account` of our cluster can take; it waits for the role's policy."""
    tags, opts = tags_for(args.tags, workload=WORKLOAD), ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-role",
        name=f"{args.cluster_name}-{service_account}",
        description=description,
        assume_role_policy=trust_pods(args.place.arn("eks", f"cluster/{args.cluster_name}"), NAMESPACE, service_account),
        permissions_boundary=args.boundary_arn,
        tags=tags,
        opts=opts,
    )
    policy = aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=document(*statements), opts=opts)
    role_arn = after(role.arn, policy)
    aws.eks.PodIdentityAssociation(
        f"{name}-identity",
        cluster_name=args.cluster,
        namespace=NAMESPACE,
        service_account=service_account,
        role_arn=role_arn,
        tags=tags,
        opts=opts,
    )
    return role_arn
