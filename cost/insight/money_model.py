"""What the insights about money give: frozen models of commitments, data transfer, formulas, budgets, tag coverage and the month's close.

Money is in the bill's currency. None means not known, and a note beside it says why; it never stands for nothing.
Lists are limited: what is beyond the limit is added up under `(other)`, so that each list adds up to its total.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from cost.bill.model import Costs
from cost.insight.model import Change, Contribution, Part

# Commitments


class CommitmentUse(Part):
    """One savings plan or reservation in the bill's time. `purchased` = `recurring` + `upfront_amortized` = `used` + `unused` + `difference`."""

    id: str = Field(description="the ARN; `(other)` for all commitments that are not listed")
    type: str
    payment_option: str | None
    recurring: float | None = Field(description="recurring fees billed in this time")
    upfront_amortized: float | None = Field(description="the part of upfront fees that falls on this time")
    purchased: float | None
    used: float | None
    unused: float | None
    difference: float | None = Field(description="purchased - used - unused: 0 where the bill's own columns agree")
    utilisation: float | None = Field(description="plan: used / total commitment of its recurring fee lines; reservation: used / (used + unused)")
    covered_on_demand: float | None = Field(description="what the covered usage costs at public on-demand prices")
    saved: float | None = Field(description="covered_on_demand - used - unused")
    first_day: date
    last_day: date
    notes: tuple[str, ...] = ()


class CommitmentScope(Part):
    """One kind of usage that commitments can cover. Shares are of public on-demand prices."""

    name: str
    covered_on_demand: float | None = Field(description="covered usage at public on-demand prices")
    eligible_on_demand: float | None = Field(description="usage that could be covered and is not, at public on-demand prices")
    coverage: float | None = Field(description="covered_on_demand / (covered_on_demand + eligible_on_demand)")
    paid: float | None = Field(description="amortized cost of covered and eligible usage, and the unused part of commitments")
    net_paid: float | None = Field(description="the same after negotiated discounts")
    effective_savings_rate: float | None = Field(description="1 - paid / (covered_on_demand + eligible_on_demand)")
    net_effective_savings_rate: float | None = Field(description="1 - net_paid / (covered_on_demand + eligible_on_demand)")
    unpriced: float = Field(description="amortized cost of such usage without a public price: in no share above")
    notes: tuple[str, ...] = ()


class Commitments(Part):
    """What commitments cost, what of them was used, and what they save."""

    commitments: tuple[CommitmentUse, ...] = Field(description="the largest first")
    total: CommitmentUse | None = Field(description="all of them; None where the bill has none")
    scopes: tuple[CommitmentScope, ...]
    all_scopes: CommitmentScope


# Data transfer


class TransferClass(Part):
    """One kind of network spend. `gb` counts lines in units of bytes only, `hours` lines in hours."""

    name: str
    meaning: str
    source: str
    amount: float
    gb: float | None
    gb_amount: float | None = Field(description="the cost of the lines that `gb` counts")
    cost_per_gb: float | None = Field(description="gb_amount / gb")
    hours: float | None
    lines: int
    usage_types: tuple[Contribution, ...] = Field(description="`detail` is the operation")
    resources: tuple[Contribution, ...]
    groups: tuple[Contribution, ...]
    notes: tuple[str, ...] = ()


class NatHint(Part):
    """Traffic through NAT gateways that a gateway endpoint may avoid. It is a bound: the bill does not say which way the traffic took."""

    account: str
    region: str
    nat_gb: float
    nat_amount: float
    same_region_gb: float = Field(description="what Amazon S3 and DynamoDB exchanged with the Region's own instances")
    at_most: float = Field(description="min(nat_gb, same_region_gb) x the NAT gateways' cost per GB")
    text: str


class Transfer(Part):
    """All network spend of the bill by class, the dearest first. The classes add up to `amount`."""

    cost: str
    tag: str
    amount: float
    share_of_usage: float | None
    classes: tuple[TransferClass, ...]
    unclassified: tuple[Contribution, ...] = Field(description="usage types that look like network and match no rule; `detail` is the operation")
    nat_hints: tuple[NatHint, ...]


# Formulas


class FormulaRow(Part):
    """One line item type under each formula; None where the table can't tell."""

    line_item_type: str
    lines: int
    values: Mapping[str, float | None]
    trueup: float
    upfront: float


class ToolFormula(Part):
    """One formula: what it is, where it is written, and why its total differs from our amortized cost on this bill."""

    name: str
    formula: str
    source: str
    total: float | None
    difference: float | None = Field(description="its total - our amortized total")
    reason: str
    not_reproduced: tuple[str, ...] = Field(description="what of the tool's formula the charge table can't tell on this bill")


class InvoiceTotal(Part):
    """What one invoice comes to: the sum of its BilledCost (FOCUS 1.2, InvoiceId). `invoice` is None for what is not invoiced yet."""

    invoice: str | None
    issuer: str
    periods: tuple[str, ...]
    lines: int
    billed: float
    tax: float
    credit: float


class Formulas(Part):
    """Why our amortized total is not the one another tool shows. In total: unblended = amortized + trueup + upfront."""

    names: tuple[str, ...] = Field(description="the keys of `values`, in order")
    rows: tuple[FormulaRow, ...]
    totals: FormulaRow
    tools: tuple[ToolFormula, ...]
    invoices: tuple[InvoiceTotal, ...]


# Budgets

BudgetState = Literal["ok", "warning", "over", "unknown"]


class BudgetScope(Part):
    """What a budget is for: all of the named dimensions must match, any of the values of one. An empty scope is the whole bill."""

    tags: Mapping[str, tuple[str, ...]] = {}
    accounts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class Budget(Part):
    """One entry of a budgets file: an amount for each month, or once for the days from `first` to `last`."""

    name: str
    amount: float
    currency: str
    cost: str = "amortized"
    scope: BudgetScope = BudgetScope()
    thresholds: tuple[float, ...] = (80.0, 100.0)
    owner: str = ""
    first: date | None = None
    last: date | None = None


class BudgetResult(Part):
    """A budget against the bill, for one month or for its days.

    `over`: the actual cost is above the amount. `warning`: a threshold is reached, or the expected end is above the amount. `unknown`: the
    bill lacks the scope's tag, or some of the days so far, and what it has of them is not over.
    """

    name: str
    owner: str
    period: str
    cost: str
    amount: float
    actual: float | None
    percent: float | None
    state: BudgetState
    thresholds_reached: tuple[float, ...]
    days: int
    days_seen: int = Field(description="days of the period from the bill's first day of usage, or the period's, to the bill's last")
    planned_by_now: float = Field(description="amount x days_seen / days")
    expected: float | None = Field(description="the cost at the period's end")
    expected_from: Literal["actual", "forecast", "linear"] | None
    note: str = ""


class Budgets(Part):
    """All budgets against the bill."""

    currency: str
    results: tuple[BudgetResult, ...]
    unbudgeted_months: tuple[str, ...] = Field(description="months of the bill that are older than those shown")


# Tag coverage


class KeyShare(Part):
    """How much of the usage that could carry a tag carries this key."""

    key: str
    required: bool
    tagged: float
    coverage: float | None


class CoveragePart(Part):
    """One service or account: how much of its taggable usage carries the key."""

    name: str
    amount: float
    tagged: float
    coverage: float | None


class MonthCoverage(Part):
    """One month of one key."""

    period: str
    amount: float
    tagged: float
    coverage: float | None


class KeyCoverage(Part):
    """A required key: where it is missing, and how that went month by month."""

    key: str
    found: bool = Field(description="whether any charge of the bill carries the key")
    coverage: float | None
    by_service: tuple[CoveragePart, ...]
    by_account: tuple[CoveragePart, ...]
    by_month: tuple[MonthCoverage, ...]


class MissingTags(Part):
    """A resource that lacks required keys, and who to ask: its own team where it has one, else who made it, else who owns what is around it."""

    resource: str = Field(description="empty for usage without a resource id")
    service: str
    detail: str
    account: str
    amount: float
    missing: tuple[str, ...]
    ask: str


class Coverage(Part):
    """Tag coverage of usage that can carry tags; tax, fees, credits and the unused part of commitments can't."""

    cost: str
    taggable: float
    keys: tuple[KeyShare, ...]
    all_required: KeyShare = Field(description="usage that carries every required key")
    required: tuple[KeyCoverage, ...]
    incomplete: tuple[MissingTags, ...] = Field(description="the dearest resources that lack a required key")
    incomplete_not_listed: int
    incomplete_not_listed_amount: float


# Month close


class CloseChange(Part):
    """One service or line item type: this month against the month before on equal days."""

    name: str
    change: Change


class Correction(Part):
    """Charges of ChargeClass Correction: they mend an earlier month."""

    line_item_type: str
    service: str
    description: str
    lines: int
    amount: float


class CloseItem(Part):
    """One thing to see to before a month is closed."""

    code: str
    done: bool
    text: str


class MonthClose(Part):
    """One month: what it came to, what changed, and what is open."""

    period: str
    closed: bool = Field(description="invoiced, and its usage goes to its end")
    invoiced: bool
    invoices: int
    totals: Costs
    tax: float
    credits: float
    refunds: float
    one_time: float = Field(description="one-time purchases and upfront fees, as billed")
    corrections: float
    compared_with: str | None = Field(description="the month before in the bill; None for the first")
    change: Change | None = Field(description="in `cost`, on equal days")
    by_service: tuple[CloseChange, ...]
    by_line_item_type: tuple[CloseChange, ...]
    correction_lines: tuple[Correction, ...]
    checklist: tuple[CloseItem, ...]


class Close(Part):
    """The months of a bill, the newest first."""

    cost: str
    months: tuple[MonthClose, ...]
    months_not_shown: int
