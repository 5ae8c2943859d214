"""The sections that the insights give: commitments, network, forecast, budgets, tags, close, formulas, who pays. None is said, never left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cost.allocate.chargeback_text import tables as chargeback_tables
from cost.insight.model import OTHER
from cost.insight.money_model import CoveragePart, KeyCoverage
from cost.report import charts
from cost.report.model import Report
from cost.report.page_tables import money_columns
from cost.report.tables import Block, Column, Dimension, Row, Section, Table
from cost.report.text import NAME, cut, group_name, money, percent, plural, short

NOT_MADE: Final = "Not made for this report: see the warnings, or ask for it with plinth cost report."
NOT_ASKED: Final = "Not asked for: {}."


def commitments(report: Report) -> Iterator[Block]:
    """Utilisation, coverage and effective savings rate."""
    found = report.commitment_use
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    whole = found.all_scopes
    text = (
        f"Coverage {percent(whole.coverage)} and effective savings rate {percent(whole.effective_savings_rate)} of what commitments can cover, at public "
        f"on-demand prices ({percent(whole.net_effective_savings_rate)} after negotiated discounts)."
    )
    yield Block(paragraphs=(text,) if found.commitments or found.scopes else (), tables=(_commitment_table(report), _scope_table(report)), notes=whole.notes)


def _commitment_table(report: Report) -> Table:
    found = report.commitment_use
    assert found is not None
    rows = [
        Row((short(each.id, 60), each.type, each.payment_option or "", each.purchased, each.used, each.unused, each.utilisation, each.saved), rest=last)
        for last, uses in ((False, found.commitments), (True, (found.total,) if found.total and len(found.commitments) > 1 else ()))
        for each in uses
    ]
    kinds = (*money_columns("bought", "used", "unused"), Column("utilisation", "percent"), Column("saved", "money"))
    columns = (Column("commitment"), Column("type"), Column("payment"), *kinds)
    empty = "this bill has no savings plan and no reservation."
    return Table(id="commitments-table", caption=f"Commitments, amortized, {report.currency}", columns=columns, rows=tuple(rows), empty=empty)


def _scope_table(report: Report) -> Table:
    found = report.commitment_use
    assert found is not None
    rows = tuple(
        Row((each.name, each.covered_on_demand, each.eligible_on_demand, each.coverage, each.paid, each.effective_savings_rate)) for each in found.scopes
    )
    shares = (Column("coverage", "percent"), Column("paid", "money"), Column("effective savings rate", "percent"))
    columns = (Column("usage"), *money_columns("covered, on demand", "could be covered"), *shares)
    return Table(id="scopes", caption=f"What commitments can cover, {report.currency}", columns=columns, rows=rows, empty="nothing of this bill.")


def transfer(report: Report) -> Iterator[Block]:
    """Network spend by class, and traffic that an endpoint may avoid."""
    found = report.transfer
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    rows = tuple(
        Row((each.name, each.meaning, each.amount, each.gb, each.cost_per_gb, each.lines, ", ".join(short(item.name, 40) for item in each.resources[:2])))
        for each in found.classes
    )
    figures = (Column("amount", "money"), Column("GB", "quantity"), Column("per GB", "money"), Column("lines", "count"))
    columns = (Column("class"), Column("meaning"), *figures, Column("most of it"))
    empty = "this bill has no network spend."
    table = Table(id="transfer-table", caption=f"Data transfer by class, {report.currency} {found.cost}", columns=columns, rows=rows, empty=empty)
    text = f"{money(found.amount, report.currency)} in this bill, {percent(found.share_of_usage)} of usage."
    yield Block(paragraphs=(text,), tables=(table,), notes=tuple(hint.text for hint in found.nat_hints))


def forecast(report: Report) -> Iterator[Block]:
    """To the month's end and on, with intervals."""
    found = report.forecast
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    rows = [Row((f"{each.month:%Y-%m}", each.actual, each.total - each.actual, each.total, *_bounds(each.interval))) for each in found.total.months]
    sums = money_columns("billed so far", "to come", "total", "80% from", "80% to", "95% from", "95% to")
    months = Table(id="forecast-months", caption=f"The whole bill, {found.currency} {found.cost}", columns=(Column("month"), *sums), rows=tuple(rows))
    names = [f"{each.month:%Y-%m}" for each in found.total.months]
    groups = tuple(Row((group_name(node.name), *(each.total for each in node.months)), rest=node.name == OTHER) for node in found.by_group)
    by = Table(id="forecast-groups", caption=f"Forecast by {found.by}, {found.currency}", columns=(Column(found.by), *money_columns(*names)), rows=groups)
    days = tuple(Row((f"{each.day}", each.actual if each.actual is not None else "", *_expected(each))) for each in found.daily)
    columns = (Column("day"), *money_columns("actual", "expected", "80% from", "80% to"))
    daily = Table(id="forecast-days", caption=f"Usage by day, actual and expected, {found.currency}", columns=columns, rows=days)
    chart = charts.forecast_lines(found.daily, found.currency) if any(each.expected is not None for each in found.daily) else None
    left = (f"Not forecast: {each.what.replace('_', ' ')}, {money(each.amount, found.currency)} in this bill: {each.why}." for each in found.not_forecast)
    yield Block(chart=chart, folded=(daily,), tables=(months, by), notes=(*_tested(found.backtest), *found.notes, *left))


def _bounds(interval: Any) -> tuple[float | None, ...]:
    return tuple(getattr(interval, name, None) for name in ("low_80", "high_80", "low_95", "high_95"))


def _expected(day: Any) -> tuple[Any, ...]:
    if day.expected is None:
        return ("", "", "")
    return (day.expected, *_bounds(day.interval)[:2])


def _tested(backtest: Any) -> tuple[str, ...]:
    if backtest is None:
        return ("This bill is too short to test a forecast on: it has no interval.",)
    origins, horizon, sums = plural(len(backtest.origins), "earlier day"), plural(backtest.horizon_days, "day"), plural(backtest.intervals, "sum")
    inside = f"of {sums} {percent(backtest.coverage_80)} fell inside their 80% interval, {percent(backtest.coverage_95)} inside the 95% one"
    return (f"Tested on this bill itself from {origins}, {horizon} ahead: {inside}.",)


def budgets(report: Report) -> Iterator[Block]:
    """Budgets against actual."""
    found = report.budgets
    if found is None:
        yield Block(paragraphs=(NOT_ASKED.format("give --budgets with a file of budgets"),))
        return
    rows = tuple(
        Row((each.name, each.owner, each.period, each.state, each.amount, each.actual, each.percent / 100 if each.percent is not None else None, each.expected))
        for each in found.results
    )
    columns = (Column("budget"), Column("owner"), Column("period"), Column("state"), *money_columns("amount", "actual"), Column("used", "percent"))
    table = Table(id="budgets-table", caption=f"Budgets, {found.currency}", columns=(*columns, Column("expected", "money")), rows=rows)
    yield Block(tables=(table,), notes=tuple(f"{each.name}, {each.period}: {each.note}" for each in found.results if each.note))


def tag_coverage(report: Report) -> Iterator[Block]:
    """Which keys are carried, where they are missing, who to ask."""
    found = report.tag_coverage
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    rows = tuple(Row((each.key, "yes" if each.required else "", each.tagged, each.coverage)) for each in (*found.keys, found.all_required))
    columns = (Column("key"), Column("required"), Column("tagged", "money"), Column("coverage", "percent"))
    keys = Table(id="tag-keys", caption=f"Tag coverage of {money(found.taggable, report.currency)} of usage", columns=columns, rows=rows)
    gaps = tuple(
        Row((each.key, group_name(part.name), part.amount - part.tagged, part.coverage), of={dimension: part.name})
        for each in found.required
        for dimension, parts in _parts(each)
        for part in parts
        if part.amount - part.tagged >= 0.005
    )
    columns = (Column("key"), Column("service or account"), Column("without it", "money"), Column("coverage", "percent"))
    where = Table(id="tag-gaps", caption=f"Where keys are missing, {report.currency}", columns=columns, rows=gaps, follows=("service", "account"))
    people = tuple(
        Row(
            (
                short(each.resource, 60) or f"no resource id ({short(each.detail)})",
                group_name(each.service),
                each.account,
                ", ".join(each.missing),
                cut(each.ask, 2 * NAME),
                each.amount,
            ),
            of=_of(each),
        )
        for each in found.incomplete
    )
    columns = (*(Column(each) for each in ("resource", "service", "account", "without", "who to ask")), Column("amount", "money"))
    caption = f"Resources without a required key, {report.currency}"
    ask = Table(id="tag-people", caption=caption, columns=columns, rows=people, follows=("service", "account", "resource"))
    more = f"Not listed: {plural(found.incomplete_not_listed, 'more resource')}, {money(found.incomplete_not_listed_amount, report.currency)}."
    notes = (more,) if found.incomplete_not_listed else ()
    yield Block(tables=(keys, where, ask), notes=notes)


def _parts(each: KeyCoverage) -> tuple[tuple[Dimension, tuple[CoveragePart, ...]], ...]:
    return ("service", each.by_service), ("account", each.by_account)


def _of(item: Any) -> dict[Dimension, str]:
    return {"service": item.service, "account": item.account, "resource": item.resource}


def close(report: Report) -> Iterator[Block]:
    """The months, and what is to be seen to before the newest is closed."""
    found = report.close
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    rows = tuple(
        Row(
            (
                each.period, "closed" if each.closed else "open", each.invoices, each.totals.billed, each.tax, each.credits, each.refunds, each.one_time,
                each.corrections, each.change.amount if each.change else None,
            )
        )
        for each in found.months
    )  # fmt: skip
    sums = money_columns("billed", "tax", "credits", "refunds", "one time", "corrections")
    columns = (Column("month"), Column("state"), Column("invoices", "count"), *sums, Column(f"change, {found.cost.replace('_', ' ')}", "signed"))
    table = Table(id="close-months", caption=f"Month over month, {report.currency}", columns=columns, rows=rows)
    newest = found.months[0] if found.months else None
    items = tuple(Row(("done" if item.done else "open", item.text)) for item in (newest.checklist if newest else ()))
    caption = f"To close {newest.period}" if newest else "To close"
    yield Block(tables=(table, Table(id="close-list", caption=caption, columns=(Column("state"), Column("what")), rows=items)))


def formulas(report: Report) -> Iterator[Block]:
    """Why our total is not the one that another tool shows."""
    found = report.formulas
    if found is None:
        yield Block(paragraphs=(NOT_MADE,))
        return
    rows = tuple(Row((each.name, each.total, each.difference, each.reason, each.source)) for each in found.tools)
    columns = (Column("formula"), Column("total", "money"), Column("against ours", "signed"), Column("why"), Column("source"))
    tools = Table(id="formula-tools", caption=f"The same bill by other formulas, {report.currency}", columns=columns, rows=rows)
    types = tuple(
        Row((each.line_item_type, each.lines, *(each.values.get(name) for name in found.names)), rest=each is found.totals)
        for each in (*found.rows, found.totals)
    )
    columns = (Column("line item type"), Column("lines", "count"), *money_columns(*found.names))
    by_type = Table(id="formula-types", caption=f"Line item type by line item type, {report.currency}", columns=columns, rows=types)
    notes = tuple(f"{each.name}: not reproduced here: {'; '.join(each.not_reproduced)}." for each in found.tools if each.not_reproduced)
    yield Block(tables=(tools, by_type), notes=notes)


def allocation(report: Report) -> Iterator[Block]:
    """Who pays by the reviewed rules, and what containers, GPUs and ML work cost."""
    found = report.allocation
    if found is None:
        yield Block(paragraphs=(NOT_ASKED.format("give --rules with the reviewed rules of attribution and splits"),))
    else:
        rows = tuple(
            Row(
                (group_name(each.path[-1]), *(getattr(costs, report.cost) for costs in (each.direct, each.shared, each.total))),
                of={"group": each.path[0]},
            )
            for each in found.nodes
            if each.leaf
        )  # fmt: skip
        columns = (Column(report.tag), *money_columns("direct", "shared", "total"))
        caption = f"After attribution and splits, {report.currency} {report.cost.replace('_', ' ')}"
        notes = tuple(f"Split {each.name}: {each.outcome}{f', {each.why}' if each.why else ''}." for each in found.splits if each.outcome != "split")
        yield Block(tables=(Table(id="allocation-table", caption=caption, columns=columns, rows=rows, follows=("group",)),), notes=notes)
    if report.chargeback is None:
        yield Block(paragraphs=(NOT_ASKED.format("give --counts with what was served and trained, for the cost of ML work and GPUs"),))
        return
    for number, table in enumerate(chargeback_tables(report.chargeback)):
        columns = tuple(Column(name, "number" if name in table.right else "text") for name in table.columns)
        yield Block(tables=(Table(id=f"chargeback-{number}", caption=table.title, columns=columns, rows=tuple(Row(row) for row in table.rows)),))


PARTS: Final = (
    ("forecast", "Forecast", forecast),
    ("budgets", "Budgets", budgets),
    ("tags", "Tag coverage", tag_coverage),
    ("commitments", "Commitments", commitments),
    ("transfer", "Data transfer", transfer),
    ("allocation", "Who pays", allocation),
    ("close", "Month close", close),
    ("formulas", "Why other totals differ", formulas),
)


def insight_sections(report: Report) -> dict[str, Section]:
    """The sections by their id, in the order that people read them."""
    return {id: Section(id, heading, tuple(blocks(report))) for id, heading, blocks in PARTS}
