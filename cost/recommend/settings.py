"""How sizes are judged: percentile, headroom, lookback, with the choices that AWS Compute Optimizer offers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from cost.recommend.model import Specification
from plinth.errors import UsageError

PERCENTILES = {"P90": 90.0, "P95": 95.0, "P99.5": 99.5}
CPU_HEADROOMS = (0, 20, 30)
MEMORY_HEADROOMS = (10, 20, 30)
LOOKBACK_DAYS = (14, 32, 93)
MINIMUM_HOURS = 30.0
"""Hours of metrics that a size is judged on at least. Source of all five: AWS Compute Optimizer user guide,
rightsizing preferences, lookback period and resource requirements (botocore compute-optimizer 2019-11-01 for the choices)."""


class Settings(BaseModel):
    """The rightsizing preferences. Network and GPU duty take the CPU's percentile and headroom; memory and GPU memory their maximum."""

    model_config = ConfigDict(frozen=True)

    percentile: str = "P99.5"
    cpu_headroom: int = 20
    memory_headroom: int = 20
    lookback: int = 14
    graviton: bool = False
    minimum_hours: float = MINIMUM_HOURS

    def percentile_of(self, specification: Specification) -> float:
        """The percentile that a specification is sized on: 100 for memory, whose peak is a hard limit (a process that does not fit is killed)."""
        return 100.0 if specification in (Specification.MEMORY, Specification.GPU_MEMORY) else PERCENTILES[self.percentile]

    def headroom_of(self, specification: Specification) -> float:
        """The headroom of a specification as a fraction of its demand."""
        return (self.memory_headroom if specification in (Specification.MEMORY, Specification.GPU_MEMORY) else self.cpu_headroom) / 100


def checked_settings(percentile: str, cpu_headroom: int, memory_headroom: int, lookback: int, *, graviton: bool = False) -> Settings:
    """Settings from the command line. Raises UsageError with the choices where one is not offered."""
    for option, value, choices in (
        ("--percentile", percentile, tuple(PERCENTILES)),
        ("--cpu-headroom", cpu_headroom, CPU_HEADROOMS),
        ("--memory-headroom", memory_headroom, MEMORY_HEADROOMS),
        ("--lookback", lookback, LOOKBACK_DAYS),
    ):
        if value not in choices:
            raise UsageError(f"{option} has no such choice", where=option, value=value, fix=f"give one of {', '.join(str(choice) for choice in choices)}")
    return Settings(percentile=percentile, cpu_headroom=cpu_headroom, memory_headroom=memory_headroom, lookback=lookback, graviton=graviton)
