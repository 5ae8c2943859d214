"""The pages of what was run: the local AWS, the drill, training and serving."""

from __future__ import annotations

from typing import Any

from plinth.demo.pages import HOME
from plinth.pages import Badge, Figure, PageTable, Section, render_page
from runbooks.record import measured


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
    figures = [
        Figure(label="Verdict", value=record.verdict.upper(), note=record.target),
        Figure(
            label="Recovery time", value=measured(record.rto_seconds), note=f"promised {record.objective_rto_seconds:g} s; noticing and deciding are not in it"
        ),
        Figure(label="Recovery point", value=measured(record.rpo_seconds), note=f"promised {record.objective_rpo_seconds:g} s; measured by canary writes"),
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
