"""infra.keys: a key for each domain, rotated, named, and used by whom its policy names."""

from __future__ import annotations

import pytest

from infra.keys import DOMAINS

KEY = "aws:kms/key:Key"


def test_every_domain_has_a_key_and_an_alias(stack, named):
    assert set(DOMAINS) == {"lake", "artifacts", "cluster", "logs", "endpoint"}
    assert len(stack.of_type(KEY)) == len(DOMAINS)
    for domain in DOMAINS:
        alias = named(stack, f"keys-{domain}-alias")
        assert alias.inputs["name"] == f"alias/plinth-{stack.name}/{domain}"
        assert alias.inputs["targetKeyId"] == named(stack, f"keys-{domain}").outputs["keyId"]


def test_every_key_rotates(stack):
    assert all(key.inputs["enableKeyRotation"] for key in stack.of_type(KEY))


@pytest.mark.parametrize(
    ("environment", "window", "protected", "multi_region", "rotation"),
    [("dev", 7, False, False, 365), ("staging", 14, True, True, 365), ("prod", 30, True, True, 180)],
)
def test_the_environment_decides_on_deletion_and_regions(recorded, environment, window, protected, multi_region, rotation):
    for key in recorded(environment).of_type(KEY):
        assert key.inputs["deletionWindowInDays"] == window
        assert key.options.protect == protected
        assert key.inputs["multiRegion"] == multi_region
        assert key.inputs["rotationPeriodInDays"] == rotation


def test_keys_outlive_the_stack_in_every_environment_unless_destroy_data_is_set(stack, altered):
    """A key's deletion takes with it all that it encrypted, what the stack leaves behind included."""
    assert all(key.options.retain_on_delete for key in stack.of_type(KEY))
    exemption = {"control": "data_destruction", "reason": "a throw-away environment", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    opted = altered(stack.name, {"plinth:storage": {"destroy_data": True}, "plinth:exemptions": [exemption]})
    assert {key.options.retain_on_delete for key in opted.of_type(KEY)} == {stack.name != "dev"}, "protection stands beside the opt-in"


def test_the_account_administers_every_key_by_iam_and_nobody_bypasses_the_lockout_check(stack, statements):
    for key in stack.of_type(KEY):
        assert statements(key)[0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
        assert not key.inputs.get("bypassPolicyLockoutSafetyCheck")


def test_every_other_principal_of_a_key_but_eventbridge_has_a_condition(stack, statements):
    for key in stack.of_type(KEY):
        for statement in statements(key)[1:]:
            assert statement.get("Condition") or statement["Principal"] == {"Service": "events.amazonaws.com"}, f"{key.name} {statement['Sid']}"


def test_eventbridge_uses_the_queues_key_without_a_condition_that_its_requests_may_not_meet(stack, named, statements):
    (queue,) = stack.of_type("aws:sqs/queue:Queue")
    assert queue.inputs["kmsMasterKeyId"] == named(stack, "keys-cluster").outputs["arn"]
    by_key = {key.name: [s for s in statements(key) if s["Principal"] == {"Service": "events.amazonaws.com"}] for key in stack.of_type(KEY)}
    (statement,) = by_key.pop(named(stack, "keys-cluster").name)
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}, "EventBridge drops each message in silence without both"
    assert (statement["Effect"], statement.get("Condition")) == ("Allow", None)
    assert not any(by_key.values())


def test_only_the_accounts_service_linked_roles_reach_the_node_volumes_key_from_outside_iam(stack, named, statements):
    everyone = [statement for statement in statements(named(stack, "keys-cluster")) if statement["Principal"] == {"AWS": "*"}]
    assert len(everyone) == 2
    for statement in everyone:
        assert statement["Condition"]["StringEquals"] == {"kms:CallerAccount": "123456789012"}
        assert all(":role/aws-service-role/" in arn for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"])


def test_log_groups_of_this_account_only_use_the_logs_key(stack, named, statements):
    logs = statements(named(stack, "keys-logs"))[1]
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}}
