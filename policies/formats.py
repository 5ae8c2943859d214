"""A check report for other tools: SARIF 2.1.0 for code scanning, JUnit XML for test reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from plinth import __version__
from policies.model import CheckReport, Finding, Rule, Severity, Status
from policies.rules import RULES

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
SARIF_KINDS = {Status.VIOLATION: "fail", Status.EXEMPT: "fail", Status.UNKNOWN: "open", Status.PASS: "pass"}
"""SARIF 2.1.0, 3.27.9: a result whose kind is not `fail` has the level `none`."""
SECURITY_SEVERITY = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0"}
"""The score by which GitHub code scanning sorts: critical above 9.0, high from 7.0, medium from 4.0."""
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) has no way to write."""


def as_sarif(report: CheckReport, artifact: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings as a SARIF log. `artifact` is the file that a viewer is pointed to: the configuration, preview or export."""
    index = {rule.id: position for position, rule in enumerate(RULES)}
    driver = {"name": "plinth", "version": __version__, "rules": [_sarif_rule(rule) for rule in RULES]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"plinth/{report.project}/{report.stack}/"},
        "artifacts": [{"location": {"uri": artifact}}],
        "results": [_sarif_result(finding, index[finding.rule], artifact) for finding in findings],
        "properties": {"environment": report.environment, "coverage": list(report.coverage)},
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": re.sub(r"\W", "", rule.title.title()),
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.remediation},
        "defaultConfiguration": {"level": SARIF_LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", *(each for ids in rule.frameworks.values() for each in ids)],
            "security-severity": SECURITY_SEVERITY[rule.severity],
        },
    }


def _sarif_result(finding: Finding, index: int, artifact: str) -> dict[str, Any]:
    kind = SARIF_KINDS[finding.status]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": kind,
        "level": SARIF_LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": f"{finding.name}: {finding.message}" if finding.message else f"{finding.name}: {finding.title}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": artifact, "index": 0}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": f"{finding.urn}#{finding.property}", "name": finding.name, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"plinth/v1": f"{finding.rule}|{finding.urn}|{finding.property}"},
    }
    if finding.status is Status.EXEMPT:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.message}]
    return result


def as_junit(report: CheckReport, findings: Sequence[Finding]) -> str:
    """The findings as JUnit XML: a test case each; a violation is a failure, an unknown or exempt one is skipped and says why."""
    failures, skipped = (sum(finding.status in statuses for finding in findings) for statuses in ({Status.VIOLATION}, {Status.UNKNOWN, Status.EXEMPT}))
    counts = {"tests": str(len(findings)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _xml(f"plinth check {report.project}/{report.stack}"), **counts, "time": "0"})
    for finding in findings:
        case = ElementTree.SubElement(suite, "testcase", {"classname": finding.rule, "name": _xml(f"{finding.name}: {finding.title}"), "time": "0"})
        if finding.status is Status.VIOLATION:
            failure = ElementTree.SubElement(case, "failure", {"type": finding.severity.value, "message": _xml(finding.message)})
            failure.text = _xml(f"{finding.urn}\n{finding.property}\n{finding.remediation}")
        elif finding.status is not Status.PASS:
            ElementTree.SubElement(case, "skipped", {"message": _xml(f"{finding.status.value}: {finding.message}")})
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
