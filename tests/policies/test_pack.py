"""The pack as the engine drives it: pulumi_policy's own servicer, its proxies and its error handling, on wire messages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import pulumi_policy.policy as sdk
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy

from plinth.stack import STACK_TYPE, UNKNOWN, displayed
from policies import pack
from policies.examples import all_examples
from policies.model import Scope, Status
from policies.rules import RULES

ROOT = Path(__file__).parents[2]
BY_ID = {rule.id: rule for rule in RULES}


def servicer(*rules):
    policies = [policy for policy in pack.build_policies() if not rules or policy.name in rules]
    return sdk._PolicyAnalyzerServicer(pack.NAME, "0.0.1", policies, EnforcementLevel.ADVISORY)


def wire(values):
    struct = struct_pb2.Struct()
    struct.update(displayed(values))
    return struct


def resource_request(resource):
    options = proto.AnalyzerResourceOptions(protect=resource.options.protect)
    return proto.AnalyzeRequest(urn=resource.urn, type=resource.type, name=resource.name, properties=wire(resource.inputs), options=options)


def subnet_request(inputs):
    return proto.AnalyzeRequest(urn="urn:pulumi:prod::p::aws:ec2/subnet:Subnet::s", type="aws:ec2/subnet:Subnet", name="s", properties=wire(inputs))


def stack_request(stack, deployed):
    request = proto.AnalyzeStackRequest()
    for resource in stack.resources:
        computed = {} if deployed else dict.fromkeys((key for key in pack.COMPUTED.get(resource.type, ()) if key not in resource.inputs), UNKNOWN)
        request.resources.add(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=wire({**computed, **resource.inputs, **resource.outputs}),
            options=proto.AnalyzerResourceOptions(protect=resource.options.protect),
            dependencies=resource.dependencies,
            # The engine sends only the properties that depend on something.
            propertyDependencies={key: proto.AnalyzerPropertyDependencies(urns=urns) for key, urns in resource.property_dependencies.items() if urns},
        )
    return request


def analyzed(example, deployed):
    """The diagnostics of the example's rule, sorted into violations and `can't run` lines."""
    stack, rule = example.stack(deployed=deployed), BY_ID[example.rule]
    if rule.scope is Scope.STACK:
        diagnostics = list(servicer(rule.id).AnalyzeStack(stack_request(stack, deployed), None).diagnostics)
    else:
        diagnostics = [found for resource in stack.resources for found in servicer(rule.id).Analyze(resource_request(resource), None).diagnostics]
    hidden = [found for found in diagnostics if found.message.startswith("can't run policy")]
    return [found for found in diagnostics if found not in hidden], hidden


def reaches_the_pack(example):
    """Whether the engine would show the example as written.

    Default tags reach a resource as `tagsAll`, not by its provider; and what the provider may fill in is unknown with a dependency, or its own.
    """
    written = example.resources.values()
    return not any("$provider" in each or any(each.get(key) == "${?}" for key in pack.COMPUTED.get(each["$type"], ())) for each in written)


EXAMPLES = [example for example in all_examples() if reaches_the_pack(example)]


def test_nearly_every_example_reaches_the_pack():
    assert len(all_examples()) - len(EXAMPLES) == 4


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.rule}-{each.kind}-{each.number}")
def test_the_pack_gives_each_example_the_verdict_that_check_gives(example):
    violations, hidden = analyzed(example, deployed=True)
    assert bool(violations) is (example.verdict is Status.VIOLATION), violations
    if example.verdict is Status.UNKNOWN:
        assert hidden
    assert not any("could not be evaluated" in found.message for found in violations)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.rule}-{each.kind}-{each.number}")
def test_in_a_preview_the_pack_neither_accuses_a_good_example_nor_passes_a_bad_one(example):
    violations, hidden = analyzed(example, deployed=False)
    if example.kind == "good":
        assert not violations
    if example.kind == "bad":
        assert violations or hidden


def test_the_pack_holds_every_rule_by_its_id_and_scope():
    policies = {policy.name: policy for policy in pack.build_policies()}
    assert set(policies) == set(BY_ID)
    for rule in RULES:
        assert isinstance(policies[rule.id], ResourceValidationPolicy if rule.scope is Scope.RESOURCE else StackValidationPolicy)


def test_high_and_critical_block_an_update_and_a_config_can_change_that():
    levels = {policy.name: policy.enforcement_level for policy in pack.build_policies()}
    assert levels["PLN-NET-001"] is levels["PLN-EC2-001"] is EnforcementLevel.MANDATORY
    assert levels["PLN-TAG-001"] is EnforcementLevel.ADVISORY
    served = servicer("PLN-NET-002")
    softened = {"PLN-NET-002": proto.PolicyConfig(enforcementLevel=proto.ADVISORY)}
    served.Configure(proto.ConfigureAnalyzerRequest(policyConfig=softened), None)
    request = subnet_request({"mapPublicIpOnLaunch": True})
    assert [found.enforcementLevel for found in served.Analyze(request, None).diagnostics] == [proto.ADVISORY]


def test_an_unknown_is_said_by_name_and_does_not_silence_a_violation_beside_it():
    group = {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [UNKNOWN, "0.0.0.0/0"]}]}
    type_ = "aws:ec2/securityGroup:SecurityGroup"
    request = proto.AnalyzeRequest(urn=f"urn:pulumi:prod::p::{type_}::nodes", type=type_, name="nodes", properties=wire(group))
    violation, hidden = servicer("PLN-NET-001").Analyze(request, None).diagnostics
    assert "0.0.0.0/0 may reach port 22" in violation.message and violation.enforcementLevel == proto.MANDATORY
    assert "nodes: ingress.0.cidrBlocks can't be judged" in hidden.message and hidden.enforcementLevel == proto.ADVISORY


def test_a_rule_that_fails_is_reported_by_its_id_and_stops_nothing(monkeypatch):
    def broken(resource, context):
        raise KeyError("nope")

    rule = BY_ID["PLN-NET-002"]
    replaced = type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"check": broken})
    monkeypatch.setattr(pack, "RULES", (replaced,))
    request = subnet_request({})
    (found,) = servicer().Analyze(request, None).diagnostics
    assert "rule PLN-NET-002 could not be evaluated (KeyError: 'nope')" in found.message


def test_an_exemption_in_the_configuration_covers_a_resource_rule(monkeypatch):
    live = '[{"control": "cluster_api_private", "reason": "a trial", "expires": "2999-01-01", "approved_by": "a.person"}]'
    monkeypatch.setattr(pack.pulumi.Config, "get_object", lambda self, key, default=None: json.loads(live) if key == "exemptions" else None)
    type_, inputs = "aws:eks/cluster:Cluster", {"vpcConfig": {"endpointPublicAccess": True}}
    request = proto.AnalyzeRequest(urn=f"urn:pulumi:prod::p::{type_}::eks", type=type_, name="eks", properties=wire(inputs))
    assert not servicer("PLN-EKS-002").Analyze(request, None).diagnostics


def test_the_profile_in_the_configuration_decides_the_environment(monkeypatch):
    monkeypatch.setattr(pack.pulumi.Config, "get_object", lambda self, key, default=None: {"profile": "dev"} if key == "environment" else None)
    type_ = "aws:cloudwatch/logGroup:LogGroup"
    request = proto.AnalyzeRequest(urn=f"urn:pulumi:trial::p::{type_}::logs", type=type_, name="logs", properties=wire({"retentionInDays": 90}))
    assert not servicer("PLN-LOG-002").Analyze(request, None).diagnostics


def test_an_exemption_that_the_stack_exports_covers_a_stack_rule():
    exemptions = {"exemptions": [{"control": "PLN-S3-004", "reason": "scratch data", "expires": "2999-01-01", "approved_by": "a.person"}]}
    request = proto.AnalyzeStackRequest()
    request.resources.add(urn=f"urn:pulumi:prod::p::{STACK_TYPE}::p-prod", type=STACK_TYPE, name="p-prod", properties=wire(exemptions))
    request.resources.add(urn="urn:pulumi:prod::p::aws:s3/bucket:Bucket::b", type="aws:s3/bucket:Bucket", name="b", properties=wire({}))
    assert not servicer("PLN-S3-004").AnalyzeStack(request, None).diagnostics
    assert servicer("PLN-S3-001").AnalyzeStack(request, None).diagnostics


def test_no_module_of_the_pack_hides_one_of_the_standard_library():
    # The engine runs the folder itself, which then stands first on sys.path.
    assert not {path.stem for path in (ROOT / "policies").glob("*.py")} & set(sys.stdlib_module_names)


def test_importing_the_package_builds_no_pack():
    # Building a pack prints a port and never returns.
    code = "import policies, policies.pack; print('imported')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout == "imported\n", done.stderr


def test_the_pack_serves_as_the_language_host_starts_it():
    env = {**os.environ, "PULUMI_PROJECT": "p", "PULUMI_STACK": "prod", "PULUMI_DRY_RUN": "true", "PULUMI_CONFIG": "{}"}
    host = subprocess.Popen([sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "policies"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        port = int(host.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            info = analyzer_pb2_grpc.AnalyzerStub(channel).GetAnalyzerInfo(empty_pb2.Empty(), timeout=30)
        assert {policy.name for policy in info.policies} == set(BY_ID)
    finally:
        host.kill()
        host.wait(timeout=30)
        host.stdout.close()
