"""The tour: each step does one part of the house's work on what the steps before it left, and writes what it made."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from plinth.console import money
from plinth.demo import cost_pages, pages, plan_pages, run_pages
from plinth.demo.model import DemoStep, DemoSummary
from plinth.errors import InputError
from plinth.files import write_atomically
from plinth.pages import Figure
from plinth.stack import Stack
from plinth.stack.load import load_stack, load_workloads

if TYPE_CHECKING:
    from cost.bill.model import Bill
    from cost.recommend import Recommendations
    from plinth.plan import Plan

SEED = 7
TEAMS = ("search", "vision", "forecasting")
ASSUMED_SHARE = {"SPOT": 0.5, "ON_DEMAND": 0.1}
"""Of a pool's ceiling: the tour's own assumption, written to usage.yaml for all to see."""


@dataclass
class Tour:
    """A tour under way: where it writes, and what its steps have made so far."""

    environment: str
    out: Path
    project: Path | None = None
    infra: Stack | None = None
    workloads: Stack | None = None
    plan: Plan | None = None
    bill: Bill | None = None
    recommendations: Recommendations | None = None
    background: dict[str, Future[Any]] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def write(self, name: str, content: str | BaseModel) -> str:
        """Write a file below the output folder, a model as JSON, and give its name."""
        self.written.append(self.out / name)
        write_atomically(self.out / name, content if isinstance(content, str) else content.model_dump_json(indent=2, by_alias=True) + "\n")
        return name

    def take_back(self) -> None:
        """Remove what a tour that did not end has written, so that no half of one is taken for a whole."""
        for path in self.written:
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Outcome:
    """What a step showed."""

    headline: str
    files: tuple[str, ...] = ()
    fine: bool = True


def evaluate(tour: Tour) -> Outcome:
    """Record both programs, infra twice, to see that nothing random is in them."""
    infra = load_stack(tour.environment, project=tour.project)
    again = load_stack(tour.environment, project=tour.project)
    tour.infra, tour.workloads = infra, load_workloads(infra, tour.project)
    same = infra.model_dump_json() == again.model_dump_json()
    files = (tour.write("stack-infra.json", infra), tour.write("stack-workloads.json", tour.workloads))
    count = f"{len(infra.custom)} resources of infra and {len(tour.workloads.custom)} of workloads"
    return Outcome(f"{count}; evaluated twice: {'the same' if same else 'DIFFERENT'} byte for byte", files, same)


def plan(tour: Tour) -> Outcome:
    """Plan: what there is, which rules it breaks, what it costs a month."""
    from cost.estimate import load_usage
    from plinth.plan import plan_of

    assert tour.infra is not None
    assert tour.workloads is not None
    usage = tour.write("usage.yaml", assumed_usage(tour.infra))
    made = tour.plan = plan_of(tour.infra, tour.workloads, usage=load_usage(tour.out / usage), today=date.today())
    files = (
        usage,
        tour.write("plan.html", plan_pages.plan_page(made)),
        tour.write("findings.html", plan_pages.findings_page(made)),
        tour.write("estimate.html", plan_pages.estimate_page(made)),
        tour.write("plan.json", made),
    )
    tour.figures.append(
        Figure(label="Expected monthly cost", value=money(made.monthly_cost.expected), note="estimated at list prices, with the tour's own usage.yaml")
    )
    tour.figures.append(Figure(label="Violations", value=str(made.violations), note=f"of {len(made.stacks[0].check.rules)} rules"))
    cost = f"{made.monthly_cost.expected:,.0f} USD a month (floor {made.monthly_cost.min:,.0f}, ceiling {made.monthly_cost.max:,.0f})"
    return Outcome(f"{made.violations} violations, {made.unknown_findings} unknown; {cost}; {made.not_priced} not priced", files, made.violations == 0)


def local(tour: Tour) -> Outcome:
    """The stack on the local AWS: deployed, read back, drilled on, destroyed."""
    from plinth.local import LocalAws, Status, deploy, destroy, verify
    from runbooks.local import TARGET
    from runbooks.parse import load_runbook
    from runbooks.record import Verdict, measured, write_record
    from runbooks.runner import run_drill

    assert tour.infra is not None
    runbook = load_runbook("restore-deleted-lake-objects")
    with LocalAws(tour.infra.region or "us-east-1") as aws:
        deployment = deploy(tour.infra, aws)
        verified = verify(deployment, aws)
        record = run_drill(runbook, aws.client, deployment.outputs, environment=tour.environment, target=TARGET, triggered_by="plinth demo")
        destroyed = destroy(deployment, aws, force=True)
    record_path = write_record(record, tour.out / "drills")
    created, held_not = deployment.of_status(Status.CREATED), deployment.of_status(Status.NOT_HELD)
    failed = deployment.of_status(Status.FAILED)
    files = (
        tour.write("local.html", run_pages.local_page(deployment, verified, destroyed)),
        tour.write("drill.html", run_pages.drill_page(record)),
        str(record_path.relative_to(tour.out)),
        tour.write("local-deployment.json", deployment),
    )
    fine = not failed and verified.fine and destroyed.fine and record.verdict is Verdict.MET
    rto = measured(record.rto_seconds)
    tour.figures.append(Figure(label="Drill: recovery time", value=rto, note=f"verdict {record.verdict}; on the local AWS"))
    held = f"{len(created)} created, {len(held_not)} not held, {len(failed)} failed, {len(destroyed.leftovers)} left over"
    return Outcome(f"{held}; drill {record.verdict}: RTO {rto}, RPO {record.rpo_seconds} s, {record.residue} residue", files, fine)


def bill(tour: Tour) -> Outcome:
    """A generated bill of two months, read as any bill is."""
    from cost.bill import read_bill, summarize
    from cost.synthetic import generate_bill

    assert tour.plan is not None
    made = generate_bill(tour.plan.stacks[0].estimate, tour.out / "bill", seed=SEED, teams=teams_of(tour.plan))
    tour.bill = read_bill(made.files)
    summary = summarize(tour.bill)
    files = (tour.write("bill.json", summary), *(str(path.relative_to(tour.out)) for path in made.files))
    spike = f"; one spike of {made.spike.cost:,.0f} USD injected" if made.spike else ""
    return Outcome(f"synthetic: {summary.rows:,} rows, {summary.totals.unblended:,.2f} {summary.currency} unblended{spike}", files, summary.synthetic)


def assumed_usage(infra: Stack) -> str:
    """A usage file for the tour: pools that wait at zero are taken to run at a part of their ceiling, spot more than its fallback."""
    lines = ["# Assumed by plinth demo, so that pools which scale from zero cost something. Write your own from your bill.", "version: 0.1", "resource_usage:"]
    for group in infra.of_type("aws:eks/nodeGroup:NodeGroup"):
        sizes = group.inputs["scalingConfig"]
        if not sizes["desiredSize"]:
            share = ASSUMED_SHARE["SPOT" if group.inputs.get("capacityType") == "SPOT" else "ON_DEMAND"]
            lines += [f"  aws_eks_node_group.{group.name}:", f"    instances: {sizes['maxSize'] * share:g}"]
    return "\n".join(lines) + "\n"


def teams_of(made: Plan) -> Mapping[str, str]:
    """Teams for the generated bill: each GPU pool and each endpoint belongs to a team, in turn; all else keeps its own tag."""
    computing = (resource.name for resource in made.stacks[0].estimate.resources if any(line.instance_type for line in resource.lines))
    names = sorted({name.removesuffix("-spot").removesuffix("-on-demand") for name in computing if not name.endswith("-system")})
    return {name: TEAMS[index % len(TEAMS)] for index, name in enumerate(names)}


def recommend(tour: Tour) -> Outcome:
    """Generated metrics for the bill's instances, and what they advise."""
    from cost.recommend import inventory_from_bill, read_metrics
    from cost.recommend import recommend as recommendations
    from cost.recommend.synthetic import generate_metrics

    assert tour.bill is not None
    inventory = inventory_from_bill(tour.bill)
    path = generate_metrics(inventory, tour.out / "metrics.csv", seed=SEED)
    with closing(read_metrics(path)) as metrics:
        made = tour.recommendations = recommendations(metrics, inventory)
    files = (tour.write("recommendations.html", cost_pages.recommendations_page(made)), tour.write("recommendations.json", made), "metrics.csv")
    tour.figures.append(Figure(label="Savings found", value=money(made.estimated_monthly_savings), note="a month, on the synthetic bill"))
    unmoved = f"{len(made.not_recommended)} left as they are, each with its reason"
    return Outcome(f"synthetic: {len(made.recommendations)} moves save {made.estimated_monthly_savings:,.0f} USD a month; {unmoved}", files)


def report(tour: Tour) -> Outcome:
    """The report that a team reads on Monday."""
    from cost.report import Asked, build_report, render_html, render_markdown

    assert tour.bill is not None
    made = build_report(tour.bill, recommendations=tour.recommendations, asked=Asked())
    files = (tour.write("report.html", render_html(made)), tour.write("report.md", render_markdown(made)), tour.write("report.json", made))
    return Outcome(made.headline.sentence, files)


def workloads(tour: Tour) -> Outcome:
    """Training interrupted and resumed, and the model served; it ran beside the other steps."""
    trained, served = tour.background["workloads"].result()
    fine = trained.identical_weights and served.golden_matches
    same = "identical" if trained.identical_weights else "DIFFERENT"
    took = f"{trained.seconds + served.seconds:.1f} s beside the steps above"
    headline = f"SIGTERM at step {trained.stopped_at_step:,}, resumed, weights {same}; served at p50 {served.p50_milliseconds:.1f} ms; {took}"
    files = (tour.write("workloads.html", run_pages.workloads_page(trained, served)), tour.write("training.json", trained), tour.write("serving.json", served))
    return Outcome(headline, files, fine)


def train_and_serve(folder: Path) -> tuple[Any, Any]:
    """Train, interrupt, resume and serve below a folder; gives both results."""
    from workloads.serving.golden import golden_request
    from workloads.training.interruption import interrupted_and_resumed

    trained = interrupted_and_resumed(folder)
    return trained, golden_request(trained.model_directory)


Step = Callable[[Tour], Outcome]
STEPS: tuple[tuple[str, str, Step], ...] = (
    ("evaluate", "Evaluate the programs", evaluate),
    ("plan", "Plan: policies and monthly cost", plan),
    ("local", "Deploy to the local AWS and drill", local),
    ("bill", "Read two months of a bill", bill),
    ("recommend", "Recommend sizes", recommend),
    ("report", "Write the cost report", report),
    ("workloads", "Train, interrupt, resume, serve", workloads),
)


def run_tour(environment: str, out: Path, *, project: Path | None = None, on_step: Callable[[str], None] = lambda title: None) -> DemoSummary:
    """Walk every step and leave `out` with index.html. Raises InputError where the environment or `out` is wrong, before any work."""
    _check_writable(out)
    tour = Tour(environment, out, project)
    try:
        return _walk(tour, on_step)
    except BaseException:
        tour.take_back()
        raise
    finally:
        if tour.bill is not None:
            tour.bill.engine.close()


def _walk(tour: Tour, on_step: Callable[[str], None]) -> DemoSummary:
    began = time.monotonic()
    done: list[DemoStep] = []
    with TemporaryDirectory(prefix="plinth-demo-") as scratch, ThreadPoolExecutor(1) as pool:
        for name, title, step in STEPS:
            on_step(title)
            mark = time.monotonic()
            outcome = step(tour)
            if name == "evaluate":
                tour.background["workloads"] = pool.submit(train_and_serve, Path(scratch))
            tour.written += [tour.out / file for file in outcome.files]
            done.append(DemoStep(name=name, title=title, headline=outcome.headline, fine=outcome.fine, seconds=time.monotonic() - mark, files=outcome.files))
    summary = DemoSummary(environment=tour.environment, out=tour.out, steps=tuple(done), seconds=time.monotonic() - began)
    tour.write("index.html", pages.index_page(summary, tour.figures))
    tour.write("demo.json", summary)
    return summary


def _check_writable(out: Path) -> None:
    """Refuse early: a file in the way, or a folder that can't be written to."""
    if out.exists() and not out.is_dir():
        raise InputError("the output folder is a file", where=out, fix="give --out a folder")
    write_atomically(out / ".plinth-demo", "")
    (out / ".plinth-demo").unlink()
