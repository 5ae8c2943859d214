"""plinth.local.extras.bucket_policies: conditions decide, as on AWS."""

import json
from collections.abc import Callable

import pytest

from plinth.errors import PlinthError
from plinth.local import LocalAws

KEY = "arn:aws:kms:us-east-1:123456789012:key/ours"


@pytest.fixture
def put() -> Callable[..., str]:
    """`put(condition, **arguments)`: whether a PutObject goes through a policy that denies it under that condition."""

    def attempt(condition: dict, effect: str = "Deny", **arguments) -> str:
        with LocalAws("us-east-1") as aws:
            s3 = aws.client("s3")
            s3.create_bucket(Bucket="policed")
            statement = {"Effect": effect, "Principal": "*", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::policed/*"], "Condition": condition}
            s3.put_bucket_policy(Bucket="policed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
            try:
                s3.put_object(Bucket="policed", Key="k", Body=b"x", **arguments)
            except s3.exceptions.ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"]
            return "stored"

    return attempt


ALGORITHM = "s3:x-amz-server-side-encryption"


@pytest.mark.parametrize(
    ("condition", "arguments", "expected"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, "stored"),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, 403),
        ({"NumericLessThan": {"s3:TlsVersion": 1.2}}, {}, "stored"),
        ({"NumericLessThan": {"s3:TlsVersion": "1.4"}}, {}, 403),
        ({"StringNotEquals": {ALGORITHM: "aws:kms"}}, {}, 403),
        ({"StringNotEquals": {ALGORITHM: "aws:kms"}}, {"ServerSideEncryption": "aws:kms"}, "stored"),
        ({"Null": {ALGORITHM: "false"}, "StringNotEquals": {ALGORITHM: "aws:kms"}}, {}, "stored"),
        ({"Null": {ALGORITHM: "false"}, "StringNotEquals": {ALGORITHM: "aws:kms"}}, {"ServerSideEncryption": "AES256"}, 403),
        ({"Null": {ALGORITHM: "true"}}, {}, 403),
        ({"StringEqualsIfExists": {ALGORITHM: "aws:kms"}}, {}, 403),
        ({"StringEquals": {ALGORITHM: "aws:kms"}}, {}, "stored"),
        ({"StringLike": {ALGORITHM: ["x", "aws:*"]}}, {"ServerSideEncryption": "aws:kms"}, 403),
    ],
)
def test_a_deny_applies_where_its_conditions_hold_and_nowhere_else(put, condition, arguments, expected):
    assert put(condition, **arguments) == expected


def test_an_allow_never_denies(put):
    assert put({"Bool": {"aws:SecureTransport": "false"}}, effect="Allow") == "stored"


def test_an_operator_that_is_not_known_is_an_error_not_a_pass(put):
    with pytest.raises((ValueError, PlinthError), match="IpAddress"):
        put({"IpAddress": {"s3:TlsVersion": "10.0.0.0/8"}})
