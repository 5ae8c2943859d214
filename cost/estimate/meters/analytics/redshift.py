"""Amazon Redshift: provisioned clusters and serverless workgroups with their managed storage."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.meters.network.addresses import publicly_accessible
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly
from cost.estimate.model import QuantitySource, Range
from cost.units import MONTH_HOURS

CLUSTER = "aws_redshift_cluster"
WORKGROUP = "aws_redshiftserverless_workgroup"
NAMESPACE = "aws_redshiftserverless_namespace"
SCALING, STORAGE, BACKUP, SPECTRUM = "excess_concurrency_scaling_secs", "managed_storage_gb", "backup_storage_gb", "spectrum_data_scanned_tb"
RPU_HOURS = "monthly_rpu_hours"
BASE_RPU = 128.0
"""Base capacity of a workgroup where none is declared. Source: Redshift management guide, compute capacity for Amazon Redshift Serverless."""
RPU_COMPONENT = "Redshift Serverless compute (8 RPU least)"
HOUR_SECONDS = 3600.0


def cluster(context: Context) -> Iterable[Item]:
    """Nodes, managed storage of RA3, concurrency scaling above the free credits, Spectrum and manual backups."""
    node = context.text("nodeType", "")
    nodes = context.number("numberOfNodes", 1)
    zones = 2.0 if context.get("multiAz", False) is True else 1.0
    notes = ("Multi-AZ: the nodes of both zones",) if zones > 1 else ()
    yield hourly(context, CLUSTER, f"{node} node", constant(nodes * zones), notes=notes)
    if node.startswith("ra3"):
        storage = tuple(used_charge(context, CLUSTER, Used(STORAGE, "managed storage (RA3)")))
        yield from storage or (Unpriced("managed storage (RA3)", f"how much is stored is not stated: {STORAGE}"),)
    scaling = context.usage.get(SCALING)
    if scaling is not None:
        hours = constant(scaling.value / HOUR_SECONDS)
        words = (usage_assumption(SCALING, scaling), f"each second at the rate of the cluster's {nodes:g} nodes")
        yield Charge(CLUSTER, f"{node} node", hours, constant(nodes), source=scaling.source, assumptions=words, label="concurrency scaling")
    yield from used_charge(context, CLUSTER, Used(SPECTRUM, "Spectrum data scanned"))
    yield from used_charge(context, CLUSTER, Used(BACKUP, "backup storage"))
    if not context.resource.input("elasticIp").present:
        most = nodes * zones + (1.0 if nodes > 1 else 0.0)
        yield from publicly_accessible(context, Range(min=1.0, expected=1.0, max=most), f"one of the leader's; at most one of each of {most:g} nodes")


def workgroup(context: Context) -> Iterable[Item]:
    """RPU-hours: none while idle, expected by usage at base capacity, the ceiling maxCapacity all month."""
    base = context.number("baseCapacity", BASE_RPU)
    stated, active = context.usage.get(RPU_HOURS), context.usage.get(MONTHLY_HOURS)
    if stated is None and active is None:
        yield Unpriced(RPU_COMPONENT, f"how long queries run is not stated: {MONTHLY_HOURS} at base capacity, or {RPU_HOURS}")
        return
    declared = context.get("maxCapacity")
    source, words, expected = QuantitySource.DECLARED, "", 0.0
    if stated is not None:
        source, words, expected = stated.source, usage_assumption(RPU_HOURS, stated), stated.value
    elif active is not None:
        source, words, expected = active.source, f"{usage_assumption(MONTHLY_HOURS, active)} at {base:g} RPU", active.value * base
    limit = base if declared is None else context.number("maxCapacity")
    note = f"ceiling: {limit:g} RPU all month" + (" (no maxCapacity declared: it may scale above its base)" if declared is None else "")
    quantity = Range(min=0.0, expected=expected, max=max(expected, limit * MONTH_HOURS))
    yield Charge(WORKGROUP, RPU_COMPONENT, quantity, source=source, assumptions=(words, note))


def namespace(context: Context) -> Iterable[Item]:
    """Managed storage, and snapshots that are kept."""
    storage = tuple(used_charge(context, NAMESPACE, Used(STORAGE, "Redshift Serverless managed storage")))
    yield from storage or (Unpriced("Redshift Serverless managed storage", f"how much is stored is not stated: {STORAGE}"),)
    yield from used_charge(context, CLUSTER, Used(BACKUP, "backup storage"))


METERS = {
    "aws:redshift/cluster:Cluster": Meter(CLUSTER, measure=cluster, extra_fields=(STORAGE, SCALING, SPECTRUM, BACKUP, MONTHLY_HOURS)),
    "aws:redshiftserverless/workgroup:Workgroup": Meter(WORKGROUP, measure=workgroup, extra_fields=(RPU_HOURS, MONTHLY_HOURS)),
    "aws:redshiftserverless/namespace:Namespace": Meter(NAMESPACE, measure=namespace, extra_fields=(STORAGE, BACKUP)),
}
