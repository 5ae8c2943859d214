from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

POOL = "aws:cognito/userPool:UserPool"
IP_POOL = "aws:sesv2/dedicatedIpPool:DedicatedIpPool"


@pytest.mark.parametrize(
    ("tier", "cost"),
    [
        # Cognito pricing: 20,000 users x 0.015, x 0.0055 and x 0.02
        ({}, 300.00),
        ({"userPoolTier": "LITE"}, 110.00),
        ({"userPoolTier": "PLUS"}, 400.00),
    ],
)
def test_a_user_pool_costs_by_its_active_users_and_its_plan(priced, usage_of, tier, cost):
    assert priced((POOL, "users", tier), usage=usage_of("aws_cognito_user_pool", {"monthly_active_users": 20_000})).monthly_cost.expected == pytest.approx(cost)


def test_lite_users_get_cheaper_above_a_hundred_thousand(priced, usage_of):
    found = priced((POOL, "users", {"userPoolTier": "LITE"}), usage=usage_of("aws_cognito_user_pool", {"monthly_active_users": 950_000}))
    # 100,000 x 0.0055 + 850,000 x 0.0046
    assert found.monthly_cost.expected == pytest.approx(4460.00)


def test_what_has_no_price_in_a_pool_is_named(stack_of, priced):
    result = estimate(stack_of((POOL, "users", {"userPoolTier": "LITE", "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"}})))
    assert [item.component for item in result.unknown] == ["advanced security features"]
    assert priced((POOL, "users", {"userPoolTier": "GOLD"})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("type_", "terraform_type"),
    [
        ("aws:ses/domainIdentity:DomainIdentity", "aws_ses_domain_identity"),
        ("aws:ses/emailIdentity:EmailIdentity", "aws_ses_email_identity"),
        ("aws:sesv2/emailIdentity:EmailIdentity", "aws_sesv2_email_identity"),
    ],
)
def test_email_costs_ten_cents_a_thousand(priced, usage_of, type_, terraform_type):
    assert priced((type_, "i", {}), usage=usage_of(terraform_type, {"monthly_emails": 50_000})).monthly_cost.expected == pytest.approx(5.00)


def test_dedicated_addresses_cost_each_or_by_the_managed_pool(priced):
    assert priced(("aws:sesv2/dedicatedIpAssignment:DedicatedIpAssignment", "a", {"ip": "192.0.2.1"})).monthly_cost.expected == pytest.approx(24.95)
    assert priced((IP_POOL, "p", {})).status is Status.FREE
    assert priced((IP_POOL, "p", {"scalingMode": "MANAGED"})).monthly_cost.expected == pytest.approx(15.00)


@pytest.mark.parametrize("kind", ["userPoolClient:UserPoolClient", "managedUserPoolClient:ManagedUserPoolClient"])
def test_an_app_client_is_free_unless_an_app_signs_in_by_itself(priced, kind):
    assert priced((f"aws:cognito/{kind}", "web", {"allowedOauthFlows": ["code"]})).status is Status.FREE
    found = priced((f"aws:cognito/{kind}", "job", {"allowedOauthFlows": ["client_credentials"]}))
    assert found.status is Status.UNKNOWN
    assert "machine-to-machine" in found.reason


@pytest.mark.parametrize(
    ("inputs", "fields", "cost"),
    [
        # infracost's golden of directory_service_directory
        ({"size": "Small"}, {}, 73.00),
        ({"size": "Small"}, {"additional_domain_controllers": 3}, 182.50),
        ({"size": "Large"}, {}, 219.00),
        ({"type": "ADConnector"}, {}, 73.00),
        ({"type": "MicrosoftAD", "edition": "Standard"}, {"additional_domain_controllers": 4, "shared_accounts": 8}, 367.92),
        ({"type": "MicrosoftAD", "desiredNumberOfDomainControllers": 3}, {}, 438.00),
    ],
)
def test_a_directory_costs_by_its_controllers_and_the_accounts_it_is_shared_with(priced, usage_of, inputs, fields, cost):
    found = priced(("aws:directoryservice/directory:Directory", "corp", inputs), usage=usage_of("aws_directory_service_directory", fields))
    assert found.monthly_cost.expected == pytest.approx(cost)
