"""Meters of S3, EBS, EFS, FSx, backups, registries, and what moves data between them."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.storage import (
    backup,
    block_storage,
    data_movers,
    file_systems,
    fsx,
    object_features,
    object_storage,
    replication,
    snapshots,
    unpriced_storage,
)

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        backup,
        block_storage,
        data_movers,
        file_systems,
        fsx,
        object_features,
        object_storage,
        replication,
        snapshots,
        unpriced_storage,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
