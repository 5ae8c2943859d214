"""IAM: roles, policies, attachments, instance profiles, OIDC providers. Operations: IAM API reference."""

from __future__ import annotations

from typing import Any

from plinth.local.entry import Call, Entry, Facts, Listing, Read, Step, one_of

ROLE = {"RoleName": "name"}
PREFIX = {"namePrefix": "the name is made from it"}


def _strip_role(client: Any, facts: Facts) -> None:
    """Take away what the role's own properties gave it; policies that are resources of their own are gone before it."""
    if facts.get("inlinePolicies"):
        for name in client.list_role_policies(RoleName=facts["name"])["PolicyNames"]:
            client.delete_role_policy(RoleName=facts["name"], PolicyName=name)
    if facts.get("managedPolicyArns") or facts.get("forceDetachPolicies"):
        for policy in client.list_attached_role_policies(RoleName=facts["name"])["AttachedPolicies"]:
            client.detach_role_policy(RoleName=facts["name"], PolicyArn=policy["PolicyArn"])


def _detach_from_profile(client: Any, facts: Facts) -> None:
    if facts.get("role"):
        client.remove_role_from_instance_profile(InstanceProfileName=facts["name"], RoleName=facts["role"])


ENTRIES = (
    Entry(
        "aws:iam/role:Role",
        "iam",
        create=Step("create_role", {}, {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
        steps=(
            Step("put_role_policy", {**ROLE, "PolicyName": "element.name", "PolicyDocument": "element.policy"}, each="inlinePolicies"),
            Step("attach_role_policy", {**ROLE, "PolicyArn": "element"}, each="managedPolicyArns"),
        ),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "Role.Arn", "uniqueId": "Role.RoleId"},
        reads=(Read("get_role", ROLE, "Role"), Read("list_role_policies", ROLE), Read("list_attached_role_policies", ROLE)),
        echoes={
            "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
            "managedPolicyArns": lambda item: [policy["PolicyArn"] for policy in item["AttachedPolicies"]],
        },
        not_sent={**PREFIX, "forceDetachPolicies": "it says what destroy detaches"},
        deletes=(_strip_role, Call("delete_role", ROLE)),
        listing=Listing("list_roles", "Roles", "RoleName"),
    ),
    Entry(
        "aws:iam/policy:Policy",
        "iam",
        create=Step("create_policy", {}, {"name": "PolicyName", "policy": "PolicyDocument"}),
        naming="name",
        id="Policy.Arn",
        outputs={"name": "name", "arn": "Policy.Arn", "policyId": "Policy.PolicyId"},
        reads=(
            Read("get_policy", {"PolicyArn": "id"}, "Policy"),
            Read("get_policy_version", {"PolicyArn": "id", "VersionId": "DefaultVersionId"}, "PolicyVersion"),
        ),
        echoes={"policy": "Document"},
        not_sent={**PREFIX, "delayAfterPolicyCreationInMs": "the provider's own waiting time"},
        deletes=(Call("delete_policy", {"PolicyArn": "id"}),),
        listing=Listing("list_policies", "Policies", "Arn", {"Scope": "Local"}),
    ),
    Entry(
        "aws:iam/rolePolicy:RolePolicy",
        "iam",
        create=Step("put_role_policy", {}, {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}),
        naming="name",
        id=lambda facts: f"{facts['role']}:{facts['name']}",
        outputs={"name": "name"},
        reads=(Read("get_role_policy", {"RoleName": "role", "PolicyName": "name"}),),
        not_sent=PREFIX,
        deletes=(Call("delete_role_policy", {"RoleName": "role", "PolicyName": "name"}),),
    ),
    Entry(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "iam",
        create=Step("attach_role_policy", {}, {"role": "RoleName"}),
        id=lambda facts: f"{facts['role']}/{facts['policyArn']}",
        reads=(Read("list_attached_role_policies", {"RoleName": "role"}, one_of("AttachedPolicies", "PolicyArn", "policyArn")),),
        deletes=(Call("detach_role_policy", {"RoleName": "role", "PolicyArn": "policyArn"}),),
    ),
    Entry(
        "aws:iam/instanceProfile:InstanceProfile",
        "iam",
        create=Step("create_instance_profile", {}, {"name": "InstanceProfileName"}),
        steps=(Step("add_role_to_instance_profile", {"InstanceProfileName": "name"}, {"role": "RoleName"}),),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "InstanceProfile.Arn", "uniqueId": "InstanceProfile.InstanceProfileId"},
        reads=(Read("get_instance_profile", {"InstanceProfileName": "name"}, "InstanceProfile"),),
        echoes={"role": "Roles.0.RoleName"},
        not_sent=PREFIX,
        deletes=(_detach_from_profile, Call("delete_instance_profile", {"InstanceProfileName": "name"})),
        listing=Listing("list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    ),
    Entry(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam",
        create=Step("create_open_id_connect_provider"),
        id="OpenIDConnectProviderArn",
        outputs={"arn": "OpenIDConnectProviderArn"},
        reads=(Read("get_open_id_connect_provider", {"OpenIDConnectProviderArn": "id"}),),
        echoes={"url": lambda item: f"https://{item['Url'].removeprefix('https://')}"},
        deletes=(Call("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": "id"}),),
        listing=Listing("list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    ),
)
