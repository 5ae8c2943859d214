"""S3 buckets: storage by class with minimum sizes and durations, requests, retrieval, select. What a bucket holds is usage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, Used, constant, usage_assumption
from cost.estimate.model import Range
from cost.units import MILLION, THOUSAND
from plinth.stack import Unknown

PRICE_TYPE = "aws_s3_bucket"
BUCKET = "aws:s3/bucket:Bucket"
KIB_IN_GIB = 1024.0**2
MINIMUM_KIB = 128.0
"""S3 user guide, Understanding and managing storage classes: smaller objects of Standard-IA, One Zone-IA and Instant Retrieval count as 128 KB."""
ARCHIVE_INDEX_KIB = 32.0
ARCHIVE_NAME_KIB = 8.0
"""S3 user guide, Transitioning objects using S3 Lifecycle: an archived object adds 32 KB in its class and 8 KB in Standard."""


@dataclass(frozen=True, slots=True)
class StorageClass:
    """A class of Infracost's usage format: its field, its name in the price book, and what AWS charges at least.

    `minimum_months` is the minimum storage duration (S3 user guide, Comparing the Amazon S3 storage classes), a month of 30 days.
    """

    field: str
    name: str
    minimum_months: int = 0
    minimum_kib: float = 0.0
    archive: bool = False


CLASSES = (
    StorageClass("standard", "Standard"),
    StorageClass("standard_infrequent_access", "Standard-IA", 1, MINIMUM_KIB),
    StorageClass("one_zone_infrequent_access", "One Zone-IA", 1, MINIMUM_KIB),
    StorageClass("glacier_instant_retrieval", "Glacier Instant Retrieval", 3, MINIMUM_KIB),
    StorageClass("glacier_flexible_retrieval", "Glacier Flexible Retrieval", 3, archive=True),
    StorageClass("glacier_deep_archive", "Glacier Deep Archive", 6, archive=True),
)
TIERING = "intelligent_tiering"
TIERS = ("frequent access", "infrequent access", "archive instant access", "archive access", "deep archive access")
ARCHIVE_TIERS = ("archive access", "deep archive access")
OTHER_CLASSES = tuple(f"{name}." for name in (*(kind.field for kind in CLASSES[1:]), TIERING))
LIFECYCLES = ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
MOVES = ("transitions", "expiration", "noncurrentVersionTransitions", "noncurrentVersionExpiration")
OBSOLETE = f"{TIERING}.early_delete_gb"


def _requests(prefix: str, name: str) -> tuple[Used, ...]:
    return (
        Used(f"{prefix}.monthly_tier_1_requests", f"{name} PUT/COPY/POST/LIST requests", THOUSAND),
        Used(f"{prefix}.monthly_tier_2_requests", f"{name} GET/SELECT and other requests", THOUSAND),
    )


def _transitions(prefix: str, name: str) -> Used:
    return Used(f"{prefix}.monthly_lifecycle_transition_requests", f"{name} lifecycle transition requests", THOUSAND)


def _select(prefix: str, name: str) -> tuple[Used, ...]:
    return (
        Used(f"{prefix}.monthly_select_data_scanned_gb", f"{name} S3 Select data scanned"),
        Used(f"{prefix}.monthly_select_data_returned_gb", f"{name} S3 Select data returned"),
    )


def _tier_select(tier: str) -> tuple[Used, ...]:
    prefix, name = "glacier_flexible_retrieval", "Glacier Flexible Retrieval S3 Select data"
    return (
        Used(f"{prefix}.monthly_{tier}_select_data_scanned_gb", f"{name} scanned ({tier})"),
        Used(f"{prefix}.monthly_{tier}_select_data_returned_gb", f"{name} returned ({tier})"),
    )


def _retrieval(prefix: str, name: str, tier: str, *, requests: bool = True) -> tuple[Used, ...]:
    data = Used(f"{prefix}.monthly_{tier}_data_retrieval_gb", f"{name} retrieval ({tier})")
    asked = Used(f"{prefix}.monthly_{tier}_data_retrieval_requests", f"{name} retrieval requests ({tier})", THOUSAND)
    return (data, asked) if requests else (data,)


def _infrequent(prefix: str, name: str) -> tuple[Used, ...]:
    return (*_requests(prefix, name), _transitions(prefix, name), Used(f"{prefix}.monthly_data_retrieval_gb", f"{name} retrieval"))


FLEXIBLE, DEEP = CLASSES[4], CLASSES[5]
ROWS = (
    *_requests("standard", "Standard"),
    *_select("standard", "Standard"),
    *(Used(f"{TIERING}.{tier.replace(' ', '_')}_storage_gb", f"Intelligent-Tiering storage, {tier}") for tier in TIERS),
    Used(f"{TIERING}.monitored_objects", "Intelligent-Tiering monitoring and automation", THOUSAND),
    *_requests(TIERING, "Intelligent-Tiering"),
    _transitions(TIERING, "Intelligent-Tiering"),
    *_select(TIERING, "Intelligent-Tiering"),
    *(row for kind in CLASSES[1:4] for row in _infrequent(kind.field, kind.name)),
    *(row for kind in CLASSES[1:3] for row in _select(kind.field, kind.name)),
    *(row for kind in (FLEXIBLE, DEEP) for row in (*_requests(kind.field, kind.name), _transitions(kind.field, kind.name))),
    *(row for tier in ("standard", "expedited") for row in _retrieval(FLEXIBLE.field, FLEXIBLE.name, tier)),
    *_retrieval(FLEXIBLE.field, FLEXIBLE.name, "bulk", requests=False),
    *(row for tier in ("standard", "expedited", "bulk") for row in _tier_select(tier)),
    Used(f"{FLEXIBLE.field}.provisioned_capacity_units", f"{FLEXIBLE.name} provisioned expedited capacity"),
    *(row for tier in ("standard", "bulk") for row in _retrieval(DEEP.field, DEEP.name, tier)),
    Used("object_tags", "Object tags", 10_000.0),
    Used("monthly_batch_operations_jobs", "Batch Operations jobs"),
    Used("monthly_batch_operations_objects", "Batch Operations objects", MILLION),
)


def bucket(context: Context) -> Iterable[Item]:
    """Storage of every class that is used, with what AWS adds for small objects and early deletion."""
    for kind in CLASSES:
        yield from _stored(context, kind)
        yield from _deleted_early(context, kind)
    for tier in ARCHIVE_TIERS:
        yield from _archive_overhead(context, f"{TIERING}.{tier.replace(' ', '_')}_objects", f"Intelligent-Tiering storage, {tier}")
    if context.resource.input("replicationConfiguration").present:
        yield Unpriced("replication", "transfer and requests of replication are priced where it is an aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    if OBSOLETE in context.usage:
        context.warnings.append(f"{context.resource.name}: {OBSOLETE} is not charged: S3 Intelligent-Tiering has had no minimum duration since September 2021")


def _stored(context: Context, kind: StorageClass) -> Iterable[Charge]:
    stored, objects = (context.usage.get(f"{kind.field}.{field}") for field in ("storage_gb", "objects"))
    if stored is not None:
        notes = [usage_assumption(f"{kind.field}.storage_gb", stored)]
        size = stored.value
        if objects is not None and objects.value * kind.minimum_kib / KIB_IN_GIB > size:
            size = objects.value * kind.minimum_kib / KIB_IN_GIB
            notes.append(f"{objects.value:,.12g} objects are under {kind.minimum_kib:g} KB on average; each counts as {kind.minimum_kib:g} KB")
        if kind is CLASSES[0]:
            notes += _unmodelled(context)
        yield Charge(PRICE_TYPE, f"{kind.name} storage", constant(size), source=stored.source, assumptions=tuple(notes))
    if kind.archive:
        yield from _archive_overhead(context, f"{kind.field}.objects", f"{kind.name} storage")


def _unmodelled(context: Context) -> Iterable[str]:
    """What Standard storage says where lifecycle rules move or delete objects, and no usage states what the other classes hold."""
    if not any(name.startswith(OTHER_CLASSES) for name in context.usage) and _lifecycle(context):
        yield "all in Standard: what the bucket's lifecycle rules move to another class or delete is not worked out; state the classes in a usage file"


def _lifecycle(context: Context) -> bool:
    names = (context.resource.input("bucket").value, context.resource.output("bucket").value, context.resource.id)
    beside = [found for type_ in LIFECYCLES for found in context.references.belonging(context.resource, type_, "bucket", *names)]
    declared = [context.resource.input("lifecycleRules").value, *(found.input("rules").value for found in beside)]
    return any(_moves(rule) for rules in declared if isinstance(rules, list) for rule in cast("list[Any]", rules)) or any(
        isinstance(rules, Unknown) for rules in declared
    )


def _moves(rule: Any) -> bool:
    if not isinstance(rule, Mapping):
        return True
    on = cast("Mapping[str, Any]", rule)
    return on.get("status") != "Disabled" and on.get("enabled") is not False and any(on.get(key) for key in MOVES)


def _archive_overhead(context: Context, field: str, component: str) -> Iterable[Charge]:
    objects = context.usage.get(field)
    if objects is None:
        return
    notes = (usage_assumption(field, objects),)
    parts = (
        (component, f"{component}: 32 KB an object for its index", ARCHIVE_INDEX_KIB),
        ("Standard storage", f"{component}: 8 KB an object for its name", ARCHIVE_NAME_KIB),
    )
    for charged, label, kib in parts:
        yield Charge(PRICE_TYPE, charged, constant(objects.value * kib / KIB_IN_GIB), source=objects.source, assumptions=notes, label=label)


def _deleted_early(context: Context, kind: StorageClass) -> Iterable[Charge]:
    """The rest of the minimum duration of what is deleted: none on the last day, all of it on the first, half expected.

    `early_delete_gb_months` says the rest itself: GB times the months that were left.
    """
    label, component = f"{kind.name} early deletion", f"{kind.name} storage"
    exact, deleted = (context.usage.get(f"{kind.field}.{field}") for field in ("early_delete_gb_months", "early_delete_gb"))
    if exact is not None:
        notes = (usage_assumption(f"{kind.field}.early_delete_gb_months", exact),)
        yield Charge(PRICE_TYPE, component, constant(exact.value), source=exact.source, assumptions=notes, label=label)
    elif deleted is not None:
        most = deleted.value * kind.minimum_months
        age = f"at any age under the class's {kind.minimum_months * 30} days; state early_delete_gb_months if you know it"
        notes = (usage_assumption(f"{kind.field}.early_delete_gb", deleted), age)
        yield Charge(PRICE_TYPE, component, Range(min=0, expected=most / 2, max=most), source=deleted.source, assumptions=notes, label=label)


MEASURED_FIELDS = (
    *(f"{kind.field}.storage_gb" for kind in CLASSES),
    *(f"{kind.field}.objects" for kind in CLASSES[1:]),
    *(f"{kind.field}.{field}" for kind in CLASSES[1:] for field in ("early_delete_gb", "early_delete_gb_months")),
    *(f"{TIERING}.{tier.replace(' ', '_')}_objects" for tier in ARCHIVE_TIERS),
    OBSOLETE,
)

METER = Meter("aws_s3_bucket", used=ROWS, measure=bucket, extra_fields=MEASURED_FIELDS)

METERS = {BUCKET: METER, "aws:s3/bucketV2:BucketV2": METER}
