"""Tests of cost.allocate.ml_charge: what a row of sums is, and for whom."""

from __future__ import annotations

import pytest

from cost.allocate.ml_charge import charge_of

ARN = "arn:aws:sagemaker:us-east-1:1:app/d-1/ada/JupyterLab/default"
NAMES = ("principal", "usage_type", "user_identifier", "tag_user", "tag_profile", "tag_owner", "tag_team", "tag_workload", "tag_experiment", "tag_model")
ROW = dict.fromkeys(NAMES, "") | {"resource": ARN, "usage_kind": "studio", "service": "", "sagemaker": True, "bedrock": False, "cost": "1.5"}


@pytest.mark.parametrize(
    ("more", "user"),
    [
        ({"user_identifier": "aws", "tag_user": "tag"}, "aws"),
        ({"tag_user": "tag", "tag_profile": "arn:x/profile"}, "tag"),
        ({"tag_profile": "arn:aws:sagemaker:us-east-1:1:user-profile/d-1/grace", "principal": "arn:x/role/p"}, "grace"),
        ({"principal": "arn:x/role/p", "tag_owner": "owner"}, "ada"),
        ({"resource": "", "principal": "arn:x/role/p", "tag_owner": "owner"}, "p"),
        ({"resource": "", "tag_owner": "owner"}, "owner"),
        ({"resource": ""}, ""),
    ],
)
def test_the_user_is_awss_own_then_the_tags_studios_the_callers_and_last_the_owner(more: dict[str, str], user: str):
    assert charge_of(ROW | more).values["user"] == user


def test_a_charge_answers_to_its_id_its_name_and_the_values_that_it_has():
    charge = charge_of(ROW | {"tag_team": "vision", "tag_experiment": "sizes"})
    assert charge.subjects() == {ARN, "ada/JupyterLab/default", "team:vision", "experiment:sizes"}
    assert charge.cost == 1.5
    assert charge_of(ROW | {"resource": ""}).subjects() == set()
