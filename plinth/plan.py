"""`plinth plan` as data: what an environment consists of, what changes, what breaks policy, and what it costs a month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from cost.estimate import Usage, estimate
from cost.estimate.model import Estimate, Range
from plinth.changes import ResourceChange, changes_between
from plinth.stack import STACK_TYPE, Stack
from plinth.stack.load import load_stack, load_workloads, read_stack_file
from policies import CheckReport, check


class ComponentCount(BaseModel):
    """A component and how many resources of AWS or Kubernetes stand below it."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    resources: int


class Exemption(BaseModel):
    """A loosening of a profile that somebody approved until a day; `expired` is judged on the plan's day."""

    model_config = ConfigDict(frozen=True)

    control: str
    reason: str
    expires: date
    approved_by: str | None = None
    expired: bool


class StackPlan(BaseModel):
    """One stack of the environment: its parts, findings and estimate. `changes` is None where nothing was given to compare with."""

    model_config = ConfigDict(frozen=True)

    project: str
    resources: int
    components: tuple[ComponentCount, ...]
    changes: tuple[ResourceChange, ...] | None = None
    check: CheckReport
    estimate: Estimate
    notes: tuple[str, ...] = ()


class Plan(BaseModel):
    """The plan of one environment: its infra and workloads stacks, exemptions, and what changing each setting later does."""

    model_config = ConfigDict(frozen=True)

    environment: str
    region: str | None
    stacks: tuple[StackPlan, ...]
    monthly_cost: Range
    currency: str
    violations: int
    unknown_findings: int
    not_priced: int
    exemptions: tuple[Exemption, ...] = ()
    change_effects: Mapping[str, str] = {}


def make_plan(environment: str, *, compare: Path | None = None, project: Path | None = None, today: date | None = None) -> Plan:
    """The plan of one environment of our own program. `compare` is an earlier export or preview of the infra stack.

    Raises InputError where the settings, the program or the file to compare with are wrong.
    """
    infra = load_stack(environment, project=project)
    before = read_stack_file(compare) if compare else None
    return plan_of(infra, load_workloads(infra, project), before=before, today=today or date.today())


def plan_of(infra: Stack, workloads: Stack, *, before: Stack | None = None, usage: Usage | None = None, today: date) -> Plan:
    """The plan of two recorded stacks, judged on the day `today`; `usage` is of the infra stack."""
    stacks = (_stack_plan(infra, before, usage, today), _stack_plan(workloads, None, None, today))
    total = stacks[0].estimate.total + stacks[1].estimate.total
    return Plan(
        environment=infra.name,
        region=infra.region,
        stacks=stacks,
        monthly_cost=total,
        currency=stacks[0].estimate.currency,
        violations=_count(stacks, "violation"),
        unknown_findings=_count(stacks, "unknown"),
        not_priced=sum(len(stack.estimate.unknown) for stack in stacks),
        exemptions=_exemptions(infra, today),
        change_effects=_mapping(infra.outputs.get("change_effects")),
    )


def _stack_plan(stack: Stack, before: Stack | None, usage: Usage | None, today: date) -> StackPlan:
    return StackPlan(
        project=stack.project,
        resources=len(stack.custom),
        components=_components(stack),
        changes=changes_between(before, stack) if before else None,
        check=check(stack, today=today),
        estimate=estimate(stack, () if usage is None else (usage,), as_of=today),
        notes=(*stack.notes, *(before.notes if before else ())),
    )


def _components(stack: Stack) -> tuple[ComponentCount, ...]:
    """Each top-level component with the number of provider resources anywhere below it; loose resources count for the stack."""
    counts: Counter[str] = Counter()
    for resource in stack.custom:
        components = [above for above in stack.ancestors(resource) if above.type != STACK_TYPE]
        counts[components[-1].urn if components else ""] += 1
    named = [(stack.by_urn[urn].name, stack.by_urn[urn].type, count) if urn else ("(no component)", "", count) for urn, count in counts.items()]
    return tuple(ComponentCount(name=name, type=type_, resources=count) for name, type_, count in sorted(named))


def _count(stacks: tuple[StackPlan, ...], status: str) -> int:
    return sum(1 for stack in stacks for finding in stack.check.findings if finding.status == status)


def _exemptions(stack: Stack, today: date) -> tuple[Exemption, ...]:
    listed: Any = stack.outputs.get("exemptions") or ()
    return tuple(Exemption(**entry, expired=date.fromisoformat(str(entry["expires"])) < today) for entry in listed)


def _mapping(value: Any) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}
