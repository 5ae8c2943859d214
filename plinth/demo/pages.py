"""The tour's index, and the list of its pages."""

from __future__ import annotations

from collections.abc import Sequence

from plinth.demo.model import DemoSummary
from plinth.pages import Badge, Figure, Link, PageTable, Section, render_page

HOME = "index.html"
PAGES = (
    ("plan.html", "Plan", "What the environment consists of."),
    ("findings.html", "Findings", "Which rules it keeps, breaks, or leaves to a deployment."),
    ("estimate.html", "Estimate", "What it costs a month, before it is made."),
    ("local.html", "Local AWS", "The same stack deployed, read back and destroyed."),
    ("report.html", "Cost report", "What the bill says: what changed and why."),
    ("recommendations.html", "Recommendations", "What to change, with evidence and a replay."),
    ("drill.html", "Drill record", "A runbook that was run, with measured RTO and RPO."),
    ("workloads.html", "Workloads", "Training that survives an interruption, and the model served."),
)


def index_page(summary: DemoSummary, figures: Sequence[Figure]) -> str:
    """The page to open first; `figures` are the tour's own."""
    steps = tuple(
        (Badge(text="as expected" if s.fine else "look", tone="good" if s.fine else "bad"), s.title, s.headline, f"{s.seconds:.1f} s") for s in summary.steps
    )
    links = tuple((Link(text=title, href=href), about) for href, title, about in PAGES)
    files = tuple((Link(text=name, href=name),) for step in summary.steps for name in step.files if not name.endswith(".html"))
    sections = [
        Section(heading="Pages", tables=(PageTable(caption="Start with the plan, or with the cost report", columns=("page", "what it shows"), rows=links),)),
        Section(
            heading="What the tour showed",
            tables=(PageTable(caption="Steps", columns=("", "step", "what it showed", "took"), rows=steps, right=frozenset({"took"})),),
        ),
        Section(heading="Files for other tools", tables=(PageTable(caption="JSON, CSV and Markdown", columns=("file",), rows=files),)),
    ]
    lead = f"The {summary.environment} environment, walked through in {summary.seconds:.1f} seconds with no AWS account."
    return render_page(
        "Plinth demo",
        sections,
        lead=lead,
        figures=figures,
        notices=["The bill, the metrics and the usage of the pools (usage.yaml) are synthetic. Everything else is this repository's own program."],
    )
