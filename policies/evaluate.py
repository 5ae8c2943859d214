"""Every rule over every resource of a stack: the check that `plinth check` and the tests call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from plinth.stack import STACK_TYPE, UNKNOWN, Operation, Resource, Secret, Stack
from policies.exemptions import Exemption, read_exemptions
from policies.model import CheckReport, Context, Environment, Finding, Problem, Rule, Severity, Status
from policies.rules import RULES

ENVIRONMENTS: dict[str, Environment] = {"dev": "dev", "staging": "staging", "prod": "prod"}
PROFILE_OUTPUT = "profile"


def check(stack: Stack, *, today: date | None = None) -> CheckReport:
    """Judge a stack by every rule. `today` decides which exemptions are live (default: the clock's date)."""
    context = Context(stack=living(stack), environment=environment_of(stack), today=today or date.today())
    findings = sorted((finding for rule in RULES for finding in judge(rule, context)), key=_order)
    counted = Counter((finding.severity, finding.status) for finding in findings)
    judged = {type_ for rule in RULES for type_ in (*rule.types, *rule.reads)}
    return CheckReport(
        project=stack.project,
        stack=stack.name,
        environment=context.environment,
        source=stack.source,
        today=context.today,
        rules=tuple(rule.id for rule in RULES),
        findings=tuple(findings),
        coverage=tuple(sorted({resource.type for resource in context.stack.custom} - judged)),
        summary={severity: {status: counted[severity, status] for status in Status} for severity in Severity},
        notes=stack.notes,
    )


def environment_of(stack: Stack) -> Environment:
    """The profile that decides safety: the stack's `profile` output, else its name; anything else is judged as prod."""
    profile = stack.outputs.get(PROFILE_OUTPUT)
    return ENVIRONMENTS.get(profile if isinstance(profile, str) else stack.name, "prod")


def living(stack: Stack) -> Stack:
    """The stack without what a preview is about to delete."""
    kept = [resource for resource in stack.resources if resource.operation is not Operation.DELETE]
    if len(kept) == len(stack.resources):
        return stack
    # Built anew: a copy would carry the indexes that the stack has already made of its resources.
    fields = {name: getattr(stack, name) for name in ("project", "name", "source", "region", "outputs", "notes")}
    return Stack(resources=tuple(kept), **fields)


def judge(rule: Rule, context: Context) -> Iterator[Finding]:
    """The findings of one rule: a pass for each resource that it has nothing against."""
    exemption = next((found for found in read_exemptions(context.stack) if found.covers(rule, context.today)), None)
    for resource in subjects(rule, context.stack):
        problems = evaluated(rule, resource, context)
        yield from (_finding(rule, resource, problem, exemption) for problem in problems)
        if not problems:
            yield _made(rule, resource, Status.PASS, "", "")


def subjects(rule: Rule, stack: Stack) -> Iterator[Resource]:
    """The resources that a rule judges; a rule about the stack itself gets one that stands for it."""
    for type_ in rule.types:
        found = stack.of_type(type_)
        yield from found or ((_stack_resource(stack),) if type_ == STACK_TYPE else ())


def evaluated(rule: Rule, resource: Resource, context: Context) -> list[Problem]:
    """What a rule yields for a resource. A rule that fails is reported as a violation, for what it could not see may be one."""
    try:
        return list(rule.check(resource, context))
    except Exception as error:
        return [Problem("", f"rule {rule.id} could not be evaluated ({type(error).__name__}: {error}); please report this")]


def _stack_resource(stack: Stack) -> Resource:
    name = f"{stack.project}-{stack.name}"
    return Resource(urn=f"urn:pulumi:{stack.name}::{stack.project}::{STACK_TYPE}::{name}", type=STACK_TYPE, name=name, custom=False, outputs=stack.outputs)


def _finding(rule: Rule, resource: Resource, problem: Problem, exemption: Exemption | None) -> Finding:
    subject = problem.resource or resource
    message = "the value is a secret and is not repeated" if _is_withheld(subject, problem.path) else problem.message
    if problem.unknown:
        return _made(rule, subject, Status.UNKNOWN, problem.path, message)
    if exemption is None:
        return _made(rule, subject, Status.VIOLATION, problem.path, message)
    until = f"{message} (exempt until {exemption.expires.isoformat()}, approved by {exemption.approved_by}: {exemption.reason})"
    return _made(rule, subject, Status.EXEMPT, problem.path, until)


def _is_withheld(resource: Resource, path: str) -> bool:
    """Whether a Secret stands on the path, so that a message may not repeat what is there."""
    current: object = resource.inputs
    for part in path.split("."):
        if isinstance(current, Mapping):
            current = current.get(part)
        elif isinstance(current, list) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            return False
        if isinstance(current, Secret):
            return current.value is not UNKNOWN
    return False


def _made(rule: Rule, resource: Resource, status: Status, path: str, message: str) -> Finding:
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=rule.severity,
        status=status,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        property=path,
        message=message,
        remediation=rule.remediation,
        frameworks=rule.frameworks,
    )


def _order(finding: Finding) -> tuple[int, int, str, str, str]:
    return (finding.severity.rank, list(Status).index(finding.status), finding.rule, finding.urn, finding.property)
