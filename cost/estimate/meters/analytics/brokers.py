"""Message brokers: Amazon MSK clusters, serverless clusters, connectors and replicators, and Amazon MQ."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Item, Meter, UndecidableError, Unpriced, Used, as_number, constant, used_charge
from cost.estimate.meters.tokens import SCALING_TARGET
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly
from cost.estimate.model import Range
from cost.units import MONTH_HOURS
from plinth.stack import State

MSK = "aws_msk_cluster"
MSK_RESOURCE = "aws:msk/cluster:Cluster"
SERVERLESS = "aws_msk_serverless_cluster"
CONNECTOR = "aws_mskconnect_connector"
MQ = "aws_mq_broker"
STORAGE_DIMENSION = "kafka:broker-storage:VolumeSize"
EXPRESS = "express."
INCLUDED_THROUGHPUT = 250.0
"""MiB/s of storage throughput a broker has before it is provisioned and billed. Source: MSK developer guide, storage throughput."""
MQ_BROKERS = {"SINGLE_INSTANCE": 1.0, "ACTIVE_STANDBY_MULTI_AZ": 2.0, "CLUSTER_MULTI_AZ": 3.0}
"""Broker instances of a deployment. Source: Amazon MQ developer guide, broker architecture."""
TIERED = (Used("tiered_storage_gb", "tiered storage"), Used("monthly_tiered_retrieval_gb", "tiered storage retrieval"))
EXPRESS_USE = (Used("monthly_data_in_gb", "Express broker data in"), Used("storage_gb", "Express broker storage"))


def msk_cluster(context: Context) -> Iterable[Item]:
    """Brokers by the hour; standard ones with their volumes, Express ones with what they store and take in. Controllers are free."""
    instance, brokers = context.text("brokerNodeGroupInfo.instanceType", ""), constant(context.number("numberOfBrokerNodes"))
    yield hourly(context, MSK, f"{instance} broker", brokers)
    if instance.startswith(EXPRESS):
        for row in EXPRESS_USE:
            yield from tuple(used_charge(context, MSK, row)) or (Unpriced(row.component, f"how much is not stated: {row.field}"),)
        return
    yield from _storage(context, brokers)
    if context.text("storageMode", "LOCAL") == "TIERED":
        for row in TIERED:
            yield from tuple(used_charge(context, MSK, row)) or (Unpriced(row.component, f"how much is not stated: {row.field}"),)


def _storage(context: Context, brokers: Range) -> Iterable[Item]:
    path = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo"
    size = context.number(f"{path}.volumeSize")
    ceiling = _scaled_to(context, size)
    notes = (f"{size:g} GiB a broker, auto scaling to {ceiling:g}",) if ceiling > size else (f"{size:g} GiB a broker",)
    yield Charge(MSK, "broker storage", Range(min=size, expected=size, max=ceiling), brokers, assumptions=notes)
    if context.get(f"{path}.provisionedThroughput.enabled", False) is True:
        above = max(0.0, context.number(f"{path}.provisionedThroughput.volumeThroughput") - INCLUDED_THROUGHPUT)
        note = (f"above {INCLUDED_THROUGHPUT:g} MiB/s a broker",)
        yield Charge(MSK, "provisioned storage throughput", constant(above), brokers, assumptions=note)


def _scaled_to(context: Context, size: float) -> float:
    """The volume size that auto scaling may reach: its target's maxCapacity, in GiB."""
    for target in context.references.referring(context.resource, "resourceId", SCALING_TARGET):
        dimension, highest = target.input("scalableDimension"), target.input("maxCapacity")
        if dimension.known and dimension.value == STORAGE_DIMENSION and highest.known:
            return max(size, as_number("maxCapacity", highest.value))
    return size


def serverless(context: Context) -> Iterable[Item]:
    """Cluster hours, partition hours, data in and out, and storage."""
    yield hourly(context, SERVERLESS, "serverless cluster")
    partitions = context.usage.get("partitions")
    if partitions is None:
        yield Unpriced("serverless partition", "how many partitions it has is not stated: partitions")
    yield from used_charge(context, SERVERLESS, Used("partitions", "serverless partition"), factor=MONTH_HOURS)
    for field, component in (("monthly_data_in_gb", "data in"), ("monthly_data_out_gb", "data out"), ("storage_gb", "storage")):
        yield from used_charge(context, SERVERLESS, Used(field, f"serverless {component}"))


def connector(context: Context) -> Iterable[Item]:
    """MSK Connect Units of the workers: a fixed number, or what auto scaling allows, expected at its least."""
    if context.get("capacity.provisionedCapacity") is not None:
        path = "capacity.provisionedCapacity"
        workers = constant(context.number(f"{path}.workerCount"))
    elif context.get("capacity.autoscaling") is not None:
        path = "capacity.autoscaling"
        low, high = context.number(f"{path}.minWorkerCount"), context.number(f"{path}.maxWorkerCount")
        stated = context.usage.get("workers")
        expected = low if stated is None else context.within(context.resource.name, stated.value, low, high)
        workers = Range(min=low, expected=expected, max=high)
    else:
        raise UndecidableError("it declares no capacity")
    units = context.number(f"{path}.mcuCount", 1)
    yield hourly(context, CONNECTOR, "MSK Connect Unit (MCU)", workers.scaled(units), notes=(f"{units:g} MCU a worker",))


def mq_broker(context: Context) -> Iterable[Item]:
    """The broker's instances by its deployment, and storage: EFS once, EBS on each instance."""
    deployment = context.text("deploymentMode", "SINGLE_INSTANCE")
    if deployment not in MQ_BROKERS:
        raise UndecidableError(f"no price for deployment mode {deployment}")
    brokers = MQ_BROKERS[deployment]
    host, rabbit = context.text("hostInstanceType", ""), context.text("engineType", "ActiveMQ").lower() == "rabbitmq"
    yield hourly(context, MQ, f"{host} broker", constant(brokers), notes=(f"{deployment}: {brokers:g} broker instances",))
    declared = context.resource.input("storageType")
    if declared.state is State.UNKNOWN:
        raise UndecidableError("storageType is known only after deployment")
    kind = str(declared.value).upper() if declared.known else "EBS" if rabbit else "EFS"
    stored = tuple(used_charge(context, MQ, Used("storage_size_gb", f"{kind} storage"), factor=brokers if kind == "EBS" else 1.0))
    yield from stored or (Unpriced(f"{kind} storage", "how much is stored is not stated: storage_size_gb"),)


METERS = {
    MSK_RESOURCE: Meter(MSK, measure=msk_cluster, extra_fields=(*(row.field for row in (*TIERED, *EXPRESS_USE)), MONTHLY_HOURS)),
    "aws:msk/serverlessCluster:ServerlessCluster": Meter(
        SERVERLESS, measure=serverless, extra_fields=("partitions", "monthly_data_in_gb", "monthly_data_out_gb", "storage_gb", MONTHLY_HOURS)
    ),
    "aws:msk/replicator:Replicator": Meter(
        "aws_msk_replicator", fixed=(Fixed("replicator", MONTH_HOURS),), used=(Used("monthly_data_replicated_gb", "data replicated"),)
    ),
    "aws:mskconnect/connector:Connector": Meter(CONNECTOR, measure=connector, extra_fields=("workers", MONTHLY_HOURS)),
    "aws:mq/broker:Broker": Meter(MQ, measure=mq_broker, extra_fields=("storage_size_gb", MONTHLY_HOURS)),
}
