"""The report's tables: what stands on the page without a script, and what its filters hide and its buttons sort and export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cost.bill.charge_table import COST_KINDS
from cost.insight.model import OTHER, UNTAGGED, Anomaly, GroupSpend, Mover
from cost.recommend.model import Recommendation
from cost.report.model import Report
from cost.report.tables import Column, Dimension, Row, Table
from cost.report.text import (
    BEFORE,
    HALF_CENT,
    KIND_NAMES,
    NAME,
    NOTHING,
    cut,
    group_name,
    money,
    percent,
    plural,
    replays,
    seen,
    short,
    signed,
    span,
    window_of,
)
from plinth.pages import Figure


def money_columns(*titles: str) -> tuple[Column, ...]:
    """Columns of amounts."""
    return tuple(Column(title, "money") for title in titles)


def figures(report: Report) -> list[Figure]:
    """The key figures: what it cost, how that changed, what is untagged, unused and avoidable."""
    headline, currency = report.headline, report.currency
    shown = [Figure(label=headline.current.label, value=money(getattr(headline.totals, report.cost), currency), note=KIND_NAMES[report.cost])]
    if headline.change and headline.previous:
        note = f"{percent(headline.change.percent)} against {headline.previous.label}, on equal days"
        shown.append(Figure(label="Change", value=signed(headline.change.amount, currency), note=note))
    shown.append(Figure(label="Untagged usage", value=money(report.untagged.amount, currency), note=f"{percent(report.untagged.share)} of usage in this bill"))
    if report.commitments:
        parts = [each.unused for each in report.commitments]
        unused = None if None in parts else sum(part for part in parts if part is not None)
        shown.append(Figure(label="Unused commitments", value=money(unused, currency), note="in this bill"))
    if report.recommendations:
        found = report.recommendations
        saving = money(found.estimated_monthly_savings, found.currency_code)
        shown.append(Figure(label="Possible saving", value=saving, note=f"a month, from {plural(len(found.recommendations), 'recommendation')}"))
    return shown


MOVER_COLUMNS = (
    Column("now", "money"), Column("before", "money"), Column("change", "signed"), Column("%", "percent"), Column("usage", "signed"),
    Column("mix", "signed"), Column("rate", "signed"), Column("other", "signed"), Column("most of it"),
)  # fmt: skip


def moved(report: Report) -> list[Mover]:
    """The movers and all others added up, without those that moved by less than half a cent, unless none moved by more."""
    listed = [*report.movers, *([report.other_movers] if report.other_movers else [])]
    least = HALF_CENT if any(abs(mover.change.amount) >= HALF_CENT for mover in listed) else NOTHING
    return [mover for mover in listed if abs(mover.change.amount) >= least]


def movers(report: Report) -> Table:
    """The movers with what explains them, all others added up."""
    rows = tuple(
        Row(
            (
                group_name(mover.group), group_name(mover.service), mover.change.current, mover.change.previous, mover.change.amount, mover.change.percent,
                mover.usage, mover.mix, mover.rate, mover.unexplained, most_of(mover),
            ),
            of={"group": mover.group, "service": mover.service},
            rest=mover is report.other_movers,
        )
        for mover in moved(report)
    )  # fmt: skip
    return Table(
        id="movers",
        caption=f"Top movers, {report.currency}, on equal days",
        columns=(Column(report.tag), Column("service"), *MOVER_COLUMNS),
        rows=rows,
        follows=("group", "service"),
        empty="nothing moved." if report.headline.previous else "there is no earlier period in this bill to compare with.",
    )


def most_of(mover: Any) -> str:
    """What most of a mover's change is: two resources, or usage types where no resource is named."""
    return ", ".join(f"{short(item.name, 36)} {signed(item.amount)}" for item in (mover.resources or mover.usage_types)[:2])


def spend_table(report: Report, dimension: Dimension, title: str, spend: Sequence[GroupSpend]) -> Table:
    """Spend by one dimension: the current window, the one before on equal days, and the whole bill."""
    rows = []
    for each in spend:
        now, before = getattr(each.current, report.cost), getattr(each.previous, report.cost) if each.previous else None
        change = None if before is None else now - before
        cells = (group_name(each.name), now, before, change, change / abs(before) if change is not None and before else None, getattr(each.total, report.cost))
        rows.append(Row(cells, of={dimension: each.name}, rest=each.name == OTHER))
    columns = (Column(title), *money_columns(report.headline.current.label, BEFORE), Column("change", "signed"), Column("%", "percent"))
    caption = f"Spend by {title}, {report.currency} {report.cost.replace('_', ' ')}"
    return Table(id=f"by-{dimension}", caption=caption, columns=(*columns, Column("whole bill", "money")), rows=tuple(rows), follows=(dimension,))


def spike(found: Anomaly, report: Report, number: int) -> dict[str, Any]:
    """One spike: title, text, what is behind it, and its days."""
    currency = report.currency
    of: Mapping[Dimension, str] = {"group": found.group, "service": found.service}
    title = f"{group_name(found.group)}, {group_name(found.service)}, {span(found.first_day, found.last_day)}"
    behind = [(item, item.detail) for item in found.resources] + [(item, "usage type") for item in found.usage_types]
    return {
        "title": title,
        "text": (
            f"{money(found.actual, currency)} where {money(found.expected, currency)} is usual: {signed(found.excess, currency)}, "
            f"up to {found.score:.0f} robust deviations from its usual days. {state_of(found)}"
        ),
        "of": of,
        "behind": Table(
            id=f"spike-{number}-behind",
            caption=f"What is behind it, against other days: {title}",
            columns=(Column("resource or usage type"), Column("what"), Column(f"{currency} more", "signed")),
            rows=tuple(Row((short(item.name, 60), what, item.amount)) for item, what in behind),
        ),
        "table": Table(
            id=f"spike-{number}-days",
            caption=f"Daily cost, {currency}: {title}",
            columns=(Column("day"), *money_columns("actual", "usual"), Column("difference", "signed")),
            rows=tuple(Row((f"{point.day}", point.actual, point.expected, point.actual - point.expected)) for point in found.series),
        ),
    }


STATES = {
    "spike": "Days above the usual",
    "step": "A higher level that stays",
    "drop": "Less than usual",
    "new": "A series that was not there before",
    "vanished": "A series that is gone",
    "drift": "A slow change without a step",
}


def state_of(found: Anomaly) -> str:
    """What kind of anomaly it is, and whether it still lasts at the bill's end."""
    until = (
        f"it is the new level since {found.established_day}"
        if found.established_day
        else "it lasts to the bill's last whole day"
        if found.ongoing
        else "it is over"
    )
    return f"{STATES[found.kind]}: {until}."


def untagged_services(report: Report) -> Table:
    """Untagged usage by service."""
    rows = tuple(Row((group_name(item.name), item.amount), of={"group": UNTAGGED, "service": item.name}) for item in report.untagged.by_service)
    caption = f"Untagged usage by service, {report.currency}"
    return Table(id="untagged-services", caption=caption, columns=(Column("service"), Column("amount", "money")), rows=rows, follows=("group", "service"))


def untagged_resources(report: Report) -> Table:
    """Untagged resources and who may know whose they are."""
    rows = tuple(
        Row(
            (
                short(item.resource, 60) or f"no resource id ({short(item.detail)})",
                group_name(item.service),
                item.account,
                cut(item.ask, 2 * NAME),
                item.amount,
            ),
            of={"group": UNTAGGED, "service": item.service, "account": item.account, "resource": item.resource},
        )
        for item in report.untagged.resources
    )
    columns = (*(Column(each) for each in ("resource", "service", "account", "who to ask")), Column("amount", "money"))
    follows: tuple[Dimension, ...] = ("group", "service", "account", "resource")
    return Table(id="untagged-resources", caption=f"Untagged resources, {report.currency}", columns=columns, rows=rows, follows=follows)


def commitments(report: Report) -> Table:
    """Used and unused, per savings plan and reservation."""
    rows = tuple(Row((short(each.id, 60), each.type or "unknown", each.purchased, each.used, each.unused, each.utilisation)) for each in report.commitments)
    columns = (Column("commitment"), Column("type"), *money_columns("bought", "used", "unused"), Column("utilisation", "percent"))
    empty = "this bill has no savings plan and no reservation."
    return Table(id="commitments-table", caption=f"Commitments, amortized, {report.currency}", columns=columns, rows=rows, empty=empty)


def recommendation(item: Recommendation) -> dict[str, Any]:
    """One recommendation with its evidence."""
    reasons = "; ".join(f"{risk.specification} {risk.risk:g}: {', '.join(risk.reasons)}" for risk in item.specification_risks if risk.reasons)
    return {
        "title": f"{item.action_type}: {item.current_resource_summary} → {item.recommended_resource_summary}",
        "saving": f"{money(item.estimated_monthly_savings, item.currency_code)} a month",
        "resource": item.resource_id + "".join(f" · {key} {value}" for key, value in item.tags.items() if key in ("team", "workload")),
        "of": {"resource": item.resource_id} | ({"account": item.account_id} if getattr(item, "account_id", None) else {}),
        "window": window_of(item),
        "seen": seen(item),
        "replays": replays(item),
        "risk": f"{item.performance_risk_band} ({item.performance_risk:g} of 4)" + (f": {reasons}" if reasons else ""),
        "price": f"{item.price_basis}; {item.estimated_savings_percentage:.0f}% of {money(item.estimated_monthly_cost, item.currency_code)} a month",
        "undo": item.undo,
        "notes": "; ".join((*item.platform_differences, *item.notes)),
    }


def not_recommended(report: Report) -> Table | None:
    """Every resource without a recommendation, and why."""
    if report.recommendations is None:
        return None
    rows = tuple(Row((item.resource_id, item.reason), of={"resource": item.resource_id}) for item in report.recommendations.not_recommended)
    empty = "every resource has a recommendation."
    return Table(id="not-recommended", caption="No recommendation", columns=(Column("resource"), Column("why")), rows=rows, follows=("resource",), empty=empty)


def totals(report: Report) -> Table:
    """Every cost kind, in the current window and in the whole bill."""
    current = report.headline.current.label
    rows = tuple(Row((_kind(kind), getattr(report.headline.totals, kind), getattr(report.headline.bill_totals, kind))) for kind in COST_KINDS)
    columns = (Column("cost"), *money_columns(current, "whole bill"))
    return Table(id="totals", caption=f"Totals by cost kind, {report.currency}", columns=columns, rows=rows)


def _kind(kind: str) -> str:
    return kind.replace("_", " ")


def completeness(report: Report) -> Table:
    """How many days of each month have usage, per account."""
    periods = {each.period: each for each in report.completeness.periods}
    rows = tuple(
        Row(
            (each.account, each.period, f"{each.days} of {each.days_in_period}", _missing(each.missing), "open" if periods[each.period].open else "closed"),
            of={"account": each.account},
        )
        for each in report.completeness.accounts
    )
    columns = tuple(Column(each) for each in ("account", "month", "days with usage", "days without", "state"))
    return Table(id="completeness", caption="Completeness", columns=columns, rows=rows, follows=("account",), empty="the bill has no usage.")


def _missing(ranges: Iterable[Any]) -> str:
    return ", ".join(span(each.first, each.last) for each in ranges) or "none"


def warnings(report: Report) -> Table:
    """Every warning of the bill and of the report."""
    rows = tuple(Row((each.code, each.message, each.rows or None, each.amount if each.amount is not None else "")) for each in report.warnings)
    columns = (Column("code"), Column("what"), Column("rows", "count"), Column(report.currency, "money"))
    return Table(id="warnings", caption="Warnings", columns=columns, rows=rows)
