"""ECS services on Fargate and Fargate Spot, and EKS Fargate profiles: vCPU, memory and storage of the tasks that run.

Fargate bills what a task asks for, not what it uses, with 20 GB of ephemeral storage included (Fargate pricing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import (
    Charge,
    Context,
    Free,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_mapping,
    as_number,
    constant,
    usage_assumption,
    used_charge,
)
from cost.estimate.meters.network.addresses import IN_USE, PRICE_TYPE
from cost.estimate.meters.storage.volumes import Volume, volume_charges
from cost.estimate.meters.tokens import SCALING_TARGET
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import PurchaseOption, QuantitySource, Range
from plinth.stack import Resource, Stack, State, Unknown

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER_PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
DESIRED_COUNT = "ecs:service:DesiredCount"
CUSTOM_METRICS = "aws_cloudwatch_log_metric_filter"
ECS, EKS = "aws_ecs_service", "aws_eks_fargate_profile"
STORAGE = "ephemeral storage above 20 GB"
INCLUDED_GB = 20.0
CPU_UNITS = 1024.0
FARGATE, FARGATE_SPOT = "FARGATE", "FARGATE_SPOT"
DEFAULT_EXPRESS = {"cpu": 256.0, "memory": 512.0}
"""An Express Mode service's task where nothing is declared. Source: ECS API, CreateExpressGatewayService."""
POD_FIELDS = ("monthly_pod_hours", "vcpu_per_pod", "memory_gb_per_pod", "ephemeral_storage_gb_per_pod")


@dataclass(frozen=True, slots=True)
class Task:
    """What one task asks for."""

    vcpu: float
    memory_gb: float
    storage_gb: float
    system: str
    """`Linux/x86`, `Linux/ARM` or `Windows/x86`, as the price book has it."""


def service(context: Context) -> Iterable[Item]:
    """The tasks of a service on Fargate, between its scaling target's limits; those on EC2 run on instances that are priced themselves."""
    shares = _shares(context)
    if not set(shares) & {FARGATE, FARGATE_SPOT}:
        yield Free("its tasks run on instances that are priced with their Auto Scaling group or node")
        return
    task = _task(context)
    tasks, source, notes = _tasks(context)
    hours = running_hours(context).hours
    for provider, part in _split(shares, tasks).items():
        if provider in (FARGATE, FARGATE_SPOT) and (part.max or len(shares) == 1):
            yield from _charges(task, part, hours, spot=provider == FARGATE_SPOT, source=source, notes=notes)
    if str(context.get("networkConfiguration.assignPublicIp", False)).lower() in ("true", "enabled"):
        yield Charge(PRICE_TYPE, IN_USE, constant(hours), tasks, source=source, label="public IPv4 addresses, one a task")
    yield from _task_volume(context, tasks)


def _shares(context: Context) -> dict[str, tuple[float, float]]:
    """Where the tasks run: a capacity provider's name to its base and weight; the launch type, or the cluster's default strategy."""
    declared = context.items("capacityProviderStrategies")
    launch_type = context.get("launchType")
    if not declared and launch_type is None:
        cluster = context.resource.input("cluster").value
        defaults = (found for found in context.stack.of_type(CLUSTER_PROVIDERS) if found.input("clusterName").value in (cluster, _last(cluster)))
        found = next(defaults, None)
        declared = found.input("defaultCapacityProviderStrategies").value or [] if found else []
    if not declared:
        return {str(launch_type or "EC2"): (0.0, 1.0)}
    entries = [as_mapping("capacityProviderStrategies", entry) for entry in declared]
    return {str(entry.get("capacityProvider")): (_figure(entry, "base", 0), _figure(entry, "weight", 1)) for entry in entries}


def _figure(entry: Mapping[str, Any], key: str, default: float) -> float:
    return as_number(key, default if entry.get(key) is None else entry[key])


def _last(value: Any) -> str | None:
    return value.rsplit("/", 1)[-1] if isinstance(value, str) else None


def _split(shares: Mapping[str, tuple[float, float]], tasks: Range) -> dict[str, Range]:
    """Tasks by capacity provider: each base first, the rest by weight. Source: ECS developer guide, capacity provider strategy."""
    bases, weights = sum(base for base, _ in shares.values()), sum(weight for _, weight in shares.values())

    def part(provider: str, figure: float) -> float:
        base, weight = shares[provider]
        own = min(base, figure)
        rest = max(0.0, figure - bases)
        return own + (rest * weight / weights if weights else 0.0)

    return {provider: Range(**{name: part(provider, figure) for name, figure in tasks}) for provider in shares}


def _task(context: Context) -> Task:
    definition = context.references.referred(context.resource, "taskDefinition", TASK_DEFINITION)
    if definition is None:
        raise UndecidableError("its task definition is not in this stack: vCPU and memory are not known")
    cpu, memory = (_size(definition, key) for key in ("cpu", "memory"))
    storage = definition.input("ephemeralStorage.sizeInGib")
    if storage.state is State.UNKNOWN:
        raise UndecidableError("its task definition's ephemeral storage is known only after deployment")
    return Task(cpu, memory, as_number("sizeInGib", storage.value) if storage.known else INCLUDED_GB, _system(definition))


def _size(definition: Resource, key: str) -> float:
    """A task's vCPU or GB, from CPU units or MiB, or from text such as `1 vCPU` and `2 GB`."""
    found = definition.input(key)
    if not found.known:
        raise UndecidableError(f"its task definition's {key} is {'known only after deployment' if found.present else 'not declared'}")
    text = str(found.value).strip()
    number, _, unit = text.partition(" ")
    return as_number(key, number) if unit.lower() in ("vcpu", "gb") else as_number(key, text) / CPU_UNITS


def _system(definition: Resource) -> str:
    family, architecture = (definition.input(f"runtimePlatform.{key}") for key in ("operatingSystemFamily", "cpuArchitecture"))
    if State.UNKNOWN in (family.state, architecture.state):
        raise UndecidableError("its task definition's runtime platform is known only after deployment")
    if str(family.value or "LINUX").startswith("WINDOWS"):
        return "Windows/x86"
    return "Linux/ARM" if architecture.value == "ARM64" else "Linux/x86"


def _tasks(context: Context) -> tuple[Range, QuantitySource, tuple[str, ...]]:
    """Tasks at the scaling target's floor and ceiling; expected is the usage file's `tasks`, else the desired count within them."""
    target = _target(context)
    declared = context.resource.input("desiredCount")
    if declared.state is State.UNKNOWN and target is None:
        raise UndecidableError("desiredCount is known only after deployment, and no scaling target of this stack limits it")
    desired = as_number("desiredCount", declared.value) if declared.known else 0.0
    floor = ceiling = desired
    notes: tuple[str, ...] = () if declared.present or target else ("no desired count declared: ECS runs no task",)
    if target is not None:
        floor, ceiling = (_limit(target, key) for key in ("minCapacity", "maxCapacity"))
        notes = (f"scaled from {floor:g} to {ceiling:g} tasks by target {target.name}",)
    stated = context.usage.get("tasks")
    if stated is None and declared.state is State.UNKNOWN:
        raise UndecidableError(f"desiredCount is known only after deployment; its scaling target allows {floor:g} to {ceiling:g} tasks")
    if stated is None:
        return Range(min=floor, expected=min(max(desired, floor), ceiling), max=ceiling), QuantitySource.DECLARED, notes
    if target is None:
        return constant(stated.value), stated.source, (usage_assumption("tasks", stated),)
    return Range(min=floor, expected=context.within(context.resource.name, stated.value, floor, ceiling), max=ceiling), stated.source, notes


def _limit(target: Resource, key: str) -> float:
    found = target.input(key)
    if not found.known:
        raise UndecidableError(f"the capacity limits of scaling target {target.name} are known only after deployment")
    return as_number(key, found.value)


def _target(context: Context) -> Resource | None:
    """The scaling target of the service's count: by `service/CLUSTER/NAME`, or by dependency where that is not known yet."""
    name = context.resource.output("name").value or context.resource.name
    targets = context.references.once(_targets)
    return targets.get(str(name)) or targets.get(context.resource.urn)


def _targets(stack: Stack) -> dict[str, Resource]:
    """The first scaling target of each service's name; of each URN that it depends on, where its resource id is known only after deployment."""
    found: dict[str, Resource] = {}
    for target in stack.of_type(SCALING_TARGET):
        if target.input("scalableDimension").value != DESIRED_COUNT:
            continue
        resource_id = target.input("resourceId")
        known = (
            [str(resource_id.value).rsplit("/", 1)[-1]] if resource_id.known else [*target.dependencies, *target.property_dependencies.get("resourceId", ())]
        )
        for key in known:
            found.setdefault(key, target)
    return found


def _charges(task: Task, tasks: Range, hours: float, *, spot: bool, source: QuantitySource, notes: tuple[str, ...]) -> Iterable[Item]:
    """A task's dimensions, `tasks` times: vCPU, memory, Windows licence, storage above what is included."""
    prefix = f"Spot {task.system}" if spot else task.system
    label = "Fargate Spot" if spot else "Fargate"
    purchase = PurchaseOption.SPOT if spot else PurchaseOption.ON_DEMAND
    moving = ("Fargate Spot prices move with supply and demand",) if spot else ()
    wanted = [(f"{prefix} vCPU", task.vcpu, "vCPU"), (f"{prefix} memory", task.memory_gb, "memory")]
    if task.system == "Windows/x86":
        wanted.append(("Windows/x86 operating system licence", task.vcpu, "Windows licence"))
    if task.storage_gb > INCLUDED_GB:
        wanted.append((STORAGE, task.storage_gb - INCLUDED_GB, STORAGE))
    for component, a_task, words in wanted:
        assumptions = (f"{a_task:g} a task", *(moving if component.startswith("Spot") else ()), *notes)
        shown = f"{label} {words}, {task.system}"
        yield Charge(ECS, component, constant(a_task * hours), tasks, source=source, assumptions=assumptions, label=shown, purchase_option=purchase)


def _task_volume(context: Context, tasks: Range) -> Iterable[Item]:
    """An EBS volume for each task, where the service declares one."""
    volume = context.get("volumeConfiguration.managedEbsVolume")
    if volume is None:
        return
    known = as_mapping("managedEbsVolume", volume)
    if any(isinstance(known.get(key), Unknown) for key in ("sizeInGb", "iops", "throughput", "volumeType")) or "sizeInGb" not in known:
        yield Unpriced("EBS volume, one a task", "its size is not declared or known only after deployment")
        return
    iops, throughput = (None if known.get(key) is None else as_number(key, known[key]) for key in ("iops", "throughput"))
    made = Volume("one a task", str(known.get("volumeType", "gp3")), as_number("sizeInGb", known["sizeInGb"]), iops, throughput)
    yield from volume_charges(made, tasks, ())


def express_service(context: Context) -> Iterable[Item]:
    """An Express Mode service's Fargate tasks between its scaling limits; the load balancer that it makes is shared and not priced here."""
    cpu, memory = (as_number(key, context.get(key, default)) / CPU_UNITS for key, default in DEFAULT_EXPRESS.items())
    targets = [as_mapping("scalingTargets", entry) for entry in context.items("scalingTargets")]
    floor, ceiling = (as_number(key, targets[0].get(key, default)) if targets else default for key, default in (("minTaskCount", 1.0), ("maxTaskCount", 20.0)))
    stated = context.usage.get("tasks")
    expected = context.within(context.resource.name, stated.value, floor, ceiling) if stated else floor
    tasks = Range(min=floor, expected=expected, max=ceiling)
    source = stated.source if stated else QuantitySource.DECLARED
    yield from _charges(Task(cpu, memory, INCLUDED_GB, "Linux/x86"), tasks, running_hours(context).hours, spot=False, source=source, notes=())
    yield Unpriced("load balancer", "Express Mode shares an Application Load Balancer among up to 25 services, which no resource declares")


def fargate_profile(context: Context) -> Iterable[Item]:
    """The pods that a profile's selectors match, which the usage file states: hours, and vCPU, memory and storage a pod."""
    hours, vcpu, memory, storage = (context.usage.get(name) for name in POD_FIELDS)
    if hours is None or vcpu is None or memory is None:
        raise UndecidableError(f"its pods are usage: state {', '.join(POD_FIELDS[:3])} in a usage file")
    notes = (usage_assumption("monthly_pod_hours", hours), f"{vcpu.value:g} vCPU and {memory.value:g} GB a pod ({vcpu.source.value})")
    for component, a_pod in (("Linux/x86 vCPU", vcpu.value), ("Linux/x86 memory", memory.value)):
        yield Charge(EKS, component, constant(hours.value * a_pod), source=hours.source, assumptions=notes)
    if storage is not None and storage.value > INCLUDED_GB:
        yield Charge(EKS, STORAGE, constant(hours.value * (storage.value - INCLUDED_GB)), source=storage.source, assumptions=notes)


def ecs_cluster(context: Context) -> Iterable[Item]:
    """A cluster is free, but for Container Insights, whose metrics are custom metrics of CloudWatch."""
    settings = [as_mapping("settings", setting) for setting in context.items("settings")]
    insights = next((str(setting.get("value")) for setting in settings if setting.get("name") == "containerInsights"), "disabled")
    if insights == "disabled":
        yield Free("a cluster carries no charge; its services' tasks and its instances are priced")
        return
    charges = list(used_charge(context, CUSTOM_METRICS, Used("container_insights_metrics", "custom metrics"))) if insights == "enabled" else []
    how = "state container_insights_metrics in a usage file" if insights == "enabled" else "the price book has no price for enhanced observability"
    yield from charges or [Unpriced("Container Insights", f"it is {insights}: {how}")]


def capacity_provider(context: Context) -> Iterable[Item]:
    """A provider over an Auto Scaling group is free; managed instances are launched by ECS for pending tasks."""
    if context.resource.input("managedInstancesProvider").present:
        raise UndecidableError("ECS Managed Instances are launched for pending tasks: their number, type and management fee are not known")
    yield Free("a capacity provider carries no charge; its Auto Scaling group is priced")


METERS = {
    "aws:ecs/cluster:Cluster": Meter("aws_ecs_cluster", measure=ecs_cluster, extra_fields=("container_insights_metrics",)),
    "aws:ecs/capacityProvider:CapacityProvider": Meter("aws_ecs_capacity_provider", measure=capacity_provider),
    "aws:ecs/service:Service": Meter(ECS, measure=service, extra_fields=("tasks", MONTHLY_HOURS)),
    "aws:ecs/expressGatewayService:ExpressGatewayService": Meter(
        "aws_ecs_express_gateway_service", measure=express_service, extra_fields=("tasks", MONTHLY_HOURS)
    ),
    "aws:eks/fargateProfile:FargateProfile": Meter(EKS, measure=fargate_profile, extra_fields=POD_FIELDS),
}
