"""The meters: one small entry a resource type, a family a file. Adding a type is adding one entry."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from cost.estimate.meters import analytics, compute, databases, machine_learning, management, network, storage, without_price
from cost.estimate.meters.base import Meter
from cost.estimate.usage import UsageType

FAMILIES: tuple[ModuleType, ...] = (analytics, compute, databases, machine_learning, management, network, storage, without_price)

METERS: dict[str, Meter] = {token: meter for family in FAMILIES for token, meter in family.METERS.items()}
"""Pulumi type token -> how it is priced."""


@cache
def known_usage_types() -> dict[str, UsageType]:
    """Every name that a usage file may use for a type (Terraform's, Pulumi's) -> what it may say of the type."""
    known: dict[str, UsageType] = {}
    for token, meter in METERS.items():
        if meter.fields or meter.texts:
            earlier = known.get(meter.terraform_type)
            numbers, texts = (meter.fields, meter.texts) if earlier is None else (meter.fields | earlier.numbers, {**earlier.texts, **meter.texts})
            known[token] = known[meter.terraform_type] = UsageType(meter.terraform_type, frozenset(numbers), texts)
    return known
