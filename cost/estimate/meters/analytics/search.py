"""Search: OpenSearch and Elasticsearch domains, serverless collections, ingestion pipelines, and Kendra indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cost.estimate.meters.base import (
    Charge,
    Context,
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
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly
from cost.estimate.model import QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import Resource, Stack

DOMAIN = "aws_opensearch_domain"
DEFAULT_TYPE = "m4.large.search"
"""Data nodes where no type is declared. Source: OpenSearch and Elasticsearch Service APIs, ClusterConfig InstanceType."""
STORAGE = {"gp2": "gp2 storage", "gp3": "gp3 storage", "io1": "io1 storage", "standard": "standard (magnetic) storage"}
GP3_IOPS, GP3_THROUGHPUT = 3000.0, 125.0
"""What a gp3 volume includes. Source: OpenSearch Service developer guide, EBS volume size quotas."""
WARM = Used("warm_storage_gb", "UltraWarm and cold managed storage")
COLD = Used("cold_storage_gb", "UltraWarm and cold managed storage")

COLLECTION = "aws_opensearchserverless_collection"
COLLECTION_RESOURCE = "aws:opensearch/serverlessCollection:ServerlessCollection"
GROUP_RESOURCE = "aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup"
OCU = "serverless OCU (indexing or search)"
FLOOR_OCU = {"ENABLED": 2.0, "DISABLED": 1.0}
"""OCUs that always run, indexing and search: 2 x 0.5 of each with standby replicas, 0.5 of each without.
Source: OpenSearch Service developer guide, managing capacity limits for Amazon OpenSearch Serverless."""
OCU_HOURS, MAXIMUM_OCUS = "monthly_ocu_hours", "maximum_ocus"

EDITIONS = {
    "DEVELOPER_EDITION": "Developer Edition index",
    "ENTERPRISE_EDITION": "Basic Enterprise Edition index",
    "GEN_AI_ENTERPRISE_EDITION": "GenAI Enterprise Edition index",
}


def domain(context: Context) -> Iterable[Item]:
    """Data, dedicated master and UltraWarm nodes, the data nodes' volumes, and warm and cold storage."""
    count = context.number("clusterConfig.instanceCount", 1)
    yield _nodes(context, "data", context.text("clusterConfig.instanceType", DEFAULT_TYPE), count)
    if context.get("clusterConfig.dedicatedMasterEnabled", False) is True:
        yield _nodes(context, "dedicated master", context.text("clusterConfig.dedicatedMasterType", ""), context.number("clusterConfig.dedicatedMasterCount"))
    if context.get("clusterConfig.warmEnabled", False) is True:
        yield _nodes(context, "UltraWarm", context.text("clusterConfig.warmType", ""), context.number("clusterConfig.warmCount"))
        yield from _stored(context, WARM, "UltraWarm storage")
    if context.get("clusterConfig.coldStorageOptions.enabled", False) is True:
        yield from _stored(context, COLD, "cold storage")
    if context.get("ebsOptions") is not None and context.get("ebsOptions.ebsEnabled", True) is not False:
        yield from _volumes(context, count)
    if context.items("clusterConfig.nodeOptions"):
        yield Unpriced("coordinator nodes", "dedicated coordinator nodes are not priced yet")


def _nodes(context: Context, label: str, instance: str, count: float) -> Charge:
    name = instance.replace(".elasticsearch", ".search")
    return hourly(context, DOMAIN, f"{name} instance", constant(count), label=f"{label} nodes, {name}")


def _stored(context: Context, row: Used, label: str) -> Iterable[Item]:
    found = tuple(used_charge(context, DOMAIN, row))
    yield from found or (Unpriced(label, f"how much is stored is not stated: {row.field}"),)


def _volumes(context: Context, nodes: float) -> Iterable[Item]:
    kind = context.text("ebsOptions.volumeType", "gp2")
    if kind not in STORAGE:
        yield Unpriced("EBS storage", f"no price for volume type {kind}")
        return
    size = context.number("ebsOptions.volumeSize")
    yield Charge(DOMAIN, STORAGE[kind], constant(size), constant(nodes), assumptions=(f"{size:g} GiB a data node",))
    if kind == "io1":
        yield Charge(DOMAIN, "io1 provisioned IOPS", constant(context.number("ebsOptions.iops")), constant(nodes))
    elif kind == "gp3" and (context.number("ebsOptions.iops", 0) > GP3_IOPS or context.number("ebsOptions.throughput", 0) > GP3_THROUGHPUT):
        reason = "the price book has no price for gp3 above 3,000 IOPS and 125 MiB/s a domain's volume; add one with --prices"
        yield Unpriced("gp3 provisioned IOPS and throughput", reason)


def collection(context: Context) -> Iterable[Item]:
    """OCUs that the collections of a kind share, counted on the first of them, and storage on each."""
    yield from _ocus(context)
    yield from used_charge(context, COLLECTION, Used("storage_gb", "serverless managed storage"))


def _ocus(context: Context) -> Iterable[Item]:
    first = _sharers(context)[0]
    stated = context.usage.get(OCU_HOURS)
    if first is not context.resource and stated is None:
        yield Charge(COLLECTION, OCU, constant(0), assumptions=(f"shares the OCUs of {first.name}; a KMS key of its own would need its own",))
        return
    floor, limit, words = _limits(context)
    low = floor * MONTH_HOURS if first is context.resource else 0.0
    expected = low if stated is None else max(low, stated.value)
    high = expected if limit is None else max(expected, limit * MONTH_HOURS)
    note = usage_assumption(OCU_HOURS, stated) if stated is not None else f"{floor:g} OCUs always run"
    source = stated.source if stated is not None else QuantitySource.DECLARED
    yield Charge(COLLECTION, OCU, Range(min=low, expected=expected, max=high), source=source, assumptions=(note, words))


def _limits(context: Context) -> tuple[float, float | None, str]:
    """OCUs that always run and the most there may be: its group's capacity limits, else the replicas' floor and the account's limit by usage."""
    group = context.references.referred(context.resource, "collectionGroupName", GROUP_RESOURCE)
    declared = group.input("capacityLimits") if group is not None else None
    if group is not None and declared is not None and declared.known:
        found = declared.value[0] if isinstance(declared.value, list) and declared.value else declared.value
        limits = as_mapping("capacityLimits", found)
        low, high = (sum(as_number(f"{end}Ocu", limits.get(f"{end}{kind}CapacityInOcu", 0)) for kind in ("Indexing", "Search")) for end in ("min", "max"))
        return low, high or None, f"within the capacity limits of {group.name}"
    replicas = context.text("standbyReplicas", "ENABLED")
    if replicas not in FLOOR_OCU:
        raise UndecidableError(f"standbyReplicas is {replicas}")
    stated = context.usage.get(MAXIMUM_OCUS)
    if stated is not None:
        return FLOOR_OCU[replicas], stated.value, f"standby replicas {replicas}; at most {stated.value:g} OCUs"
    return FLOOR_OCU[replicas], None, f"standby replicas {replicas}; the account's limit is not stated ({MAXIMUM_OCUS}): the ceiling is what is expected"


def _sharers(context: Context) -> tuple[Resource, ...]:
    """The collections that share this one's OCUs: vector collections among themselves, search and time series together, each group apart."""
    return context.references.once(_pools)[_pool(context.resource)]


def _pools(stack: Stack) -> dict[tuple[bool, str], tuple[Resource, ...]]:
    found: defaultdict[tuple[bool, str], list[Resource]] = defaultdict(list)
    for collection in stack.of_type(COLLECTION_RESOURCE):
        found[_pool(collection)].append(collection)
    return {pool: tuple(collections) for pool, collections in found.items()}


def _pool(found: Resource) -> tuple[bool, str]:
    kind, group = found.input("type"), found.input("collectionGroupName")
    return kind.known and kind.value == "VECTORSEARCH", str(group.value) if group.known else ""


def pipeline(context: Context) -> Iterable[Item]:
    """Ingestion OCUs between the pipeline's least and most, expected at the least unless usage says more."""
    low, high = context.number("minUnits"), context.number("maxUnits")
    stated = context.usage.get("units")
    expected = low if stated is None else context.within(context.resource.name, stated.value, low, high)
    yield hourly(context, "aws_osis_pipeline", "OpenSearch Ingestion OCU", Range(min=low, expected=expected, max=high))


def index(context: Context) -> Iterable[Item]:
    """An index costs by its edition from the day that it exists; more capacity costs by the unit."""
    edition = context.text("edition", "ENTERPRISE_EDITION")
    if edition not in EDITIONS:
        raise UndecidableError(f"no price for edition {edition}")
    yield hourly(context, "aws_kendra_index", EDITIONS[edition])
    units = context.number("capacityUnits.queryCapacityUnits", 0) + context.number("capacityUnits.storageCapacityUnits", 0)
    if units and edition == "ENTERPRISE_EDITION":
        yield hourly(context, "aws_kendra_index", "Basic Enterprise Edition additional capacity unit", constant(units))
    elif units:
        yield Unpriced("additional capacity units", f"the price book has no price for more capacity of {edition}; add one with --prices")


DOMAIN_FIELDS = (WARM.field, COLD.field, MONTHLY_HOURS)

METERS = {
    "aws:opensearch/domain:Domain": Meter(DOMAIN, measure=domain, extra_fields=DOMAIN_FIELDS),
    "aws:elasticsearch/domain:Domain": Meter("aws_elasticsearch_domain", measure=domain, extra_fields=DOMAIN_FIELDS),
    COLLECTION_RESOURCE: Meter(COLLECTION, measure=collection, extra_fields=(OCU_HOURS, MAXIMUM_OCUS, "storage_gb")),
    "aws:opensearchingest/pipeline:Pipeline": Meter("aws_osis_pipeline", measure=pipeline, extra_fields=("units", MONTHLY_HOURS)),
    "aws:kendra/index:Index": Meter("aws_kendra_index", measure=index, extra_fields=(MONTHLY_HOURS,)),
}
