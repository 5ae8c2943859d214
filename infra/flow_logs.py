"""The VPC's flow logs: every accepted and refused flow, in an encrypted log group, kept as long as the profile says."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.policy_documents import allow, document, trust
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD = "network"


@dataclass(frozen=True)
class FlowLogsArgs:
    """What FlowLogs needs."""

    profile: Profile
    place: Place
    tags: Tags
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]


class FlowLogs(ComponentResource):
    """Flow logs of one VPC and the role that writes them."""

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:FlowLogs", name, None, opts)
        own = ResourceOptions(parent=self)
        tags = tags_for(args.tags, workload=WORKLOAD)
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=f"/{args.place.prefix}/vpc-flow-logs",
            kms_key_id=args.key_arn,
            retention_in_days=args.profile.log_retention_days,
            deletion_protection_enabled=args.profile.deletion_protection,
            tags=tags,
            opts=ResourceOptions(parent=self, protect=args.profile.deletion_protection, retain_on_delete=args.profile.deletion_protection),
        )
        role = aws.iam.Role(
            f"{name}-role",
            description="Writes the VPC's flow logs to CloudWatch Logs",
            assume_role_policy=trust({"Service": "vpc-flow-logs.amazonaws.com"}, condition=_only_for_this_account(args.place)),
            permissions_boundary=args.boundary_arn,
            tags=tags,
            opts=own,
        )
        write = allow("Write", ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"), [group.arn, pulumi.Output.concat(group.arn, ":*")])
        find = allow("Find", ("logs:DescribeLogGroups",), [args.place.arn("logs", "log-group:*")])
        aws.iam.RolePolicy(f"{name}-write", role=role.name, policy=document(write, find), opts=own)
        aws.ec2.FlowLog(
            f"{name}-all",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=tags_for(args.tags, workload=WORKLOAD, name=f"{name}-all"),
            opts=own,
        )
        self.log_group_name = group.name
        self.register_outputs({"log_group_name": self.log_group_name})


def _only_for_this_account(place: Place) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Source: Amazon VPC user guide, Flow logs to CloudWatch Logs: confused deputy."""
    return {"StringEquals": {"aws:SourceAccount": place.account_id}, "ArnLike": {"aws:SourceArn": place.arn("ec2", "vpc-flow-log/*")}}
