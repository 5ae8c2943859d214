"""The staleness gate: a runbook that names an action, an input, an output or a resource that is no longer there fails before it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from runbooks.actions import Action, all_actions
from runbooks.model import Phase, Runbook, Step
from runbooks.references import references_in

DRILL_FACTS = frozenset({"started_at", "fault_at"})


class StaleStep(BaseModel):
    """A step that could not be run as written, and why."""

    model_config = ConfigDict(frozen=True)

    runbook: str
    step: str
    line: int
    problem: str


class Verification(BaseModel):
    """What the gate found: the runbooks looked at, every stale step, and every break in the chain of records."""

    model_config = ConfigDict(frozen=True)

    runbooks: tuple[str, ...]
    problems: tuple[StaleStep, ...]
    broken_records: tuple[str, ...] = ()


def verify_runbook(runbook: Runbook, outputs: Mapping[str, Any]) -> tuple[StaleStep, ...]:
    """Hold a runbook against the stack's outputs and the actions' models."""
    found: list[StaleStep] = []
    earlier: dict[str, Action] = {}
    for step in runbook.steps:
        problems = _problems(step, outputs, earlier)
        found += [StaleStep(runbook=runbook.name, step=step.id, line=step.line, problem=problem) for problem in problems]
        if step.action in all_actions():
            earlier[step.id] = all_actions()[step.action]
    missing = {Phase.FAULT, Phase.DETECT, Phase.RECOVER, Phase.VERIFY} - {step.phase for step in runbook.steps}
    return (*found, *(StaleStep(runbook=runbook.name, step="", line=1, problem=f"no step of phase {phase}") for phase in sorted(missing)))


def _problems(step: Step, outputs: Mapping[str, Any], earlier: Mapping[str, Action]) -> Iterator[str]:
    action = all_actions().get(step.action)
    if action is None:
        yield f"there is no action {step.action!r}; known: {', '.join(sorted(all_actions()))}"
        return
    for key in step.inputs:
        if key not in action.inputs.model_fields:
            yield f"{step.action} takes no input {key!r}; it takes: {', '.join(action.inputs.model_fields)}"
    for key, field in action.inputs.model_fields.items():
        if field.is_required() and key not in step.inputs:
            yield f"{step.action} wants the input {key!r}"
    for check in step.verify:
        if check.that not in action.outputs.model_fields:
            yield f"{step.action} has no output {check.that!r}; it has: {', '.join(action.outputs.model_fields)}"
        if len({"equals", "at_least", "at_most"} & check.model_fields_set) != 1:
            yield f"the check on {check.that!r} wants exactly one of equals, at_least, at_most"
    for reference in references_in([dict(step.inputs), [check.model_dump() for check in step.verify]]):
        problem = _reference_problem(reference.split("."), outputs, earlier)
        if problem:
            yield problem


def _reference_problem(parts: list[str], outputs: Mapping[str, Any], earlier: Mapping[str, Action]) -> str | None:
    root, name, *rest = parts
    if root == "outputs":
        return None if name in outputs else f"the stack has no output {name!r}"
    if root == "steps":
        if name not in earlier:
            return f"no earlier step is called {name!r}"
        return None if rest and rest[0] in earlier[name].outputs.model_fields else f"the step {name!r} has no output {'.'.join(rest)!r}"
    if root == "drill":
        return None if name in DRILL_FACTS else f"a drill knows no {name!r}; it knows: {', '.join(sorted(DRILL_FACTS))}"
    return f"a reference begins with outputs, steps or drill, not {root!r}"
