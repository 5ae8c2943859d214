import pytest

from policies.actions import scopable
from policies.rules.iam import is_every_resource


@pytest.mark.parametrize(
    "action",
    ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "sts:GetCallerIdentity", "ec2:DescribeInstances", "EC2:describeinstances", "s3:ListAllMyBuckets"],
)
def test_actions_that_can_name_no_resource_need_every_one(action):
    assert scopable(action) is None


@pytest.mark.parametrize(
    ("action", "named"), [("s3:GetObject", "s3:GetObject"), ("kms:Decrypt", "kms:Decrypt"), ("s3:*Object", "s3:DeleteObject"), ("iam:PassRole", "iam:PassRole")]
)
def test_actions_that_can_name_a_resource_are_named(action, named):
    assert scopable(action) == named


@pytest.mark.parametrize("action", ["nosuch:Thing", "s3:NoSuchAction", "nonsense"])
def test_what_the_table_does_not_know_counts_as_scopable(action):
    assert scopable(action) == action


@pytest.mark.parametrize(
    ("value", "every"),
    [
        ("*", True),
        ("arn:*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:kms:us-east-1:1:key/*", True),
        ("arn:aws:s3:::lake/*", False),
        ("arn:aws:sagemaker:us-east-1:1:endpoint/*", False),
        (None, False),
    ],
)
def test_every_resource_is_known_in_its_spellings(value, every):
    assert is_every_resource(value) is every
