"""The identities: roles for nodes, pods, training and endpoints, and one for each human persona under a boundary and with MFA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.ordering import after
from infra.personas import PERSONAS, boundary
from infra.place import Place
from infra.policy_documents import Statement, allow, document, trust, trust_pods
from infra.service_roles import (
    NODE_POLICIES,
    Scope,
    endpoint_statements,
    pod_statements,
    training_statements,
)
from infra.settings.identity import IdentitySettings
from infra.tags import Tags, tags_for

WORKLOAD = "identity"


@dataclass(frozen=True)
class IdentityArgs:
    """What Identity needs. `key_arns` by domain."""

    settings: IdentitySettings
    place: Place
    tags: Tags
    key_arns: Mapping[str, pulumi.Input[str]]
    vpc_arn: pulumi.Input[str]
    cluster_name: str
    service_boundary_arn: pulumi.Input[str]


class Identity(ComponentResource):
    """The roles; persona roles by name. What uses a role's ARN waits for its policies: SageMaker checks them when a model is made."""

    node_role_name: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    pod_role_arn: pulumi.Output[str]
    training_role_arn: pulumi.Output[str]
    endpoint_role_arn: pulumi.Output[str]
    persona_role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Identity", name, None, opts)
        self._name, self._args = name, args
        scope = Scope(args.place, args.key_arns, args.vpc_arn, args.cluster_name)
        self.node_role_name = pulumi.Output.from_input(f"{args.place.prefix}-node")
        self.node_role_arn = self._service_role("node", "EC2 nodes of the cluster", trust({"Service": "ec2.amazonaws.com"}), managed=NODE_POLICIES)
        pods = trust_pods(args.place.arn("eks", f"cluster/{args.cluster_name}"))
        self.pod_role_arn = self._service_role("pod", "Pods, through EKS Pod Identity", pods, pod_statements(scope))
        sagemaker = trust({"Service": "sagemaker.amazonaws.com"}, condition={"StringEquals": {"aws:SourceAccount": args.place.account_id}})
        self.training_role_arn = self._service_role("training", "SageMaker training and processing jobs", sagemaker, training_statements(scope))
        self.endpoint_role_arn = self._service_role("endpoint", "SageMaker endpoints", sagemaker, endpoint_statements(scope))
        self.persona_role_arns = self._personas(scope)
        outputs = {"node": self.node_role_arn, "pod": self.pod_role_arn, "training": self.training_role_arn, "endpoint": self.endpoint_role_arn}
        self.register_outputs({**{f"{kind}_role_arn": arn for kind, arn in outputs.items()}, "persona_role_arns": self.persona_role_arns})

    def _role(self, kind: str, description: str, trusted: pulumi.Output[str], **more: Any) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-{kind}",
            name=f"{self._args.place.prefix}-{kind}",
            description=description,
            assume_role_policy=trusted,
            tags=tags_for(self._args.tags, workload=WORKLOAD),
            opts=ResourceOptions(parent=self),
            **more,
        )

    def _service_role(
        self, kind: str, description: str, trusted: pulumi.Output[str], statements: Sequence[Statement] = (), managed: Sequence[str] = ()
    ) -> pulumi.Output[str]:
        role = self._role(kind, description, trusted, permissions_boundary=self._args.service_boundary_arn)
        policies: list[pulumi.Resource] = [self._inline_policy(kind, role, statements)] if statements else []
        for policy in managed:
            arn, opts = self._args.place.aws_policy_arn(policy), ResourceOptions(parent=self)
            policies.append(aws.iam.RolePolicyAttachment(f"{self._name}-{kind}-{policy}", role=role.name, policy_arn=arn, opts=opts))
        return after(role.arn, *policies)

    def _people_boundary(self, statements: Sequence[Statement]) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self._name}-people-boundary",
            name=f"{self._args.place.prefix}-people-boundary",
            description="The most that a person can do here",
            policy=document(*statements),
            tags=tags_for(self._args.tags, workload=WORKLOAD),
            opts=ResourceOptions(parent=self),
        )

    def _inline_policy(self, kind: str, role: aws.iam.Role, statements: Sequence[Statement]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(f"{self._name}-{kind}-policy", role=role.name, policy=document(*statements), opts=ResourceOptions(parent=self))

    def _personas(self, scope: Scope) -> dict[str, pulumi.Output[str]]:
        statements = {persona: permitted(scope) for persona, permitted in PERSONAS.items()}
        limit = self._people_boundary(boundary(scope, statements.values()))
        return {persona: self._persona(persona, permitted, limit) for persona, permitted in statements.items()}

    def _persona(self, persona: str, statements: list[Statement], limit: aws.iam.Policy) -> pulumi.Output[str]:
        seconds = self._args.settings.session_hours * 3600
        role = self._role(persona, f"People: {persona}", _persona_trust(self._args), max_session_duration=seconds, permissions_boundary=limit.arn)
        return after(role.arn, self._inline_policy(persona, role, statements))


def _persona_trust(args: IdentityArgs) -> pulumi.Output[str]:
    """People sign in with a second factor not long before. Source: IAM guide, AWS global condition context keys."""
    accounts = [pulumi.Output.format("arn:{0}:iam::{1}:root", args.place.partition, account) for account in args.settings.trusted_account_ids]
    fresh = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": str(args.settings.mfa_age_hours * 3600)}}
    return document(allow("PeopleWithMfa", ("sts:AssumeRole",), (), fresh, {"AWS": accounts or [args.place.iam_arn("root")]}))
