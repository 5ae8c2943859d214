"""The keys: one customer-managed key for each data domain, so that access, audit and deletion are decided domain by domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.policy_documents import Statement, allow, document
from infra.settings.keys import KeysSettings
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD = "keys"
THIS_KEY: Final = ("*",)
"""In a key policy `*` means the key that the policy is on. Source: AWS KMS guide, Key policy elements."""
USE: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True)
class KeysArgs:
    """What Keys needs. `destroy_data` as for the buckets: without it, the keys outlive the stack."""

    settings: KeysSettings
    profile: Profile
    place: Place
    tags: Tags
    destroy_data: bool = False


@dataclass(frozen=True)
class Domain:
    """A data domain: what its key protects, and the AWS services that use the key without a caller's rights."""

    description: str
    data_class: str
    services: Callable[[Place], list[Statement]] = lambda place: []


def _log_service(place: Place) -> list[Statement]:
    """Source: CloudWatch Logs guide, Encrypt log data using AWS KMS, step 2."""
    principal = {"Service": pulumi.Output.format("logs.{0}.amazonaws.com", place.region)}
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")}}
    return [allow("LogGroupsOfThisAccount", USE, THIS_KEY, groups, principal)]


def _alarm_service(place: Place) -> list[Statement]:
    """Source: CloudWatch guide, Notifying users on alarm changes: encrypted SNS topics."""
    only_here = {"StringEquals": {"aws:SourceAccount": place.account_id}}
    return [allow("AlarmsOfThisAccount", ("kms:Decrypt", "kms:GenerateDataKey"), THIS_KEY, only_here, {"Service": "cloudwatch.amazonaws.com"})]


def _node_volumes(place: Place) -> list[Statement]:
    """Encrypted volumes of nodes that Auto Scaling and Spot start by their service-linked roles, which IAM can't give rights.

    The roles are named in a condition and not as principals, because KMS refuses a policy whose principal does not exist yet, as in a
    new account. Source: EC2 Auto Scaling guide, Required AWS KMS key policy for use with encrypted volumes.
    """
    roles = [place.iam_arn("role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")]
    roles.append(place.iam_arn("role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"))
    these: dict[str, Any] = {"StringEquals": {"kms:CallerAccount": place.account_id}, "ArnEquals": {"aws:PrincipalArn": roles}}
    grants = {**these, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    everyone = {"AWS": "*"}
    return [allow("NodeVolumes", USE, THIS_KEY, these, everyone), allow("NodeVolumeGrants", ("kms:CreateGrant",), THIS_KEY, grants, everyone)]


def _event_service() -> list[Statement]:
    """Without a condition, as in AWS's own statement: no source says that EventBridge's request to KMS carries the rule or its account, and
    one that it lacks would drop every notice in silence. The queue's policy admits only our rules (`infra.interruption`).

    Source: EventBridge guide, Troubleshooting, My event is not delivered to the target Amazon SQS queue.
    """
    return [allow("EventRules", ("kms:Decrypt", "kms:GenerateDataKey"), THIS_KEY, principal={"Service": "events.amazonaws.com"})]


DOMAINS: Final[Mapping[str, Domain]] = {
    "lake": Domain("raw and curated data", "confidential"),
    "artifacts": Domain("models, checkpoints and experiment results", "internal"),
    "cluster": Domain("Kubernetes secrets, node volumes and notices of interruption", "confidential", lambda place: [*_node_volumes(place), *_event_service()]),
    "logs": Domain("log groups", "internal", _log_service),
    "endpoint": Domain("inference volumes, captured requests and alarm messages", "confidential", _alarm_service),
}


class Keys(ComponentResource):
    """A key and an alias (`alias/plinth-dev/lake`) for every domain; `arns` by domain."""

    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Keys", name, None, opts)
        self._name, self._args = name, args
        self.arns = {domain: self._key(domain, described) for domain, described in DOMAINS.items()}
        self.register_outputs({"arns": self.arns})

    def _key(self, domain: str, described: Domain) -> pulumi.Output[str]:
        args, protected = self._args, self._args.profile.deletion_protection
        administration = allow("AccountAdministration", ("kms:*",), THIS_KEY, principal={"AWS": args.place.iam_arn("root")})
        # A key that goes takes with it what it encrypted, also what the stack leaves behind: buckets, snapshots, copies.
        kept = protected or not args.destroy_data
        key = aws.kms.Key(
            f"{self._name}-{domain}",
            description=f"{args.place.prefix}: {described.description}",
            enable_key_rotation=True,
            rotation_period_in_days=args.settings.rotation_days,
            deletion_window_in_days=args.profile.key_deletion_window_days,
            multi_region=args.settings.multi_region,
            policy=document(administration, *described.services(args.place)),
            tags=tags_for(args.tags, workload=WORKLOAD, data_class=described.data_class),
            opts=ResourceOptions(parent=self, protect=protected, retain_on_delete=kept),
        )
        alias = f"alias/{args.place.prefix}/{domain}"
        aws.kms.Alias(f"{self._name}-{domain}-alias", name=alias, target_key_id=key.key_id, opts=ResourceOptions(parent=self))
        return key.arn
