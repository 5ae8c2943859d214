"""The report as data: what `plinth cost report --json` prints, and all that its page and Markdown are made of.

Money is in the report's currency. `cost` names the cost kind that one-figure fields are in; `Costs` has all of them.
"""

from __future__ import annotations

from pydantic import Field

from cost.bill.model import BillWarning, CommitmentSummary, Completeness, Costs
from cost.insight.model import Anomaly, Change, DailySpend, GroupSpend, Mover, Part, ResourceSpend, Untagged, Window
from cost.recommend.model import Recommendations


class Headline(Part):
    """What changed and why, first. On equal days means: the previous cost of what is counted in hours is multiplied by `scale`, all other by
    `month_scale` (a month's GB costs the same in every whole month), and a tax as the charges of its service."""

    sentence: str
    points: tuple[str, ...]
    current: Window
    previous: Window | None
    scale: float = Field(description="current days / previous days")
    month_scale: float = Field(description="the share of its month in the current window / the previous one's; 1 for whole months")
    change: Change | None
    totals: Costs = Field(description="the current window, by every cost kind")
    bill_totals: Costs = Field(description="all of the bill, by every cost kind")


class Report(Part):
    """What `plinth cost report --json` prints. Groups are the values of `tag`; every grouping adds up to the bill's total."""

    synthetic: bool
    files: tuple[str, ...]
    format: str
    rows: int
    currency: str
    tag: str
    cost: str
    headline: Headline
    movers: tuple[Mover, ...]
    other_movers: Mover | None = Field(description="all movers that are not listed, added up")
    anomalies: tuple[Anomaly, ...] = Field(description="the largest excess first: the spike")
    anomaly_note: str
    by_group: tuple[GroupSpend, ...]
    by_service: tuple[GroupSpend, ...]
    daily: tuple[DailySpend, ...]
    resources: tuple[ResourceSpend, ...]
    untagged: Untagged
    commitments: tuple[CommitmentSummary, ...]
    recommendations: Recommendations | None
    completeness: Completeness
    warnings: tuple[BillWarning, ...]
