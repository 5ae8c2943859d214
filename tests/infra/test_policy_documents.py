"""infra.policy_documents: one spelling for every statement."""

import pytest

from infra.policy_documents import UNSCOPABLE, allow, allow_unscopable, deny


def test_a_statement_has_lists_and_leaves_out_what_it_lacks():
    assert allow("Read", ("s3:GetObject",), ["arn:x"]) == {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:x"]}


def test_a_denial_can_have_a_condition_and_a_principal():
    statement = deny("No", ("s3:*",), ["arn:x"], {"Bool": {"aws:SecureTransport": "false"}}, "*")
    assert (statement["Effect"], statement["Principal"], statement["Condition"]) == ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}})


def test_an_action_that_can_be_scoped_gets_no_star():
    with pytest.raises(ValueError, match="s3:GetObject"):
        allow_unscopable("Read", "s3:GetObject", "s3:ListAllMyBuckets")


def test_the_table_holds_only_lookups_and_the_registry_token():
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List", "Lookup")) for action in UNSCOPABLE)
