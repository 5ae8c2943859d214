"""IAM: what identities may do, on what, and who may take a role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plinth.stack import Resource, State
from policies.actions import scopable
from policies.documents import INLINE, RESOURCE_POLICIES, Document, Statement, documents
from policies.judge import is_unknown, items, peeled, shown, unknown, violation
from policies.model import Context, Problem, Rule, Scope, Severity, frameworks
from policies.references import referring

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
BOUNDED = (ROLE, "aws:iam/user:User")
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
BROAD_POLICIES = frozenset({"AdministratorAccess", "PowerUserAccess", "SystemAdministrator", "DatabaseAdministrator", "NetworkAdministrator", "DataScientist"})
ALL_POLICIES = {**INLINE, **RESOURCE_POLICIES}


def grants(resource: Resource, context: Context) -> Iterator[Document]:
    """The documents that grant something: a policy that serves only as a permissions boundary grants nothing."""
    if resource.type == POLICY and _is_only_boundary(resource, context):
        return
    yield from documents(resource, *ALL_POLICIES.get(resource.type, ()))


def _is_only_boundary(policy: Resource, context: Context) -> bool:
    bounds = referring(context.stack, policy, "permissionsBoundary", *BOUNDED)
    attached = (*referring(context.stack, policy, "policyArn", *ATTACHMENTS).found, *referring(context.stack, policy, "managedPolicyArns", ROLE).found)
    return bool(bounds.found) and not attached


def _unreadable(document: Document) -> Iterator[Problem]:
    if document.unknown:
        yield unknown(document.path)
    if document.error:
        yield violation(document.path, document.error)


def _is_every_action(action: Any) -> bool:
    return isinstance(action, str) and not action.split(":")[-1].strip("*?")


def names_actions(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows `*` or `service:*`."""
    for document in grants(resource, context):
        yield from _unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            broad = [action for action in statement.actions if _is_every_action(action)]
            if broad:
                yield violation(f"{statement.path}.Action", f"{shown(broad[0])} is allowed: name the actions that are needed")
            elif any(map(is_unknown, statement.actions)):
                yield unknown(f"{statement.path}.Action")


def names_resources(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows actions on every resource where they could name one, unless a condition narrows it."""
    for document in grants(resource, context):
        yield from _unreadable(document)
        for statement in filter(lambda each: each.allows and not each.conditional, document.statements):
            yield from _every_resource(statement)


def _every_resource(statement: Statement) -> Iterator[Problem]:
    broad = [each for each in statement.resources if is_every_resource(each)]
    actions = [action for action in statement.actions if isinstance(action, str) and not _is_every_action(action)]
    nameable = [named for action in actions if (named := scopable(action)) is not None]
    if broad and nameable:
        more = f" and {len(nameable) - 1} more" if len(nameable) > 1 else ""
        yield violation(f"{statement.path}.Resource", f"{shown(broad[0])} is allowed for {nameable[0]}{more}, which can name resources")
    elif not broad and any(map(is_unknown, statement.resources)):
        yield unknown(f"{statement.path}.Resource")


def is_every_resource(value: Any) -> bool:
    """Whether a Resource element is `*`, an ARN whose resource part is `*`, or every KMS key."""
    if not isinstance(value, str):
        return False
    parts = value.split(":", 5)
    if len(parts) < 6:
        return value.endswith("*")
    return not parts[5].strip("*?") or (parts[2] == "kms" and parts[5] == "key/*")


def allows_by_name(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows by what it leaves out."""
    for document in grants(resource, context):
        yield from _unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            for element, values in (("NotAction", statement.not_actions), ("NotResource", statement.not_resources)):
                if values:
                    yield violation(f"{statement.path}.{element}", f"Allow with {element} {shown(list(values))}: it allows all else, now and later")
            if statement.not_principals:
                yield violation(f"{statement.path}.NotPrincipal", "Allow with NotPrincipal: it allows everyone else")


def trusts_by_name(role: Resource, context: Context) -> Iterator[Problem]:
    """A role's trust policy names who may take it; a federated identity is narrowed to a subject."""
    for document in documents(role, "assumeRolePolicy"):
        yield from _unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            if statement.public:
                yield violation(f"{statement.path}.Principal", "principal '*' may take the role without a condition")
            if statement.not_principals:
                yield violation(f"{statement.path}.NotPrincipal", "Allow with NotPrincipal: everyone else may take the role")
            for kind, principal in statement.principals:
                if is_unknown(principal) and not statement.conditional:
                    yield unknown(f"{statement.path}.Principal")
                elif kind == "Federated" and not _narrows_subject(statement.condition, str(principal)):
                    yield violation(f"{statement.path}.Condition", f"{shown(principal)} may take the role for any subject")


def _narrows_subject(condition: Any, principal: str) -> bool:
    """Whether a condition names the subject of an OIDC token; of SAML, that there is one at all."""
    if is_unknown(condition):
        return True
    if "oidc-provider/" not in principal:
        return bool(condition)
    tests = [(key, value) for operands in (condition or {}).values() if isinstance(operands, dict) for key, value in operands.items()]
    return any(key.endswith(":sub") and "*" not in (value if isinstance(value, list) else [value]) for key, value in tests)


def attaches_narrow_policies(resource: Resource, context: Context) -> Iterator[Problem]:
    """No AWS-managed policy that grants a whole service, or all of them, is attached."""
    path = "managedPolicyArns" if resource.type == ROLE else "policyArn"
    found = resource.input(path)
    if found.state is State.UNKNOWN and not resource.property_dependencies.get(path):
        yield unknown(path)
    for where, value in items(resource, path)[1] or ([(path, found.value)] if isinstance(found.value, str) else []):
        arn = peeled(value)
        name = arn.rsplit("/", 1)[-1] if isinstance(arn, str) else ""
        if ":aws:policy/" in str(arn) and (name in BROAD_POLICIES or name.endswith("FullAccess")):
            yield violation(where, f"{name} is attached: it grants {'nearly everything' if name in BROAD_POLICIES else 'a whole service'} on every resource")


RULES = (
    Rule(
        id="PLN-IAM-001",
        title="A policy names its actions",
        severity=Severity.CRITICAL,
        types=tuple(ALL_POLICIES),
        check=names_actions,
        scope=Scope.STACK,
        reads=(*BOUNDED, *ATTACHMENTS),
        frameworks=frameworks(
            fsbp="IAM.1 IAM.21",
            checkov="CKV_AWS_1 CKV_AWS_49 CKV_AWS_62 CKV_AWS_63 CKV2_AWS_40",
            trivy="AVD-AWS-0057 AVD-AWS-0345",
            cis="2.15",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(3)(i) 164.308(a)(3)(ii)(B)",
            soc2="CC1.3 CC6.3",
        ),
        remediation="List the actions that the identity uses; a group such as s3:Get* is fine where all of it is needed.",
    ),
    Rule(
        id="PLN-IAM-002",
        title="A policy names its resources",
        severity=Severity.HIGH,
        types=tuple(INLINE),
        check=names_resources,
        scope=Scope.STACK,
        frameworks=frameworks(fsbp="KMS.1 KMS.2", checkov="CKV_AWS_355 CKV_AWS_356", trivy="AVD-AWS-0342"),
        remediation="Name the resources by ARN, or add a condition; actions that can name none belong in a statement of their own.",
    ),
    Rule(
        id="PLN-IAM-003",
        title="A policy does not allow by exclusion",
        severity=Severity.HIGH,
        types=tuple(ALL_POLICIES),
        check=allows_by_name,
        scope=Scope.STACK,
        remediation="Use Action and Resource in Allow statements; NotAction and NotResource belong in Deny statements.",
    ),
    Rule(
        id="PLN-IAM-004",
        title="A role names who may take it",
        severity=Severity.CRITICAL,
        types=(ROLE,),
        check=trusts_by_name,
        frameworks=frameworks(checkov="CKV_AWS_60 CKV_AWS_61 CKV_AWS_358 CKV_AWS_393"),
        remediation="Name the service, account or role as principal; for OIDC, add a condition on the token's sub.",
    ),
    Rule(
        id="PLN-IAM-005",
        title="No AWS-managed policy of full access is attached",
        severity=Severity.HIGH,
        types=(ROLE, *ATTACHMENTS),
        check=attaches_narrow_policies,
        frameworks=frameworks(checkov="CKV_AWS_274 CKV2_AWS_56", fsbp="IAM.1"),
        remediation="Write a policy with the actions and resources that are needed, and attach that.",
    ),
)
