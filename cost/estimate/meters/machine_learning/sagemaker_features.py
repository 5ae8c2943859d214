"""SageMaker's other billed features: feature groups, and labeling jobs with the people who work on them.

Sources: SageMaker pricing page, "Feature Store"; SageMaker Ground Truth pricing page.
"""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_number, constant, usage_assumption, used_charge
from cost.estimate.meters.machine_learning.ml_instances import known, mapping
from cost.estimate.model import EstimateLine
from cost.estimate.prices import SAGEMAKER
from cost.units import MILLION, MONTH_HOURS
from plinth.stack import lookup

FEATURE_GROUP = "aws_sagemaker_feature_group"
LABELING = "aws_sagemaker_labeling_job"
REVIEW = "aws_sagemaker_flow_definition"
WRITES, READS, STORAGE = "monthly_write_request_units", "monthly_read_request_units", "storage_gb"
OBJECTS = "monthly_objects"
IN_MEMORY, PROVISIONED = "InMemory", "Provisioned"
PUBLIC_CROWD, VENDOR_CROWD = "public-crowd", "vendor-crowd"
DOLLARS = {"dollars": 1.0, "cents": 0.01, "tenthFractionsOfACent": 0.001}


def feature_group(context: Context) -> Iterable[Item]:
    """The online store by request or by provisioned capacity, and what it holds. The offline store is a bucket's storage."""
    online = mapping(context.resource.inputs, "onlineStoreConfig")
    if not known(online, "enableOnlineStore", False):
        yield Free("without an online store a feature group carries no charge; its offline store is its bucket's storage")
        return
    if known(online, "storageType", "Standard") == IN_MEMORY:
        raise UndecidableError("the price book has no prices of the in-memory tier (GB-hours, reads and writes)")
    throughput = mapping(context.resource.inputs, "throughputConfig")
    if known(throughput, "throughputMode", "OnDemand") == PROVISIONED:
        yield from _provisioned(throughput)
    else:
        yield from used_charge(context, FEATURE_GROUP, Used(WRITES, "online store on-demand writes (1 KB units)", MILLION))
        yield from used_charge(context, FEATURE_GROUP, Used(READS, "online store on-demand reads (4 KB units)", MILLION))
    yield from used_charge(context, FEATURE_GROUP, Used(STORAGE, "online store storage"))


def _provisioned(throughput: object) -> Iterable[Item]:
    for key, component in (("Write", "writes"), ("Read", "reads")):
        units = as_number(key, known(throughput, f"provisioned{key}CapacityUnits", 0))
        yield Charge(
            FEATURE_GROUP, f"online store provisioned {component}", constant(units * MONTH_HOURS), assumptions=(f"{units:g} capacity units all month",)
        )


def labeling_job(context: Context) -> Iterable[Item]:
    """Objects that Ground Truth labels, and the public workers' price a task; a private team's people are no charge of AWS's."""
    stated = context.usage.get(OBJECTS)
    if stated is None:
        raise UndecidableError(f"no {OBJECTS} in the usage file: its manifest says how many objects it labels")
    notes = (usage_assumption(OBJECTS, stated),)
    yield Charge(LABELING, "objects labeled", constant(stated.value), source=stated.source, assumptions=notes)
    if lookup(context.resource.inputs, "labelingJobAlgorithmsConfig").present:
        yield Unpriced("automated labeling", "the instances that it trains and infers on are AWS's choice: a bill says their hours")
    human = mapping(context.resource.inputs, "humanTaskConfig")
    team = lookup(human, "workteamArn")
    if not team.known:
        yield Unpriced("workforce", "workteamArn is known only after deployment")
    elif VENDOR_CROWD in str(team.value):
        yield Unpriced("workforce", "a vendor's price is its AWS Marketplace listing's")
    elif PUBLIC_CROWD in str(team.value):
        yield _public_workers(context, human, stated.value)


def _public_workers(context: Context, human: object, objects: float) -> Item:
    amount = mapping(human, "publicWorkforceTaskPrice.amountInUsd")
    task = sum(as_number(key, known(amount, key, 0)) * dollars for key, dollars in DOLLARS.items())
    workers = as_number("numberOfHumanWorkersPerDataObject", known(human, "numberOfHumanWorkersPerDataObject"))
    if not task:
        return Unpriced("workforce", "no publicWorkforceTaskPrice is declared for the public workers")
    tasks = constant(objects * workers)
    return EstimateLine(
        component="Mechanical Turk tasks",
        service=SAGEMAKER,
        unit="task",
        quantity=tasks,
        unit_price=task,
        price_source="publicWorkforceTaskPrice, as declared",
        price_date=context.as_of,
        confidence="own price",
        monthly_cost=tasks.scaled(task),
        assumptions=(f"{workers:g} workers an object",),
    )


def review_workflow(context: Context) -> Iterable[Item]:
    """Objects that people review for Augmented AI; the reviewers of a vendor or of the public crowd come on top."""
    yield from used_charge(context, REVIEW, Used(OBJECTS, "objects reviewed"))
    team = context.get("humanLoopConfig.workteamArn", "")
    if PUBLIC_CROWD in str(team) or VENDOR_CROWD in str(team):
        yield Unpriced("workforce", "the reviewers' price a task is the workforce's own")


METERS = {
    "aws:sagemaker/featureGroup:FeatureGroup": Meter(FEATURE_GROUP, measure=feature_group, extra_fields=(WRITES, READS, STORAGE)),
    "aws:sagemaker/labelingJob:LabelingJob": Meter(LABELING, measure=labeling_job, extra_fields=(OBJECTS,)),
    "aws:sagemaker/flowDefinition:FlowDefinition": Meter(REVIEW, measure=review_workflow, extra_fields=(OBJECTS,)),
}
