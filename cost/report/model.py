"""The report as data: what `plinth cost report --json` prints, and all that its page and Markdown are made of.

Money is in the report's currency. `cost` names the cost kind that one-figure fields are in; `Costs` has all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, SkipValidation

from cost.allocate.chargeback import Chargeback
from cost.allocate.model import Allocation
from cost.bill.model import BillWarning, CommitmentSummary, Completeness, Costs
from cost.insight.forecast_model import Forecast
from cost.insight.model import Anomaly, Change, DailySpend, GroupSpend, Mover, Part, Untagged, Window
from cost.insight.money_model import Budgets, Close, Commitments, Coverage, Formulas, Transfer
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


class ResourceSpend(Part):
    """A resource of one group, service and account; `resource` is empty for charges without one, `(other)` for `resources` of them added up."""

    group: str
    service: str
    account: str
    resource: str
    detail: str
    resources: int
    total: Costs
    current: Costs
    previous: Costs | None


@dataclass(frozen=True)
class Slot:
    """A day of a billing period; of the months before the compared ones, the whole month at its first day."""

    period: date
    day: date
    daily: bool


@dataclass(frozen=True)
class View:
    """A choice of days: which slots they are, and what they are compared with on equal days, if anything."""

    id: str
    label: str
    slots: tuple[int, ...]
    previous: str | None


@dataclass(frozen=True)
class FactRow:
    """A resource (or the rest of them) with its amounts: `days` per cost kind and slot, `before` per cost kind and view."""

    spend: ResourceSpend
    days: tuple[tuple[float, ...], ...]
    before: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Facts:
    """What the page holds of the bill. The first view is the one that the report is about."""

    slots: tuple[Slot, ...]
    views: tuple[View, ...]
    rows: tuple[FactRow, ...]


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
    by_account: tuple[GroupSpend, ...]
    daily: tuple[DailySpend, ...] = Field(description="the dearest 12 groups and 16 services by day, the rest `(other)`")
    resources: tuple[ResourceSpend, ...]
    untagged: Untagged
    commitments: tuple[CommitmentSummary, ...]
    recommendations: Recommendations | None
    completeness: Completeness
    warnings: tuple[BillWarning, ...]
    commitment_use: Commitments | None = Field(default=None, description="None where it was not asked for; so are the parts below")
    transfer: Transfer | None = None
    forecast: Forecast | None = None
    tag_coverage: Coverage | None = None
    close: Close | None = None
    formulas: Formulas | None = None
    budgets: Budgets | None = None
    allocation: Allocation | None = None
    chargeback: Chargeback | None = None
    facts: Annotated[Facts | None, SkipValidation] = Field(
        default=None, exclude=True, repr=False, description="what the page holds of the bill; no part of the JSON, so None in a report that was read from it"
    )
