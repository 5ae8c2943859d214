"""The ML part of the charge table, as Ibis: SageMaker, Bedrock, and whatever else carries an experiment's or a model's tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from cost.allocate.containers_rows import first_tag, is_split
from cost.allocate.instance_specs import SAGEMAKER_PREFIX
from cost.allocate.ml_names import BEDROCK_EDITION, OTHER, USAGE_KINDS
from cost.bill.charge_table import COST_KINDS, ZERO, ChargeCategory, Frame

SAGEMAKER: Final = "AmazonSageMaker"
BEDROCK: Final = "AmazonBedrock"
"""What Bedrock's service codes start with: `AmazonBedrock`, `AmazonBedrockService`, `AmazonBedrockFoundationModels`."""
DIMENSIONS: Final = ("team", "workload", "experiment", "model", "user")
TAG_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "team": ("team",),
    "workload": ("workload",),
    "experiment": ("experiment", "experiment_name"),
    "model": ("model", "model_name"),
    "user": ("user", "user_name"),
    "profile": ("sagemaker_user_profile_arn",),
    "owner": ("owner",),
}
"""Where each dimension stands: normalised tag keys, the first that a row carries. Team, workload and owner are declared in infra/tags.py;
`sagemaker:user-profile-arn` is put on by SageMaker Studio itself (AWS whitepaper "SageMaker Studio Administration Best Practices", Cost
attribution); experiment, model and user are a team's own."""
APART: Final = (
    "sagemaker", "bedrock", "resource", "account", "service", "usage_type", "usage_kind", "component", "instance_type", "principal", "user_identifier",
    *(f"tag_{name}" for name in TAG_KEYS),
)  # fmt: skip
"""The columns that a charge is told apart by."""
SECONDS: Final = 3600.0
STORAGE: Final = ("VolumeUsage", "Storage")
DATA: Final = ("DataTransfer", "Data-Bytes", "DataProcessing", "-Bytes")


def ml_charges(charges: Frame, cost: str) -> Frame:
    """The rows in scope, each with its component, its dimension values and what a name can be read from; split cost rows are not among them."""
    code, product = charges["x_service_code"].fill_null(""), charges["x_product_code"].fill_null("")
    service = charges["ServiceName"].fill_null("")
    kept = charges.mutate(
        sagemaker=(code == SAGEMAKER) | (product == SAGEMAKER),
        bedrock=code.startswith(BEDROCK) | product.startswith(BEDROCK) | service.endswith(BEDROCK_EDITION),
        **{f"tag_{name}": first_tag(charges, keys) for name, keys in TAG_KEYS.items()},
    )
    kept = kept.filter(~is_split(kept) & (kept["sagemaker"] | kept["bedrock"] | (kept["tag_experiment"] != "") | (kept["tag_model"] != "")))
    usage_type, instance = kept["x_usage_type"].fill_null(""), kept["x_instance_type"].fill_null("")
    resource = kept["ResourceId"].fill_null("")
    usage = kept["ChargeCategory"] == ChargeCategory.USAGE.value
    timed = instance.startswith(SAGEMAKER_PREFIX) & ~_contains(usage_type, STORAGE) & ~_contains(usage_type, DATA)
    per_second = kept["ConsumedUnit"].fill_null("").lower().contains("second")
    return kept.select(
        *(f"tag_{name}" for name in TAG_KEYS),
        "sagemaker",
        "bedrock",
        resource=resource,
        account=kept["SubAccountId"].fill_null(kept["BillingAccountId"]),
        service=kept["bedrock"].ifelse(kept["ServiceName"], ""),
        usage_type=ibis.cases((~usage & (resource == ""), kept["ChargeCategory"]), ((resource == "") | kept["bedrock"], usage_type), else_=""),
        usage_kind=ibis.cases(*((usage_type.contains(part), kind) for part, kind in USAGE_KINDS), else_=OTHER),
        component=_component(kept, usage_type, timed),
        instance_type=timed.ifelse(instance, ""),
        principal=kept["x_iam_principal"].fill_null(""),
        user_identifier=kept["x_user_identifier"].fill_null(""),
        day=kept["ChargePeriodStart"].date(),
        amount=kept[COST_KINDS[cost]],
        spot=usage_type.contains("Spot"),
        hours=timed.ifelse(kept["ConsumedQuantity"].fill_null(0.0) / per_second.ifelse(SECONDS, 1.0), 0.0),
    )


def _component(kept: Frame, usage_type: Any, timed: Any) -> Any:
    operation = kept["x_operation"].fill_null("")
    tokens = usage_type.lower().contains("token")
    return ibis.cases(
        (_contains(usage_type, STORAGE) | operation.startswith("CreateVolume"), "storage"),
        (_contains(usage_type, DATA) | (operation == "Invoke-Endpoint"), "data"),
        (timed | usage_type.contains("BoxUsage") | usage_type.contains("SpotUsage") | usage_type.contains("ServerlessInf"), "compute"),
        (kept["bedrock"] & tokens, "tokens"),
        else_="other",
    )


def _contains(text: Any, parts: Sequence[str]) -> Any:
    return ibis.or_(*(text.contains(part) for part in parts))


def by_resource(rows: Frame) -> Frame:
    """Cost, spot cost and instance hours by everything that a charge is told apart by."""
    grouped = rows.group_by(*APART).aggregate(
        cost=rows["amount"].sum().fill_null(ZERO), spot_cost=rows["amount"].sum(where=rows["spot"]).fill_null(ZERO), hours=rows["hours"].sum()
    )
    return grouped.order_by(*APART)


def by_day(rows: Frame, resources: Sequence[str]) -> Frame:
    """Cost and instance hours of these resources by day and everything that a charge is told apart by."""
    kept = rows.filter(rows["resource"].isin(list(resources)))
    return kept.group_by(*APART, "day").aggregate(cost=kept["amount"].sum().fill_null(ZERO), hours=kept["hours"].sum())


def usage_spans(charges: Frame) -> Frame:
    """The spans of days for which the bill has usage, each once: their first and last day, and whether a charge was longer than a day."""
    usage = charges.filter(charges["ChargeCategory"] == ChargeCategory.USAGE.value)
    start, end = usage["ChargePeriodStart"], usage["ChargePeriodEnd"]
    first, last = start.date(), (end - ibis.interval(microseconds=1)).date()
    return usage.select(long=end - ibis.interval(days=1) > start, first=first, last=ibis.greatest(first, last)).distinct()
