"""RDS instances: hours by engine, deployment and class; storage, IOPS and throughput; backups, insights, extended support."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, as_number, constant
from cost.estimate.meters.databases.engine_support import OPTED_OUT, support, support_component
from cost.estimate.meters.network.addresses import publicly_accessible
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours, used_if_stated, used_or_unpriced
from cost.estimate.model import ONE, Range
from cost.units import MILLION
from plinth.stack import Lookup, Resource, State

INSTANCE = "aws:rds/instance:Instance"
PRICE_TYPE = "aws_db_instance"

ENGINES = {"mysql": "MySQL", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
LICENSED = {
    "sqlserver-ee": "SQL Server EE",
    "sqlserver-se": "SQL Server SE",
    "sqlserver-web": "SQL Server Web",
    "sqlserver-ex": "SQL Server EX",
    "oracle-se2": "Oracle SE2",
    "oracle-se2-cdb": "Oracle SE2",
    "oracle-ee": "Oracle EE",
    "oracle-ee-cdb": "Oracle EE",
    "db2-se": "Db2 SE",
    "db2-ae": "Db2 AE",
}
BRING_YOUR_OWN = "bring-your-own-license"
BASELINE_IOPS_ENGINES = frozenset(ENGINES)
"""gp3's 12,000 included IOPS and 500 MiB/s hold for these engines from 400 GiB up; below, no more can be provisioned. Source: RDS user guide, gp3 storage."""
IOPS = {"gp3": "gp3 provisioned IOPS above baseline", "io1": "io1 provisioned IOPS", "io2": "io2 provisioned IOPS"}
STORAGE = {"gp2": "gp2 storage", "gp3": "gp3 storage", "io1": "io1 storage", "io2": "io2 storage", "standard": "standard (magnetic) storage"}
FREE_INSIGHTS_DAYS = 7
"""Retention of Performance Insights that is free. Source: RDS user guide, Pricing and data retention for Performance Insights."""

BACKUP = Used("additional_backup_storage_gb", "backup storage above the database's size")
MAGNETIC_IO = Used("monthly_standard_io_requests", "standard (magnetic) I/O requests", MILLION)
CREDITS = "monthly_cpu_credit_hrs"
MONITORED = Used("monthly_enhanced_monitoring_gb", "logs data ingested (standard class)")
STANDBY_TOO = Range(min=1.0, expected=1.0, max=2.0)
INSIGHTS_REQUESTS = Used("monthly_additional_performance_insights_requests", "Performance Insights API requests", 1000.0)


def instance(context: Context) -> Iterable[Item]:
    """A database instance; a read replica has its source's engine and storage where it does not declare its own."""
    engine, instance_class = _engine(context), context.text("instanceClass", "")
    if engine.startswith("aurora"):
        raise UndecidableError("an Aurora instance is priced as aws:rds/clusterInstance:ClusterInstance")
    zones = "Multi-AZ" if context.get("multiAz", False) else "Single-AZ"
    hours, source, notes = running_hours(context)
    label = engine_label(engine, context.text("licenseModel", "license-included"))
    yield Charge(PRICE_TYPE, f"{label} {zones} {instance_class}", constant(hours), source=source, assumptions=notes, instance_type=instance_class)
    yield from _storage(context, engine, zones)
    yield from used_or_unpriced(context, PRICE_TYPE, BACKUP)
    yield from extended_support(context, engine, instance_class, constant(2.0 if zones == "Multi-AZ" else 1.0))
    yield from _insights(context, instance_class)
    yield from enhanced_monitoring(context)
    yield from publicly_accessible(context, STANDBY_TOO, "a standby may hold one too") if zones == "Multi-AZ" else publicly_accessible(context, ONE)
    yield from _credits(context, label, instance_class)


def enhanced_monitoring(context: Context) -> Iterable[Item]:
    """Enhanced Monitoring writes to the log group RDSOSMetrics, which AWS creates. Source: RDS user guide, Cost of Enhanced Monitoring."""
    interval = context.resource.input("monitoringInterval")
    if interval.state is State.UNKNOWN or interval.value not in (None, 0, "0"):
        yield from used_or_unpriced(context, "aws_cloudwatch_log_group", MONITORED, label="Enhanced Monitoring, logs data ingested")


def engine_label(engine: str, license_model: str) -> str:
    """An engine as the price book writes it; a licensed one with who brings the licence."""
    if engine in ENGINES:
        return ENGINES[engine]
    name = LICENSED.get(engine, engine)
    if license_model == BRING_YOUR_OWN:
        return f"{name} {BRING_YOUR_OWN}"
    return name if name.startswith("SQL Server") else f"{name} license-included"


def _engine(context: Context) -> str:
    engine = _own_or_sources(context, "engine").value
    if not isinstance(engine, str):
        raise UndecidableError("engine is not declared: a replica or a restored database has its source's, which is not in the stack")
    return engine.lower()


def _own_or_sources(context: Context, path: str) -> Lookup:
    own = context.resource.input(path)
    if own.present:
        return own
    source = _source(context)
    return own if source is None else source.input(path)


def _source(context: Context) -> Resource | None:
    return context.references.referred_or_named(context.resource, "replicateSourceDb", INSTANCE, "identifier")


def _storage(context: Context, engine: str, zones: str) -> Iterable[Item]:
    declared = _own_or_sources(context, "allocatedStorage")
    if declared.state is State.UNKNOWN or not declared.present:
        yield Unpriced("storage", "allocatedStorage is not declared or known only after deployment: a restored database has its snapshot's")
        return
    size = as_number("allocatedStorage", declared.value)
    iops = None if context.get("iops") is None else context.number("iops")
    kind = context.text("storageType", "gp2" if iops is None else "io1")
    ceiling = max(size, context.number("maxAllocatedStorage", 0))
    growth = (f"storage autoscaling up to {ceiling:g} GiB",) if ceiling > size else ()
    storage = Range(min=size, expected=size, max=ceiling)
    yield Charge(PRICE_TYPE, f"{STORAGE.get(kind, f'{kind} storage')}, {zones}", storage, assumptions=growth)
    if kind == "standard":
        yield from used_or_unpriced(context, PRICE_TYPE, MAGNETIC_IO)
    elif kind in IOPS and iops is not None:
        yield from _provisioned(context, engine, kind, iops, zones)
    if context.get("dedicatedLogVolume", False):
        yield Unpriced("dedicated log volume", "the price book has no price of a dedicated log volume's 1,000 GiB and 3,000 IOPS")


def _provisioned(context: Context, engine: str, kind: str, iops: float, zones: str) -> Iterable[Item]:
    if kind == "gp3" and engine not in BASELINE_IOPS_ENGINES:
        yield Unpriced(IOPS[kind], f"how many IOPS are included for {engine} depends on its size, and is not known here")
        return
    yield Charge(PRICE_TYPE, f"{IOPS[kind]}, {zones}", constant(iops))
    if kind == "gp3" and context.get("storageThroughput") is not None:
        yield Charge(PRICE_TYPE, f"gp3 provisioned throughput above baseline, {zones}", constant(context.number("storageThroughput")))


def extended_support(context: Context, engine: str, instance_class: str, copies: Range = ONE, *, price_type: str = PRICE_TYPE) -> Iterable[Item]:
    """vCPU-hours of a version that is out of standard support on the estimate's day, on the standby too."""
    version = context.resource.input("engineVersion")
    if version.state is State.UNKNOWN and engine in support():
        yield Unpriced("extended support", "engineVersion is known only after deployment")
    if not isinstance(version.value, str) or context.text("engineLifecycleSupport", "") == OPTED_OUT:
        return
    component = support_component(engine, version.value, context.as_of)
    if component is None:
        return
    cpus = vcpus(context, instance_class)
    if cpus is None:
        yield Unpriced(component, f"the vCPUs of {instance_class} are not known")
        return
    hours, source, notes = running_hours(context)
    note = f"{engine} {version.value} on {context.as_of}, {cpus:g} vCPUs each"
    yield Charge(price_type, component, constant(hours * cpus), copies, source=source, assumptions=(note, *notes))


def vcpus(context: Context, instance_class: str) -> float | None:
    """vCPUs of a database class, as of the EC2 type of the same name; None where there is none."""
    spec = context.prices.specs.get(instance_class.removeprefix("db."))
    return None if spec is None else spec.vcpu


def _insights(context: Context, instance_class: str) -> Iterable[Item]:
    if context.text("databaseInsightsMode", "standard") == "advanced":
        yield from advanced_insights(context, instance_class)
    elif context.get("performanceInsightsEnabled", False) and context.number("performanceInsightsRetentionPeriod", FREE_INSIGHTS_DAYS) > FREE_INSIGHTS_DAYS:
        yield Unpriced("Performance Insights retention", "the price book has no price of retention above 7 days; Database Insights replaces it")
        yield from used_if_stated(context, PRICE_TYPE, INSIGHTS_REQUESTS)


def advanced_insights(context: Context, instance_class: str) -> Iterable[Item]:
    """Database Insights, Advanced: vCPU-hours of the instance."""
    cpus = vcpus(context, instance_class)
    if cpus is None:
        yield Unpriced("Database Insights, Advanced", f"the vCPUs of {instance_class} are not known")
        return
    hours, source, notes = running_hours(context)
    yield Charge(PRICE_TYPE, "Database Insights, Advanced", constant(hours * cpus), source=source, assumptions=(f"{cpus:g} vCPUs", *notes))


def _credits(context: Context, label: str, instance_class: str) -> Iterable[Item]:
    found, cpus = context.usage.get(CREDITS), vcpus(context, instance_class) if CREDITS in context.usage else None
    if found is not None and instance_class.startswith(("db.t3", "db.t4g")):
        if cpus is None:
            yield Unpriced("CPU credits", f"the vCPUs of {instance_class} are not known")
        else:
            note = f"{found.value:,.12g} hours above the baseline, {cpus:g} vCPUs"
            yield Charge(PRICE_TYPE, f"T3/T4g unlimited CPU credits ({label})", constant(found.value * cpus), source=found.source, assumptions=(note,))


FIELDS = (BACKUP.field, MAGNETIC_IO.field, INSIGHTS_REQUESTS.field, MONITORED.field, CREDITS, MONTHLY_HOURS)

METERS = {INSTANCE: Meter(PRICE_TYPE, measure=instance, extra_fields=FIELDS)}
