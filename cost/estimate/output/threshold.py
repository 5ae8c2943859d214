"""The change below which a report says nothing: an amount a month, or a part of what was there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cost.estimate.model import Comparison, Estimate, Verdict
from plinth.errors import UsageError


@dataclass(frozen=True)
class Threshold:
    """USD a month, or percent of the cost before."""

    value: float
    percent: bool

    def hides(self, estimate: Estimate) -> bool:
        """Whether the change is below the threshold in every figure: floor, expected and ceiling.

        What can't be told is not hidden: a resource that is not priced, a percentage of nothing or of a part; nor is a guardrail that failed.
        """
        comparison = estimate.comparison
        if comparison is None or any(change.undecided for change in comparison.changes):
            return False
        if any(result.verdict is Verdict.FAILED for result in estimate.guardrails):
            return False
        return all(self._below(comparison, name) for name in ("min", "expected", "max"))

    def _below(self, comparison: Comparison, figure: str) -> bool:
        moved, before = abs(getattr(comparison.difference, figure)), getattr(comparison.before, figure)
        if not self.percent:
            return moved < self.value
        if moved == 0:
            return True
        return not comparison.partial and before > 0 and 100 * moved / before < self.value


def parse_threshold(text: str) -> Threshold:
    """`25` is USD a month, `5%` a part of what was there. Raises UsageError for anything else."""
    number = text.strip().removesuffix("%").strip()
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise UsageError("the threshold is no amount and no percentage", where="--threshold", value=text, fix="write 25 for USD a month, or 5%")
    return Threshold(value, text.strip().endswith("%"))
