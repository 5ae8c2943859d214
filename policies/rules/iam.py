"""IAM: what identities may do, on what, and who may take a role."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from plinth.stack import Resource, State
from policies.actions import MAKES, scopable
from policies.arns import EVERYTHING, every
from policies.conditions import fixes_resource, fixes_service, fixes_subject
from policies.documents import INLINE, RESOURCE_POLICIES, Document, Statement, documents
from policies.judge import is_unknown, items, lets_no_one_in, peeled, shown, unknown, unreadable, violation
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
PASSING = "iam:passrole"


def grants(resource: Resource, context: Context) -> Iterator[Document]:
    """The documents that grant something: a policy that serves only as a permissions boundary grants nothing."""
    if resource.type == POLICY and _is_only_boundary(resource, context):
        return
    yield from documents(resource, *ALL_POLICIES.get(resource.type, ()))


def _is_only_boundary(policy: Resource, context: Context) -> bool:
    bounds = referring(context.stack, policy, "permissionsBoundary", *BOUNDED)
    attached = (*referring(context.stack, policy, "policyArn", *ATTACHMENTS).found, *referring(context.stack, policy, "managedPolicyArns", ROLE).found)
    return bool(bounds.found) and not attached


def _is_every_action(action: Any) -> bool:
    return isinstance(action, str) and not action.split(":")[-1].strip("*?")


def names_actions(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows `*` or `service:*`."""
    for document in grants(resource, context):
        yield from unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            broad = [action for action in statement.actions if _is_every_action(action)]
            if broad:
                yield violation(f"{statement.path}.Action", f"{shown(broad[0])} is allowed: name the actions that are needed")
            elif any(map(is_unknown, statement.actions)):
                yield unknown(f"{statement.path}.Action")


def names_resources(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows actions on every resource where they could name one, unless a condition narrows it; a role is passed by name, or to a service."""
    for document in grants(resource, context):
        yield from unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            yield from _every_resource(statement, document)
            yield from _passed_role(statement)


def _every_resource(statement: Statement, document: Document) -> Iterator[Problem]:
    narrowed = fixes_resource(statement.condition)
    broad = [(value, types) for value in statement.resources if (types := every(value))]
    found = [(value, named) for value, types in broad if (named := _nameable(statement, types, document))]
    if narrowed:
        return
    if found and narrowed is None:
        yield unknown(f"{statement.path}.Condition")
    elif found:
        value, named = found[0]
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        yield violation(f"{statement.path}.Resource", f"{shown(value)} is allowed for {named[0]}{more}, which can name resources")
    elif not broad and any(map(is_unknown, statement.resources)):
        yield unknown(f"{statement.path}.Resource")


def _nameable(statement: Statement, types: tuple[str, ...], document: Document) -> list[str]:
    """The statement's actions that could name a resource of these types. iam:PassRole is judged apart, and `service:*` by PLN-IAM-001."""
    actions = [action for action in statement.actions if isinstance(action, str) and not _is_every_action(action) and not action.lower().startswith("iam:pass")]
    return [named for action in actions if (named := scopable(action)) is not None and not _follows(action.lower(), types, statement, document)]


def _follows(action: str, types: tuple[str, ...], statement: Statement, document: Document) -> bool:
    """Whether the types are what the action itself makes, or take part in a call that is narrowed by what it makes in other statements."""
    made = frozenset(MAKES.get(action, ()))
    if not made or made.issuperset(types):
        return bool(made)
    others = [each for each in document.statements if each is not statement and each.allows and _allows_making(each, action, made)]
    return not _allows_making(statement, action, made) and bool(others) and all(fixes_resource(each.condition) for each in others)


def _allows_making(statement: Statement, action: str, made: frozenset[str]) -> bool:
    named = any(isinstance(each, str) and fnmatchcase(action, each.lower()) for each in statement.actions)
    return named and any(made.union((EVERYTHING,)).intersection(every(each)) for each in statement.resources)


def _passed_role(statement: Statement) -> Iterator[Problem]:
    """A statement that passes roles it does not name in full says to which service (IAM User Guide, "Grant permissions to pass a role")."""
    passes = any(isinstance(each, str) and not _is_every_action(each) and fnmatchcase(PASSING, each.lower()) for each in statement.actions)
    fixed = fixes_service(statement.condition)
    if not passes or fixed:
        return
    where = f"statement {shown(statement.sid)}" if statement.sid else "a statement without a Sid"
    unnamed = [each for each in statement.resources if isinstance(each, str) and any(sign in each for sign in "*?$")]
    if unnamed and fixed is None:
        yield unknown(f"{statement.path}.Condition")
    elif unnamed:
        yield violation(
            f"{statement.path}.Condition", f"iam:PassRole on {shown(unnamed[0])} in {where} lacks iam:PassedToService: name the service or the role"
        )
    elif any(map(is_unknown, statement.resources)):
        yield unknown(f"{statement.path}.Resource")


def allows_by_name(resource: Resource, context: Context) -> Iterator[Problem]:
    """No statement allows by what it leaves out."""
    for document in grants(resource, context):
        yield from unreadable(document)
        for statement in filter(lambda each: each.allows, document.statements):
            for element, values in (("NotAction", statement.not_actions), ("NotResource", statement.not_resources)):
                if values:
                    yield violation(f"{statement.path}.{element}", f"Allow with {element} {shown(list(values))}: it allows all else, now and later")
            if statement.not_principals:
                yield violation(f"{statement.path}.NotPrincipal", "Allow with NotPrincipal: it allows everyone else")


def trusts_by_name(role: Resource, context: Context) -> Iterator[Problem]:
    """A role's trust policy names who may take it; a federated identity is narrowed to a subject."""
    for document in documents(role, "assumeRolePolicy"):
        yield from lets_no_one_in(document, "and no condition fixes who")
        for statement in filter(lambda each: each.allows, document.statements):
            if statement.not_principals:
                yield violation(f"{statement.path}.NotPrincipal", "Allow with NotPrincipal: everyone else may take the role")
            for principal in (value for kind, value in statement.principals if kind == "Federated" and not is_unknown(value)):
                fixed = fixes_subject(statement.condition, str(principal))
                if fixed is None:
                    yield unknown(f"{statement.path}.Condition")
                elif not fixed:
                    yield violation(f"{statement.path}.Condition", f"{shown(principal)} may take the role for any subject")


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
        remediation="Name resources by ARN, or add a condition on the resource; give iam:PassRole iam:PassedToService. Actions that can name none stand apart.",
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
        remediation="Name the service, account or role as principal; for OIDC, add a StringEquals or StringLike condition on the token's sub.",
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
