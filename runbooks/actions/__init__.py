"""The actions that steps name: one table. Each has typed inputs and outputs, and does one thing to an AWS behind boto3 clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

Client = Callable[[str], Any]
"""Gives the boto3 client of a service: `client("s3")`."""


class Inputs(BaseModel):
    """An action's inputs: strict, so that a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Outputs(BaseModel):
    """An action's outputs, which later steps and the record read."""

    model_config = ConfigDict(frozen=True)


class ActionError(Exception):
    """An action could not do what it is for; the runner records the reason and may try again."""


@dataclass(frozen=True)
class Action:
    """An entry of the table: the function, and the models of what goes in and comes out."""

    run: Callable[[Client, Any], Outputs]
    inputs: type[Inputs]
    outputs: type[Outputs]
    writes: bool


def all_actions() -> dict[str, Action]:
    """Every action by the name that steps use."""
    from runbooks.actions import canary, s3

    return {**s3.ACTIONS, **canary.ACTIONS}
