"""Money is conserved: bills that hold every line item type, against what is true of them by construction, to 1e-6."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cost.allocate import allocate
from cost.allocate.rules import AllocationRules
from cost.bill import read_bill, summarize
from cost.bill.charge_table import COST_KINDS
from cost.bill.line_items import LINE_ITEM_TYPES
from cost.bill.model import Bill, BillSummary

CENTS_LOST = 1e-6
KNOWN_KINDS = ("billed", "unblended", "amortized", "net_amortized", "trueup", "upfront")
"""The cost kinds whose amount a made line knows; list and contracted cost are held to add up."""
TAGS = {"user:team": "team", "user:CostCenter": "cost_center", "aws:createdBy": "aws:created_by"}
Sums = dict[str, Decimal]
REVIEWED = {"reason": "made up for a test", "reviewer": "sre", "expires": date(2027, 11, 1)}
RULES = AllocationRules.model_validate(
    {
        "version": 1,
        "rules": [{"name": "storage", "match": {"service": ["Amazon Simple Storage Service"]}, "set": {"team": "language"}, **REVIEWED}],
        "splits": [
            {"name": "tax", "from": {"charge_category": ["Tax"]}, "method": "proportional", **REVIEWED},
            {"name": "support", "from": {"service": ["AWS Support (Business)"]}, "method": "even", **REVIEWED},
            {"name": "idle", "from": {"unused_commitment": True}, "method": "fixed", "shares": {"vision": 61, "language": 39}, **REVIEWED},
        ],
    }
)
few_examples = settings(max_examples=3, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
"""A read costs half a second, and each example has some hundred lines of every type."""


@contextmanager
def closing_engine(bill: Bill) -> Iterator[Bill]:
    with closing(bill.engine):
        yield bill


@pytest.fixture(scope="module")
def read(render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Bill]:
    """Read made lines, merged by day or line by line."""

    def reading(lines: list[Any], **options: Any) -> Bill:
        return read_bill([render.legacy_csv(lines, tmp_path_factory.mktemp("made"))], **options)

    return reading


def expected(lines: list[Any], key: Callable[[Any], str]) -> dict[str, Sums]:
    """What groups of lines cost, by construction."""
    groups: dict[str, Sums] = defaultdict(lambda: dict.fromkeys(KNOWN_KINDS, Decimal(0)))
    for line in lines:
        for kind in KNOWN_KINDS:
            groups[key(line)][kind] += getattr(line["truth"], kind)
    return groups


def by_category(lines: list[Any], categories: Mapping[str, str]) -> dict[str, Sums]:
    """The unused part of a commitment's fee is Usage; what bills it is a Purchase."""
    groups = expected(lines, lambda line: categories[line["line_item_line_item_type"]])
    for line in lines:
        unused = line["truth"].unused and {"amortized": line["truth"].amortized, "net_amortized": line["truth"].net_amortized}
        for kind, amount in (unused or {}).items():
            groups["Purchase"][kind] -= amount
            groups["Usage"][kind] += amount
    return groups


def same(shown: Mapping[str, Any], made: Mapping[str, Sums]) -> None:
    """The groups that are shown are those that were made, and cost as much."""
    assert set(shown) == set(made)
    for name, sums in made.items():
        for kind, amount in sums.items():
            assert getattr(shown[name], kind) == pytest.approx(float(amount), abs=CENTS_LOST), (name, kind)


def groupings(summary: BillSummary) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "service", summary.by_service
    yield "category", summary.by_charge_category
    yield "line item type", summary.by_line_item_type
    yield from ((f"tag {key}", tag.values) for key, tag in summary.tags.items())


def whole_is_kept(summary: BillSummary) -> None:
    """Every grouping adds up to the whole in every cost kind."""
    for name, groups in groupings(summary):
        for kind in COST_KINDS:
            total = sum(getattr(costs, kind) for costs in groups.values())
            assert total == pytest.approx(getattr(summary.totals, kind), abs=CENTS_LOST), (name, kind)


def tag_of(where: str, key: str) -> Callable[[Any], str]:
    """A line's tag; the literal text NULL is none."""
    return lambda line: "" if line[where].get(key, "") == "NULL" else line[where].get(key, "")


def by_account(bill: Bill) -> dict[str, SimpleNamespace]:
    grouped = bill.charges.group_by("SubAccountId").aggregate(**{kind: bill.charges[COST_KINDS[kind]].sum() for kind in KNOWN_KINDS})
    return {row["SubAccountId"]: SimpleNamespace(**{kind: float(row[kind]) for kind in KNOWN_KINDS}) for row in bill.engine.rows(grouped)}


def quantities(bill: Bill) -> dict[Any, Any]:
    """Priced and consumed quantities of each type, resource and account, to what doubles keep."""
    keys = ("x_line_item_type", "ResourceId", "SubAccountId")
    sums = {name: bill.charges[name].sum() for name in ("PricingQuantity", "ConsumedQuantity")}
    rows = bill.engine.rows(bill.charges.group_by(*keys).aggregate(**sums))
    return {tuple(row[key] for key in keys): tuple(None if row[name] is None else round(row[name], 6) for name in sums) for row in rows}


def commitments_are_used_or_unused(summary: BillSummary, made: Any) -> None:
    """Used + unused is what a commitment costs in the bill's hours, and what was paid for it where its whole term is in the bill."""
    hours = made.shape.months * made.shape.days * made.shape.hours
    assert {each.id for each in summary.commitments} == set(made.commitments)
    for each in summary.commitments:
        bought = made.commitments[each.id]
        assert each.used is not None and each.unused is not None, each
        assert each.used + each.unused == pytest.approx(float(bought.hourly * hours), abs=CENTS_LOST), each
        assert each.used == pytest.approx(float(bought.hourly * bought.used * hours), abs=CENTS_LOST), each
        if not made.shape.net and (bought.whole or not bought.upfront):
            assert each.used + each.unused == pytest.approx(each.purchased, abs=CENTS_LOST), each


def effective_usage_is_the_purchase(bill: Bill, made: Any) -> None:
    """FOCUS 1.2, EffectiveCost: per commitment, the effective cost of usage is the billed cost of its purchase over its whole term."""
    charges = bill.charges.filter(bill.charges["CommitmentDiscountId"].notnull())
    usage = charges["EffectiveCost"].sum(where=charges["ChargeCategory"] == "Usage").fill_null(0)
    other = charges["EffectiveCost"].sum(where=charges["ChargeCategory"] != "Usage").fill_null(0)
    paid = charges["BilledCost"].sum(where=charges["ChargeCategory"] == "Purchase").fill_null(0)
    for row in bill.engine.rows(charges.group_by(id="CommitmentDiscountId").aggregate(usage=usage, other=other, paid=paid)):
        assert row["other"] == 0, row
        bought = made.commitments[row["id"]]
        if bought.whole or not bought.upfront:
            assert float(row["usage"]) == pytest.approx(float(row["paid"]), abs=CENTS_LOST), row


def allocations_keep_the_whole(bill: Bill, summary: BillSummary) -> None:
    """Attributed by rules and split by every method without a file, the leaves still add up to the bill, and what a split takes it gives."""
    made = allocate(bill, by=("team", "account"), rules=RULES)
    leaves = [node for node in made.nodes if node.leaf]
    assert [split.outcome for split in made.splits if split.outcome == "split"]
    for kind in COST_KINDS:
        assert sum(getattr(leaf.total, kind) for leaf in leaves) == pytest.approx(getattr(summary.totals, kind), abs=CENTS_LOST), kind
        for split in made.splits:
            taken, given_away = (sum(getattr(share.costs, kind) for share in part) for part in (split.taken, split.given))
            assert taken == pytest.approx(given_away, abs=CENTS_LOST), (split.name, kind)


@few_examples
@given(data=st.data())
def test_a_bill_of_every_line_item_type_costs_what_was_put_in(data: st.DataObject, every_type: ModuleType, read: Callable[..., Bill]):
    made = every_type.make(data.draw(every_type.shapes()))
    assert {line["line_item_line_item_type"] for line in made.lines} == {*LINE_ITEM_TYPES, every_type.UNKNOWN_TYPE}
    with closing_engine(read(made.lines)) as bill:
        summary = summarize(bill)
        same({"": summary.totals}, expected(made.lines, lambda line: ""))
        same(summary.by_service, expected(made.lines, lambda line: every_type.PRODUCTS[line["line_item_product_code"]]))
        same(summary.by_line_item_type, expected(made.lines, lambda line: line["line_item_line_item_type"]))
        same(summary.by_charge_category, by_category(made.lines, every_type.CATEGORIES))
        same(by_account(bill), expected(made.lines, lambda line: line["line_item_usage_account_id"]))
        for spelled, key in TAGS.items():
            same(summary.tags[key].values, expected(made.lines, tag_of("tags", spelled)))
        same(summary.tags["cost_category:stage"].values, expected(made.lines, tag_of("cost_category", "Stage")))
        whole_is_kept(summary)
        allocations_keep_the_whole(bill, summary)
        commitments_are_used_or_unused(summary, made)
        effective_usage_is_the_purchase(bill, made)
        assert summary.rows == len(made.lines)
        assert summary.totals.unblended == pytest.approx(summary.totals.amortized + summary.totals.trueup + summary.totals.upfront, abs=CENTS_LOST)


@few_examples
@given(data=st.data())
def test_lines_merged_by_day_cost_what_they_cost_line_by_line(data: st.DataObject, every_type: ModuleType, read: Callable[..., Bill]):
    made = every_type.make(data.draw(every_type.shapes()))
    with closing_engine(read(made.lines)) as merged, closing_engine(read(made.lines, by_line=True)) as lines:
        assert summarize(merged).model_dump(exclude={"files"}) == summarize(lines).model_dump(exclude={"files"})
        assert quantities(merged) == quantities(lines)
        used = sum((line["line_item_usage_amount"] for line in made.lines if line["line_item_line_item_type"] == "Usage"), Decimal(0))
        assert sum(amount for (kind, *_), (amount, _) in quantities(merged).items() if kind == "Usage") == pytest.approx(float(used))
        counts = [bill.engine.rows(bill.charges.aggregate(rows=bill.charges.count(), lines=bill.charges["x_lines"].sum()))[0] for bill in (merged, lines)]
        assert counts[0]["lines"] == counts[1]["lines"] == len(made.lines)
        assert counts[0]["rows"] < counts[1]["rows"]
