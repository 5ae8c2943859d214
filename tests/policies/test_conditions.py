import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.stack import UNKNOWN
from policies.conditions import FIXES_PRINCIPAL, fixes_principal, fixes_resource, fixes_service, fixes_subject

GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SUB = "token.actions.githubusercontent.com:sub"
EXACT = {
    "aws:sourcearn": "arn:aws:events:us-east-1:123456789012:rule/*",
    "aws:sourcevpcarn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1",
    "aws:principalarn": "arn:aws:iam::123456789012:role/ci",
    "s3:dataaccesspointarn": "arn:aws:s3:us-east-1:123456789012:accesspoint/*",
    "aws:principalorgpaths": "o-1/r-1/*",
    "aws:sourceorgpaths": "o-1/*",
}
"""What fixes each key that takes more than an id."""
NEGATED_OR_ABSENT = ("StringNotEquals", "StringNotLike", "ArnNotLike", "StringEqualsIfExists", "ArnLikeIfExists", "ForAllValues:StringLike", "Null", "Bool")


@pytest.mark.parametrize("key", FIXES_PRINCIPAL)
def test_every_key_of_the_table_fixes_a_principal_by_a_match_alone(key):
    value = EXACT.get(key, "123456789012")
    assert fixes_principal({"StringLike": {key.upper(): value}}) is True
    assert [operator for operator in NEGATED_OR_ABSENT if fixes_principal({operator: {key: value}})] == []


@pytest.mark.parametrize("key", FIXES_PRINCIPAL)
@pytest.mark.parametrize("value", ["*", "", "${aws:PrincipalArn}", "?", [], ["*", "123456789012"], "arn:aws:iam::*:role/ci", "arn:aws:s3:::plinth-*"])
def test_no_key_fixes_a_principal_by_an_open_value(key, value):
    assert fixes_principal({"StringLike": {key: value}}) is False


@pytest.mark.parametrize("key", ["aws:SecureTransport", "aws:SourceIp", "kms:ViaService", "aws:PrincipalTag/team", "sts:ExternalId", "aws:RequestedRegion"])
def test_a_key_that_is_not_in_the_table_fixes_no_one(key):
    assert fixes_principal({"StringEquals": {key: "123456789012"}, "Bool": {key: "true"}}) is False


@pytest.mark.parametrize("condition", [UNKNOWN, {"StringEquals": UNKNOWN}, {"StringEquals": {"aws:PrincipalAccount": UNKNOWN}}])
def test_what_hangs_on_an_unknown_value_is_unknown(condition):
    assert fixes_principal(condition) is None


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalAccount": UNKNOWN}},
        {"StringNotEquals": UNKNOWN},
        {"StringEquals": {"aws:SecureTransport": UNKNOWN}},
        {"StringLike": {"aws:PrincipalAccount": ["*", UNKNOWN]}},
    ],
)
def test_an_unknown_value_that_could_fix_no_one_is_no_excuse(condition):
    assert fixes_principal(condition) is False


def test_one_test_that_fixes_it_is_enough():
    assert fixes_principal({"Bool": {"aws:SecureTransport": "true"}, "ArnLike": UNKNOWN, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}) is True


@pytest.mark.parametrize(
    ("subject", "fixed"),
    [
        ("repo:acme/platform:ref:refs/heads/main", True),
        ("repo:acme/*", True),
        ("repo:acme/plat*", True),
        ("repo:acme*", False),
        ("repo:*", False),
        ("repo:*/platform:*", False),
        ("*", False),
        ("", False),
        ("system:serviceaccount:ml:*", True),
        ("system:serviceaccount:*:trainer", False),
        ("organization:acme:project:ml:*", True),
        ("organization:*", False),
        ("org/7/project/*", True),
        ("org/*", False),
    ],
)
def test_a_subject_is_fixed_up_to_a_separator_past_its_kind(subject, fixed):
    assert fixes_subject({"StringLike": {SUB: subject}}, GITHUB) is fixed


def test_an_audience_fixes_the_token_of_an_identity_pool_and_not_of_an_issuer_of_many():
    assert fixes_subject({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, GITHUB) is False
    assert fixes_subject({"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:1"}}, "cognito-identity.amazonaws.com") is True
    assert fixes_subject({"StringNotEquals": {SUB: "repo:acme/x"}}, GITHUB) is False


def test_a_saml_provider_asks_for_a_condition_at_all():
    provider = "arn:aws:iam::123456789012:saml-provider/okta"
    assert (fixes_subject(None, provider), fixes_subject({"StringEquals": {"SAML:aud": "x"}}, provider)) == (False, True)


@pytest.mark.parametrize(
    ("condition", "fixed"),
    [
        ({"StringEquals": {"aws:ResourceTag/team": "ml"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}, True),
        ({"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:us-east-1:1:vpc/vpc-1"}}, True),
        ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, True),
        ({"StringLike": {"aws:ResourceTag/team": "*"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, False),
        ({"Null": {"aws:ResourceTag/team": "false"}}, False),
        (None, False),
    ],
)
def test_a_condition_narrows_the_resource_only_by_what_it_says_of_it(condition, fixed):
    assert fixes_resource(condition) is fixed


def test_a_role_is_passed_to_a_service_that_is_named():
    assert fixes_service({"StringEquals": {"iam:PassedToService": ["sagemaker.amazonaws.com", "ec2.amazonaws.com"]}}) is True
    assert fixes_service({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}) is False
    assert fixes_service({"StringEquals": {"iam:PassedToService": UNKNOWN}}) is None


@given(
    st.recursive(
        st.none() | st.text(max_size=9), lambda each: st.lists(each, max_size=2) | st.dictionaries(st.sampled_from(["StringLike", SUB, "aws:SourceArn"]), each)
    )
)
def test_no_condition_makes_it_raise(condition):
    for answer in (fixes_principal(condition), fixes_subject(condition, GITHUB), fixes_resource(condition), fixes_service(condition)):
        assert answer in (True, False)
