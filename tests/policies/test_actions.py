import pytest

from policies.actions import scopable


@pytest.mark.parametrize(
    "action",
    [
        "ecr:GetAuthorizationToken",
        "cloudwatch:PutMetricData",
        "sts:GetCallerIdentity",
        "ec2:DescribeInstances",
        "EC2:describeinstances",
        "s3:ListAllMyBuckets",
        "logs:DescribeLogGroups",
    ],
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
