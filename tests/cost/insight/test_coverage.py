from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight.coverage import PARTS, REQUIRED, RESOURCES, by_resource, coverage, other_keys
from cost.insight.money_model import KeyCoverage
from infra.tags import REQUIRED_TAGS
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
DAY, LATER = date(2026, 9, 1), date(2026, 10, 1)
FULL = {"team": "vision", "environment": "prod", "workload": "train", "cost_center": "ml"}
KEYS = tuple(FULL)


def key(bill: Bill, name: str, **options: Any) -> KeyCoverage:
    return next(each for each in coverage(bill, **options).required if each.key == name)


def test_the_required_keys_are_among_those_that_every_resource_carries():
    assert set(REQUIRED) <= set(REQUIRED_TAGS)


def test_coverage_is_the_share_of_usage_that_carries_the_key(bill_of: BillOf, row: Row):
    rows = [row(DAY, 60, Tags=FULL), row(DAY, 30, Tags={"team": "vision", "name": "x"}), row(DAY, 10, Tags={"team": ""})]
    found = coverage(bill_of(rows, keys=(*KEYS, "name")))
    assert {each.key: each.coverage for each in found.keys} == {"team": 0.9, "environment": 0.6, "workload": 0.6, "cost_center": 0.6, "name": 0.3}
    assert [each.required for each in found.keys] == [True] * 4 + [False]
    assert (found.taggable, found.all_required.tagged, found.all_required.coverage) == (100, 60, 0.6)


def test_tax_fees_credits_and_unused_commitment_can_carry_no_tag(bill_of: BillOf, row: Row):
    rows = [row(DAY, 10, Tags=FULL), row(DAY, 5, ChargeCategory="Tax"), row(DAY, -5, ChargeCategory="Credit"), row(DAY, 7, ChargeCategory="Purchase")]
    found = coverage(bill_of([*rows, row(DAY, 3, CommitmentDiscountStatus="Unused")], keys=KEYS))
    assert (found.taggable, found.all_required.coverage) == (10, 1)


def test_a_key_that_no_charge_has_is_said_to_be_absent(bill_of: BillOf, row: Row):
    found = key(bill_of([row(DAY, 1, Tags={"team": "a"})]), "workload")
    assert (found.found, found.coverage) == (False, 0)


def test_a_required_key_is_found_in_any_spelling(bill_of: BillOf, row: Row):
    found = coverage(bill_of([row(DAY, 1, Tags={"cost_center": "ml"})], keys=("cost_center",)), required=["CostCenter", "cost-center"])
    assert [(each.key, each.coverage) for each in found.required] == [("cost_center", 1)]


def test_services_accounts_and_months_add_up_with_the_least_covered_first(bill_of: BillOf, row: Row):
    rows = [
        row(DAY, number + 1, ServiceName=f"s{number:02}", SubAccountId=f"a{number}", Tags={"team": "x"} if number % 2 else {}) for number in range(PARTS + 4)
    ]
    found = key(bill_of([*rows, row(LATER, 5, Tags={"team": "x"})]), "team")
    whole = sum(range(1, PARTS + 5)) + 5
    for parts in (found.by_service, found.by_account):
        assert len(parts) == PARTS + 1 and parts[-1].name == "(other)"
        assert sum(each.amount for each in parts) == whole
        assert parts[0].coverage == 0
    assert [(each.period, each.amount) for each in found.by_month] == [("2026-09", whole - 5), ("2026-10", 5)]
    assert found.by_month[1].coverage == 1


def test_who_to_ask_is_the_team_else_who_made_it_else_the_neighbour(bill_of: BillOf, row: Row):
    rows = [
        row(DAY, 40, Tags=FULL, ResourceId="whole"),
        row(DAY, 30, Tags={"team": "language"}, ResourceId="has-team"),
        row(DAY, 20, Tags={"created_by": "Root:ana"}, ResourceId="has-maker"),
        row(DAY, 10, ResourceId="bare"),
        row(DAY, 5, ResourceId="alone", SubAccountId="9"),
    ]
    found = coverage(bill_of(rows, keys=(*KEYS, "created_by")))
    assert [(each.resource, each.missing, each.ask) for each in found.incomplete] == [
        ("has-team", ("environment", "workload", "cost_center"), "language (its team)"),
        ("has-maker", KEYS, "Root:ana (its tag created_by)"),
        ("bare", KEYS, "vision, with 57% of what is tagged in this service"),
        ("alone", KEYS, "whoever runs account 9: nothing in it carries the tag"),
    ]
    assert (found.incomplete_not_listed, found.incomplete_not_listed_amount) == (0, 0)


def test_resources_beyond_the_listed_are_counted(bill_of: BillOf, row: Row):
    found = coverage(bill_of([row(DAY, number + 1, ResourceId=f"i-{number}") for number in range(RESOURCES + 3)]))
    assert (len(found.incomplete), found.incomplete_not_listed, found.incomplete_not_listed_amount) == (RESOURCES, 3, 6)


def test_no_required_keys_is_nothing_to_lack(bill_of: BillOf, row: Row):
    found = coverage(bill_of([row(DAY, 1)]), required=())
    assert (found.required, found.incomplete, found.all_required.coverage) == ((), (), 1)


def test_a_bill_without_usage_has_no_coverage(bill_of: BillOf, row: Row):
    assert coverage(bill_of([row(DAY, 5, ChargeCategory="Tax")])).all_required.coverage is None


values = st.sampled_from(["", "a", "(untagged)", "<b>"])


@given(lines=st.lists(st.tuples(st.decimals("0", "99", places=6), values, values, st.integers(0, 3)), min_size=1, max_size=20))
@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_tagged_and_untagged_are_all_usage_whatever_the_values(bill_of: BillOf, row: Row, lines: list[tuple[Decimal, str, str, int]]):
    rows = [row(DAY, str(cost), Tags={"team": team, "workload": work}, ServiceName=f"s{service}") for cost, team, work, service in lines]
    found = coverage(bill_of(rows, keys=("team", "workload")), required=("team", "workload"))
    for number, each in enumerate(found.required):
        tagged = sum(line[0] for line in lines if line[1 + number])
        assert found.keys[number].tagged == pytest.approx(float(tagged), abs=1e-9)
        assert sum(part.tagged for part in each.by_service) == pytest.approx(float(tagged), abs=1e-9)
        assert sum(part.amount for part in each.by_service) == pytest.approx(found.taggable, abs=1e-9)
    lacking = sum(each.amount for each in found.incomplete) + found.incomplete_not_listed_amount
    assert found.all_required.tagged + lacking == pytest.approx(found.taggable, abs=1e-9)


def test_the_generated_bill_lacks_tags_on_the_resources_that_were_left_untagged(generated: Any, generated_bill: Bill):
    found = coverage(generated_bill)
    assert found.all_required.coverage is not None and 0.8 < found.all_required.coverage < 1
    untagged = {urn.rsplit("::", 1)[-1] for urn in generated[0].untagged_resources}
    assert {each.resource.rsplit(":", 1)[-1] for each in found.incomplete} == untagged


def test_the_sample_has_no_tags_at_all(sample: Bill):
    found = coverage(sample)
    assert [(each.coverage, each.found) for each in found.required] == [(0, False)] * 4
    assert found.taggable == pytest.approx(1.6023086974)


def test_an_unknown_cost_kind_is_refused(bill_of: BillOf, row: Row):
    with pytest.raises(UsageError, match="amortized"):
        coverage(bill_of([row(date(2026, 9, 1))]), cost="nope")


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    for expression in (by_resource(charges, KEYS, "amortized"), other_keys(charges, KEYS, "billed")):
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
