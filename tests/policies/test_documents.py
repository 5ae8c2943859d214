import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.stack import UNKNOWN, Lookup, Secret, State
from policies.documents import parse_document


def document(value):
    return parse_document("policy", Lookup(State.KNOWN, value))


def test_one_statement_and_one_action_read_like_lists_of_one():
    one = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}}
    many = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], "Principal": "*"}]}
    assert document(json.dumps(one)) == document(many)


@pytest.mark.parametrize(
    ("principal", "public"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["arn:aws:iam::1:root", "*"]}, True),
        ({"Federated": "*"}, True),
        ({"Service": "ec2.amazonaws.com"}, False),
        ({"AWS": UNKNOWN}, None),
        (UNKNOWN, None),
    ],
)
def test_anyone_is_public_in_each_of_its_spellings(principal, public):
    assert document({"Statement": [{"Effect": "Allow", "Principal": principal}]}).statements[0].public is public


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        (UNKNOWN, None),
        ({"StringEquals": {"aws:PrincipalAccount": UNKNOWN}}, None),
    ],
)
def test_a_condition_makes_it_not_public_only_where_it_fixes_who(condition, public):
    assert document({"Statement": [{"Effect": "Allow", "Principal": "*", "Condition": condition}]}).statements[0].public is public


@pytest.mark.parametrize("value", [{"Statement": UNKNOWN}, {"Statement": [UNKNOWN]}])
def test_an_unknown_part_is_unknown(value):
    assert document(value).unknown


@pytest.mark.parametrize("value", ["", "{", "[]", "null", {"Statement": "x"}, {"Statement": [1]}, {}, "[" * 100_000])
def test_what_is_no_policy_document_says_so(value):
    assert document(value).error


def test_a_secret_document_is_still_judged():
    assert document(Secret(json.dumps({"Statement": []}))).error is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["Statement", "Effect", "Action", "Principal", "AWS"]), each, max_size=3),
        max_leaves=8,
    )
)
def test_no_json_makes_the_parser_raise(value):
    parsed = document(json.dumps(value))
    assert parsed.error or parsed.statements is not None
