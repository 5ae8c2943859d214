from __future__ import annotations

import pytest

from cost.estimate.model import Status
from plinth.stack import UNKNOWN

KEY = "aws:kms/key:Key"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
HSM = "aws:cloudhsmv2/hsm:Hsm"
SECRET = "aws:secretsmanager/secret:Secret"


def test_a_key_costs_a_dollar_and_its_requests(priced, usage_of):
    found = priced((KEY, "lake", {}), usage=usage_of("aws_kms_key", {"monthly_requests": 80_000}))
    # AWS KMS pricing example 1, without its free 20,000 requests: 1.00 + 8 x 0.03 = 1.24
    assert found.monthly_cost.expected == pytest.approx(1.24, abs=0.005)
    assert found.monthly_cost.max == found.monthly_cost.min


@pytest.mark.parametrize("rotation", [True, UNKNOWN])
def test_a_key_that_rotates_or_may_costs_up_to_three_keys(priced, usage_of, rotation):
    found = priced((KEY, "lake", {"enableKeyRotation": rotation}), usage=usage_of("aws_kms_key", {"monthly_requests": 0}))
    assert (found.monthly_cost.min, found.monthly_cost.expected, found.monthly_cost.max) == (1, 1, 3)


@pytest.mark.parametrize(("spec", "price"), [("SYMMETRIC_DEFAULT", 0.03), ("HMAC_256", 0.03), ("RSA_2048", 0.03), ("RSA_4096", 0.15), ("ECC_NIST_P256", 0.15)])
def test_requests_cost_by_the_kind_of_key(priced, usage_of, spec, price):
    found = priced((KEY, "sign", {"customerMasterKeySpec": spec}), usage=usage_of("aws_kms_key", {"monthly_requests": 100_000}))
    assert found.monthly_cost.expected == pytest.approx(1 + 10 * price, abs=0.005)


def test_an_rsa_data_key_pair_costs_a_hundred_and_twenty_times_an_ecc_one(priced, usage_of, line):
    found = priced((KEY, "k", {}), usage=usage_of("aws_kms_key", {"monthly_ecc_data_key_pairs": 10_000, "monthly_rsa_data_key_pairs": 10_000}))
    assert line(found, "ECC").monthly_cost.expected == pytest.approx(0.10)
    assert line(found, "RSA").monthly_cost.expected == pytest.approx(12.00)


@pytest.mark.parametrize(
    ("type_", "terraform_type"),
    [
        (REPLICA, "aws_kms_replica_key"),
        ("aws:kms/externalKey:ExternalKey", "aws_kms_external_key"),
        ("aws:kms/replicaExternalKey:ReplicaExternalKey", "aws_kms_replica_external_key"),
    ],
)
def test_every_kind_of_customer_managed_key_costs_a_dollar(priced, usage_of, type_, terraform_type):
    found = priced((type_, "k", {}), usage=usage_of(terraform_type, {"monthly_requests": 0}))
    assert found.monthly_cost.expected == pytest.approx(1.00)


def test_a_replica_rotates_and_signs_as_its_primary_does(priced, usage_of, resource):
    primary = resource(KEY, "primary", {"enableKeyRotation": True, "multiRegion": True, "customerMasterKeySpec": "RSA_4096"})
    replica = resource(REPLICA, "replica", {"primaryKeyArn": "arn"}, property_dependencies={"primaryKeyArn": (primary.urn,)})
    found = priced(replica, primary, usage=usage_of("aws_kms_replica_key", {"monthly_requests": 10_000}))
    assert found.monthly_cost.max == pytest.approx(3.15)


def test_a_replica_of_a_key_elsewhere_may_rotate(priced, usage_of):
    found = priced((REPLICA, "replica", {}), usage=usage_of("aws_kms_replica_key", {"monthly_requests": 0}))
    assert (found.monthly_cost.expected, found.monthly_cost.max) == (1, 3)
    assert "not in this stack" in found.lines[0].assumptions[0]


def test_an_hsm_costs_by_the_hour_and_only_its_priced_type_has_a_price(priced, usage_of, resource):
    # infracost's golden of cloudhsm_v2_hsm: 100 hours 160.00
    assert priced((HSM, "h", {}), usage=usage_of("aws_cloudhsm_v2_hsm", {"monthly_hrs": 100})).monthly_cost.expected == pytest.approx(160.00)
    assert priced((HSM, "h", {})).monthly_cost.expected == pytest.approx(730 * 1.6)
    cluster = resource("aws:cloudhsmv2/cluster:Cluster", "c", {"hsmType": "hsm2m.medium"})
    found = priced(resource(HSM, "h", {"clusterId": "c"}, property_dependencies={"clusterId": (cluster.urn,)}), cluster)
    assert found.status is Status.UNKNOWN
    assert "hsm2m.medium" in found.reason


def test_a_secret_costs_forty_cents_and_its_replica_is_named(priced, usage_of):
    found = priced((SECRET, "token", {}), usage=usage_of("aws_secretsmanager_secret", {"monthly_requests": 50_000}))
    assert found.monthly_cost.expected == pytest.approx(0.65, abs=0.005)


def test_the_replicas_of_a_secret_are_not_priced_at_the_secrets_region(stack_of):
    from cost.estimate import estimate

    result = estimate(stack_of((SECRET, "token", {"replicas": [{"region": "eu-west-1"}]})))
    assert [item.component for item in result.unknown] == ["replica in eu-west-1"]
