"""The report's sections as data, in the order that people read them: the page, the Markdown and the csv are made of the same ones."""

from __future__ import annotations

from cost.report import charts, page_tables
from cost.report.insight_tables import insight_sections
from cost.report.model import Report
from cost.report.tables import Block, Section
from cost.report.text import TOTALS_NOTE, money, percent, plural

MOVERS_NOTE = (
    "Usage is what more or less of it costs at the price before; mix is what moving between usage types of one unit adds; rate is what the change of the "
    "price per unit costs. Other is cost that has no quantity, such as tax. What moved by less than half a cent is left out."
)


def movers(report: Report) -> Section:
    """What moved."""
    table = page_tables.movers(report)
    return Section("movers-section", "Top movers", (Block(tables=(table,), notes=(MOVERS_NOTE,) if table.rows else ()),))


def spikes(report: Report) -> Section:
    """Days that cost too much, each with what is behind it."""
    blocks = []
    for number, found in enumerate(report.anomalies):
        made = page_tables.spike(found, report, number)
        chart = charts.spike_lines(found, report.currency)
        block = Block(heading=made["title"], paragraphs=(made["text"],), chart=chart, tables=(made["behind"],), folded=(made["table"],), of=made["of"])
        blocks.append(block)
    nothing = () if blocks else ("None found.",)
    return Section("spikes", "Spikes", (*blocks, Block(paragraphs=nothing, notes=(report.anomaly_note,))))


def spend(report: Report) -> Section:
    """Where the money goes: by each dimension that has more than one value."""
    tables = (
        page_tables.spend_table(report, "group", report.tag, report.by_group),
        page_tables.spend_table(report, "service", "service", report.by_service),
        page_tables.spend_table(report, "account", "account", report.by_account),
    )
    return Section("spend", "Where the money goes", (Block(tables=tables),))


def untagged(report: Report) -> Section:
    """Usage without the tag."""
    found = report.untagged
    more = f" {plural(found.resources_not_listed, 'more resource is', 'more resources are')} not listed." if found.resources_not_listed else ""
    text = (
        f"{money(found.amount, report.currency)} of usage in this bill, {percent(found.share)} of it, has no tag {report.tag}. "
        f"Another {money(found.shared, report.currency)} is shared: no tag can be on tax, fees, credits and unused commitments.{more}"
    )
    tables = (page_tables.untagged_services(report), page_tables.untagged_resources(report))
    return Section("untagged", "Untagged", (Block(paragraphs=(text,), tables=tables),))


def commitments(report: Report) -> Section:
    """Savings plans and reservations."""
    return Section("commitments", "Commitments", (Block(tables=(page_tables.commitments(report),)),))


def about(report: Report) -> Section:
    """The bill itself: what was read, totals by every cost kind, completeness and warnings."""
    text = f"{plural(report.rows, 'row')}, {report.format}, from {', '.join(report.files)}. A charge longer than a day is spread evenly over its days."
    blocks = (
        Block(paragraphs=(text,), tables=(page_tables.totals(report),), notes=(TOTALS_NOTE,)),
        Block(tables=(page_tables.completeness(report), page_tables.warnings(report))),
    )
    return Section("bill", "About this bill", blocks)


def sections(report: Report) -> tuple[Section, ...]:
    """All sections but what changed, which comes first, and the recommendations, which are no tables."""
    found = insight_sections(report) if report.commitment_use or report.forecast or report.close else {"commitments": commitments(report)}
    return (movers(report), spikes(report), spend(report), untagged(report), *found.values(), about(report))


def recommendations_text(report: Report) -> str:
    """What the recommendations rest on, or why there are none."""
    found = report.recommendations
    if found is None:
        return "Not looked for: no metrics were given. Add --metrics with a file of CPU, memory and GPU metrics."
    return (
        f"{plural(len(found.recommendations), 'change')} would save {money(found.estimated_monthly_savings, found.currency_code)} a month, "
        f"at the rates of this bill. Each was replayed against up to {found.lookback_days} days of history: a size against its target, a stop against the "
        f"threshold of idleness. Sizes are for P{found.percentile:g} with {found.cpu_headroom_percent}% headroom, "
        f"memory on its maximum with {found.memory_headroom_percent}%. Metrics: {'; '.join((found.metrics_source, *found.metrics_notes, *found.warnings))}."
    )
