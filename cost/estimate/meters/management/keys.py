"""Key and secret meters: KMS keys with their rotations and requests, hardware security modules, Secrets Manager secrets with their replicas."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, Used, as_mapping, constant, usage_assumption, used_charge
from cost.estimate.model import Range
from cost.units import MONTH_HOURS
from plinth.stack import Resource, State

KEY = "aws:kms/key:Key"
HSM_CLUSTER = "aws:cloudhsmv2/cluster:Cluster"
PRICED_HSM = "hsm1.medium"
MAX_BILLED_ROTATIONS = 2
"""AWS KMS pricing page: the first and second rotation each add the price of a key; later ones add nothing."""
SYMMETRIC = "SYMMETRIC_DEFAULT"
DATA_KEY_PAIRS = (
    Used("monthly_ecc_data_key_pairs", "ECC GenerateDataKeyPair requests", 10_000),
    Used("monthly_rsa_data_key_pairs", "RSA GenerateDataKeyPair requests", 10_000),
)


def kms_key(context: Context) -> Iterable[Item]:
    """One key-month; each of the first two rotations adds another, so a rotating key costs up to three times its first year."""
    yield from _key(context, rotates=_may_rotate(context.resource), spec=context.text("customerMasterKeySpec", SYMMETRIC))


def replica_key(context: Context) -> Iterable[Item]:
    """A multi-Region replica is a key of its own, of its primary's kind; it rotates with its primary."""
    primary = context.references.referred(context.resource, "primaryKeyArn", KEY)
    if primary is None:
        yield from _key(context, rotates=True, spec=SYMMETRIC, notes=("its primary key is not in this stack: taken as a symmetric key that may rotate",))
        return
    yield from _key(context, rotates=_may_rotate(primary), spec=str(_known(primary, "customerMasterKeySpec") or SYMMETRIC))


def external_key(context: Context) -> Iterable[Item]:
    """A key with imported material; KMS does not rotate it by itself."""
    yield from _key(context, rotates=False, spec=context.text("keySpec", SYMMETRIC))


def imported_replica(context: Context) -> Iterable[Item]:
    """A replica of a key with imported material."""
    yield from _key(context, rotates=False, spec=SYMMETRIC)


def _key(context: Context, *, rotates: bool, spec: str, notes: tuple[str, ...] = ()) -> Iterable[Item]:
    years = f"rotation on: the first two rotations add a key-month each (AWS KMS pricing), so up to {1 + MAX_BILLED_ROTATIONS} from the third year"
    months = Range(min=1, expected=1, max=1 + (MAX_BILLED_ROTATIONS if rotates else 0))
    yield Charge("aws_kms_key", "customer managed key", months, assumptions=(*notes, *((years,) if rotates else ())))
    for row in (Used("monthly_requests", request_component(spec), 10_000), *DATA_KEY_PAIRS):
        yield from used_charge(context, "aws_kms_key", row)


def request_component(spec: str) -> str:
    """Which request price a key's specification has. Source: AWS KMS pricing, key usage: RSA 2048, other asymmetric keys, and the rest (HMAC too)."""
    if spec == "RSA_2048":
        return "RSA 2048 requests"
    return "symmetric requests" if spec == SYMMETRIC or spec.startswith("HMAC_") else "asymmetric requests (save RSA 2048)"


def _may_rotate(key: Resource) -> bool:
    found = key.input("enableKeyRotation")
    return found.state is State.UNKNOWN or found.value is True


def _known(resource: Resource, path: str) -> object:
    found = resource.input(path)
    return found.value if found.known else None


def hsm(context: Context) -> Iterable[Item]:
    """One HSM by the hour; `monthly_hrs` where it does not stand all month."""
    cluster = context.references.referred(context.resource, "clusterId", HSM_CLUSTER)
    kind = PRICED_HSM if cluster is None else str(_known(cluster, "hsmType") or "an unknown type")
    if kind != PRICED_HSM:
        yield Unpriced("HSM hours", f"the price book has no price for {kind}; add one with --prices")
        return
    component = f"HSM hours ({PRICED_HSM})"
    notes = (f"its cluster is not in this stack: taken as {PRICED_HSM}",) if cluster is None else ()
    found = context.usage.get("monthly_hrs")
    if found is None:
        yield Charge("aws_cloudhsm_v2_hsm", component, constant(MONTH_HOURS), assumptions=notes)
    else:
        stated = usage_assumption("monthly_hrs", found)
        yield Charge("aws_cloudhsm_v2_hsm", component, constant(found.value), source=found.source, assumptions=(*notes, stated))


def secret(context: Context) -> Iterable[Item]:
    """The secret and its calls. A replica is a secret of its own in its own Region. Source: AWS Secrets Manager pricing, "Per secret per month"."""
    yield Charge("aws_secretsmanager_secret", "secret", constant(1))
    for replica in context.items("replicas"):
        region = as_mapping("replicas", replica).get("region")
        where = region if isinstance(region, str) else "a Region that is known only after deployment"
        yield Unpriced(f"replica in {where}", "a replica costs what a secret costs in its own Region, and this line's prices are of the secret's Region")
    yield from used_charge(context, "aws_secretsmanager_secret", Used("monthly_requests", "API requests", 10_000))


KEY_FIELDS = ("monthly_requests", "monthly_ecc_data_key_pairs", "monthly_rsa_data_key_pairs")

METERS = {
    KEY: Meter("aws_kms_key", measure=kms_key, extra_fields=KEY_FIELDS),
    "aws:kms/replicaKey:ReplicaKey": Meter("aws_kms_replica_key", measure=replica_key, extra_fields=KEY_FIELDS),
    "aws:kms/externalKey:ExternalKey": Meter("aws_kms_external_key", measure=external_key, extra_fields=KEY_FIELDS),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": Meter("aws_kms_replica_external_key", measure=imported_replica, extra_fields=KEY_FIELDS),
    "aws:cloudhsmv2/hsm:Hsm": Meter("aws_cloudhsm_v2_hsm", measure=hsm, extra_fields=("monthly_hrs",)),
    "aws:secretsmanager/secret:Secret": Meter("aws_secretsmanager_secret", measure=secret, extra_fields=("monthly_requests",)),
}
