"""Meters of RDS, Aurora, DynamoDB, caches, document and graph databases."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.databases import aurora, caches, database_snapshots, document_graph, dynamodb, relational

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        aurora,
        caches,
        database_snapshots,
        document_graph,
        dynamodb,
        relational,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
