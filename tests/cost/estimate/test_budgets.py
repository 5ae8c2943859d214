"""AWS Budgets inputs of an estimate: limits with a margin, a budget a team, and a file that infra/ takes as it is."""

from __future__ import annotations

import json

import pytest

from cost.estimate import estimate
from cost.estimate.budgets import budgets_json
from infra.settings.budgets import BudgetsSettings
from infra.settings.parse import parse_area
from plinth.errors import InputError

VOLUME = "aws:ebs/volume:Volume"
GROUP = "aws:eks/nodeGroup:NodeGroup"


def _volume(name, size, **tags):
    return (VOLUME, name, {"type": "gp3", "size": size, "tags": tags})


def _limits(result, **options):
    document = json.loads(budgets_json(result, "dev", **{"figure": "expected", "margin": 10.0, **options}))
    return {each["name"]: (each["monthly_usd"], each["tags"]) for each in document["budgets"]}


def test_the_environment_and_each_team_have_a_limit_with_a_margin(stack_of):
    """1,000 GB of gp3 at 0.08 are 80 USD: with 10 % 88. 250 GB are 20 USD: 22."""
    found = _limits(estimate(stack_of(_volume("a", 1000, team="vision"), _volume("b", 250, team="speech/tts"), _volume("c", 250))))
    assert found == {
        "environment": (132, {"environment": "dev"}),
        "team-speech-tts": (22, {"environment": "dev", "team": "speech/tts"}),
        "team-vision": (88, {"environment": "dev", "team": "vision"}),
    }


def test_a_limit_is_rounded_up_and_a_binary_fraction_is_no_reason_to(stack_of):
    assert _limits(estimate(stack_of(_volume("a", 1250))))["environment"][0] == 110, "100 USD and 10 %"
    assert _limits(estimate(stack_of(_volume("a", 1251))))["environment"][0] == 111


def test_the_ceiling_may_be_budgeted(stack_of):
    group = (GROUP, "pool", {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 2}})
    expected, ceiling = (_limits(estimate(stack_of(group)), figure=figure, margin=0)["environment"][0] for figure in ("expected", "max"))
    assert (expected, ceiling) == (72, 144), "730 x 0.096 + 20 x 0.08 = 71.68, and twice that"


def test_teams_that_look_the_same_in_a_name_stay_apart(stack_of):
    found = _limits(estimate(stack_of(_volume("a", 100, team="a b"), _volume("b", 100, team="a/b"))))
    assert set(found) == {"environment", "team-a-b", "team-a-b-2"}


def test_what_is_not_priced_is_named_beside_the_limits(stack_of):
    result = estimate(stack_of(_volume("a", 100), (GROUP, "odd", {"instanceTypes": ["z9.mega"], "scalingConfig": {"minSize": 0, "maxSize": 1}})))
    assert json.loads(budgets_json(result, "dev", figure="expected", margin=10.0))["not_priced"] == ["odd"]


def test_nothing_and_a_part_are_refused(stack_of):
    with pytest.raises(InputError, match="nothing to make a budget of"):
        _limits(estimate(stack_of()))
    with pytest.raises(InputError, match="leaves out"):
        _limits(estimate(stack_of(_volume("a", 100))).model_copy(update={"unseen": 3}))


def test_infra_reads_what_is_written(stack_of, tmp_path):
    path = tmp_path / "budgets.dev.json"
    path.write_text(budgets_json(estimate(stack_of(_volume("a", 1000, team="vision"))), "dev", figure="max", margin=5.0))
    settings, usable, problems = parse_area(BudgetsSettings, {"file": str(path)})
    assert problems == [] and "file" in usable
    assert list(settings.the_file_holds_budgets()) == []
    assert [(limit.name, limit.monthly_usd) for limit in settings.limits()] == [("environment", 84), ("team-vision", 84)]
