"""Database migration meters: replication instances with their storage."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, constant
from cost.units import MONTH_HOURS

INCLUDED_GB = {"t2": 50.0, "t3": 50.0}
INCLUDED_GB_ELSEWHERE = 100.0
"""Storage that comes with a replication instance, by its class. Source: AWS DMS pricing, on-demand replication instances, storage."""
DEFAULT_STORAGE_GB = 50.0
"""Source: AWS DMS API, CreateReplicationInstance, AllocatedStorage."""


def replication_instance(context: Context) -> Iterable[Item]:
    """Instance hours and the storage above what is included; both are double with a standby in a second zone."""
    class_ = context.text("replicationInstanceClass", "")
    family = class_.removeprefix("dms.").partition(".")[0]
    if not family:
        raise UndecidableError("replicationInstanceClass is not set")
    storage = context.number("allocatedStorage", DEFAULT_STORAGE_GB) - INCLUDED_GB.get(family, INCLUDED_GB_ELSEWHERE)
    copies = constant(2 if context.get("multiAz", False) else 1)
    yield Charge("aws_dms_replication_instance", class_, constant(MONTH_HOURS), count=copies, instance_type=class_)
    if storage > 0:
        yield Charge("aws_dms_replication_instance", "storage above what is included", constant(storage), count=copies)


METERS = {"aws:dms/replicationInstance:ReplicationInstance": Meter("aws_dms_replication_instance", measure=replication_instance)}
