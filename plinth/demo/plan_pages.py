"""The pages of the plan: what there is, which rules it breaks, what it costs."""

from __future__ import annotations

from cost.estimate.model import Range, Status
from plinth.console import money
from plinth.demo.pages import HOME
from plinth.pages import Badge, Figure, PageTable, Section, render_page
from plinth.plan import Plan

ASSUMED = "Pools that wait at zero are taken to run at a part of their ceiling: the tour's own assumption, in usage.yaml."
TONES = {"critical": "bad", "high": "bad", "medium": "warn", "low": "plain", "violation": "bad", "unknown": "warn", "exempt": "plain", "pass": "good"}


def plan_page(plan: Plan) -> str:
    """The plan: stacks, components, exemptions, and what changing a setting does."""
    sections = [
        Section(
            heading=stack.project,
            figures=(
                Figure(label="Resources", value=f"{stack.resources:,}"),
                Figure(label="Expected monthly cost", value=money(stack.estimate.total.expected)),
            ),
            paragraphs=stack.notes,
            tables=(
                PageTable(
                    caption="Components and the resources below them",
                    columns=("component", "type", "resources"),
                    rows=tuple((c.name, c.type, c.resources) for c in stack.components),
                    right=frozenset({"resources"}),
                ),
            ),
        )
        for stack in plan.stacks
    ]
    exempt = tuple(
        (
            e.control,
            e.reason,
            e.approved_by or "nobody named",
            e.expires,
            Badge(text="expired" if e.expired else "in force", tone="bad" if e.expired else "plain"),
        )
        for e in plan.exemptions
    )
    exemptions = PageTable(
        caption="Exemptions", columns=("control", "reason", "approved by", "expires", ""), rows=exempt, empty="None: the profile holds as it is."
    )
    effects = PageTable(
        caption="What changing a setting of a deployed environment does", columns=("setting", "effect"), rows=tuple(sorted(plan.change_effects.items()))
    )
    sections.append(Section(heading="Exemptions", tables=(exemptions,)))
    sections.append(Section(heading="Settings", tables=(effects,)))
    return render_page(
        f"Plan: {plan.environment}",
        sections,
        lead=f"What {plan.environment} consists of, in {plan.region}.",
        figures=_plan_figures(plan),
        notices=[ASSUMED],
        home=HOME,
    )


def _plan_figures(plan: Plan) -> list[Figure]:
    return [
        Figure(
            label="Expected monthly cost",
            value=money(plan.monthly_cost.expected),
            note=f"floor {money(plan.monthly_cost.min)}, ceiling {money(plan.monthly_cost.max)}",
        ),
        Figure(label="Violations", value=str(plan.violations), note=f"{plan.unknown_findings} more can be judged only after a deployment"),
        Figure(label="Components not priced", value=str(plan.not_priced), note="listed with the reason on the estimate's page"),
    ]


def findings_page(plan: Plan) -> str:
    """The findings of both stacks, worst first, and the types that no rule looks at."""
    sections = []
    for stack in plan.stacks:
        shown = [f for f in stack.check.findings if f.status != "pass"]
        passed = sum(1 for f in stack.check.findings if f.status == "pass")
        rows = tuple(
            (Badge(text=f.severity, tone=TONES[f.severity]), Badge(text=f.status, tone=TONES[f.status]), f.rule, f.name, f.message, f.remediation)
            for f in shown
        )
        table = PageTable(
            caption=f"{len(shown)} findings; {passed:,} verdicts passed",
            columns=("severity", "status", "rule", "resource", "what was found", "what to do"),
            rows=rows,
            empty="None: every rule that applies is kept.",
        )
        unseen = PageTable(caption="Resource types that no rule looks at", columns=("type",), rows=tuple((t,) for t in stack.check.coverage), empty="None.")
        sections.append(Section(heading=stack.project, tables=(table, unseen), paragraphs=(f"{len(stack.check.rules)} rules were evaluated.",)))
    return render_page(
        f"Findings: {plan.environment}",
        sections,
        lead="The same rules run in pulumi preview --policy-pack policies.",
        figures=_plan_figures(plan)[1:2],
        home=HOME,
    )


def _range_cells(cost: Range | None) -> tuple[str, str, str]:
    return ("unknown", "unknown", "unknown") if cost is None else (f"{cost.min:,.2f}", f"{cost.expected:,.2f}", f"{cost.max:,.2f}")


def estimate_page(plan: Plan) -> str:
    """The estimate: costs by resource and by line with their evidence, what is free, and what is not priced."""
    right = frozenset({"floor", "expected", "ceiling", "unit price", "quantity"})
    sections = []
    for stack in plan.stacks:
        estimate = stack.estimate
        priced = sorted(
            (r for r in estimate.resources if r.monthly_cost and r.status is Status.PRICED), key=lambda r: -(r.monthly_cost.expected if r.monthly_cost else 0)
        )
        by_resource = tuple((r.name, r.type, *_range_cells(r.monthly_cost)) for r in priced)
        lines = tuple(
            (
                r.name,
                line.component,
                f"{line.quantity.expected:,.2f} {line.unit}",
                f"{line.unit_price:,.6g}",
                f"{line.monthly_cost.expected:,.2f}",
                f"{line.price_date}, {line.confidence}",
                "; ".join(line.assumptions),
            )
            for r in priced
            for line in r.lines
        )
        free = sum(1 for r in estimate.resources if r.status is Status.FREE)
        sections.append(
            Section(
                heading=stack.project,
                paragraphs=(f"{len(priced)} resources are priced, {free} are free, {len(estimate.unknown)} components are not priced.", *estimate.warnings),
                tables=(
                    PageTable(
                        caption="USD a month, dearest first", columns=("resource", "type", "floor", "expected", "ceiling"), rows=by_resource, right=right
                    ),
                    PageTable(
                        caption="Each line with its price's date and confidence, and where its quantity came from",
                        columns=("resource", "component", "quantity", "unit price", "expected", "price", "assumptions"),
                        rows=lines,
                        right=right,
                    ),
                    PageTable(
                        caption="Not priced",
                        columns=("resource", "component", "why"),
                        rows=tuple((u.urn.rsplit("::", 1)[-1], u.component or "", u.reason) for u in estimate.unknown),
                        empty="Nothing.",
                    ),
                ),
            )
        )
    lead = "Floor is the smallest capacity, expected the desired one with declared usage, ceiling everything scaled out. An estimate at list prices."
    return render_page(f"Estimate: {plan.environment}", sections, lead=lead, figures=_plan_figures(plan)[:1], notices=[ASSUMED], home=HOME)
