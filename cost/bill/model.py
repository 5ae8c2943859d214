"""A bill as data: the charge table with where it came from, and the summary that `plinth cost bill --json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from cost.bill.charge_table import Frame
    from cost.bill.engine import Engine
    from cost.bill.tags import TagKey


class BillWarning(BaseModel):
    """Something in the bill that a reader of its totals must know: how many rows and how much money it touches."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    rows: int = 0
    amount: float | None = None


@dataclass(frozen=True)
class Bill:
    """A bill read whole: `charges` is the charge table (cost.bill.charge_table.SCHEMA), lazily queried through `engine`.

    `rows` counts bill lines; `charges` has more rows than lines where a commitment's fee became its purchase and its unused part.
    `synthetic` is true where Plinth's own generator wrote the bill: every output must say so.
    """

    charges: Frame
    engine: Engine
    files: tuple[Path, ...]
    format: str
    rows: int
    currency: str
    tag_keys: tuple[TagKey, ...]
    synthetic: bool
    warnings: tuple[BillWarning, ...] = ()


class Costs(BaseModel):
    """One amount per cost kind, in the bill's currency. `list` and `contracted` leave out the purchase of commitments, whose covered
    usage carries the same money (FOCUS 1.2, ListCost)."""

    model_config = ConfigDict(frozen=True)

    billed: float
    list: float
    contracted: float
    unblended: float
    amortized: float
    net_amortized: float
    trueup: float
    upfront: float


class Totals(Costs):
    """The whole bill: the cost kinds, and how much of the billed cost is tax and how much is credit."""

    tax: float
    credit: float


class TagSummary(BaseModel):
    """Spend by one tag's values; `""` is untagged. `coverage` is the share of the amortized cost of usage that carries the tag."""

    model_config = ConfigDict(frozen=True)

    coverage: float | None
    values: Mapping[str, Costs]


class CommitmentSummary(BaseModel):
    """One savings plan or reservation: used + unused is what it costs, amortized, in the bill's time."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str | None
    purchased: float
    used: float | None
    unused: float | None
    utilisation: float | None


class DayRange(BaseModel):
    """Days from `first` to `last`, both included."""

    model_config = ConfigDict(frozen=True)

    first: date
    last: date


class AccountCompleteness(BaseModel):
    """Which days of one billing period have usage in one account: `missing` are days within it that have none."""

    model_config = ConfigDict(frozen=True)

    account: str
    period: str
    first_day: date
    last_day: date
    days: int
    days_in_period: int
    missing: tuple[DayRange, ...]


class PeriodCompleteness(BaseModel):
    """One billing period: open where it has no invoice yet or its usage stops before its end."""

    model_config = ConfigDict(frozen=True)

    period: str
    open: bool
    invoiced: bool
    last_usage: date | None


class Completeness(BaseModel):
    """Whether the bill covers the months it claims to."""

    model_config = ConfigDict(frozen=True)

    periods: tuple[PeriodCompleteness, ...]
    accounts: tuple[AccountCompleteness, ...]


class BillSummary(BaseModel):
    """What `plinth cost bill --json` prints: totals by every cost kind, what they are made of, and what is not known."""

    model_config = ConfigDict(frozen=True)

    files: tuple[str, ...]
    format: str
    synthetic: bool
    rows: int
    currency: str
    periods: tuple[str, ...]
    totals: Totals
    by_service: Mapping[str, Costs]
    by_charge_category: Mapping[str, Costs]
    by_line_item_type: Mapping[str, Costs]
    tags: Mapping[str, TagSummary]
    commitments: tuple[CommitmentSummary, ...]
    completeness: Completeness
    warnings: tuple[BillWarning, ...]
