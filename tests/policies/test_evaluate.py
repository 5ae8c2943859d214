from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from plinth.stack import UNKNOWN, Operation, Resource, Secret, Source, build_stack
from plinth.stack.load import load_stack
from policies import evaluate
from policies.model import Severity, Status
from policies.rules import RULES

ENGINE = Path(__file__).parents[1] / "data" / "engine"
TODAY = date(2026, 6, 30)
BUCKET, SUBNET, LOGS = "aws:s3/bucket:Bucket", "aws:ec2/subnet:Subnet", "aws:cloudwatch/logGroup:LogGroup"


def resource(type_, name="it", **fields):
    return Resource(urn=f"urn:pulumi:prod::p::{type_}::{name}", type=type_, name=name, **fields)


def stack(*resources, name="prod", source=Source.EXPORT, outputs=None):
    return build_stack(list(resources), project="p", name=name, source=source, outputs=outputs or {})


def statuses(report, rule):
    return [finding.status for finding in report.findings if finding.rule == rule]


def exemption(control, expires="2026-12-31"):
    return {"control": control, "reason": "a trial of one zone", "expires": expires, "approved_by": "a.person"}


def test_the_same_stack_gives_the_same_findings_deployed_and_in_a_full_preview():
    deployed, previewed = (
        policies.check(read, today=TODAY) for read in (load_stack(export=ENGINE / "stack_export.json"), load_stack(preview=ENGINE / "preview_create.json"))
    )
    assert [(f.rule, f.urn, f.status) for f in deployed.findings] == [(f.rule, f.urn, f.status) for f in previewed.findings]
    assert deployed.coverage == ("kubernetes:core/v1:Namespace",)
    assert deployed.summary[Severity.HIGH][Status.VIOLATION] == 7


def test_the_side_car_of_a_real_preview_is_found_by_its_dependencies():
    report = policies.check(load_stack(preview=ENGINE / "preview_create.json"), today=TODAY)
    assert {finding.name: finding.status for finding in report.findings if finding.rule == "PLN-S3-002"} == {"lake-data": Status.PASS, "dr": Status.VIOLATION}


def test_a_preview_without_its_unchanged_resources_accuses_nothing_of_what_it_leaves_out():
    report = policies.check(load_stack(preview=ENGINE / "preview_update.json"), today=TODAY)
    assert statuses(report, "PLN-S3-001") == statuses(report, "PLN-CAP-002") == [Status.UNKNOWN]


def test_what_a_preview_deletes_is_not_judged():
    subnet = resource(SUBNET, inputs={"mapPublicIpOnLaunch": True})
    assert statuses(policies.check(stack(subnet)), "PLN-NET-002") == [Status.VIOLATION]
    deleted = stack(subnet.model_copy(update={"operation": Operation.DELETE}))
    assert deleted.of_type(SUBNET), "the stack has its indexes made before the check"
    assert statuses(policies.check(deleted), "PLN-NET-002") == []


def test_a_live_exemption_turns_a_violation_into_exempt_and_says_who_approved_it():
    report = policies.check(stack(resource(BUCKET), outputs={"exemptions": [exemption("PLN-S3-004")]}), today=TODAY)
    (finding,) = [finding for finding in report.findings if finding.rule == "PLN-S3-004"]
    assert finding.status is Status.EXEMPT
    assert "exempt until 2026-12-31, approved by a.person: a trial of one zone" in finding.message
    assert report.summary[Severity.MEDIUM][Status.EXEMPT] == 1
    assert statuses(report, "PLN-S3-001") == [Status.VIOLATION], "another rule's violation stays"


@pytest.mark.parametrize("control", ["PLN-LOG-002", "CloudWatch.16", "CKV_AWS_338", "log_retention_days"])
def test_an_exemption_may_name_the_rule_a_framework_or_a_control_of_the_settings(control):
    logs = resource(LOGS, inputs={"retentionInDays": 30})
    assert statuses(policies.check(stack(logs, outputs={"exemptions": [exemption(control)]}), today=TODAY), "PLN-LOG-002") == [Status.EXEMPT]


def test_an_exemption_holds_through_its_last_day_and_is_itself_a_violation_after():
    exempted = stack(resource(BUCKET), outputs={"exemptions": [exemption("PLN-S3-004", expires="2026-06-30")]})
    on_the_day, after = policies.check(exempted, today=date(2026, 6, 30)), policies.check(exempted, today=date(2026, 7, 1))
    assert (statuses(on_the_day, "PLN-S3-004"), statuses(on_the_day, "PLN-EXM-001")) == ([Status.EXEMPT], [Status.PASS])
    assert (statuses(after, "PLN-S3-004"), statuses(after, "PLN-EXM-001")) == ([Status.VIOLATION], [Status.VIOLATION])


def test_an_exemption_never_covers_an_unknown():
    versioning = resource("aws:s3/bucketVersioning:BucketVersioning", "v", inputs={"bucket": "it-id", "versioningConfiguration": UNKNOWN})
    report = policies.check(stack(resource(BUCKET, id="it-id"), versioning, outputs={"exemptions": [exemption("PLN-S3-004")]}), today=TODAY)
    assert statuses(report, "PLN-S3-004") == [Status.UNKNOWN]


@pytest.mark.parametrize(
    ("name", "outputs", "judged_as"), [("dev", {}, "dev"), ("prod-eu", {}, "prod"), ("trial", {"profile": "dev"}, "dev"), ("dev", {"profile": "prod"}, "prod")]
)
def test_the_profile_decides_the_environment_then_the_name_and_anything_else_is_prod(name, outputs, judged_as):
    assert policies.check(stack(resource(LOGS), name=name, outputs=outputs)).environment == judged_as


def test_a_secret_value_is_never_repeated():
    group = resource(
        "aws:ec2/securityGroup:SecurityGroup", inputs={"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": Secret(["0.0.0.0/0"])}]}
    )
    report = policies.check(stack(group))
    assert statuses(report, "PLN-NET-001") == [Status.VIOLATION]
    assert "0.0.0.0/0" not in report.model_dump_json()


def test_a_rule_that_fails_is_a_violation_that_names_it(monkeypatch):
    def broken(resource, context):
        raise RuntimeError("boom")

    monkeypatch.setattr(evaluate, "RULES", tuple(replace(rule, check=broken) if rule.id == "PLN-NET-002" else rule for rule in RULES))
    (finding,) = [finding for finding in policies.check(stack(resource(SUBNET))).findings if finding.rule == "PLN-NET-002"]
    assert finding.status is Status.VIOLATION
    assert finding.message == "rule PLN-NET-002 could not be evaluated (RuntimeError: boom); please report this"


def test_types_that_no_rule_looks_at_are_listed():
    side_car = resource("aws:s3/bucketVersioning:BucketVersioning", "v", inputs={"bucket": UNKNOWN})
    assert policies.check(stack(resource("aws:nosuch/thing:Thing"), side_car)).coverage == ("aws:nosuch/thing:Thing",)


def test_findings_come_worst_first_and_the_summary_counts_them_all():
    report = policies.check(load_stack(export=ENGINE / "stack_export.json"), today=TODAY)
    ranks = [finding.severity.rank for finding in report.findings]
    assert ranks == sorted(ranks)
    assert sum(count for counts in report.summary.values() for count in counts.values()) == len(report.findings)


def test_rules_have_unique_ids_a_way_out_and_types():
    assert len({rule.id for rule in RULES}) == len(RULES) >= 12
    for rule in RULES:
        assert rule.types and rule.remediation.endswith(".") and rule.title


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN) | st.just(Secret("x")),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=6,
)
PROPERTIES = sorted(
    {"ingress", "policy", "assumeRolePolicy", "bucket", "rules", "vpcConfig", "metadataOptions", "blockDeviceMappings", "tagSpecifications", "tags"}
)
PROPERTIES += [
    "productionVariants",
    "instanceTypes",
    "capacityType",
    "taints",
    "labels",
    "enabledClusterLogTypes",
    "retentionInDays",
    "kmsKeyId",
    "inlinePolicies",
]
TYPES = sorted({type_ for rule in RULES if rule.id != "PLN-TAG-001" for type_ in rule.types} - {"pulumi:pulumi:Stack"})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(PROPERTIES), VALUES, max_size=4))
def test_whatever_the_shape_of_the_inputs_the_check_gives_a_verdict(type_, inputs):
    report = policies.check(stack(resource(type_, inputs=inputs)))
    assert all(finding.status in Status for finding in report.findings)
