"""What a rule is, and what a check reports: frozen models that every reader of the findings shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plinth.stack import Resource, Source, Stack

Environment = Literal["dev", "staging", "prod"]


class Severity(StrEnum):
    """How much a violation matters. The engine blocks an update on `critical` and `high`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, rising as it matters less."""
        return list(Severity).index(self)


class Status(StrEnum):
    """What a rule says of one resource. `unknown` is never a pass: the value is known only after a deployment."""

    VIOLATION = "violation"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"
    PASS = "pass"  # noqa: S105 (a verdict)


class Scope(StrEnum):
    """What a rule must see: one resource's inputs, or the whole stack."""

    RESOURCE = "resource"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule's check yields: a violation, or an unknown. `resource` names a side-car where the value stands there."""

    path: str
    message: str
    unknown: bool = False
    resource: Resource | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds the resource that is judged. In the pack's resource rules `stack` holds that one resource only."""

    stack: Stack
    environment: Environment
    today: date


Check = Callable[[Resource, Context], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the table. `reads` are further types it looks at (side-cars); `controls` are the settings' safety
    controls (infra/settings/profile.py) whose exemption covers it.

    Its good, bad and unknown examples stand in policies/examples under the same id; a test fails where one is missing.
    """

    id: str
    title: str
    severity: Severity
    types: tuple[str, ...]
    check: Check
    remediation: str
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: Scope = Scope.RESOURCE
    reads: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()

    def covered_by(self, control: str) -> bool:
        """Whether an exemption of this control covers the rule: its id, a framework's id, or a control of the settings."""
        return control == self.id or control in self.controls or any(control in ids for ids in self.frameworks.values())


def frameworks(*, fsbp: str = "", checkov: str = "", trivy: str = "", cis: str = "", hipaa: str = "", soc2: str = "") -> dict[str, tuple[str, ...]]:
    """A rule's ids by framework, each argument a space-separated list; a framework without an id is left out.

    fsbp: AWS Foundational Security Best Practices (Security Hub); cis: CIS AWS Foundations Benchmark 6.0; hipaa: 45 CFR 164.
    """
    given = {"fsbp": fsbp, "checkov": checkov, "trivy": trivy, "cis": cis, "hipaa": hipaa, "soc2": soc2}
    return {name: tuple(ids.split()) for name, ids in given.items() if ids}


class Finding(BaseModel):
    """What one rule says of one resource; `property` is a dotted path into its inputs, empty for a pass."""

    model_config = ConfigDict(frozen=True)

    rule: str
    title: str
    severity: Severity
    status: Status
    urn: str
    type: str
    name: str
    property: str
    message: str
    remediation: str
    frameworks: Mapping[str, tuple[str, ...]]


class CheckReport(BaseModel):
    """Every verdict on a stack, worst first. `coverage` lists the resource types that no rule looks at; `summary` counts by severity and status."""

    model_config = ConfigDict(frozen=True)

    project: str
    stack: str
    environment: Environment
    source: Source
    today: date
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    coverage: tuple[str, ...]
    summary: Mapping[Severity, Mapping[Status, int]]
    notes: tuple[str, ...] = ()

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """The findings of the given statuses, worst first."""
        return tuple(finding for finding in self.findings if finding.status in statuses)
