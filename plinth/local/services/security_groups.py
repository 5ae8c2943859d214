"""EC2's security groups and their rules. Operations: EC2 API reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Listing, Read, Step
from plinth.local.services.ec2 import ec2_arn, tagged_as

DEFAULT_DESCRIPTION = "Managed by Pulumi"
ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
"""The egress rule that EC2 gives every new group, and that the provider takes away again."""

RULE_PROPERTIES = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "description", "prefixListId", "referencedSecurityGroupId")


def _rule_permission(facts: Facts) -> list[dict[str, Any]]:
    """The one permission of a rule resource (aws:vpc/securityGroup*Rule)."""
    description = {"Description": facts["description"]} if facts.get("description") else {}
    sources = (
        ("IpRanges", "CidrIp", "cidrIpv4"),
        ("Ipv6Ranges", "CidrIpv6", "cidrIpv6"),
        ("PrefixListIds", "PrefixListId", "prefixListId"),
        ("UserIdGroupPairs", "GroupId", "referencedSecurityGroupId"),
    )
    permission: dict[str, Any] = {"IpProtocol": facts["ipProtocol"]}
    permission |= {key: facts[name] for key, name in (("FromPort", "fromPort"), ("ToPort", "toPort")) if facts.get(name) is not None}
    return [permission | {plural: [{single: facts[name], **description}] for plural, single, name in sources if facts.get(name)}]


def _inline_permissions(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The permissions of a group's inline `ingress` or `egress`."""
    return [_inline_permission(rule) for rule in rules]


def _inline_permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    description = {"Description": rule["description"]} if rule.get("description") else {}
    sources = (
        ("IpRanges", "CidrIp", "cidrBlocks"),
        ("Ipv6Ranges", "CidrIpv6", "ipv6CidrBlocks"),
        ("PrefixListIds", "PrefixListId", "prefixListIds"),
        ("UserIdGroupPairs", "GroupId", "securityGroups"),
    )
    permission: dict[str, Any] = {"IpProtocol": str(rule["protocol"])}
    if permission["IpProtocol"] != "-1":
        permission |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    return permission | {plural: [{single: value, **description} for value in rule[name]] for plural, single, name in sources if rule.get(name)}


def _rule_entry(type_: str, direction: str) -> Entry:
    return Entry(
        type_,
        "ec2",
        create=Step(
            f"authorize_security_group_{direction}",
            {"IpPermissions": _rule_permission},
            {"securityGroupId": "GroupId", "tags": tagged_as("security-group-rule"), **{name: Argument("") for name in RULE_PROPERTIES}},
        ),
        id="SecurityGroupRules.0.SecurityGroupRuleId",
        outputs={"arn": ec2_arn("security-group-rule"), "securityGroupRuleId": "SecurityGroupRules.0.SecurityGroupRuleId"},
        reads=(Read("describe_security_group_rules", {"SecurityGroupRuleIds": ["id"]}, "SecurityGroupRules.0"),),
        echoes={"referencedSecurityGroupId": "ReferencedGroupInfo.GroupId"},
        deletes=(Call(f"revoke_security_group_{direction}", {"GroupId": "securityGroupId", "SecurityGroupRuleIds": ["id"]}),),
    )


ENTRIES = (
    Entry(
        "aws:ec2/securityGroup:SecurityGroup",
        "ec2",
        create=Step(
            "create_security_group",
            {"Description": lambda facts: facts.get("description") or DEFAULT_DESCRIPTION},
            {"name": "GroupName", "tags": tagged_as("security-group")},
        ),
        steps=(
            Step("revoke_security_group_egress", {"GroupId": "id", "IpPermissions": lambda _: ALL_OUT}),
            Step("authorize_security_group_ingress", {"GroupId": "id"}, {"ingress": Argument("IpPermissions", _inline_permissions)}),
            Step("authorize_security_group_egress", {"GroupId": "id"}, {"egress": Argument("IpPermissions", _inline_permissions)}),
        ),
        naming="name",
        id="GroupId",
        outputs={"name": "name", "arn": ec2_arn("security-group")},
        reads=(Read("describe_security_groups", {"GroupIds": ["id"]}, "SecurityGroups.0"),),
        echoes={"egress": "IpPermissionsEgress"},
        not_sent={"namePrefix": "the name is made from it", "revokeRulesOnDelete": "it says what destroy revokes"},
        deletes=(Call("delete_security_group", {"GroupId": "id"}),),
        listing=Listing("describe_security_groups", "SecurityGroups", "GroupId"),
    ),
    Entry(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "ec2",
        # The VPC has made it already: it is found, its rules are taken away, and it is tagged, as the provider does.
        create=Step(
            "describe_security_groups",
            {},
            {"vpcId": Argument("Filters", lambda vpc: [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])},
        ),
        steps=(
            Step(
                "revoke_security_group_ingress",
                {"GroupId": "id", "IpPermissions": "SecurityGroups.0.IpPermissions"},
                when=lambda facts: bool(facts["SecurityGroups"][0]["IpPermissions"]),
            ),
            Step(
                "revoke_security_group_egress",
                {"GroupId": "id", "IpPermissions": "SecurityGroups.0.IpPermissionsEgress"},
                when=lambda facts: bool(facts["SecurityGroups"][0]["IpPermissionsEgress"]),
            ),
            Step("authorize_security_group_ingress", {"GroupId": "id"}, {"ingress": Argument("IpPermissions", _inline_permissions)}),
            Step("authorize_security_group_egress", {"GroupId": "id"}, {"egress": Argument("IpPermissions", _inline_permissions)}),
            Step("create_tags", {"Resources": ["id"]}, {"tags": "Tags"}),
        ),
        id="SecurityGroups.0.GroupId",
        outputs={"arn": ec2_arn("security-group")},
        reads=(Read("describe_security_groups", {"GroupIds": ["id"]}, "SecurityGroups.0"),),
        echoes={
            "vpcId": lambda item: [{"Name": "vpc-id", "Values": [item["VpcId"]]}, {"Name": "group-name", "Values": [item["GroupName"]]}],
            "egress": "IpPermissionsEgress",
        },
        not_sent={"revokeRulesOnDelete": "it says what destroy revokes"},
        deletes=(),
        goes_with="its VPC",
    ),
    _rule_entry("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ingress"),
    _rule_entry("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "egress"),
)
