import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.arns import every


@pytest.mark.parametrize(
    ("element", "types"),
    [
        ("*", ("*",)),
        ("arn:*", ("*",)),
        ("arn:aws:s3:::*", ("*",)),
        ("arn:aws:s3:::*/*", ("*",)),
        ("arn:aws:iam::*:role/*", ("role",)),
        ("arn:aws:iam::123456789012:role/*", ("role",)),
        ("arn:aws:iam::123456789012:role*", ("role",)),
        ("arn:aws:iam::123456789012:role/?*", ("role",)),
        ("arn:aws:kms:us-east-1:1:key/*", ("key",)),
        ("arn:aws:secretsmanager:us-east-1:1:secret:*", ("secret",)),
        ("arn:aws:autoscaling:us-east-1:1:autoScalingGroup:*:autoScalingGroupName/*", ("autoScalingGroup",)),
        ("arn:aws:nosuch:us-east-1:1:thing/*", ("*",)),
    ],
)
def test_a_type_and_a_wildcard_are_every_resource_of_the_type_in_any_account(element, types):
    assert every(element) == types


@pytest.mark.parametrize(
    "element",
    [
        "arn:aws:s3:::lake/*",
        "arn:aws:s3:::lake-*",
        "arn:aws:iam::123456789012:role/ml-*",
        "arn:aws:iam::123456789012:role/aws-service-role/*",
        "arn:aws:iam::123456789012:root",
        "arn:aws:ssm:us-east-1::parameter/aws/service/*",
        "arn:aws:logs:us-east-1:1:log-group:/aws/sagemaker/*",
        "arn:aws:sagemaker:us-east-1:1:*/plinth-*",
        "arn:aws:ecr:us-east-1:763104351884:repository/*",
        "arn:aws:nosuch:us-east-1:1:thing/mine-*",
        None,
    ],
)
def test_what_names_a_part_is_not_every_resource(element):
    assert every(element) == ()


@given(st.text(max_size=20))
def test_an_element_that_ends_in_a_name_is_never_every_resource(text):
    assert every(f"arn:aws:iam::123456789012:role/{text}x") == ()
