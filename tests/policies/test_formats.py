from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

import policies
from plinth.stack import Resource, Source, build_stack
from plinth.stack.load import load_stack
from policies.formats import as_junit, as_sarif
from policies.model import Status

EXPORT = Path(__file__).parents[1] / "data" / "engine" / "stack_export.json"
TODAY = date(2026, 6, 30)

# The properties that SARIF 2.1.0 allows in the objects that we write (its schema has additionalProperties: false in each).
ALLOWED = {
    "log": {"$schema", "version", "runs"},
    "run": {"tool", "automationDetails", "artifacts", "results", "properties"},
    "rule": {"id", "name", "shortDescription", "help", "defaultConfiguration", "properties"},
    "result": {"ruleId", "ruleIndex", "kind", "level", "message", "locations", "partialFingerprints", "suppressions"},
    "location": {"physicalLocation", "logicalLocations"},
    "suppression": {"kind", "status", "justification"},
}


@pytest.fixture(scope="module")
def report():
    bucket = Resource(urn="urn:pulumi:prod::p::aws:s3/bucket:Bucket::b", type="aws:s3/bucket:Bucket", name="b")
    read = load_stack(export=EXPORT)
    exemptions = {"exemptions": [{"control": "PLN-S3-004", "reason": "scratch data", "expires": "2030-01-01", "approved_by": "a.person"}]}
    return policies.check(build_stack([*read.resources, bucket], project="p", name="prod", source=Source.EXPORT, outputs=exemptions), today=TODAY)


def test_sarif_has_only_what_the_schema_allows(report):
    log = as_sarif(report, "stack.json", report.findings)
    (run,) = log["runs"]
    assert set(log) == ALLOWED["log"] and log["version"] == "2.1.0"
    assert set(run) <= ALLOWED["run"]
    for rule in run["tool"]["driver"]["rules"]:
        assert set(rule) <= ALLOWED["rule"] and rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert len(rule["properties"]["tags"]) == len(set(rule["properties"]["tags"])), "a property bag's tags are unique"
    for result in run["results"]:
        assert set(result) <= ALLOWED["result"] and result["message"]["text"]
        assert all(set(location) <= ALLOWED["location"] for location in result["locations"])
        assert all(set(suppression) <= ALLOWED["suppression"] for suppression in result.get("suppressions", ()))


def test_sarif_gives_a_level_only_to_failures_and_suppresses_what_is_exempt(report):
    results = as_sarif(report, "stack.json", report.findings)["runs"][0]["results"]
    assert len(results) == len(report.findings)
    for result, finding in zip(results, report.findings, strict=True):
        assert (result["level"] == "none") is (result["kind"] != "fail")
        assert result["kind"] == {Status.VIOLATION: "fail", Status.EXEMPT: "fail", Status.UNKNOWN: "open", Status.PASS: "pass"}[finding.status]
        assert ("suppressions" in result) is (finding.status is Status.EXEMPT)


def test_each_sarif_result_points_at_its_rule(report):
    run = as_sarif(report, "stack.json", report.findings)["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_junit_counts_failures_and_skips(report):
    suite = ElementTree.fromstring(as_junit(report, report.findings)).find("testsuite")
    assert suite is not None
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(report.findings)
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == len(report.with_status(Status.VIOLATION))
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == len(report.with_status(Status.UNKNOWN, Status.EXEMPT))


def test_junit_stays_xml_whatever_a_name_or_value_holds():
    bucket = Resource(
        urn='urn:pulumi:prod::p::aws:s3/bucket:Bucket::<"&\x00\x1b', type="aws:s3/bucket:Bucket", name='<"&\x00\x1b]]>', inputs={"acl": "public-read"}
    )
    report = policies.check(build_stack([bucket], project="p", name="prod", source=Source.EXPORT))
    names = [case.attrib["name"] for case in ElementTree.fromstring(as_junit(report, report.findings)).iter("testcase")]
    assert any(name.startswith('<"&\ufffd\ufffd]]>') for name in names)
