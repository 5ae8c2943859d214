"""What people read of the local AWS: a table by type, the reasons, and how to use it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from plinth.console import console, table
from plinth.local.deployment import Deployment, DestroyReport, Finding, Status, VerifyReport

MAX_LINES = 20


def show_deployment(deployment: Deployment, report: VerifyReport) -> None:
    """One line a type: how many are there, and how their properties compare with what was declared."""
    out = console()
    rows = [_row(type_, deployment, report) for type_ in sorted({resource.type for resource in deployment.resources})]
    columns = ("type", "created", "not held", "failed", "matched", "differs", "not echoed")
    out.print(table(f"{deployment.project}/{deployment.stack} on the local AWS, {deployment.region}", columns, rows, right=columns[1:]))
    reasons = Counter(
        (resource.type, resource.status.value, resource.reason or "") for resource in deployment.resources if resource.status is not Status.CREATED
    )
    _print_lines(out, [f"{status.replace('_', ' ')}: {short(type_)} ×{count}: {reason}" for (type_, status, reason), count in reasons.items()])
    names = {resource.urn: resource.name for resource in deployment.resources}
    _print_lines(out, [f"differs: {names[v.urn]} {v.property}: declared {v.declared!r}, found {v.found!r}" for v in report.of(Finding.DIFFERS)])
    _print_lines(out, [f"missing: {names[urn]}: {reason}" for urn, reason in report.missing.items()])
    unheard = Counter((v.urn.split("::")[2].rsplit("$", 1)[-1], v.property) for v in report.of(Finding.NOT_ECHOED))
    _print_lines(out, [f"not echoed by the local AWS: {short(type_)} {name} ×{count}" for (type_, name), count in sorted(unheard.items())])


def short(type_: str) -> str:
    """A type token in Pulumi's Python form without the package, so that a table stays narrow: `ec2.Vpc`."""
    _, module, name = type_.split(":", 2)
    return f"{module.split('/', 1)[0]}.{name}"


def _row(type_: str, deployment: Deployment, report: VerifyReport) -> list[object]:
    own = {resource.urn: resource for resource in deployment.of_type(type_)}
    statuses = Counter(resource.status for resource in own.values())
    findings = Counter(verdict.finding for verdict in report.verdicts if verdict.urn in own)
    counts = [statuses[Status.CREATED], statuses[Status.NOT_HELD], statuses[Status.FAILED]]
    return [short(type_), *(count or "" for count in counts), *(findings[kind] or "" for kind in (Finding.MATCHED, Finding.DIFFERS, Finding.NOT_ECHOED))]


def show_summary(deployment: Deployment, report: VerifyReport) -> None:
    """One line on what is there and how it compares."""
    created, held = len(deployment.of_status(Status.CREATED)), len(deployment.resources)
    console().print(
        f"{created} of {held} resources created in {deployment.seconds:.1f} s, {report.read} read back: "
        f"{len(report.of(Finding.MATCHED))} properties match, {len(report.of(Finding.DIFFERS))} differ, "
        f"{len(report.of(Finding.NOT_ECHOED))} are not echoed."
    )


def show_destroy(report: DestroyReport) -> None:
    """What went, what stayed and why."""
    out = console()
    out.print(f"{len(report.destroyed)} resources destroyed in {report.seconds:.1f} s, last first.")
    _print_lines(out, [f"failed: {urn.rsplit('::', 1)[-1]}: {reason}" for urn, reason in report.failed.items()])
    _print_lines(out, [f"left: {item}" for item in report.leftovers])
    _print_lines(out, [f"retained: {urn}" for urn in report.retained])
    lingering = Counter(item.split("::")[2].rsplit("$", 1)[-1] + " ×{}: " + item.rsplit(": ", 1)[-1] for item in report.pending_deletion)
    _print_lines(out, [text.format(count) for text, count in sorted(lingering.items())])
    if report.fine:
        out.print("Nothing is left.")


def _print_lines(out: Any, lines: list[str]) -> None:
    for line in lines[:MAX_LINES]:
        out.print(line, markup=False)
    if len(lines) > MAX_LINES:
        out.print(f"… and {len(lines) - MAX_LINES} more (--json lists all)", markup=False)
