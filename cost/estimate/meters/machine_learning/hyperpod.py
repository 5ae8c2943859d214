"""SageMaker HyperPod: the instance groups of a cluster, and what else of SageMaker is declared through Cloud Control.

The AWS provider has no cluster and no inference component: Pulumi programs declare them as `aws.cloudcontrol.Resource`, or they stay outside the stack and a
usage file states `aws_sagemaker_cluster.NAME`. Source: AWS CloudFormation reference, AWS::SageMaker::Cluster; SageMaker pricing page, "HyperPod".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, as_list, as_mapping, as_number, constant
from cost.estimate.meters.machine_learning.ml_instances import Stated, ml_line, month_share, priced_range
from cost.estimate.meters.usage_fields import MONTHLY_HOURS
from cost.estimate.model import EstimateLine, Range
from cost.units import MONTH_HOURS

CLUSTER = "aws_sagemaker_cluster"
TYPE, COUNT, VOLUME = "instance_type", "instance_count", "volume_size_gb"
STORAGE = "HyperPod cluster ML storage"
CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource"
AS_TRAINING = "at the training price of"
"""HyperPod's prices are near training's and not the same: ml.g5.8xlarge costs what training does, ml.p4d.24xlarge 2.6 percent more (AWS price list, 2026)."""
FREE_KINDS = {"AWS::SageMaker::InferenceComponent": "an inference component runs on its endpoint's instances, which are priced"}


def cloud_control(context: Context) -> Iterable[Item]:
    """A resource declared through Cloud Control: a HyperPod cluster, or the reason why it is not priced."""
    kind = context.text("typeName", "")
    if kind in FREE_KINDS:
        yield Free(FREE_KINDS[kind])
        return
    if kind != "AWS::SageMaker::Cluster":
        raise UndecidableError(f"no meter for the Cloud Control type {kind} yet")
    for group in as_list("InstanceGroups", _desired_state(context).get("InstanceGroups")):
        yield from _group(context, as_mapping("InstanceGroups", group))


def stated_cluster(context: Context) -> Iterable[Item]:
    """A cluster that only a usage file states: one instance group."""
    instance_type = context.texts.get(TYPE)
    if instance_type is None:
        raise UndecidableError(f"the usage file states no {TYPE}")
    count, volume = context.usage.get(COUNT), context.usage.get(VOLUME)
    instances = constant(count.value if count else 1.0)
    yield from _instances(context, "instances", instance_type, instances, volume.value if volume else 0.0)


def _desired_state(context: Context) -> Mapping[str, Any]:
    try:
        state = json.loads(context.text("desiredState", ""))
    except ValueError:
        raise UndecidableError("desiredState is not JSON") from None
    return as_mapping("desiredState", state)


def _group(context: Context, group: Mapping[str, Any]) -> Iterable[Item]:
    name, instance_type = str(group.get("InstanceGroupName", "group")), group.get("InstanceType")
    if not isinstance(instance_type, str):
        raise UndecidableError(f"instance group {name} has no InstanceType")
    if group.get("TrainingPlanArn"):
        raise UndecidableError(f"instance group {name} runs on a training plan, which is paid for up front: the price is the plan's offer")
    if as_mapping("CapacityRequirements", group.get("CapacityRequirements")).get("Spot") is not None:
        raise UndecidableError(f"instance group {name} is Spot; the price book has no HyperPod Spot prices")
    count = as_number("InstanceCount", group.get("InstanceCount", 0))
    floor = min(as_number("MinInstanceCount", group.get("MinInstanceCount", count)), count)
    configs = [as_mapping("InstanceStorageConfigs", item) for item in as_list("InstanceStorageConfigs", group.get("InstanceStorageConfigs"))]
    volumes = sum(as_number("VolumeSizeInGB", as_mapping("EbsVolumeConfig", config.get("EbsVolumeConfig")).get("VolumeSizeInGB", 0)) for config in configs)
    yield from _instances(context, f"instances, {name}", instance_type, Range(min=floor, expected=count, max=count), volumes)


def _instances(context: Context, label: str, instance_type: str, count: Range, volume: float) -> Iterable[Item]:
    month = month_share(context)
    hours = Stated(count.scaled(month.quantity.expected), month.source, (*month.notes, f"{count.expected:g} instances"))
    line = ml_line(context, "cluster", instance_type, label, hours)
    yield (
        line
        if isinstance(line, EstimateLine)
        else Unpriced(label, f"{line.reason}{priced_range(context, 'training', (instance_type,), hours.quantity, AS_TRAINING)}")
    )
    if isinstance(line, EstimateLine) and volume:
        storage = count.scaled(month.quantity.expected / MONTH_HOURS)
        yield Charge(CLUSTER, STORAGE, constant(volume), storage, source=month.source, label=STORAGE + label.removeprefix("instances"))


METERS = {
    CLOUD_CONTROL: Meter("aws_cloudcontrolapi_resource", measure=cloud_control, extra_fields=(MONTHLY_HOURS,)),
    CLUSTER: Meter(CLUSTER, measure=stated_cluster, extra_fields=(MONTHLY_HOURS, COUNT, VOLUME), texts={TYPE: ()}, usage_only=True),
}
