"""The meters: one small entry a resource type, a family a file. Adding a type is adding one entry."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from cost.estimate.meters import (
    api_gateway,
    applications,
    athena,
    audit,
    autoscaling,
    batch,
    bedrock,
    brokers,
    cluster,
    cost_management,
    data_transfer,
    developer_tools,
    dns,
    ec2,
    edge,
    emr,
    emr_jobs,
    endpoints,
    fargate,
    firewalls,
    fleets,
    glue,
    hyperpod,
    identity,
    keys,
    kubernetes,
    load_balancers,
    messaging,
    migration,
    monitoring,
    network,
    observability,
    pools,
    private_link,
    redshift,
    reservations,
    sagemaker_features,
    sagemaker_jobs,
    sagemaker_studio,
    search,
    security,
    serverless,
    storage,
    streaming,
    systems_manager,
    transit,
    web_firewalls,
    workflows,
)
from cost.estimate.meters.base import Meter
from cost.estimate.usage import UsageType

FAMILIES: tuple[ModuleType, ...] = (
    audit,
    cluster,
    cost_management,
    developer_tools,
    endpoints,
    sagemaker_studio,
    sagemaker_jobs,
    sagemaker_features,
    hyperpod,
    bedrock,
    identity,
    keys,
    kubernetes,
    reservations,
    fleets,
    ec2,
    serverless,
    fargate,
    batch,
    autoscaling,
    messaging,
    migration,
    monitoring,
    network,
    api_gateway,
    data_transfer,
    dns,
    edge,
    firewalls,
    load_balancers,
    private_link,
    transit,
    web_firewalls,
    observability,
    pools,
    security,
    storage,
    systems_manager,
    applications,
    athena,
    brokers,
    emr,
    emr_jobs,
    glue,
    redshift,
    search,
    streaming,
    workflows,
)

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
