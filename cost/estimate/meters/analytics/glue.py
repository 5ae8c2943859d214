"""AWS Glue: jobs, crawlers, the Data Catalog, data quality and development endpoints, in DPU-hours."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Used, constant, usage_assumption
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly, not_stated, running_hours, used_or_unpriced
from cost.estimate.model import QuantitySource, Range
from cost.units import MONTH_HOURS

DPU_HOURS = "monthly_dpu_hours"
WORKER_DPU = {"Standard": 1.0, "G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "G.12X": 12.0, "G.16X": 16.0}
"""DPUs of a worker. Source: Glue user guide, worker types."""
MEMORY_DPU = {"R.1X": 1.0, "R.2X": 2.0, "R.4X": 4.0, "R.8X": 8.0}
"""M-DPUs of a memory-optimised worker. Source: the same."""
RAY_DPU = 2.0
"""M-DPUs of a Z.2X worker, the only one that Ray jobs take. Source: the same."""
SPARK_DPU, SHELL_DPU, ENDPOINT_DPU, CRAWLER_DPU = 10.0, 0.0625, 5.0, 2.0
"""What is taken where nothing is declared. Sources: Glue API, MaxCapacity of CreateJob and NumberOfNodes of CreateDevEndpoint;
a crawler's two are those of the pricing page's example, for its size cannot be set."""
AUTO_SCALING = "--enable-auto-scaling"
LEAST_WORKERS = 2.0
"""A driver and one executor: what auto scaling never goes below. Source: Glue user guide, auto scaling."""
STREAMING = "gluestreaming"


def job(context: Context) -> Iterable[Item]:
    """DPUs of its workers times the hours it runs; a streaming job runs all month unless a usage file says otherwise."""
    component, dpus, notes = _size(context)
    stated = context.usage.get(DPU_HOURS)
    if stated is not None:
        assumptions = (usage_assumption(DPU_HOURS, stated),)
        yield Charge("aws_glue_job", component, constant(stated.value), source=stated.source, assumptions=assumptions)
        return
    hours, source, words = _hours(context)
    yield Charge("aws_glue_job", component, constant(hours), dpus, source=source, assumptions=(*notes, *words))


def _hours(context: Context) -> tuple[float, QuantitySource, tuple[str, ...]]:
    hours, source, words = running_hours(context, overlapping=True)
    streaming = context.text("command.name", "glueetl") == STREAMING
    if streaming and source in (QuantitySource.PRESET, QuantitySource.DECLARED):
        return MONTH_HOURS, QuantitySource.DECLARED, ("a streaming job runs all month",)
    if source is QuantitySource.DECLARED:
        raise UndecidableError(f"how long it runs is not stated: {MONTHLY_HOURS}")
    return hours, source, words


def _size(context: Context) -> tuple[str, Range, tuple[str, ...]]:
    """The price's component, the DPUs and the words for them."""
    kind, worker = context.text("command.name", "glueetl"), context.text("workerType", "")
    flex = "FLEX" if context.text("executionClass", "STANDARD") == "FLEX" else "standard"
    component = f"job ({flex} execution class)"
    if kind == "glueray":
        return "Ray job", constant(RAY_DPU * context.number("numberOfWorkers", 1)), ()
    if worker in MEMORY_DPU:
        return "job (memory-optimised R workers)", _workers(context, MEMORY_DPU[worker]), ()
    if worker:
        if worker not in WORKER_DPU:
            raise UndecidableError(f"no DPUs are known for workers of type {worker}")
        return component, _workers(context, WORKER_DPU[worker]), ()
    default = SHELL_DPU if kind == "pythonshell" else SPARK_DPU
    notes = () if context.get("maxCapacity") is not None else (f"no capacity declared: {default:g} DPU",)
    return component, constant(context.number("maxCapacity", default)), notes


def _workers(context: Context, dpu: float) -> Range:
    """The DPUs of the workers; with auto scaling numberOfWorkers is the ceiling, and expected too for want of better."""
    workers = context.number("numberOfWorkers")
    arguments = context.get("defaultArguments", {})
    scales = str(arguments.get(AUTO_SCALING, "false")).lower() == "true" if isinstance(arguments, dict) else False
    return Range(min=min(LEAST_WORKERS, workers) if scales else workers, expected=workers, max=workers).scaled(dpu)


def crawler(context: Context) -> Iterable[Item]:
    """Hours times DPUs; Glue chooses a crawler's size itself."""
    dpus = context.usage.get("dpus")
    factor = dpus.value if dpus is not None else CRAWLER_DPU
    yield from used_or_unpriced(context, "aws_glue_crawler", Used(MONTHLY_HOURS, "crawler"), factor=factor)


def catalog_database(context: Context) -> Iterable[Item]:
    """Objects and requests, each by itself. The first million of each is in the free tier (cost/prices/free_tier.csv)."""
    for row in (Used("monthly_objects", "data catalog objects stored", 100_000), Used("monthly_requests", "data catalog requests", 1_000_000)):
        yield from used_or_unpriced(context, "aws_glue_catalog_database", row)


def dev_endpoint(context: Context) -> Iterable[Item]:
    """DPUs of an endpoint while it exists."""
    worker = context.text("workerType", "")
    if worker and worker not in WORKER_DPU:
        raise UndecidableError(f"no DPUs are known for workers of type {worker}")
    dpus = WORKER_DPU[worker] * context.number("numberOfWorkers") if worker else context.number("numberOfNodes", ENDPOINT_DPU)
    yield hourly(context, "aws_glue_dev_endpoint", "interactive sessions and development endpoints", constant(dpus))


def ml_transform(context: Context) -> Iterable[Item]:
    """A transform costs while its tasks run, at the price of a job."""
    component, dpus, notes = _size(context)
    if MONTHLY_HOURS not in context.usage:
        yield not_stated("transform tasks", MONTHLY_HOURS)
        return
    hours, source, words = running_hours(context, overlapping=True)
    yield Charge("aws_glue_job", component, constant(hours), dpus, source=source, assumptions=(*notes, *words), label="transform tasks")


METERS = {
    "aws:glue/job:Job": Meter("aws_glue_job", measure=job, extra_fields=(MONTHLY_HOURS, DPU_HOURS)),
    "aws:glue/crawler:Crawler": Meter("aws_glue_crawler", measure=crawler, extra_fields=(MONTHLY_HOURS, "dpus")),
    "aws:glue/catalogDatabase:CatalogDatabase": Meter(
        "aws_glue_catalog_database", measure=catalog_database, extra_fields=("monthly_objects", "monthly_requests")
    ),
    "aws:glue/catalogTableOptimizer:CatalogTableOptimizer": Meter("aws_glue_catalog_table_optimizer", used=(Used(DPU_HOURS, "table optimisation"),)),
    "aws:glue/dataQualityRuleset:DataQualityRuleset": Meter("aws_glue_data_quality_ruleset", used=(Used(DPU_HOURS, "data quality"),)),
    "aws:glue/devEndpoint:DevEndpoint": Meter("aws_glue_dev_endpoint", measure=dev_endpoint, extra_fields=(MONTHLY_HOURS,)),
    "aws:glue/mLTransform:MLTransform": Meter("aws_glue_ml_transform", measure=ml_transform, extra_fields=(MONTHLY_HOURS,)),
    "aws_glue_interactive_session": Meter(
        "aws_glue_interactive_session",
        used=(Used(DPU_HOURS, "interactive sessions and development endpoints"),),
        price_type="aws_glue_dev_endpoint",
        usage_only=True,
    ),
}
