"""What `plinth cost serve --json` prints once, when the page can be opened."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Served(BaseModel):
    """Where the live page is, and what can be chosen there."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(description="the page; 127.0.0.1 only")
    files: tuple[str, ...]
    format: str
    synthetic: bool
    rows: int
    tag: str
    months: tuple[str, ...] = Field(description="`YYYY-MM`, the newest first")
    teams: tuple[str, ...] = Field(description="the tag's values, the dearest first")
