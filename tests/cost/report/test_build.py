from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Bill
from cost.insight.model import OTHER, SENTINELS, SHARED, UNTAGGED
from cost.report import Report, build_report, facts
from cost.report.facts import LIMITS, MAX_RESOURCES
from cost.report.page_tables import moved
from cost.synthetic import SyntheticBill
from plinth.errors import UsageError

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(61)]
CENT = 1e-6


def assert_conserved(report: Report) -> None:
    """Every grouping adds up to the bill, and every explanation to its change."""
    for kind in COST_KINDS:
        whole = getattr(report.headline.bill_totals, kind)
        assert sum(getattr(each.total, kind) for each in report.by_group) == pytest.approx(whole, abs=CENT)
        assert sum(getattr(each.total, kind) for each in report.by_service) == pytest.approx(whole, abs=CENT)
        assert sum(getattr(each.total, kind) for each in report.by_account) == pytest.approx(whole, abs=CENT)
        assert sum(getattr(each.costs, kind) for each in report.daily) == pytest.approx(whole, abs=CENT)
        assert sum(getattr(each.total, kind) for each in report.resources) == pytest.approx(whole, abs=CENT)
        now = getattr(report.headline.totals, kind)
        assert sum(getattr(each.current, kind) for each in report.by_group) == pytest.approx(now, abs=CENT)
        assert sum(getattr(each.current, kind) for each in report.resources) == pytest.approx(now, abs=CENT)
        assert sum(getattr(each.costs, kind) for each in report.daily if each.window == "current") == pytest.approx(now, abs=CENT)
    if report.headline.change:
        movers = [*report.movers, *([report.other_movers] if report.other_movers else [])]
        assert sum(mover.change.amount for mover in movers) == pytest.approx(report.headline.change.amount, abs=CENT)
        for mover in movers:
            assert mover.usage + mover.rate + mover.unexplained == pytest.approx(mover.change.amount, abs=CENT)


amounts = st.decimals(min_value=-500, max_value=5000, places=9, allow_nan=False, allow_infinity=False)
charges = st.fixed_dictionaries(
    {
        "day": st.integers(0, 60),
        "days": st.sampled_from([1, 1, 1, 3, 30]),
        "cost": amounts,
        "x_amortized_cost": amounts,
        "ServiceName": st.sampled_from(["Amazon EC2", "Amazon S3", "(other)", "<b>x</b>"]),
        "ResourceId": st.sampled_from([None, "", "i-1", "i-2", "arn:aws:s3:::b"]),
        "Tags": st.sampled_from([{}, {"team": ""}, {"team": "vision"}, {"team": "(untagged)"}, {"team": "ops"}, {"other": "x"}]),
        "ChargeCategory": st.sampled_from(["Usage", "Usage", "Tax", "Credit", "Purchase", "Adjustment"]),
        "CommitmentDiscountStatus": st.sampled_from([None, "Used", "Unused"]),
        "ConsumedQuantity": st.sampled_from([None, 0.0, 1.0, 2.5]),
        "x_folded": st.booleans(),
    }
)


@given(rows=st.lists(charges, min_size=1, max_size=60))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_grouping_loses_money(rows: list[dict[str, Any]], bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    made = [row(FIRST + timedelta(days=each["day"]), **{key: value for key, value in each.items() if key != "day"}) for each in rows]
    report = build_report(bill_of(made))
    exact = sum((each["x_amortized_cost"] for each in rows), Decimal(0))
    assert report.headline.bill_totals.amortized == pytest.approx(float(exact), abs=CENT)
    assert_conserved(report)


def test_a_generated_bill_is_conserved_in_every_cost_kind(report: Report):
    assert_conserved(report)


def test_the_real_sample_keeps_its_total(sample_report: Report):
    assert sample_report.headline.bill_totals.unblended == pytest.approx(1.6823086974, abs=1e-10)
    assert_conserved(sample_report)
    assert not sample_report.synthetic
    assert [each.name for each in sample_report.by_group] == [UNTAGGED, SHARED]


def test_the_injected_spike_is_found_with_its_days_team_service_and_resources(report: Report, synthetic: SyntheticBill):
    spike = synthetic.spike
    assert spike is not None
    found = report.anomalies[0]
    assert (found.first_day, found.last_day) == (spike.first_day, spike.last_day)
    assert (found.group, found.service) == (spike.team, spike.service)
    assert {item.name for item in found.resources} == set(spike.resource_ids)
    assert found.usage_types[0].name == spike.usage_type
    assert found.excess == pytest.approx(spike.cost, rel=0.05)
    assert len(report.anomalies) == 1


def test_a_bill_without_a_spike_has_none(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    noise = Random(11)
    rows = [
        row(day, Decimal(str(round(noise.gauss(usual, usual / 10), 2))), Tags={"team": team}) for day in DAYS for team, usual in (("vision", 90), ("ops", 30))
    ]
    report = build_report(bill_of(rows))
    assert report.anomalies == ()
    assert "6 robust deviations" in report.anomaly_note


def test_the_sentence_says_what_changed_and_why(report: Report, synthetic: SyntheticBill):
    sentence = report.headline.sentence
    spike = synthetic.spike
    assert spike is not None
    assert sentence.startswith("October 2026 cost ")
    assert "more than September 2026 on equal days" in sentence
    assert f"most of all {spike.team} in {spike.service}" in sentence
    assert "spiked there on 13 to 15 Oct 2026" in sentence


def test_a_longer_month_is_compared_on_equal_days(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(day, 10) for day in DAYS]))
    assert report.headline.scale == pytest.approx(31 / 30)
    assert report.headline.change is not None
    assert report.headline.change.amount == pytest.approx(0, abs=1e-9)
    assert "about the same as September 2026" in report.headline.sentence


def test_months_without_any_cost_are_about_the_same(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(day, 0) for day in (DAYS[0], DAYS[-1])]))
    assert report.headline.sentence == "October 2026 cost 0.00 USD amortized, about the same as September 2026 on equal days (0.00 USD)."


def test_what_moved_by_less_than_half_a_cent_is_no_mover_to_read(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    costs = {"vision": (1, 9), "ops": (1, Decimal("1.001")), "idle": (2, 2)}
    rows = [row(day, cost[at], days=30, Tags={"team": team}) for at, day in enumerate((DAYS[0], DAYS[30])) for team, cost in costs.items()]
    report = build_report(bill_of(rows))
    assert {each.group for each in report.movers} >= {"vision", "ops"}
    assert [each.group for each in moved(report)] == ["vision"]


def test_an_open_month_is_compared_with_as_many_days(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(FIRST + timedelta(days=number), 10) for number in range(40)]))
    assert report.headline.current.days == 10
    assert report.headline.change is not None
    assert report.headline.change.amount == pytest.approx(0, abs=1e-9)


def test_an_untagged_bill_says_which_tags_it_has(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(FIRST, Tags={"owner": "ann"})], keys=["owner"]))
    warning = next(each for each in report.warnings if each.code == "tag_not_found")
    assert "owner" in warning.message
    assert report.untagged.share == 1
    assert report.untagged.resources[0].ask == "ann (its tag owner)"


def test_who_to_ask_is_the_team_that_runs_the_service(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [row(FIRST, 9, Tags={"team": "vision"}), row(FIRST, 3, Tags={"team": "ops"}), row(FIRST, 1, ResourceId="i-orphan")]
    untagged = build_report(bill_of(rows)).untagged
    assert untagged.amount == 1
    assert untagged.share == pytest.approx(1 / 13)
    assert untagged.resources[0].resource == "i-orphan"
    assert untagged.resources[0].ask == "vision, with 75% of what is tagged in this service"


def test_tax_and_unused_commitments_are_shared_and_not_untagged(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [row(FIRST, 5), row(FIRST, 2, ChargeCategory="Tax"), row(FIRST, 3, CommitmentDiscountStatus="Unused"), row(FIRST, -1, x_folded=True)]
    report = build_report(bill_of(rows))
    assert {each.name: each.total.amortized for each in report.by_group} == {UNTAGGED: 5, SHARED: 4}
    assert (report.untagged.amount, report.untagged.shared) == (5, 4)


def test_a_tag_value_that_reads_like_untagged_is_kept_apart(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(FIRST, 5, Tags={"team": UNTAGGED}), row(FIRST, 2)]))
    assert {each.name: each.total.amortized for each in report.by_group} == {"'(untagged)'": 5, UNTAGGED: 2}


def test_small_groups_services_and_accounts_are_added_up_and_not_dropped(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [row(FIRST, 100 - number / 10, Tags={"team": f"t{number:02}"}, ServiceName=f"s{number:02}", SubAccountId=f"{number:012}") for number in range(80)]
    report = build_report(bill_of(rows))
    for spend, dimension in ((report.by_group, "group"), (report.by_service, "service"), (report.by_account, "account")):
        assert spend[-1].name == OTHER
        assert LIMITS[dimension] <= len(spend) <= LIMITS[dimension] + len(SENTINELS) + 1
    assert_conserved(report)


def test_many_resources_are_added_up_and_not_dropped(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    report = build_report(bill_of([row(FIRST, 1 + number / 10000, ResourceId=f"i-{number}") for number in range(MAX_RESOURCES + 200)]))
    rest = next(each for each in report.resources if each.resource == OTHER)
    assert rest.resources == 200
    assert len(report.resources) == MAX_RESOURCES + 1
    assert_conserved(report)


def test_sums_of_unlisted_resources_lose_their_account_where_there_are_too_many(
    bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(facts, "MAX_RESOURCES", 1)
    monkeypatch.setattr(facts, "MAX_RESTS", 2)
    report = build_report(bill_of([row(FIRST, 1 + number, ResourceId=f"i-{number}", SubAccountId=f"{number % 4}") for number in range(9)]))
    assert [each.account for each in report.resources if each.resource == OTHER].count(OTHER) == 1
    assert len(report.resources) == 4
    assert sum(each.resources for each in report.resources) == 9
    assert_conserved(report)


def test_each_month_is_a_choice_with_the_month_before_on_equal_days(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    days = [FIRST + timedelta(days=number) for number in range(91)]
    found = build_report(bill_of([row(day, 10) for day in days])).facts
    assert found is not None
    assert [(view.id, view.previous) for view in found.views] == [
        ("2026-11", "October 2026"), ("2026-10", "September 2026"), ("2026-09", None), ("whole", None),
    ]  # fmt: skip
    assert [sum(slot.daily for slot in found.slots if slot.period.month == month) for month in (9, 10, 11)] == [0, 31, 30]
    amortized = list(COST_KINDS).index("amortized")
    assert found.rows[0].before[amortized] == pytest.approx((300, 310, 0, 0))
    assert sum(found.rows[0].days[amortized]) == pytest.approx(910)


def test_a_short_bill_offers_its_last_week_and_its_month(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    found = build_report(bill_of([row(FIRST + timedelta(days=number), number) for number in range(20)])).facts
    assert found is not None
    assert [(view.id, len(view.slots), view.previous) for view in found.views] == [("2026-09-14", 7, "7 Sep to 13 Sep 2026"), ("2026-09", 20, None)]


def test_a_charge_of_a_month_is_spread_over_its_days(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [row(FIRST + timedelta(days=number), 1) for number in range(30)] + [row(FIRST, 60, days=30, ChargeCategory="Tax")]
    report = build_report(bill_of(rows))
    tax = [each.costs.amortized for each in report.daily if each.group == SHARED]
    assert tax == [2.0] * 30


def test_another_cost_kind_is_a_usage_error(sample: Bill):
    with pytest.raises(UsageError, match="no such cost kind"):
        build_report(sample, cost="blended")


def test_a_synthetic_bill_is_marked_in_the_json(report: Report):
    assert report.synthetic
    assert '"synthetic":true' in report.model_dump_json()


def test_a_report_can_be_built_twice_from_one_bill_and_has_no_insights_where_none_are_asked_for(generated_bill: Bill, report: Report):
    again = build_report(generated_bill)
    assert again.forecast is again.close is again.formulas is None
    assert again.model_dump_json() == report.model_dump_json()
