"""What a tour leaves: its steps with their figures and files. `plinth demo --json` prints it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class DemoStep(BaseModel):
    """One step: what it showed in a line, whether that is as it should be, and the files it wrote, relative to the output folder."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    headline: str
    fine: bool
    seconds: float
    files: tuple[str, ...] = ()


class DemoSummary(BaseModel):
    """The whole tour. The bill and the metrics are generated, never a real account's; `fine` is whether every step was."""

    model_config = ConfigDict(frozen=True)

    environment: str
    out: Path
    synthetic: bool = True
    steps: tuple[DemoStep, ...]
    seconds: float

    @property
    def fine(self) -> bool:
        """Whether every step showed what it should."""
        return all(step.fine for step in self.steps)
