"""The meters: one small entry a resource type, a family a file. Adding a type is adding one entry."""

from __future__ import annotations

from functools import cache

from cost.estimate.meters import cluster, endpoints, keys, kubernetes, messaging, monitoring, network, pools, storage
from cost.estimate.meters.base import Meter

METERS: dict[str, Meter] = {
    **network.METERS,
    **storage.METERS,
    **keys.METERS,
    **monitoring.METERS,
    **messaging.METERS,
    **cluster.METERS,
    **pools.METERS,
    **endpoints.METERS,
    **kubernetes.METERS,
}
"""Pulumi type token -> how it is priced."""


@cache
def known_usage_types() -> dict[str, tuple[str, frozenset[str]]]:
    """Every name that a usage file may use for a type (Terraform's, Pulumi's) -> the Terraform name and the usage fields."""
    known: dict[str, tuple[str, frozenset[str]]] = {}
    for token, meter in METERS.items():
        if meter.fields:
            known[token] = known[meter.terraform_type] = (meter.terraform_type, meter.fields)
    return known
