"""Tests of plinth cost reconcile: the JSON, the tables, and what is refused."""

from __future__ import annotations

import pytest

from cost.reconcile import Reconciliation
from plinth.commands import reconcile
from plinth.commands.reconcile import SHOWN, show_reconciliation
from plinth.errors import InputError


@pytest.fixture(scope="module")
def run(cost_command):
    return cost_command(reconcile)


@pytest.fixture(scope="module")
def found(run, engine_data, october_bill):
    result = run("reconcile", engine_data / "stack_export.json", october_bill, "--json")
    assert result.exit_code == 0, result.output
    return Reconciliation.model_validate_json(result.stdout)


@pytest.fixture
def shown(capsys):
    def show(result):
        show_reconciliation(result)
        return " ".join(capsys.readouterr().out.split())

    return show


def test_every_dollar_of_the_bill_stands_somewhere(found):
    # a month of 31 days: 23 + 24 + 0.45 a day, and 10 of tax
    assert found.month == "2026-10" and found.hours == 744
    assert found.billed_cost == pytest.approx(31 * 47.45 + 10)
    assert (found.matched_cost, found.unmatched_cost, found.not_usage_cost) == (pytest.approx(31 * 47), pytest.approx(31 * 0.45), pytest.approx(10))


def test_a_bills_resources_are_the_stacks(found):
    billed = {each.name: (each.billed_cost, each.matched_by) for each in found.resources if each.billed_cost}
    assert billed == {"lake-data": (pytest.approx(31 * 23), "resource id"), "gpu": (pytest.approx(31 * 24), "tag")}


def test_the_sums_and_what_nothing_explains_are_shown(found, shown):
    output = shown(found)
    assert "2026-10: estimate against bill, USD" in output
    assert f"{found.billed_cost:,.2f}" in output
    assert "nat-of-another-stack" in output
    assert "dr" in output and "unknown" in output, "dr has no price in us-west-2, so no error either"


def test_resources_beyond_those_shown_are_added_up(found, shown):
    (one, *_) = found.resources
    many = found.model_copy(update={"resources": tuple(one.model_copy(update={"urn": str(number)}) for number in range(SHOWN + 2))})
    assert "2 others" in shown(many)
    assert f"{2 * one.billed_cost:,.2f}" in shown(many)


def test_what_has_no_price_is_said_to_be_no_error(found, shown):
    assert "not in the error" not in shown(found)
    assert "not in the error" in shown(found.model_copy(update={"unpriced_cost": 5.0}))


def test_a_month_that_the_bill_lacks_is_refused(run, engine_data, october_bill):
    result = run("reconcile", engine_data / "stack_export.json", october_bill, "--month", "2026-01")
    assert isinstance(result.exception, InputError) and "2026-10" in str(result.exception)


def test_an_estimate_that_is_none_is_refused(run, tmp_path, october_bill):
    path = tmp_path / "estimate.json"
    path.write_text("{}")
    result = run("reconcile", path, october_bill)
    assert isinstance(result.exception, InputError) and str(path) in str(result.exception)
