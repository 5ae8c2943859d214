"""SageMaker job meters: training with managed spot and warm pools, hyperparameter tuning, processing, batch transform, model monitoring.

Jobs that a pipeline or a notebook starts are declared nowhere: a usage file's `aws_sagemaker_training_job.NAME` states them.
Sources: SageMaker pricing page, "Training", "Processing", "Batch Transform"; SageMaker API reference, CreateTrainingJob, CreateHyperParameterTuningJob.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Context, Free, Item, Meter, UndecidableError, as_list, as_mapping, as_number, constant, usage_assumption
from cost.estimate.meters.machine_learning.ml_instances import Stated, job_storage, known, known_numbers, mapping, ml_lines
from cost.estimate.meters.schedules import aws_schedule
from cost.estimate.meters.usage_fields import MONTHLY_HOURS
from cost.estimate.model import PurchaseOption, QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import UNKNOWN, Unknown, lookup

TRAINING = "aws_sagemaker_training_job"
PROCESSING = "aws_sagemaker_processing_job"
TRANSFORM = "aws_sagemaker_transform_job"
TRAINING_JOB = "aws:sagemaker/trainingJob:TrainingJob"
"""A declared job goes by its Pulumi token in a usage file: Terraform's name makes a job that nothing declares."""
DATA_QUALITY = "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition"
SCHEDULE = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
TYPE, COUNT, VOLUME, SAVING, RUN_MINUTES = "instance_type", "instance_count", "volume_size_gb", "spot_saving_percent", "average_run_minutes"
SECONDS_AN_HOUR = 3600
MINUTES_AN_HOUR = 60
DEFAULT_MAX_SECONDS = 86_400
"""What a job may run where no limit is declared. Source: API reference, StoppingCondition MaxRuntimeInSeconds."""
MOST_SAVED_PERCENT = 90.0
"""Source: SageMaker developer guide, "Managed Spot Training": up to 90 percent."""
NOW = "NOW"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a job runs on: one of some types, several of them, each with a volume."""

    types: tuple[str, ...]
    count: float
    volume_gb: float
    label: str = "instances"


def training_job(context: Context) -> Iterable[Item]:
    """A declared training job: it runs once, for at most its time limit, and a warm pool for the time that it is kept."""
    if lookup(context.resource.inputs, "serverlessJobConfig").present:
        raise UndecidableError("a serverless customization job is billed by the tokens of its model; the price book has none")
    resources = mapping(context.resource.inputs, "resourceConfig")
    if known(resources, "trainingPlanArn", ""):
        raise UndecidableError("it runs on a training plan, which is paid for up front: the price is the plan's offer")
    hours = _job_hours(context, _limit_hours(mapping(context.resource.inputs, "stoppingCondition")))
    spot = bool(context.get("enableManagedSpotTraining", False))
    for cluster in _clusters(resources):
        yield from _training(context, cluster, hours, spot=spot)
        yield from _warm_pool(context, cluster, resources)


def tuning_job(context: Context) -> Iterable[Item]:
    """All the training jobs of a tuning job: at most its number of jobs, each for at most its time limit."""
    inputs = context.resource.inputs
    definitions = [*as_list("trainingJobDefinitions", known(inputs, "trainingJobDefinitions", [])), *_one(known(inputs, "trainingJobDefinition", {}))]
    if not definitions:
        raise UndecidableError("it declares no training job definition")
    jobs = as_number("maxParallelTrainingJobs", known(inputs, "config.resourceLimits.maxParallelTrainingJobs"))
    jobs = max(jobs, as_number("maxNumberOfTrainingJobs", known(inputs, "config.resourceLimits.maxNumberOfTrainingJobs", jobs)))
    for index, definition in enumerate(definitions):
        if isinstance(definition, Unknown):
            raise UndecidableError("a training job definition is known only after deployment")
        shared = Stated(_job_hours(context, jobs * _limit_hours(mapping(definition, "stoppingCondition"))).quantity.scaled(1 / len(definitions)))
        hours = Stated(shared.quantity, _source(context), (f"up to {jobs:g} jobs", *_hours_note(context)))
        name = str(known(definition, "definitionName", f"definition {index}"))
        for cluster in _tuning_clusters(definition, name if len(definitions) > 1 else ""):
            yield from _training(context, cluster, hours, spot=bool(known(definition, "enableManagedSpotTraining", False)))


def stated_training(context: Context) -> Iterable[Item]:
    """A training job that only a usage file states; with `spot_saving_percent` it is managed spot training."""
    yield from _training(context, _stated_cluster(context), _stated_hours(context), spot=SAVING in context.usage)


def stated_processing(context: Context) -> Iterable[Item]:
    """A processing job that only a usage file states: instances and their volumes while it runs (Data Wrangler and Clarify jobs are such)."""
    yield from _processing(context, _stated_cluster(context), _stated_hours(context))


def stated_transform(context: Context) -> Iterable[Item]:
    """A batch transform job that only a usage file states: instances while it runs. It has no volume and no charge for data.

    The book has no batch prices of their own: AWS lists a type for batch transform at the price of its training or hosting (SageMaker pricing page).
    """
    cluster, hours = _stated_cluster(context), _stated_hours(context)
    use = "training" if context.prices.sagemaker_instance(cluster.types[0], "training", context.region) else "hosting"
    noted = Stated(hours.quantity.scaled(cluster.count), hours.source, (*hours.notes, f"batch transform at the {use} price"))
    yield from ml_lines(context, use, cluster.types, "batch transform instances", noted)


def monitoring_schedule(context: Context) -> Iterable[Item]:
    """A monitoring job's instances and volumes: the runs of its schedule, each for `average_run_minutes` and at most its time limit."""
    config = mapping(context.resource.inputs, "monitoringScheduleConfig")
    expression = str(known(config, "scheduleConfig.scheduleExpression", NOW))
    try:
        runs = 1.0 if expression == NOW else aws_schedule(expression).a_month
    except ValueError:
        raise UndecidableError(f"the schedule {expression} can't be read") from None
    job, limits = _monitoring_job(context, config)
    (cluster,) = _clusters(mapping(job, "clusterConfig"))
    hours = _run_hours(context, runs, min(limits, _longest_run(runs)))
    yield from _processing(context, cluster, Stated(hours.quantity, hours.source, (f"{runs:,.4g} runs a month by {expression}", *hours.notes)))


def data_quality(context: Context) -> Iterable[Item]:
    """Free: the schedules that run it are billed."""
    yield Free("a job definition carries no charge: the monitoring schedules that run it are priced")


def _monitoring_job(context: Context, config: Any) -> tuple[Any, float]:
    """The resources of a schedule's job, inline or by its definition's name, and the hours that a run may last."""
    inline = mapping(config, "monitoringJobDefinition")
    if inline:
        conditions = as_list("stoppingConditions", known(inline, "stoppingConditions", []))
        return mapping(inline, "monitoringResources"), _limit_hours(conditions[0] if conditions else {})
    name = lookup(config, "monitoringJobDefinitionName")
    urns = context.resource.property_dependencies.get("monitoringScheduleConfig", ())
    depended = (item for urn in urns if (item := context.stack.by_urn.get(urn)) is not None and item.type == DATA_QUALITY)
    named = context.references.named(DATA_QUALITY, "name", str(name.value)) if name.known else ()
    found = next((item for item in (*depended, *named)), None)
    if found is None:
        raise UndecidableError("its job definition is not in this stack")
    return mapping(found.inputs, "jobResources"), _limit_hours(mapping(found.inputs, "stoppingCondition"))


def _longest_run(runs: float) -> float:
    """A run ends before the next begins. Source: API reference, StoppingCondition of a monitoring job (an hourly schedule's is at most 3,600 s)."""
    return MONTH_HOURS / runs if runs > 1 else DEFAULT_MAX_SECONDS / SECONDS_AN_HOUR


def _run_hours(context: Context, runs: float, limit: float) -> Stated:
    stated = context.usage.get(RUN_MINUTES)
    if stated is None:
        return Stated(Range(min=0, expected=runs * limit, max=runs * limit), notes=(f"no {RUN_MINUTES}: expected is the time limit",))
    taken = min(stated.value / MINUTES_AN_HOUR, limit)
    low, high = (0.0, limit) if stated.source is QuantitySource.PRESET else (taken, taken)
    return Stated(Range(min=runs * low, expected=runs * taken, max=runs * high), stated.source, (usage_assumption(RUN_MINUTES, stated),))


def _processing(context: Context, cluster: Cluster, hours: Stated) -> Iterable[Item]:
    total = Stated(hours.quantity.scaled(cluster.count), hours.source, (*hours.notes, f"{cluster.count:g} at a time"))
    yield from ml_lines(context, "processing", cluster.types, "processing instances", total)
    if cluster.volume_gb:
        yield job_storage(PROCESSING, "processing job ML storage", cluster.volume_gb, total)


def _training(context: Context, cluster: Cluster, hours: Stated, *, spot: bool) -> Iterable[Item]:
    full = Stated(hours.quantity.scaled(cluster.count), hours.source, (*hours.notes, f"{cluster.count:g} at a time"))
    billed = _billed_on_spot(context, cluster, full) if spot else full
    purchase = PurchaseOption.SPOT if spot else PurchaseOption.ON_DEMAND
    label = f"training {cluster.label}{', managed spot' if spot else ''}"
    yield from ml_lines(context, "training", cluster.types, label, billed, purchase=purchase)
    if cluster.volume_gb:
        yield job_storage(TRAINING, "training job ML storage", cluster.volume_gb, full, f"training job ML storage{cluster.label.removeprefix('instances')}")


def _billed_on_spot(context: Context, cluster: Cluster, full: Stated) -> Stated:
    """Billable hours of managed spot training: the floor has the saving, the ceiling none, for an interrupted job runs longer.

    The saving is what AWS reports for a job, (1 - BillableTimeInSeconds / TrainingTimeInSeconds) x 100 (developer guide, Managed Spot Training).
    """
    stated = context.usage.get(SAVING)
    advice = context.prices.spot_advice(cluster.types[0].removeprefix("ml."), context.region)
    if stated is not None:
        if stated.value > 100:
            raise UndecidableError(f"{SAVING} is above 100: {stated.value:g}")
        saving, expected, note = stated.value, stated.value, f"spot saving {stated.value:g} % ({stated.source.value})"
    elif advice is not None:
        saving = expected = max(advice.saving_percent, 0.0)
        note = f"spot saving {saving:g} % is EC2's for the type (Spot Advisor, {advice.effective_date}); state {SAVING}"
    else:
        saving, expected = MOST_SAVED_PERCENT, 0.0
        note = f"no spot saving known: expected is on-demand, the floor AWS's most, {saving:g} %; state {SAVING}"
    quantity = full.quantity
    billed = Range(min=quantity.min * (1 - saving / 100), expected=quantity.expected * (1 - expected / 100), max=quantity.max)
    return Stated(billed, full.source, (*full.notes, note, "billable hours; the ceiling is on-demand"))


def _warm_pool(context: Context, cluster: Cluster, resources: Any) -> Iterable[Item]:
    """The instances that a warm pool keeps after the job: up to its keep-alive period, at the training price (developer guide, SageMaker AI warm pools)."""
    (keep,) = known_numbers([("keepAlivePeriodInSeconds", known(resources, "keepAlivePeriodInSeconds", 0))])
    if keep:
        hours = cluster.count * keep / SECONDS_AN_HOUR
        stated = Stated(Range(min=0, expected=hours, max=hours), notes=("kept for the whole period once: another job that takes the pool ends it",))
        yield from ml_lines(context, "training", cluster.types, f"warm pool {cluster.label}", stated)
        if cluster.volume_gb:
            label = f"warm pool ML storage{cluster.label.removeprefix('instances')}"
            yield job_storage(TRAINING, "training job ML storage", cluster.volume_gb, stated, label)


def _job_hours(context: Context, limit: float) -> Stated:
    """A declared job's hours: stated, or a preset within zero and the time limit, or the limit itself."""
    stated = context.usage.get(MONTHLY_HOURS)
    if stated is not None and stated.source is not QuantitySource.PRESET:
        return Stated(constant(stated.value), stated.source, _hours_note(context))
    expected = min(stated.value, limit) if stated else limit
    return Stated(Range(min=0, expected=expected, max=limit), _source(context), (*_hours_note(context), f"one run of at most {limit:,.4g} hours"))


def _stated_hours(context: Context) -> Stated:
    stated = context.usage.get(MONTHLY_HOURS)
    if stated is None:
        raise UndecidableError(f"the usage file states no {MONTHLY_HOURS}")
    return Stated(constant(stated.value), stated.source, _hours_note(context))


def _source(context: Context) -> QuantitySource:
    stated = context.usage.get(MONTHLY_HOURS)
    return stated.source if stated else QuantitySource.DECLARED


def _hours_note(context: Context) -> tuple[str, ...]:
    stated = context.usage.get(MONTHLY_HOURS)
    return (usage_assumption(MONTHLY_HOURS, stated),) if stated else ()


def _stated_cluster(context: Context) -> Cluster:
    instance_type = context.texts.get(TYPE)
    if instance_type is None:
        raise UndecidableError(f"the usage file states no {TYPE}")
    count, volume = context.usage.get(COUNT), context.usage.get(VOLUME)
    return Cluster((instance_type,), count.value if count else 1.0, volume.value if volume else 0.0)


def _limit_hours(condition: Any) -> float:
    return as_number("maxRuntimeInSeconds", known(condition, "maxRuntimeInSeconds", DEFAULT_MAX_SECONDS)) / SECONDS_AN_HOUR


def _one(definition: Any) -> list[Any]:
    return [definition] if definition else []


def _clusters(resources: Any) -> list[Cluster]:
    """The instance groups of a heterogeneous cluster, else the one type. Each instance has a volume of its own."""
    volume = as_number("volumeSizeInGb", known(resources, "volumeSizeInGb", 0))
    groups = as_list("instanceGroups", known(resources, "instanceGroups", []))
    if not groups:
        count = as_number("instanceCount", known(resources, "instanceCount", 1))
        return [Cluster((str(known(resources, "instanceType")),), count, volume)]
    if UNKNOWN in groups:
        raise UndecidableError("an instance group is known only after deployment")
    return [_group(as_mapping("instanceGroups", group), volume) for group in groups]


def _group(group: Any, volume: float) -> Cluster:
    count = as_number("instanceCount", known(group, "instanceCount", 1))
    return Cluster((str(known(group, "instanceType")),), count, volume, f"instances, {known(group, 'instanceGroupName', 'group')}")


def _tuning_clusters(definition: Any, name: str) -> list[Cluster]:
    """A tuning definition's cluster: its training resources, or one of several types that it may use in order."""
    flexible = mapping(definition, "hyperParameterTuningResourceConfig")
    configs = as_list("instanceConfigs", known(flexible, "instanceConfigs", []))
    if not configs:
        found = _clusters(flexible or mapping(definition, "resourceConfig"))
        return [Cluster(item.types, item.count, item.volume_gb, f"{item.label}, {name}" if name else item.label) for item in found]
    first = as_mapping("instanceConfigs", configs[0])
    count = as_number("instanceCount", known(first, "instanceCount", 1))
    volume = as_number("volumeSizeInGb", known(first, "volumeSizeInGb", 0))
    types = tuple(str(known(config, "instanceType")) for config in configs)
    return [Cluster(types, count, volume, f"instances, {name}" if name else "instances")]


STATED = (MONTHLY_HOURS, COUNT, VOLUME)
TEXTS: dict[str, tuple[str, ...]] = {TYPE: ()}

METERS = {
    TRAINING_JOB: Meter(TRAINING, measure=training_job, extra_fields=(MONTHLY_HOURS, SAVING)),
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": Meter(
        "aws_sagemaker_hyper_parameter_tuning_job", measure=tuning_job, extra_fields=(MONTHLY_HOURS, SAVING)
    ),
    TRAINING: Meter(TRAINING, measure=stated_training, extra_fields=(*STATED, SAVING), texts=TEXTS, usage_only=True),
    PROCESSING: Meter(PROCESSING, measure=stated_processing, extra_fields=STATED, texts=TEXTS, usage_only=True),
    TRANSFORM: Meter(TRANSFORM, measure=stated_transform, extra_fields=(MONTHLY_HOURS, COUNT), texts=TEXTS, usage_only=True),
    SCHEDULE: Meter("aws_sagemaker_monitoring_schedule", measure=monitoring_schedule, extra_fields=(RUN_MINUTES,)),
    DATA_QUALITY: Meter("aws_sagemaker_data_quality_job_definition", measure=data_quality),
}
