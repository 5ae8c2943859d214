"""The tour's pages: plan, findings, estimate, local AWS, drill, recommendations, workloads, and the index that links them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cost.estimate.model import Range, Status
from plinth.console import money
from plinth.demo.model import DemoSummary
from plinth.pages import Badge, Figure, Link, PageTable, Section, render_page
from plinth.plan import Plan

HOME = "index.html"
SYNTHETIC = "Synthetic data: this page is made from a generated bill and generated metrics, not from a real account."
TONES = {"critical": "bad", "high": "bad", "medium": "warn", "low": "plain", "violation": "bad", "unknown": "warn", "exempt": "plain", "pass": "good"}
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
        notices=["The bill and the metrics are synthetic. Everything else is this repository's own program."],
    )


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
        f"Plan: {plan.environment}", sections, lead=f"What {plan.environment} consists of, in {plan.region}.", figures=_plan_figures(plan), home=HOME
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
    return render_page(f"Estimate: {plan.environment}", sections, lead=lead, figures=_plan_figures(plan)[:1], home=HOME)


def local_page(deployment: Any, verified: Any, destroyed: Any) -> str:
    """The local AWS: what was created, what moto does not hold and why, what reading back found, what was left."""
    from plinth.local import Finding, Status

    tones = {Status.CREATED: "good", Status.NOT_HELD: "warn", Status.FAILED: "bad"}
    rows = tuple((Badge(text=r.status, tone=tones[r.status]), r.name, r.type, r.reason or r.id or "") for r in deployment.resources)
    differs = tuple((v.urn.rsplit("::", 1)[-1], v.property, str(v.declared), str(v.found)) for v in verified.of(Finding.DIFFERS))
    figures = [
        Figure(
            label="Created",
            value=f"{len(deployment.of_status(Status.CREATED))}",
            note=f"{len(deployment.of_status(Status.NOT_HELD))} not held by moto, {len(deployment.of_status(Status.FAILED))} failed",
        ),
        Figure(
            label="Properties read back as declared",
            value=f"{len(verified.of(Finding.MATCHED)):,}",
            note=f"{len(verified.of(Finding.NOT_ECHOED))} that moto does not echo, {len(differs)} that differ",
        ),
        Figure(label="Left after destroy", value=f"{len(destroyed.leftovers)}", note=f"{len(destroyed.pending_deletion)} keys await deletion, as on AWS"),
    ]
    sections = [
        Section(
            heading="Differences",
            tables=(PageTable(caption="Declared, and found otherwise", columns=("resource", "property", "declared", "found"), rows=differs, empty="None."),),
        ),
        Section(
            heading="Resources", tables=(PageTable(caption="In the order of creation", columns=("status", "resource", "type", "id, or why not"), rows=rows),)
        ),
    ]
    return render_page(
        f"Local AWS: {deployment.stack}",
        sections,
        lead="The recorded stack deployed to moto through boto3, read back, and destroyed. It shows that arguments and order are sound, no more.",
        figures=figures,
        home=HOME,
    )


def drill_page(record: Any) -> str:
    """The record of a drill: promised and measured, and every step."""
    tones = {"passed": "good", "failed": "bad", "not_run": "warn", "met": "good", "missed": "warn"}
    rto = "not measured" if record.rto_seconds is None else f"{record.rto_seconds:.2f} s"
    rpo = "not measured" if record.rpo_seconds is None else f"{record.rpo_seconds:.2f} s"
    figures = [
        Figure(label="Verdict", value=record.verdict.upper(), note=record.target),
        Figure(label="Recovery time", value=rto, note=f"promised {record.objective_rto_seconds:g} s; noticing and deciding are not in it"),
        Figure(label="Recovery point", value=rpo, note=f"promised {record.objective_rpo_seconds:g} s; measured by canary writes"),
        Figure(label="Residue", value=str(record.residue), note="objects and markers left behind"),
    ]
    steps = tuple((s.phase, s.heading, s.action, Badge(text=s.status, tone=tones[s.status]), f"{s.seconds:.3f} s", s.failure or "") for s in record.steps)
    facts = (
        ("id", record.id),
        ("scenario", record.scenario),
        ("runbook's SHA-256", record.runbook_sha256),
        ("git commit", record.git_commit or "none"),
        ("fault injected at", record.fault_at),
        ("triggered by", record.triggered_by),
    )
    sections = [
        Section(
            heading="Steps",
            tables=(
                PageTable(caption="As they were run", columns=("phase", "step", "action", "status", "took", "failure"), rows=steps, right=frozenset({"took"})),
            ),
        ),
        Section(heading="Record", tables=(PageTable(caption="What was run, and when", columns=("", ""), rows=facts),)),
    ]
    return render_page(record.title, sections, lead="A drill on the local AWS.", figures=figures, home=HOME)


def recommendations_page(made: Any) -> str:
    """The recommendations, each with its evidence and replay, and every resource that was left alone."""
    right = frozenset({"saves"})
    moves = tuple(
        (r.resource_id, r.action_type, _move(r), f"{r.estimated_monthly_savings:,.2f}", f"{r.performance_risk_band} ({r.performance_risk:.1f} of 4)")
        for r in made.recommendations
    )
    table = PageTable(caption="Best saving first, USD a month", columns=("resource", "action", "move", "saves", "risk"), rows=moves, right=right, empty="None.")
    rest = PageTable(
        caption="Left as they are", columns=("resource", "reason"), rows=tuple((n.resource_id, n.reason) for n in made.not_recommended), empty="None."
    )
    figures = [
        Figure(label="Saves a month", value=money(made.estimated_monthly_savings, made.currency_code), note="estimated, at the bill's own effective rates"),
        Figure(label="Moves", value=str(len(made.recommendations)), note=f"{len(made.not_recommended)} resources left alone, each with a reason"),
        Figure(
            label="Method", value=f"P{made.percentile:g}", note=f"of 5-minute maxima over {made.lookback_days} days, headroom {made.cpu_headroom_percent} %"
        ),
    ]
    sections = [
        Section(heading="Moves", tables=(table,)),
        *(_evidence(r) for r in made.recommendations),
        Section(heading="No move", tables=(rest,), paragraphs=(*made.metrics_notes, *made.warnings)),
    ]
    return render_page(
        "Recommendations",
        sections,
        lead="Each move was replayed over the resource's own history before it was listed.",
        figures=figures,
        notices=[SYNTHETIC],
        home=HOME,
    )


def _move(recommendation: Any) -> str:
    return f"{recommendation.current_resource_summary} → {recommendation.recommended_resource_summary}"


def _evidence(recommendation: Any) -> Section:
    """What a move rests on: the demand that was seen, and its history replayed on the new size."""
    replays = {(replay.specification, replay.metric): replay for replay in recommendation.replay}
    rows = []
    for seen in recommendation.evidence:
        replay = replays.get((seen.specification, seen.metric))
        verdict = f"{replay.intervals_above_target:,} of {replay.intervals:,}" if replay else "not replayed"
        target = f"{replay.target:,.2f} {replay.unit}" if replay else ""
        rows.append(
            (
                seen.metric,
                f"P{seen.percentile:g} of {seen.statistic}",
                f"{seen.value:,.2f} {seen.unit}",
                f"{seen.maximum:,.2f}",
                f"{seen.missing_intervals:,} of {seen.intervals + seen.missing_intervals:,}",
                target,
                verdict,
            )
        )
    columns = ("metric", "statistic", "demand", "maximum", "intervals missing", "target after", "above target in the replay")
    table = PageTable(
        caption=f"Evidence over {recommendation.recommendation_lookback_period_in_days} days", columns=columns, rows=tuple(rows), right=frozenset(columns[2:])
    )
    notes = (
        f"{_move(recommendation)}. Effort {recommendation.implementation_effort}, risk {recommendation.performance_risk_band}.",
        f"To undo: {recommendation.undo}",
        *recommendation.notes,
    )
    return Section(heading=f"{recommendation.action_type} {recommendation.resource_id}", paragraphs=notes, tables=(table,))


def workloads_page(trained: Any, served: Any) -> str:
    """The interrupted training and the served model, as measured."""
    training = tuple((key.replace("_", " "), value) for key, value in trained.model_dump(exclude={"model_directory"}).items())
    serving = tuple((key.replace("_", " "), value) for key, value in served.model_dump().items())
    sections = [
        Section(
            heading="Training",
            paragraphs=(
                "A real process got a real SIGTERM, a second one resumed from its checkpoint, and the weights were compared with an uninterrupted run's.",
            ),
            tables=(PageTable(caption="Measured", columns=("", ""), rows=training),),
        ),
        Section(
            heading="Serving",
            paragraphs=("The server keeps SageMaker's container contract: /ping and /invocations on one process of this machine.",),
            tables=(PageTable(caption="Measured", columns=("", ""), rows=serving),),
        ),
    ]
    return render_page("Workloads", sections, home=HOME)


def report_headline(report: Any) -> str:
    """The report in a line for the summary."""
    return str(report.headline.sentence)
