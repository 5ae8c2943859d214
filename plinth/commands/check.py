"""`plinth check`: what a stack breaks of the rules in policies/, as a table, JSON, SARIF or JUnit XML."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from policies.model import CheckReport, Finding

NAMED_RESOURCES = 6
"""How many resources with the same message a table names before it counts the rest."""
MARKS = {"violation": "✗", "unknown": "?", "exempt": "~", "pass": "✓"}


class Format(StrEnum):
    """How the findings are written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


class Level(StrEnum):
    """The severities, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def register(app: typer.Typer) -> None:
    """Add `check` to the commands."""

    @app.command("check")
    def check(
        environment: str | None = typer.Argument(None, metavar="ENV", help="An environment of the project, such as dev."),
        preview: Path | None = typer.Option(None, "--preview", metavar="FILE", help="The output of `pulumi preview --json --show-sames`."),
        export: Path | None = typer.Option(None, "--export", metavar="FILE", help="The output of `pulumi stack export`."),
        show_all: bool = typer.Option(False, "--all", help="List passes too."),
        format_: Format = typer.Option(Format.TABLE, "--format", help="How to write the findings."),
        as_json: bool = typer.Option(False, "--json", help="The same as --format json."),
        severity: Level = typer.Option(Level.LOW, "--severity", help="Exit with 1 only for violations at this severity or worse."),
    ) -> None:
        """Judge a stack by every rule; exit with 1 where one is violated."""
        from plinth.console import progress
        from plinth.stack.load import load_stack

        with progress("Judging the stack"):
            import policies

            report = policies.check(load_stack(environment, preview=preview, export=export))
        artifact = str(preview or export or f"Pulumi.{environment}.yaml")
        write(report, Format.JSON if as_json else format_, artifact=artifact, show_all=show_all)
        if violations_at(report, severity):
            raise typer.Exit(1)


def violations_at(report: CheckReport, threshold: str) -> int:
    """How many violations are at the threshold's severity or worse."""
    from policies.model import Severity, Status

    return sum(counts[Status.VIOLATION] for severity, counts in report.summary.items() if severity.rank <= Severity(threshold).rank)


def write(report: CheckReport, format_: Format, *, artifact: str, show_all: bool) -> None:
    """Write the report to stdout; passes only where `show_all` asks for them."""
    from policies.model import Status

    shown = report.findings if show_all else report.with_status(Status.VIOLATION, Status.UNKNOWN, Status.EXEMPT)
    if format_ is Format.TABLE:
        show(report, shown)
    elif format_ is Format.JSON:
        from plinth.console import print_json

        print_json(report.model_copy(update={"findings": shown}))
    elif format_ is Format.SARIF:
        import json

        from policies.formats import as_sarif

        sys.stdout.write(json.dumps(as_sarif(report, _uri(artifact), shown), indent=2) + "\n")
    else:
        from policies.formats import as_junit

        sys.stdout.write(as_junit(report, shown))


def _uri(artifact: str) -> str:
    """The path as SARIF wants it: relative and percent-encoded, or a file URI where it is absolute."""
    from urllib.parse import quote

    path = Path(artifact)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def show(report: CheckReport, shown: Sequence[Finding]) -> None:
    """Print the findings by severity and rule, the same message once for all its resources, then one summary line."""
    from plinth.console import console

    out = console()
    for severity, findings in groupby(shown, key=lambda finding: finding.severity):
        listed = list(findings)
        out.print(severity.value.upper(), style="bold")
        for rule, same in groupby(sorted(listed, key=lambda finding: finding.rule), key=lambda finding: finding.rule):
            _show_rule(out, rule, list(same))
    for note in report.notes:
        _line(out, f"note: {note}", indent=0)
    _line(out, summary_line(report), indent=0)


def _show_rule(out: Any, rule: str, findings: Sequence[Finding]) -> None:
    from policies.model import Status

    _line(out, f"{rule}  {findings[0].title}", indent=2)
    for status, message, names in _by_message(findings):
        more = f" and {len(names) - NAMED_RESOURCES} more" if len(names) > NAMED_RESOURCES else ""
        _line(out, f"{MARKS[status]} {', '.join(names[:NAMED_RESOURCES])}{more}{': ' + message if message else ''}", indent=4)
    if any(finding.status is Status.VIOLATION for finding in findings):
        _line(out, f"fix: {findings[0].remediation}", indent=6)


def _by_message(findings: Sequence[Finding]) -> Iterator[tuple[str, str, list[str]]]:
    """The findings of a rule by status and message, with the resources that share it."""
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.status.value, finding.message), []).append(finding)
    for (status, message), same in grouped.items():
        names = [finding.name for finding in same]
        yield status, message, [_label(finding, names.count(finding.name) > 1) for finding in same]


def _label(finding: Finding, shared: bool) -> str:
    """The resource's name, with its type where two types share it, and the place where that is one of a list and the message does not say it."""
    label = f"{finding.name} ({finding.type.split(':')[-1]})" if shared else finding.name
    in_list = any(part.isdigit() for part in finding.property.split("."))
    return f"{label} at {finding.property}" if in_list and finding.property not in finding.message else label


def _line(out: Any, text: str, *, indent: int) -> None:
    """One paragraph, wrapped to the console; markup and control characters in it are not read."""
    from plinth.console import printable

    margin = " " * indent
    out.print(textwrap.fill(printable(text), out.width, initial_indent=margin, subsequent_indent=margin + "  ", break_on_hyphens=False), soft_wrap=True)


def summary_line(report: CheckReport) -> str:
    """One line: how many violations of which severity, unknowns, exemptions, passes, and how many types no rule looks at."""
    from policies.model import Status

    totals = {status: sum(counts[status] for counts in report.summary.values()) for status in Status}
    worst = ", ".join(f"{counts[Status.VIOLATION]} {severity}" for severity, counts in report.summary.items() if counts[Status.VIOLATION])
    violations = _counted(totals[Status.VIOLATION], "violation") + (f" ({worst})" if worst else "")
    parts = [violations, f"{totals[Status.UNKNOWN]} unknown", f"{totals[Status.EXEMPT]} exempt", f"{totals[Status.PASS]} passed"]
    uncovered = f"; no rule looks at {_counted(len(report.coverage), 'type')} (--json lists them)" if report.coverage else ""
    return f"{report.project}/{report.stack} by {len(report.rules)} rules as {report.environment}: {', '.join(parts)}{uncovered}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
