"""The boundary of the platform's own roles: the first thing built, because every role that a service takes has it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.policy_documents import document
from infra.service_roles import service_boundary
from infra.tags import Tags, tags_for

WORKLOAD = "identity"


@dataclass(frozen=True)
class ServiceBoundaryArgs:
    """What a ServiceBoundary needs: nothing that another component makes."""

    place: Place
    tags: Tags


class ServiceBoundary(ComponentResource):
    """The managed policy that is the permissions boundary of every role but the personas', which have their own."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceBoundaryArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:ServiceBoundary", name, None, opts)
        policy = aws.iam.Policy(
            f"{name}-boundary",
            name=f"{args.place.prefix}-services-boundary",
            description="The most that the platform's own roles can do",
            policy=document(*service_boundary(args.place)),
            tags=tags_for(args.tags, workload=WORKLOAD),
            opts=ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})
