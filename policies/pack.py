"""The rule table as Pulumi policies: what the engine hands over becomes the same Resource and Stack that `plinth check` judges.

The engine's properties are proxies that raise on an unknown value, even for `in`, `.get` and iteration; only the keys and the length are safe
(pulumi_policy/proxy.py). So every value is probed, and an unknown becomes UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pulumi
import pulumi_policy as policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from plinth.stack import STACK_TYPE, UNKNOWN, Options, Resource, Source, Stack, build_stack
from plinth.stack.resource_v3 import stack_identity
from policies.evaluate import environment_of, judge
from policies.exemptions import OUTPUT
from policies.model import Context, Finding, Rule, Scope, Severity, Status
from policies.rules import RULES

NAME = "plinth"
LEVELS = {
    Severity.CRITICAL: policy.EnforcementLevel.MANDATORY,
    Severity.HIGH: policy.EnforcementLevel.MANDATORY,
    Severity.MEDIUM: policy.EnforcementLevel.ADVISORY,
    Severity.LOW: policy.EnforcementLevel.ADVISORY,
}
"""What a severity does to an update; `--policy-pack-config` changes it for a rule, or for `all`."""
FRAMEWORK = "AWS Foundational Security Best Practices"
COMPUTED = {
    "aws:s3/bucket:Bucket": {"serverSideEncryptionConfiguration", "versioning", "policy", "acl"},
    "aws:s3/bucketV2:BucketV2": {"serverSideEncryptionConfigurations", "versionings", "policy", "acl"},
    "aws:iam/role:Role": {"inlinePolicies", "managedPolicyArns"},
    "aws:eks/nodeGroup:NodeGroup": {"capacityType"},
    "aws:sqs/queue:Queue": {"policy"},
    "aws:sns/topic:Topic": {"policy"},
}
"""Properties that the provider fills in itself where the program does not set them: in a preview they are unknown all the same."""
EXEMPTIONS_CONFIG, ENVIRONMENT_CONFIG = "exemptions", "environment"


def build_policies() -> list[policy.Policy]:
    """Every rule as a policy: one that sees a resource before it is made, or the stack where the rule needs more than one resource."""
    return [_as_policy(rule) for rule in RULES]


def _as_policy(rule: Rule) -> policy.Policy:
    described: dict[str, Any] = {
        "name": rule.id,
        "display_name": rule.title,
        "description": f"{rule.title}.",
        "enforcement_level": LEVELS[rule.severity],
        "severity": policy.Severity(rule.severity.value),
        "remediation_steps": rule.remediation,
        "tags": [each for ids in rule.frameworks.values() for each in ids] or None,
    }
    if "fsbp" in rule.frameworks:
        described["framework"] = policy.PolicyComplianceFramework(name=FRAMEWORK, specification=" ".join(rule.frameworks["fsbp"]))
    if rule.scope is Scope.RESOURCE:
        return policy.ResourceValidationPolicy(validate=_resource_validation(rule), **described)
    return policy.StackValidationPolicy(validate=_stack_validation(rule), **described)


def _resource_validation(rule: Rule) -> Callable[[policy.ResourceValidationArgs, policy.ReportViolation], None]:
    def validate(args: policy.ResourceValidationArgs, report_violation: policy.ReportViolation) -> None:
        if args.resource_type in rule.types:
            _report(rule, lambda: _stack([_resource_from(args)], _config()), report_violation)

    return validate


def _stack_validation(rule: Rule) -> Callable[[policy.StackValidationArgs, policy.ReportViolation], None]:
    def validate(args: policy.StackValidationArgs, report_violation: policy.ReportViolation) -> None:
        _report(rule, lambda: _stack([_stack_resource_from(each) for each in args.resources], _config()), report_violation)

    return validate


def _report(rule: Rule, read: Callable[[], Stack], report_violation: policy.ReportViolation) -> None:
    """Report each violation, then raise what is unknown as the engine expects it: one advisory line that the rule could not run.

    Anything else that goes wrong is reported as a violation that names the rule; raised, it would stop the whole deployment.
    """
    try:
        stack = read()
        findings = list(judge(rule, Context(stack=stack, environment=environment_of(stack), today=date.today())))
    except Exception as error:
        report_violation(f"rule {rule.id} could not be evaluated ({type(error).__name__}: {error}); please report this", None)
        return
    for finding in findings:
        if finding.status is Status.VIOLATION:
            report_violation(f"{finding.message} ({finding.property or 'resource'} of {finding.name}). {finding.remediation}", finding.urn)
    if hidden := [finding for finding in findings if finding.status is Status.UNKNOWN]:
        raise _unknown(hidden)


def _unknown(hidden: Sequence[Finding]) -> UnknownValueError:
    error = UnknownValueError(UNKNOWN_STRING_VALUE, hidden[0].property.split("."))
    more = f", and {len(hidden) - 1} more" if len(hidden) > 1 else ""
    error.message = f"{hidden[0].name}: {hidden[0].message}{more}"
    return error


def _config() -> dict[str, Any]:
    """The exemptions and the profile from the stack's own configuration, which the engine gives to a pack as to a program."""
    config = pulumi.Config("plinth")
    environment = config.get_object(ENVIRONMENT_CONFIG)
    profile = environment.get("profile") if isinstance(environment, Mapping) else None
    return {key: value for key, value in ((OUTPUT, config.get_object(EXEMPTIONS_CONFIG)), ("profile", profile)) if value is not None}


def _stack(resources: list[Resource], config: Mapping[str, Any]) -> Stack:
    """The resources as a stack; its outputs are the configuration's, overlaid by what the stack itself exports."""
    project, name = stack_identity(resources[0].urn) if resources else ("", "")
    exported = next((resource.outputs for resource in resources if resource.type == STACK_TYPE), {})
    outputs = {**config, **exported}
    resources = [each.model_copy(update={"outputs": outputs}) if each.type == STACK_TYPE else each for each in resources]
    return build_stack(resources, project=project, name=name, source=Source.PROGRAM, outputs=outputs)


def _resource_from(args: policy.ResourceValidationArgs) -> Resource:
    """The resource that a resource policy is given: its inputs."""
    return Resource(urn=args.urn, type=args.resource_type, name=args.name, inputs=probed(args.props), options=_options(args.opts))


def _stack_resource_from(given: policy.PolicyResource) -> Resource:
    """A resource that a stack policy is given: its outputs, which stand for inputs too.

    An unknown that the program asked for depends on a resource; one of COMPUTED that depends on none is the provider's own, and is
    left out of the inputs, so that it does not pass for a setting.
    """
    outputs = probed(given.props)
    needs = {key: tuple(sorted(each.urn for each in depended)) for key, depended in given.property_dependencies.items()}
    own = {key for key in COMPUTED.get(given.resource_type, ()) if outputs.get(key) is UNKNOWN and not needs.get(key)}
    return Resource(
        urn=given.urn,
        type=given.resource_type,
        name=given.name,
        parent=given.parent.urn if given.parent is not None else None,
        custom=given.resource_type != STACK_TYPE,
        id=outputs["id"] if isinstance(outputs.get("id"), str) else None,
        inputs={key: value for key, value in outputs.items() if key not in own},
        outputs=outputs,
        options=_options(given.opts),
        dependencies=tuple(sorted({each.urn for each in given.dependencies})),
        property_dependencies=needs,
    )


def _options(given: policy.PolicyResourceOptions) -> Options:
    return Options(protect=bool(given.protect), ignore_changes=tuple(given.ignore_changes), aliases=tuple(given.aliases))


def probed(value: Any) -> Any:
    """A proxy as plain data, with UNKNOWN where touching it raises."""
    if isinstance(value, Mapping):
        return {key: _probe(value, key) for key in _keys(value)}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_probe(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _probe(container: Any, key: Any) -> Any:
    try:
        return probed(container[key])
    except UnknownValueError:
        return UNKNOWN


def _keys(value: Mapping[str, Any]) -> Iterable[str]:
    keys: Iterator[str] = iter(value.keys())
    return set(keys)
