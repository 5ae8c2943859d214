"""`build_report`: a bill to the report, all figures from one table of daily costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cost.bill.charge_table import COST_KINDS, Frame
from cost.bill.engine import Engine
from cost.bill.model import Bill, BillWarning
from cost.bill.summary import summarize
from cost.bill.tags import normalise_tag_key
from cost.insight import spend
from cost.insight.anomalies import anomalies
from cost.insight.daily import daily
from cost.insight.model import Anomaly, Mover
from cost.insight.movers import change_of, movers
from cost.insight.untagged import untagged
from cost.insight.windows import Windows, find_windows
from cost.recommend.model import Recommendations
from cost.report.facts import drop_facts, read_facts, store_facts
from cost.report.headline import points, sentence
from cost.report.insights import Asked, insights
from cost.report.model import Headline, Report
from plinth.errors import UsageError

TABLE: Final = "report_daily"


def build_report(
    bill: Bill, *, recommendations: Recommendations | None = None, tag: str = "team", cost: str = "amortized", asked: Asked | None = None
) -> Report:
    """The report of a bill by the values of `tag`, one-figure fields in the cost kind `cost`. Raises UsageError for another cost kind.

    Without `asked` it is what changed and why, and where the money goes; with it, the insights too, and what its files ask for."""
    if cost not in COST_KINDS:
        raise UsageError("there is no such cost kind", value=cost, fix=f"use one of {', '.join(COST_KINDS)}")
    key, warnings = _tag_key(bill, tag)
    parts, missing = insights(bill, key, cost, asked) if asked else ({}, ())
    windows = find_windows(bill.engine, bill.charges)
    expression = daily(bill.charges, key, windows.last_usage)
    table = bill.engine.store(TABLE, expression.schema(), expression)
    try:
        made = _report(bill, windows.mark(bill.engine, table), windows, recommendations, key, cost, (*warnings, *missing))
        return made.model_copy(update=parts)
    finally:
        drop_facts(bill.engine)
        bill.engine.drop(TABLE)


def _tag_key(bill: Bill, tag: str) -> tuple[str, tuple[BillWarning, ...]]:
    """The tag as the bill's table has it; a warning where no charge has it."""
    keys = [each.key for each in bill.tag_keys]
    key = tag if tag in keys else normalise_tag_key(tag)
    if key in keys:
        return key, ()
    known = f"its tags are {', '.join(keys[:20])}" if keys else "it has no tags at all"
    return key, (BillWarning(code="tag_not_found", message=f"no charge of this bill has a tag {tag!r}: {known}; all usage is untagged", rows=bill.rows),)


def _report(
    bill: Bill, table: Frame, windows: Windows, recommendations: Recommendations | None, tag: str, cost: str, warnings: tuple[BillWarning, ...]
) -> Report:
    engine = bill.engine
    compared = windows.previous is not None
    stored = store_facts(engine, table, cost)
    moved, others = movers(engine, table, cost, windows)
    found, note = anomalies(engine, table, cost, windows)
    without = untagged(engine, table, bill.charges, cost, bill.tag_keys, tag)
    summary = summarize(bill)
    facts = read_facts(engine, stored, windows, cost)
    said = points(found, moved, without, summary.commitments, recommendations, bill.currency)
    return Report(
        synthetic=bill.synthetic,
        files=tuple(str(path) for path in bill.files),
        format=bill.format,
        rows=bill.rows,
        currency=bill.currency,
        tag=tag,
        cost=cost,
        headline=_headline(engine, stored.table, windows, cost, bill.currency, moved, found, said),
        movers=moved,
        other_movers=others,
        anomalies=found,
        anomaly_note=note,
        by_group=spend.by_column(engine, stored.table, "group", cost, compared=compared),
        by_service=spend.by_column(engine, stored.table, "service", cost, compared=compared),
        by_account=spend.by_column(engine, stored.table, "account", cost, compared=compared),
        daily=spend.by_day(engine, spend.limited(engine, stored.table, cost)),
        resources=tuple(row.spend for row in facts.rows),
        facts=facts,
        untagged=without,
        commitments=summary.commitments,
        recommendations=recommendations,
        completeness=summary.completeness,
        warnings=(*warnings, *bill.warnings),
    )


def _headline(
    engine: Engine, table: Frame, windows: Windows, cost: str, currency: str, moved: Sequence[Mover], found: Sequence[Anomaly], said: tuple[str, ...]
) -> Headline:
    row = engine.rows(table.aggregate(**spend.windowed(table)))[0]
    totals = spend.costs_of(row, "current_")
    change = None
    if windows.previous:
        change = change_of(getattr(totals, cost), getattr(spend.costs_of(row, "previous_"), cost))
    return Headline(
        sentence=sentence((windows.current, windows.previous), getattr(totals, cost), change, moved, found, cost, currency),
        points=said,
        current=windows.current,
        previous=windows.previous,
        scale=windows.scale,
        month_scale=windows.month_scale,
        change=change,
        totals=totals,
        bill_totals=spend.costs_of(row),
    )
