from __future__ import annotations

import pytest

from cost.estimate.model import Status

KEY = "aws:kms/key:Key"


def test_a_key_costs_a_dollar_and_its_requests(priced, usage_of):
    found = priced((KEY, "lake", {}), usage=usage_of("aws_kms_key", {"monthly_requests": 80_000}))
    # AWS KMS pricing example 1, without its free 20,000 requests: 1.00 + 8 x 0.03 = 1.24
    assert found.monthly_cost.expected == pytest.approx(1.24, abs=0.005)
    assert found.monthly_cost.max == found.monthly_cost.min


def test_a_rotating_key_costs_up_to_three_keys(priced, usage_of):
    found = priced((KEY, "lake", {"enableKeyRotation": True}), usage=usage_of("aws_kms_key", {"monthly_requests": 0}))
    assert (found.monthly_cost.min, found.monthly_cost.expected, found.monthly_cost.max) == (1, 1, 3)


def test_asymmetric_requests_cost_more(priced, usage_of):
    found = priced((KEY, "sign", {"customerMasterKeySpec": "ECC_NIST_P256"}), usage=usage_of("aws_kms_key", {"monthly_requests": 100_000}))
    assert found.monthly_cost.expected == pytest.approx(2.50, abs=0.005)


def test_a_secret_costs_forty_cents(priced, usage_of):
    found = priced(("aws:secretsmanager/secret:Secret", "token", {}), usage=usage_of("aws_secretsmanager_secret", {"monthly_requests": 50_000}))
    assert found.monthly_cost.expected == pytest.approx(0.65, abs=0.005)


@pytest.mark.parametrize(("tier", "status", "cost"), [("Standard", Status.FREE, 0.0), ("Advanced", Status.PRICED, 0.05)])
def test_only_advanced_parameters_cost(priced, tier, status, cost):
    found = priced(("aws:ssm/parameter:Parameter", "p", {"tier": tier}))
    assert found.status is status
    assert found.monthly_cost.expected == pytest.approx(cost, abs=0.005)
