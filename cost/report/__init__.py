"""What people read on Monday: one report from a bill, as a page, as Markdown, as csv, as JSON.

The functions load Ibis, Altair and Jinja when they are called, not when this package is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cost.report.insights import Asked
from cost.report.model import Report

if TYPE_CHECKING:
    from cost.bill.model import Bill
    from cost.recommend.model import Recommendations

__all__ = ["Asked", "Report", "build_report", "render_csv", "render_html", "render_markdown"]


def build_report(
    bill: Bill, *, recommendations: Recommendations | None = None, tag: str = "team", cost: str = "amortized", asked: Asked | None = None
) -> Report:
    """The report of a bill, by the values of one tag and in one cost kind. Raises UsageError where the cost kind is not one.

    `asked=Asked()` adds the insights (commitments, network, forecast, tag coverage, close, formulas); its files add budgets and allocation."""
    from cost.report.build import build_report as build

    return build(bill, recommendations=recommendations, tag=tag, cost=cost, asked=asked)


def render_html(report: Report) -> str:
    """The report as one page that works from a file, with no network."""
    from cost.report.html import render_html as render

    return render(report)


def render_markdown(report: Report) -> str:
    """The report in short, for a pull request or a chat."""
    from cost.report.markdown import render_markdown as render

    return render(report)


def render_csv(report: Report) -> str:
    """The report as one tidy csv: a figure a line."""
    from cost.report.tidy_csv import render_csv as render

    return render(report)
