"""What a reader of the bill must know: everything noticed while reading it, as warnings with rows and amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, ChargeCategory, Frame
from cost.bill.completeness import completeness, label
from cost.bill.fold import COVERED, NEGATION
from cost.bill.line_items import DISCOUNT_TYPES, LINE_ITEM_TYPES
from cost.bill.model import Bill, BillWarning, Completeness
from cost.bill.tags import TagKey, normalise_tag_key

CENT: Final = Decimal("0.01")
ROUNDED_FROM: Final = 100
"""With fewer charges whole cents may be chance."""


def findings(bill: Bill, notes: tuple[BillWarning, ...]) -> Bill:
    """The bill with every warning about it, most important first; `notes` are what was noticed while its files were read."""
    types = {row["type"]: row for row in bill.engine.rows(by_type(bill.charges))}
    found = (
        *_synthetic(bill, types),
        *_unknown_types(types),
        *notes,
        *_several_folders(bill),
        *_rounded(types),
        *_open_negations(types),
        *_commitments(bill),
        *_identity(types),
        *_collisions(bill),
        *_completeness(bill),
        *_list_cost(types),
    )
    return replace(bill, warnings=found)


def by_type(charges: Frame) -> Frame:
    """Lines and unblended cost by line item type, with all else that is summed over the whole bill: one query costs less than five."""
    cost = charges["x_unblended_cost"]
    usage = (charges["ChargeCategory"] == ChargeCategory.USAGE.value) & (cost != Decimal(0))
    unpriced = usage & charges["x_public_on_demand_cost"].isnull() & ~charges["x_line_item_type"].isin(DISCOUNT_TYPES)
    open_negation = (charges["x_line_item_type"] == NEGATION) & ~charges["x_folded"]
    return charges.group_by(type=charges["x_line_item_type"]).aggregate(
        rows=lines(charges),
        amount=cost.sum(),
        usage_charges=usage.sum(),
        usage_rows=charges["x_lines"].sum(where=usage),
        usage_amount=cost.sum(where=usage),
        usage_cents=(usage & (cost.round(2) == cost)).sum(),
        unpriced_rows=charges["x_lines"].sum(where=unpriced),
        unpriced_amount=cost.sum(where=unpriced),
        open_rows=charges["x_lines"].sum(where=open_negation),
        open_amount=charges["BilledCost"].sum(where=open_negation),
        **{kind: charges[COST_KINDS[kind]].sum() for kind in ("amortized", "trueup", "upfront")},
    )


def _whole(types: Mapping[str, Any], measure: str) -> Decimal:
    """A measure of `by_type` over the whole bill."""
    return sum((row[measure] for row in types.values() if row[measure] is not None), Decimal(0))


def _several_folders(bill: Bill) -> Iterator[BillWarning]:
    """A payer's month from several folders may be two assemblies of one report: their line item ids need not be the same."""
    charges = bill.charges
    rows = charges.group_by("x_file", payer=charges["BillingAccountId"], period=charges["BillingPeriodStart"])
    months: dict[tuple[datetime, str], dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for row in bill.engine.rows(rows.aggregate(rows=lines(charges), amount=charges["x_unblended_cost"].sum()).order_by("period", "payer", "x_file")):
        folder = row["x_file"].rpartition("/")[0]
        before = months[row["period"], row["payer"]].get(folder, (0, Decimal(0)))
        months[row["period"], row["payer"]][folder] = (before[0] + row["rows"], before[1] + row["amount"])
    for (month, payer), folders in months.items():
        if len(folders) > 1:
            message = f"{label(month)} of account {payer} comes from {len(folders)} folders, added up: give only one if they are versions of one report"
            rows_of, amounts = zip(*folders.values(), strict=True)
            yield warning("several_folders", f"{message} ({', '.join(folders)})", sum(rows_of), sum(amounts, Decimal(0)))


def _rounded(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    """Costs that are all whole cents, though a bill has many: they were rounded by whoever exported them, so sums differ from the invoice."""
    charges = _whole(types, "usage_charges")
    if charges >= ROUNDED_FROM and charges == _whole(types, "usage_cents"):
        rows, amount = int(_whole(types, "usage_rows")), _whole(types, "usage_amount")
        yield warning("rounded_costs", "every cost is in whole cents: the bill was rounded, so small charges are lost", rows, amount)


def warning(code: str, message: str, rows: int = 0, amount: Decimal | None = None) -> BillWarning:
    """A warning with its lines and exact amount."""
    return BillWarning(code=code, message=message, rows=rows, amount=None if amount is None else float(amount))


def sums(types: Mapping[str, Any], names: Iterable[str]) -> tuple[int, Decimal]:
    """Lines and amount of the named line item types."""
    rows = [types[name] for name in names if name in types]
    return sum(row["rows"] for row in rows), sum((row["amount"] for row in rows), Decimal(0))


def _synthetic(bill: Bill, types: Mapping[str, Any]) -> Iterator[BillWarning]:
    if bill.synthetic:
        yield warning("synthetic", "this bill was generated by Plinth from an estimate: it is not an AWS bill", *sums(types, types))


def _unknown_types(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    for name in sorted(set(types) - set(LINE_ITEM_TYPES)):
        yield warning("unknown_line_item_type", f"line item type {name!r} is not known: carried at its unblended cost", *sums(types, [name]))


def lines(table: Frame, column: str = "x_lines") -> Any:
    """How many lines of the bill the rows are."""
    return table[column].sum().fill_null(0)


def _open_negations(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    amount = _whole(types, "open_amount")
    if abs(amount) >= CENT:
        message = "savings plan negations do not cancel the usage that they cover; the rest stays billed"
        yield warning("negation_not_balanced", message, int(_whole(types, "open_rows")), amount)


def _commitments(bill: Bill) -> Iterator[BillWarning]:
    charges = bill.charges
    plans = charges.group_by("CommitmentDiscountId").aggregate(
        rows=lines(charges),
        covered=charges["x_amortized_cost"].sum(where=charges["x_line_item_type"] == COVERED),
        used=charges["x_commitment_used_cost"].sum(),
    )
    for plan in bill.engine.rows(plans.filter(plans["used"].notnull())):
        difference = (plan["covered"] or Decimal(0)) - plan["used"]
        if abs(difference) >= CENT:
            message = f"{plan['CommitmentDiscountId']}: its covered usage and its used commitment differ"
            yield warning("commitment_not_balanced", message, plan["rows"], difference)


def _identity(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    difference = _whole(types, "amount") - sum(_whole(types, kind) for kind in ("amortized", "trueup", "upfront"))
    if abs(difference) >= CENT:
        yield warning(
            "amortization_not_balanced", "unblended differs from amortized + trueup + upfront: the bill's commitment columns disagree", amount=difference
        )


def _collisions(bill: Bill) -> Iterator[BillWarning]:
    groups: dict[str, list[TagKey]] = defaultdict(list)
    for tag in bill.tag_keys:
        if tag.collides:
            groups[normalise_tag_key(tag.spelling.partition(" and ")[0])].append(tag)
    for tags in groups.values():
        tagged = ibis.or_(*(bill.charges["Tags"].contains(tag.key) for tag in tags))
        rows = bill.charges.filter(tagged)
        row = bill.engine.rows(rows.aggregate(rows=lines(rows), amount=rows["x_amortized_cost"].sum()))[0]
        apart = f"tags {', '.join(tag.key for tag in tags)} differ only in spelling: they are kept apart"
        together = f"tag {tags[0].key} is spelled {tags[0].spelling} in files of different formats: it is shown as one"
        yield warning("tag_collision", apart if len(tags) > 1 else together, row["rows"], row["amount"] or Decimal(0))


def _completeness(bill: Bill) -> Iterator[BillWarning]:
    found = completeness(bill.engine, bill.charges)
    yield from _missing_months(found)
    for period in found.periods:
        if period.open:
            why = "it has no invoice yet" if not period.invoiced else "its usage stops before its end"
            last = f"; the last usage is of {period.last_usage}" if period.last_usage else ""
            yield warning("open_month", f"{period.period} is open, so its figures will change: {why}{last}")
    for account in found.accounts:
        inner = [span for span in account.missing if span.first > account.first_day and span.last < account.last_day]
        if inner:
            days = ", ".join(str(span.first) if span.first == span.last else f"{span.first} to {span.last}" for span in inner)
            yield warning("missing_days", f"account {account.account} has no usage in {account.period} on {days}")


def _missing_months(found: Completeness) -> Iterator[BillWarning]:
    for before, after in pairwise(period.period for period in found.periods):
        missing = _months_between(before, after)
        if missing:
            yield warning("missing_months", f"the bill has {before} and {after} and nothing of {', '.join(missing)}")


def _months_between(before: str, after: str) -> list[str]:
    """The months after the first and before the second, as `2025-12`."""
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (before, after))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(first + 1, last)]


def _list_cost(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    if rows := int(_whole(types, "unpriced_rows")):
        message = "usage without a public on-demand cost: its unblended cost stands in as list cost"
        yield warning("list_cost_unknown", message, rows, _whole(types, "unpriced_amount"))
