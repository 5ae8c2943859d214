"""Savings plans and reservations: purchased, used, unused; coverage of what they could cover; the effective savings rate.

Effective savings rate = 1 - what was paid for eligible usage, unused commitment included / the same usage at public on-demand prices.
Sources: FinOps Foundation, "How to Calculate Effective Savings Rate (ESR)" (finops.org/wg) and ProsperOps, "Effective Savings Rate"; spot is
left out as there, and negotiated discounts are in the net rate only. Utilisation and what is eligible: facts/cost.md 3.3 (CSP.sql,
compute_savings_plan_eligible_spend.sql).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import ibis

from cost.bill.charge_table import ZERO, ChargeCategory, ChargeFrequency, CommitmentStatus, Frame, PurchaseOption
from cost.bill.groups import OTHER
from cost.bill.line_items import DISCOUNT_TYPES
from cost.bill.model import Bill
from cost.insight.money_model import Commitments, CommitmentScope, CommitmentUse

LISTED: Final = 50
UNPRICED_SHARE: Final = Decimal("0.01")
"""A scope with more of its cost than this without a public price has no savings rate."""
CENT: Final = Decimal("0.01")
FEES: Final = ("SavingsPlanRecurringFee", "RIFee")
PLAN: Final = "SavingsPlan"
"""The type of a plan's line that does not say which kind of plan it is: negations do not."""
OTHER_SCOPE: Final = "Other"
ALL: Final = "all"


@dataclass(frozen=True)
class Scope:
    """Usage that one kind of commitment can cover: product codes, the usage types of them, and the words that name such commitments."""

    name: str
    products: tuple[str, ...]
    usage_type: str
    commitment: str


SCOPES: Final = (
    Scope("SageMaker", ("AmazonSageMaker",), r":ml\.", r"sagemaker"),
    Scope(
        "Databases",
        ("AmazonRDS", "AmazonElastiCache", "AmazonES", "AmazonRedshift", "AmazonMemoryDB"),
        r"(InstanceUsage|Multi-AZUsage|NodeUsage|ESInstance|Node):",
        r"database|rds|elasticache|amazones|redshift|memorydb|dynamodb",
    ),
    Scope(
        "Compute",
        ("AmazonEC2", "AWSLambda", "AmazonECS", "AmazonEKS"),
        r"(BoxUsage|DedicatedUsage|HostUsage|UnusedBox|UnusedDed)|Lambda-(GB-Second|Provisioned)|Fargate-(ARM-|Windows-)?(vCPU|GB)-Hours",
        r"compute|ec2",
    ),
)  # fmt: skip
"""In order. Databases are instance and node hours: what a Database Savings Plan covers beyond them counts where it is covered only."""


def commitments(bill: Bill) -> Commitments:
    """What the bill's savings plans and reservations cost, how much of them was used, and what they save."""
    charges = bill.charges
    rows = sorted(bill.engine.rows(by_commitment(charges)), key=lambda row: (-(row["recurring"] + row["amortized_upfront"]), row["id"]))
    uses = [_use(row) for row in rows]
    listed = uses if len(uses) <= LISTED else [*uses[: LISTED - 1], _sum(uses[LISTED - 1 :], OTHER)]
    found = {row["scope"]: row for row in bill.engine.rows(by_scope(charges))}
    names = [scope.name for scope in (*SCOPES[::-1], Scope(OTHER_SCOPE, (), "", "")) if scope.name in found]
    return Commitments(
        commitments=tuple(listed),
        total=_sum(uses, "total") if uses else None,
        scopes=tuple(_scope(name, found[name]) for name in names),
        all_scopes=_all_scopes(found),
    )


def by_commitment(charges: Frame) -> Frame:
    """One row a commitment: its fees, what was used and unused of it, and what its covered usage costs at public prices.

    The amortized upfront fee is minus its trueup: of the fee lines of a Cost and Usage Report; of all its lines where FOCUS was read.
    """
    owned = charges.filter(charges["CommitmentDiscountId"].notnull())
    category, status = owned["ChargeCategory"], owned["CommitmentDiscountStatus"].fill_null("")
    purchase = category == ChargeCategory.PURCHASE.value
    recurring = purchase & (owned["ChargeFrequency"] == ChargeFrequency.RECURRING.value)
    used, unused = status == CommitmentStatus.USED.value, status == CommitmentStatus.UNUSED.value
    fee = owned["x_line_item_type"].isin(FEES) & purchase
    public, amortized, kind = owned["x_public_on_demand_cost"], owned["x_amortized_cost"], owned["CommitmentDiscountType"]
    return owned.group_by(id=owned["CommitmentDiscountId"]).aggregate(
        type=ibis.coalesce(kind.max(where=kind != PLAN), kind.max()),
        payment_option=owned["x_payment_option"].max(),
        recurring=_sum_of(owned["x_unblended_cost"], recurring),
        amortized_upfront=(-owned["x_trueup_cost"]).sum().fill_null(ZERO),
        used=_sum_of(amortized, used),
        unused=_sum_of(amortized, unused),
        plan_total=owned["x_commitment_total_cost"].sum(where=fee),
        plan_used=owned["x_commitment_used_cost"].sum(where=fee),
        covered=_sum_of(public, used),
        unpriced=_sum_of(amortized, used & ~_priced(owned)),
        fees=(recurring | (owned["x_trueup_cost"] != ZERO)).ifelse(1, 0).sum(),
        not_amortized=(fee & owned["x_charge_part"].isnull()).ifelse(1, 0).sum(),
        first=owned["ChargePeriodStart"].min(where=used | recurring),
        end=owned["ChargePeriodEnd"].max(where=used | recurring),
        any_first=owned["ChargePeriodStart"].min(),
        any_end=owned["ChargePeriodEnd"].max(),
    )


def _sum_of(column: Any, where: Any) -> Any:
    return column.sum(where=where).fill_null(ZERO)


def _priced(charges: Frame) -> Any:
    """Whether the bill gives a public price; a public cost of 0 for usage that cost something is none."""
    return charges["x_public_on_demand_cost"].fill_null(ZERO) > ZERO


def _use(row: Mapping[str, Any]) -> CommitmentUse:
    amortized = not row["not_amortized"]
    purchased = row["recurring"] + row["amortized_upfront"] if row["fees"] else None
    used, unused = (row["used"], row["unused"]) if amortized else (None, None)
    whole = None if used is None or not row["fees"] else used + unused
    difference = None if purchased is None or whole is None else purchased - whole
    covered = row["covered"] if not row["unpriced"] and row["covered"] else None
    first, end = row["first"] or row["any_first"], row["end"] or row["any_end"]
    return CommitmentUse(
        id=row["id"],
        type=row["type"] or "commitment",
        payment_option=row["payment_option"],
        recurring=_float(row["recurring"]) if row["fees"] else None,
        upfront_amortized=_float(row["amortized_upfront"]) if row["fees"] else None,
        purchased=_float(purchased),
        used=_float(used),
        unused=_float(unused) if row["fees"] else None,
        difference=_float(difference),
        utilisation=_utilisation(row, used, whole),
        covered_on_demand=_float(covered),
        saved=_float(covered - whole) if covered is not None and whole is not None else None,
        first_day=first.date(),
        last_day=(end - timedelta(microseconds=1)).date(),
        notes=tuple(_notes(row, difference)),
    )


def _utilisation(row: Mapping[str, Any], used: Decimal | None, whole: Decimal | None) -> float | None:
    if row["plan_total"] and row["plan_used"] is not None:
        return float(row["plan_used"] / row["plan_total"])
    return float(used / whole) if used is not None and whole else None


def _notes(row: Mapping[str, Any], difference: Decimal | None) -> list[str]:
    notes: list[str] = []
    if not row["fees"]:
        notes.append("its recurring fee is not in this bill: it was bought in another account or month, or paid upfront; purchase and unused part are unknown")
    if row["not_amortized"]:
        notes.append("the bill lacks the columns to amortize it: used and unused are unknown")
    if row["unpriced"]:
        notes.append(f"covered usage of {float(row['unpriced']):,.2f} has no public price: what it saves is unknown")
    if difference is not None and abs(difference) >= CENT:
        notes.append("used + unused is not the purchase: the bill's own columns disagree, or do not give the amortized upfront fee")
    return notes


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _sum(uses: Sequence[CommitmentUse], name: str) -> CommitmentUse:
    """Several commitments as one; what is unknown of one is unknown of all."""

    def add(value: Callable[[CommitmentUse], float | None]) -> float | None:
        values = [value(use) for use in uses]
        return None if None in values else sum(each for each in values if each is not None)

    used, unused = add(lambda use: use.used), add(lambda use: use.unused)
    whole = None if used is None or unused is None else used + unused
    unknown = sum(1 for use in uses if use.notes)
    return CommitmentUse(
        id=name,
        type="1 commitment" if len(uses) == 1 else f"{len(uses)} commitments",
        payment_option=None,
        recurring=add(lambda use: use.recurring),
        upfront_amortized=add(lambda use: use.upfront_amortized),
        purchased=add(lambda use: use.purchased),
        used=used,
        unused=unused,
        difference=add(lambda use: use.difference),
        utilisation=used / whole if used is not None and whole else None,
        covered_on_demand=add(lambda use: use.covered_on_demand),
        saved=add(lambda use: use.saved),
        first_day=min(use.first_day for use in uses),
        last_day=max(use.last_day for use in uses),
        notes=(f"{unknown} of them have notes of their own",) if unknown else (),
    )


# Scopes

SCOPE_SUMS: Final = ("covered", "eligible", "paid", "net_paid", "unpriced", "discounts")


def scope_of(charges: Frame) -> Any:
    """The scope of usage that is covered or could be, and of the unused part of a commitment; null for all else."""
    status = charges["CommitmentDiscountStatus"].fill_null("")
    usage_type: Any = ibis.coalesce(charges["x_usage_type"], charges["SkuMeter"], ibis.literal(""))
    product: Any = ibis.coalesce(charges["x_product_code"], charges["x_service_code"])
    used, unused = status == CommitmentStatus.USED.value, status == CommitmentStatus.UNUSED.value
    words: Any = (charges["CommitmentDiscountType"].fill_null("") + ibis.literal(" ") + product.fill_null("")).lower()
    open_usage = _on_demand(charges)
    cases: list[tuple[Any, Any]] = [(unused & words.re_search(scope.commitment), scope.name) for scope in SCOPES]
    cases += [(~unused & product.isin(scope.products) & usage_type.re_search(scope.usage_type), scope.name) for scope in SCOPES]
    known: Any = ibis.cases(*cases, else_=ibis.null("string"))
    return ibis.cases((used | unused, known.fill_null(OTHER_SCOPE)), (open_usage, known), else_=ibis.null("string"))


def _on_demand(charges: Frame) -> Any:
    """Usage that no commitment covers, neither spot nor free, nor a discount line."""
    usage = (charges["ChargeCategory"] == ChargeCategory.USAGE.value) & charges["CommitmentDiscountId"].isnull() & ~charges["x_folded"]
    lines = ~charges["x_line_item_type"].isin(DISCOUNT_TYPES) & (charges["x_unblended_cost"] != ZERO)
    return usage & lines & (charges["x_purchase_option"] == PurchaseOption.ON_DEMAND.value)


def by_scope(charges: Frame) -> Frame:
    """One row a scope: covered and eligible usage at public prices, and what was paid for it."""
    scoped = charges.mutate(scope=scope_of(charges), priced=_priced(charges))
    found = scoped.filter(scoped["scope"].notnull())
    status = found["CommitmentDiscountStatus"].fill_null("")
    used, unused = status == CommitmentStatus.USED.value, status == CommitmentStatus.UNUSED.value
    public, priced = found["x_public_on_demand_cost"], found["priced"]
    counted = priced | unused
    discount = found["x_amortized_cost"] - found["x_net_amortized_cost"]
    return found.group_by("scope").aggregate(
        covered=_sum_of(public, used & priced),
        eligible=_sum_of(public, ~used & ~unused & priced),
        paid=_sum_of(found["x_amortized_cost"], counted),
        net_paid=_sum_of(found["x_net_amortized_cost"], counted),
        unpriced=_sum_of(found["x_amortized_cost"], ~counted),
        discounts=_sum_of(discount, counted),
    )


def _all_scopes(found: Mapping[str, Mapping[str, Any]]) -> CommitmentScope:
    """All scopes as one; what else a commitment of `Other` could cover is unknown, so the coverage is without it."""

    def added(rows: Iterable[Mapping[str, Any]]) -> CommitmentScope:
        kept = list(rows)
        return _scope(ALL, {key: sum((row[key] for row in kept), Decimal(0)) for key in SCOPE_SUMS})

    whole = added(found.values())
    if OTHER_SCOPE not in found:
        return whole
    known = added(row for name, row in found.items() if name != OTHER_SCOPE)
    coverage = known.coverage if whole.coverage is not None else None
    return whole.model_copy(update={"coverage": coverage, "notes": (*whole.notes, f"the coverage is without {OTHER_SCOPE}, of which it is unknown")})


def _scope(name: str, row: Mapping[str, Any]) -> CommitmentScope:
    public = row["covered"] + row["eligible"]
    known = bool(public) and abs(row["unpriced"]) <= UNPRICED_SHARE * abs(row["paid"] + row["unpriced"])
    notes: list[str] = []
    if not public and not row["unpriced"]:
        notes.append("no usage that a commitment covers or could cover")
    elif not known:
        notes.append(f"usage of {float(row['unpriced']):,.2f} has no public price in the bill: coverage and savings rates are unknown")
    if name == OTHER_SCOPE:
        notes.append("covered usage of which no rule says what else the commitment could cover: its coverage is of itself")
    if known and name == ALL and not row["discounts"]:
        notes.append("the bill has no net costs for this usage: the net rates are the gross ones")
    return CommitmentScope(
        name=name,
        covered_on_demand=_float(row["covered"]) if known else None,
        eligible_on_demand=_float(row["eligible"]) if known else None,
        coverage=float(row["covered"] / public) if known and name != OTHER_SCOPE else None,
        paid=_float(row["paid"]) if known else None,
        net_paid=_float(row["net_paid"]) if known else None,
        effective_savings_rate=float(1 - row["paid"] / public) if known else None,
        net_effective_savings_rate=float(1 - row["net_paid"] / public) if known else None,
        unpriced=float(row["unpriced"]),
        notes=tuple(notes),
    )
