"""What every settings model shares: strict frozen fields, each saying what changing it later does."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Change(StrEnum):
    """What changing a field of a deployed environment does; `plinth plan` prints it."""

    IN_PLACE = "in place"
    ROLLING = "rolling"
    REPLACES = "replaces"
    FORBIDDEN = "forbidden"


class Settings(BaseModel):
    """A settings model: frozen, and an unknown key is a problem rather than silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def setting(*, change: Change, description: str, **constraints: Any) -> Any:
    """A settings field: `change` says what altering it later does; `constraints` are pydantic's (default, ge, le, pattern …)."""
    return Field(description=description, json_schema_extra={"change": change.value}, **constraints)
