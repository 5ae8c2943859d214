"""The settings of the budgets: what a file must hold, and in which words anything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cost.estimate.budgets import MAX_NAME as WRITTEN
from infra.settings.base import Problem, run_checks
from infra.settings.budgets import MAX_NAME, BudgetsSettings
from infra.settings.parse import parse_area

GOOD: dict[str, Any] = {
    "generated_by": "x",
    "currency": "USD",
    "figure": "max",
    "margin_percent": 0,
    "budgets": [{"name": "environment", "monthly_usd": 5, "tags": {"environment": "dev"}}],
}


def _found(raw: dict[str, Any]) -> list[Problem]:
    settings, usable, problems = parse_area(BudgetsSettings, raw)
    return [*problems, *run_checks(settings, usable, None)]


@pytest.fixture
def problems(tmp_path):
    def check(content: Any, **settings: Any) -> list[Problem]:
        path = tmp_path / "budgets.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return _found({"file": str(path), **settings})

    return check


def test_a_good_file_is_read(tmp_path, problems):
    assert problems(GOOD) == []
    (limit,) = BudgetsSettings(file=str(tmp_path / "budgets.json")).limits()
    assert (limit.name, limit.monthly_usd, limit.tags) == ("environment", 5, {"environment": "dev"})


def test_the_writer_and_the_reader_agree_on_names():
    assert WRITTEN == MAX_NAME


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"currency": "EUR"}, "file, currency"),
        ({"budgets": []}, "file, budgets"),
        ({"budgets": [{**GOOD["budgets"][0], "monthly_usd": 0}]}, "file, budgets[0].monthly_usd"),
        ({"budgets": [{**GOOD["budgets"][0], "monthly_usd": "5"}]}, "file, budgets[0].monthly_usd"),
        ({"budgets": [{**GOOD["budgets"][0], "name": "a:b"}]}, "file, budgets[0].name"),
        ({"budgets": [{**GOOD["budgets"][0], "tags": {}}]}, "file, budgets[0].tags"),
        ({"surprise": 1}, "file, surprise"),
    ],
)
def test_a_mistake_in_the_file_is_said_by_its_key(problems, change, key):
    assert key in [problem.key for problem in problems({**GOOD, **change})]


def test_two_budgets_of_one_name_are_refused(problems):
    (found,) = problems({**GOOD, "budgets": GOOD["budgets"] * 2})
    assert (found.value, found.limit) == ("environment", "each budget's name once")


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_what_is_no_budgets_file_is_refused(problems, content):
    assert problems(content), content


def test_a_file_that_is_not_there_is_told_how_to_write_it():
    (found,) = _found({"file": "no/such/file.json"})
    assert "plinth cost estimate ENV --budgets FILE" in found.fix


@pytest.mark.parametrize(
    ("setting", "key"), [({"notify_at_percent": [0]}, "notify_at_percent[0]"), ({"notify_at_percent": [50, 80, 100]}, "notify_at_percent")]
)
def test_percents_are_one_or_two_and_above_nothing(problems, setting, key):
    assert [problem.key for problem in problems(GOOD, **setting)] == [key]
