"""The page's own tables: what stands there without a script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost.bill.charge_table import COST_KINDS
from cost.insight.model import Anomaly
from cost.recommend.model import Recommendation
from cost.report.model import Report
from cost.report.text import KIND_NAMES, figure, group_name, money, percent, replays, seen, short, signed, span, window_of
from plinth.pages import Figure, PageTable


def figures(report: Report) -> list[Figure]:
    """The key figures: what it cost, how that changed, what is untagged, unused and avoidable."""
    headline, currency = report.headline, report.currency
    shown = [Figure(label=headline.current.label, value=money(getattr(headline.totals, report.cost), currency), note=KIND_NAMES[report.cost])]
    if headline.change and headline.previous:
        note = f"{percent(headline.change.percent)} against {headline.previous.label}, on equal days"
        shown.append(Figure(label="Change", value=signed(headline.change.amount, currency), note=note))
    shown.append(Figure(label="Untagged usage", value=money(report.untagged.amount, currency), note=f"{percent(report.untagged.share)} of usage in this bill"))
    if report.commitments:
        unused = sum(each.unused for each in report.commitments)
        shown.append(Figure(label="Unused commitments", value=money(unused, currency), note="in this bill"))
    if report.recommendations:
        found = report.recommendations
        saving = money(found.estimated_monthly_savings, found.currency_code)
        shown.append(Figure(label="Possible saving", value=saving, note=f"a month, from {len(found.recommendations)} recommendations"))
    return shown


def movers(report: Report) -> PageTable:
    """The movers with what explains them, all others added up."""
    listed = [*report.movers, *([report.other_movers] if report.other_movers else [])]
    columns = (report.tag, "service", "now", "before", "change", "%", "usage", "rate", "other", "most of it")
    rows = tuple(
        (
            group_name(mover.group), group_name(mover.service), figure(mover.change.current), figure(mover.change.previous), signed(mover.change.amount),
            percent(mover.change.percent), signed(mover.usage), signed(mover.rate), signed(mover.unexplained), _most(mover),
        )
        for mover in listed
    )  # fmt: skip
    empty = "there is no earlier period in this bill to compare with."
    return PageTable(caption=f"Top movers, {report.currency}, on equal days", columns=columns, rows=rows, right=frozenset(columns[2:9]), empty=empty)


def _most(mover: Any) -> str:
    return ", ".join(f"{short(item.name, 36)} {signed(item.amount)}" for item in (mover.resources or mover.usage_types)[:2])


def spike(found: Anomaly, report: Report) -> dict[str, Any]:
    """One spike: title, text, what is behind it, and its days."""
    currency = report.currency
    behind = [(item, item.detail) for item in found.resources] + [(item, "usage type") for item in found.usage_types]
    return {
        "title": f"{group_name(found.group)}, {found.service}, {span(found.first_day, found.last_day)}",
        "text": (
            f"{money(found.actual, currency)} where {money(found.expected, currency)} is usual: {money(found.excess, currency)} more, "
            f"up to {found.score:.0f} robust deviations above the median of its weekdays."
        ),
        "behind": PageTable(
            caption="What is behind it, against other days",
            columns=("resource or usage type", "what", f"{currency} more"),
            rows=tuple((item.name, what, signed(item.amount)) for item, what in behind),
            right=frozenset({f"{currency} more"}),
        ),
        "table": PageTable(
            caption=f"Daily cost, {currency}",
            columns=("day", "actual", "usual", "difference"),
            rows=tuple((f"{point.day}", figure(point.actual), figure(point.expected), signed(point.actual - point.expected)) for point in found.series),
            right=frozenset({"actual", "usual", "difference"}),
        ),
    }


def untagged_services(report: Report) -> PageTable:
    """Untagged usage by service."""
    rows = tuple((item.name, figure(item.amount)) for item in report.untagged.by_service)
    return PageTable(caption=f"Untagged usage by service, {report.currency}", columns=("service", "amount"), rows=rows, right=frozenset({"amount"}))


def untagged_resources(report: Report) -> PageTable:
    """Untagged resources and who may know whose they are."""
    rows = tuple(
        (short(item.resource, 60) or f"no resource id ({item.detail})", item.service, item.account, item.ask, figure(item.amount))
        for item in report.untagged.resources
    )
    columns = ("resource", "service", "account", "who to ask", "amount")
    return PageTable(caption=f"Untagged resources, {report.currency}", columns=columns, rows=rows, right=frozenset({"amount"}))


def commitments(report: Report) -> PageTable:
    """Used and unused, per savings plan and reservation."""
    rows = tuple(
        (short(each.id, 60), each.type or "unknown", figure(each.purchased), figure(each.used), figure(each.unused), percent(each.utilisation))
        for each in report.commitments
    )
    columns = ("commitment", "type", "bought", "used", "unused", "utilisation")
    empty = "this bill has no savings plan and no reservation."
    return PageTable(caption=f"Commitments, amortized, {report.currency}", columns=columns, rows=rows, right=frozenset(columns[2:]), empty=empty)


def recommendation(item: Recommendation) -> dict[str, Any]:
    """One recommendation with its evidence."""
    reasons = "; ".join(f"{risk.specification} {risk.risk:g}: {', '.join(risk.reasons)}" for risk in item.specification_risks if risk.reasons)
    return {
        "title": f"{item.action_type}: {item.current_resource_summary} → {item.recommended_resource_summary}",
        "saving": f"{money(item.estimated_monthly_savings, item.currency_code)} a month",
        "resource": item.resource_id + "".join(f" · {key} {value}" for key, value in item.tags.items() if key in ("team", "workload")),
        "window": window_of(item),
        "seen": seen(item),
        "replays": replays(item),
        "risk": f"{item.performance_risk_band} ({item.performance_risk:g} of 4)" + (f": {reasons}" if reasons else ""),
        "price": f"{item.price_basis}; {item.estimated_savings_percentage:.0f}% of {money(item.estimated_monthly_cost, item.currency_code)} a month",
        "undo": item.undo,
        "notes": "; ".join((*item.platform_differences, *item.notes)),
    }


def not_recommended(report: Report) -> PageTable | None:
    """Every resource without a recommendation, and why."""
    if report.recommendations is None:
        return None
    rows = tuple((item.resource_id, item.reason) for item in report.recommendations.not_recommended)
    return PageTable(caption="No recommendation", columns=("resource", "why"), rows=rows, empty="every resource has a recommendation.")


def totals(report: Report) -> PageTable:
    """Every cost kind, in the current window and in the whole bill."""
    current = report.headline.current.label
    rows = tuple((_kind(kind), figure(getattr(report.headline.totals, kind)), figure(getattr(report.headline.bill_totals, kind))) for kind in COST_KINDS)
    return PageTable(
        caption=f"Totals by cost kind, {report.currency}", columns=("cost", current, "whole bill"), rows=rows, right=frozenset({current, "whole bill"})
    )


def _kind(kind: str) -> str:
    return kind.replace("_", " ")


def completeness(report: Report) -> PageTable:
    """How many days of each month have usage, per account."""
    periods = {each.period: each for each in report.completeness.periods}
    rows = tuple(
        (each.account, each.period, f"{each.days} of {each.days_in_period}", _missing(each.missing), "open" if periods[each.period].open else "closed")
        for each in report.completeness.accounts
    )
    columns = ("account", "month", "days with usage", "days without", "state")
    return PageTable(caption="Completeness", columns=columns, rows=rows, right=frozenset({"days with usage"}), empty="the bill has no usage.")


def _missing(ranges: Iterable[Any]) -> str:
    return ", ".join(span(each.first, each.last) for each in ranges) or "none"


def warnings(report: Report) -> PageTable:
    """Every warning of the bill and of the report."""
    rows = tuple(
        (each.code, each.message, f"{each.rows:,}" if each.rows else "", "" if each.amount is None else figure(each.amount)) for each in report.warnings
    )
    return PageTable(
        caption="Warnings", columns=("code", "what", "rows", report.currency), rows=rows, right=frozenset({"rows", report.currency}), empty="none."
    )
