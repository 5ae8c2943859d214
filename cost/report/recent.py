"""The anomalies that a report is about: those of its current window, and those that began in the window before and go on."""

from __future__ import annotations

from typing import Final

from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.insight import anomalies as analysis
from cost.insight.model import Anomaly
from cost.insight.windows import Windows

LISTED: Final = 5


def recent_anomalies(engine: Engine, table: Frame, cost: str, windows: Windows) -> tuple[tuple[Anomaly, ...], str]:
    """What was unusual in the report's windows, what cost too much first, at most LISTED; and sentences that say how and where it was looked for."""
    steady = analysis._steady(table, windows)
    series = analysis._series(engine, steady, cost, None)
    found, note = analysis._anomalies(engine, steady, cost, series, (windows.previous or windows.current).first, analysis.ALL)
    kept = [each for each in found if is_recent(each, windows)]
    if len(series.days) < analysis.MINIMUM_DAYS:
        return (), note
    more = f" {len(kept) - LISTED} smaller {'one of them is' if len(kept) == LISTED + 1 else 'ones of them are'} not listed." if len(kept) > LISTED else ""
    return tuple(kept[:LISTED]), f"{note} {_scope(windows)}{more}"


def is_recent(found: Anomaly, windows: Windows) -> bool:
    """Whether it touches the current window, or began in the one before and goes on."""
    began = windows.previous is not None and found.first_day >= windows.previous.first
    return found.last_day >= windows.current.first or (began and found.ongoing)


def _scope(windows: Windows) -> str:
    before = f", and what began in {windows.previous.label} and goes on" if windows.previous else ""
    return f"Listed is what was unusual in {windows.current.label}{before}; plinth cost anomalies lists earlier ones too."
