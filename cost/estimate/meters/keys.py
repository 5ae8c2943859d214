"""Key and secret meters: KMS keys with their rotations and requests, Secrets Manager secrets, SSM parameters."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, Used, used_charge
from cost.estimate.model import Range
from cost.units import MONTH_HOURS

MAX_BILLED_ROTATIONS = 2
"""AWS KMS pricing page: the first and second rotation each add the price of a key; later ones add nothing."""

_REQUESTS = {"SYMMETRIC_DEFAULT": "symmetric requests", "RSA_2048": "RSA 2048 requests"}


def kms_key(context: Context) -> Iterable[Item]:
    """One key-month; each of the first two rotations adds another, so a rotating key costs up to three times its first year."""
    rotates = bool(context.get("enableKeyRotation", False))
    years = f"rotation on: the first two rotations add a key-month each (AWS KMS pricing), so up to {1 + MAX_BILLED_ROTATIONS} from the third year"
    yield Charge(
        "aws_kms_key",
        "customer managed key",
        Range(min=1, expected=1, max=1 + (MAX_BILLED_ROTATIONS if rotates else 0)),
        assumptions=(years,) if rotates else (),
    )
    component = _REQUESTS.get(context.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT"), "asymmetric requests (save RSA 2048)")
    yield from used_charge(context, "aws_kms_key", Used("monthly_requests", component, 10_000))


def ssm_parameter(context: Context) -> Iterable[Item]:
    """Standard parameters are free; advanced ones cost by the hour."""
    if context.get("tier", "Standard") == "Standard":
        yield Free("standard parameters carry no charge at standard throughput")
        return
    yield Charge("aws_ssm_parameter", "advanced parameter storage", Range(min=MONTH_HOURS, expected=MONTH_HOURS, max=MONTH_HOURS))


KEY = Meter("aws_kms_key", measure=kms_key, extra_fields=("monthly_requests",))

METERS = {
    "aws:kms/key:Key": KEY,
    "aws:kms/replicaKey:ReplicaKey": KEY,
    "aws:secretsmanager/secret:Secret": Meter(
        "aws_secretsmanager_secret", fixed=(Fixed("secret", 1),), used=(Used("monthly_requests", "API requests", 10_000),)
    ),
    "aws:ssm/parameter:Parameter": Meter("aws_ssm_parameter", measure=ssm_parameter),
}
