"""DynamoDB: capacity by mode and table class with its autoscaling range, storage, backups, replicas; exports, streams, accelerator clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, as_number, constant, settled, usage_assumption
from cost.estimate.meters.tokens import SCALING_TARGET
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, not_stated, running_hours, used_if_stated, used_or_unpriced
from cost.estimate.model import Range
from cost.units import MILLION, MONTH_HOURS
from plinth.stack import Resource, State

TABLE = "aws:dynamodb/table:Table"
PRICE_TYPE = "aws_dynamodb_table"
CAPACITY = {
    "write": ("writeCapacity", "provisioned write capacity unit", "WriteCapacityUnits"),
    "read": ("readCapacity", "provisioned read capacity unit", "ReadCapacityUnits"),
}
REQUESTS = {"write": ("monthly_write_request_units", "on-demand write request units"), "read": ("monthly_read_request_units", "on-demand read request units")}
INFREQUENT, INFREQUENT_CLASS = "Standard-IA ", "STANDARD_INFREQUENT_ACCESS"
"""What the price book puts before a component of the STANDARD_INFREQUENT_ACCESS class."""

OTHER_ROWS = (
    Used("on_demand_backup_storage_gb", "on-demand backup storage"),
    Used("monthly_data_restored_gb", "table data restored"),
    Used("monthly_streams_read_request_units", "streams read request units", MILLION),
    Used("monthly_data_imported_gb", "data imported from S3"),
)
RECOVERY = "pitr_backup_storage_gb"


def table(context: Context) -> Iterable[Item]:
    """Capacity of the table and its indexes, or requests; storage; point-in-time recovery; what each replica adds in its own Region."""
    written = list(_writes_and_reads(context))
    yield from written
    stored = list(used_or_unpriced(context, PRICE_TYPE, Used("storage_gb", _storage(context))))
    yield from stored
    yield from _recovery(context)
    yield from _warmed(context)
    yield from used_if_stated(context, PRICE_TYPE, *OTHER_ROWS)
    for replica in context.items("replicas"):
        yield from _replica(context, as_mapping("replicas", replica), (*written, *stored))


def _class(context: Context) -> str:
    return INFREQUENT if context.text("tableClass", "STANDARD") == INFREQUENT_CLASS else ""


def _warmed(context: Context) -> Iterable[Item]:
    """Warm throughput above what a table has anyway is charged once. Source: DynamoDB developer guide, Understanding DynamoDB warm throughput."""
    indexes = [as_mapping("globalSecondaryIndexes", index) for index in context.items("globalSecondaryIndexes")]
    if context.resource.input("warmThroughput").present or any("warmThroughput" in index for index in indexes):
        yield Unpriced("warm throughput", "units above the table's own are charged once, when they are raised; the price book has no price")


def _storage(context: Context) -> str:
    return "storage, Standard-IA class" if _class(context) else "storage, standard class"


def _writes_and_reads(context: Context) -> Iterable[Item]:
    prefix = _class(context)
    if context.text("billingMode", "PROVISIONED") == "PAY_PER_REQUEST":
        for field, component in REQUESTS.values():
            yield from used_or_unpriced(context, PRICE_TYPE, Used(field, prefix + component, MILLION))
        return
    hours = constant(float(MONTH_HOURS))
    for key, component, dimension in CAPACITY.values():
        units, notes = _autoscaled(context, context.number(key), f"dynamodb:table:{dimension}", "")
        yield Charge(PRICE_TYPE, prefix + component, hours, units, assumptions=notes)
    for declared in context.items("globalSecondaryIndexes"):
        index = as_mapping("globalSecondaryIndexes", declared)
        name = str(index.get("name"))
        for key, component, dimension in CAPACITY.values():
            units, notes = _autoscaled(context, as_number(key, index.get(key, 0)), f"dynamodb:index:{dimension}", f"/index/{name}")
            yield Charge(PRICE_TYPE, prefix + component, hours, units, assumptions=notes, label=f"{prefix}{component}, index {name}")


def _autoscaled(context: Context, declared: float, dimension: str, suffix: str) -> tuple[Range, tuple[str, ...]]:
    """Capacity units from the scaling target's floor to its ceiling, as declared in between; exactly those declared without one."""
    target = _target(context, dimension, suffix)
    if target is None:
        return constant(declared), ()
    limits = [target.input(key) for key in ("minCapacity", "maxCapacity")]
    if any(limit.state is State.UNKNOWN for limit in limits):
        raise UndecidableError("the scaling target's limits are known only after deployment")
    low, high = (as_number(key, limit.value) for key, limit in zip(("minCapacity", "maxCapacity"), limits, strict=True))
    return Range(min=low, expected=min(max(declared, low), high), max=high), (f"autoscaled between {low:g} and {high:g} units",)


def _target(context: Context, dimension: str, suffix: str) -> Resource | None:
    names = [context.resource.input("name").value, context.resource.output("name").value, context.resource.id]
    texts = [f"table/{name}{suffix}" for name in names if isinstance(name, str)]
    said = [target for text in texts for target in context.references.named(SCALING_TARGET, "resourceId", text)]
    depending = () if suffix else context.references.named(SCALING_TARGET, "resourceId", context.resource.urn)
    unsaid = (target for target in depending if not isinstance(target.input("resourceId").value, str))
    return next((target for target in (*said, *unsaid) if target.input("scalableDimension").value == dimension), None)


def _recovery(context: Context) -> Iterable[Item]:
    recovery = as_mapping("pointInTimeRecovery", context.get("pointInTimeRecovery"))
    if not settled("pointInTimeRecovery", recovery, "enabled"):
        return
    found = context.usage.get(RECOVERY) or context.usage.get("storage_gb")
    component = "point-in-time recovery backup storage"
    if found is None:
        yield not_stated(component, RECOVERY, "storage_gb")
        return
    field = RECOVERY if RECOVERY in context.usage else "storage_gb"
    notes = (usage_assumption(field, found), *(() if field == RECOVERY else ("charged by the size of the table and its local indexes",)))
    yield Charge(PRICE_TYPE, component, constant(found.value), source=found.source, assumptions=notes)


def _replica(context: Context, replica: Mapping[str, Any], items: Iterable[Item]) -> Iterable[Item]:
    """Every replica takes the same writes and stores the same data, and has its own read capacity, at its Region's prices.

    Source: DynamoDB pricing, global tables: replicated writes cost what writes do since November 2024.
    """
    region = str(settled("replicas", replica, "regionName"))
    for item in items:
        if isinstance(item, Charge) and "read request" not in item.component:
            yield _in(region, item)
    yield from (_in(region, charge) for charge in used_if_stated(context, PRICE_TYPE, _replica_reads(context)))


def _replica_reads(context: Context) -> Used:
    return Used("replica_monthly_read_request_units", _class(context) + REQUESTS["read"][1], MILLION)


def _in(region: str, charge: Charge) -> Charge:
    """The charge at a replica's Region's prices, in that Region's tiers."""
    return replace(charge, region=region, label=f"{charge.label or charge.component}, replica in {region}")


def index(context: Context) -> Iterable[Item]:
    """An index declared on its own has capacity of its own where its table is provisioned; on demand, its requests are its table's."""
    capacity = as_mapping("provisionedThroughput", context.get("provisionedThroughput"))
    if not capacity:
        raise UndecidableError("the index has no provisionedThroughput: an on-demand index's requests and storage are stated with its table")
    prefix, notes = _tables_class(context)
    yield from _warmed(context)
    for key, component, _ in CAPACITY.values():
        units = as_number(f"provisionedThroughput.{key}Units", capacity.get(f"{key}Units"))
        yield Charge(PRICE_TYPE, prefix + component, constant(float(MONTH_HOURS)), constant(units), assumptions=notes)


def _tables_class(context: Context) -> tuple[str, tuple[str, ...]]:
    """What the price book puts before the components of an index, by its table's class; Standard, and said so, where the table is not in the stack."""
    table = context.references.referred_or_named(context.resource, "tableName", TABLE, "name")
    if table is None:
        return "", ("the table is not in the stack: of the Standard class, as tables are unless they say otherwise",)
    declared = table.input("tableClass")
    if declared.state is State.UNKNOWN:
        raise UndecidableError("the table's tableClass is known only after deployment")
    return (INFREQUENT if declared.value == INFREQUENT_CLASS else ""), ()


def table_replica(context: Context) -> Iterable[Item]:
    """A replica declared on its own: its Region's writes, reads and storage, by usage."""
    for field, component in REQUESTS.values():
        yield from used_or_unpriced(context, PRICE_TYPE, Used(field, component, MILLION))
    yield from used_or_unpriced(context, PRICE_TYPE, Used("storage_gb", "storage, standard class"))


def kinesis_destination(context: Context) -> Iterable[Item]:
    """Change data capture units that go to Kinesis; the stream is charged by Kinesis."""
    row = Used("monthly_change_data_capture_units", "change data capture units for Kinesis", MILLION)
    yield from used_or_unpriced(context, PRICE_TYPE, row)


def export(context: Context) -> Iterable[Item]:
    """An export costs once, by the size of the table."""
    yield from used_or_unpriced(context, PRICE_TYPE, Used("exported_gb", "data exported to S3"))


def contributor_insights(context: Context) -> Iterable[Item]:
    """Contributor Insights makes CloudWatch rules, charged by rule and matched event."""
    raise UndecidableError("the price book has no price of CloudWatch Contributor Insights for DynamoDB")


def accelerator(context: Context) -> Iterable[Item]:
    """A DAX cluster is its nodes' hours."""
    hours, source, notes = running_hours(context)
    node_type = context.text("nodeType", "")
    component = f"{node_type} node"
    count = constant(context.number("replicationFactor"))
    yield Charge("aws_dax_cluster", component, constant(hours), count, source=source, assumptions=notes, instance_type=node_type)


_REQUEST_FIELDS = tuple(field for field, _ in REQUESTS.values())
TABLE_FIELDS = (*_REQUEST_FIELDS, "storage_gb", RECOVERY, "replica_monthly_read_request_units", *(row.field for row in OTHER_ROWS))

METERS = {
    TABLE: Meter(PRICE_TYPE, measure=table, extra_fields=TABLE_FIELDS),
    "aws:dynamodb/tableReplica:TableReplica": Meter("aws_dynamodb_table_replica", measure=table_replica, extra_fields=(*_REQUEST_FIELDS, "storage_gb")),
    "aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex": Meter("aws_dynamodb_global_secondary_index", measure=index),
    "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": Meter(
        "aws_dynamodb_kinesis_streaming_destination", measure=kinesis_destination, extra_fields=("monthly_change_data_capture_units",)
    ),
    "aws:dynamodb/tableExport:TableExport": Meter("aws_dynamodb_table_export", measure=export, extra_fields=("exported_gb",)),
    "aws:dynamodb/contributorInsights:ContributorInsights": Meter("aws_dynamodb_contributor_insights", measure=contributor_insights),
    "aws:dax/cluster:Cluster": Meter("aws_dax_cluster", measure=accelerator, extra_fields=(MONTHLY_HOURS,)),
}
