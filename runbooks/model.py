"""A runbook as data: what it is for, what it promises, and its typed steps. The prose stays in the Markdown page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Phase(StrEnum):
    """When a step runs. PREPARE, FAULT and CLEAN_UP belong to a drill only; an incident starts at DETECT."""

    PREPARE = "prepare"
    FAULT = "fault"
    DETECT = "detect"
    RECOVER = "recover"
    VERIFY = "verify"
    CLEAN_UP = "clean_up"


class OnFailure(StrEnum):
    """What a step's failure means for the steps after it. Clean-up steps run in any case."""

    STOP = "stop"
    CONTINUE = "continue"


class Strict(BaseModel):
    """A frozen model in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(Strict):
    """One condition on a step's output: exactly one of the comparisons is set."""

    that: str = Field(description="The name of an output of this step.")
    equals: Any = None
    at_least: float | str | None = None
    at_most: float | str | None = None


class Step(Strict):
    """One typed step: an action, its inputs (literals or `${…}` references), what must be true after, and what failure means."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    phase: Phase
    action: str
    inputs: Mapping[str, Any] = {}
    verify: tuple[Check, ...] = ()
    attempts: int = Field(default=1, ge=1, le=10)
    on_failure: OnFailure = OnFailure.STOP
    line: int = Field(default=0, description="The line of the page on which the step begins.")
    heading: str = ""


class Objectives(Strict):
    """What the runbook promises: recovery time and recovery point, as ISO 8601 durations (`PT15M`)."""

    rto: timedelta
    rpo: timedelta


class Runbook(Strict):
    """A whole runbook. `sha256` is of the page's bytes, so that a record says which text was run."""

    name: str
    title: str
    scenario: str
    owner: str
    objectives: Objectives
    path: Path
    sha256: str
    steps: tuple[Step, ...]
