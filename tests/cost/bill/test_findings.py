from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill, BillWarning
from plinth.errors import InputError

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def found(bill: Bill) -> dict[str, BillWarning]:
    return {warning.code: warning for warning in bill.warnings}


def test_a_plain_complete_bill_has_nothing_to_say_but_what_its_columns_lack(bill_of: Callable[..., Bill]):
    assert set(found(bill_of({"lineItem/UsageEndDate": "2026-10-01T00:00:00Z"}))) == {"missing_column", "column_not_used"}


@pytest.fixture(scope="module")
def said(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BillWarning]]:
    """The warnings of a bill with much to say."""
    lines = [
        {},
        {"lineItem/LineItemType": "Novelty", "lineItem/UnblendedCost": "2.5"},
        {"resourceTags/user:Team": "a"},
        {"resourceTags/user:team": "b"},
        {"lineItem/Operation": "ECSTask-EC2", "lineItem/UnblendedCost": "0.25"},
        {"lineItem/UsageStartDate": "2026-09-04T00:00:00Z", "lineItem/UsageEndDate": "2026-09-04T01:00:00Z"},
        {"pricing/publicOnDemandCost": "", "lineItem/UnblendedCost": "1.75"},
    ]
    bill = read_bill([kit.write(tmp_path_factory.mktemp("said") / "a.csv", lines)])
    yield found(bill)
    bill.engine.close()


def test_an_unknown_type_is_carried_and_reported(said: dict[str, BillWarning]):
    warning = said["unknown_line_item_type"]
    assert (warning.rows, warning.amount) == (1, 2.5)
    assert "Novelty" in warning.message


def test_colliding_tags_are_reported_with_their_money(said: dict[str, BillWarning]):
    warning = said["tag_collision"]
    assert (warning.rows, warning.amount) == (2, 2.0)
    assert "Team, team" in warning.message


def test_split_cost_rows_are_said_with_the_money_they_repeat(said: dict[str, BillWarning]):
    assert (said["split_cost_rows"].rows, said["split_cost_rows"].amount) == (1, 0.25)


def test_one_month_delivered_as_csv_and_zipped_is_refused_and_never_added(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "report.csv").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(SAMPLE.read_bytes()))
    with pytest.raises(InputError, match=r"given twice: it stands in .*a/report.csv too \(and 1,280 more like it\)") as caught:
        read_bill([tmp_path])
    assert caught.value.where == f"{tmp_path / 'b.csv.gz'}, line 2"
    assert "newest assembly" in str(caught.value.fix)


def test_a_bill_in_whole_cents_only_was_rounded_and_is_said(kit: SimpleNamespace, tmp_path: Path):
    cents = [{"lineItem/UnblendedCost": f"{number % 7 + 1}.25", "lineItem/ResourceId": f"i-{number}"} for number in range(120)]
    rounded = found(read_bill([kit.write(tmp_path / "a.csv", cents)]))["rounded_costs"]
    assert (rounded.rows, rounded.amount) == (120, sum(number % 7 + 1.25 for number in range(120)))
    assert "rounded_costs" not in found(read_bill([kit.write(tmp_path / "b.csv", [*cents, {"lineItem/UnblendedCost": "0.001"}])]))


def test_a_line_that_stands_twice_in_one_file_is_refused_with_its_line(kit: SimpleNamespace, tmp_path: Path):
    path = kit.write(tmp_path / "a.csv", [{}, {}, {"identity/LineItemId": "line00001"}])
    with pytest.raises(InputError, match="given twice: it stands twice in this file") as caught:
        read_bill([path])
    assert caught.value.where == f"{path}, line 4"
    assert str(caught.value.value).startswith("line00001 2026-09-01")


def test_a_line_of_another_hour_and_split_cost_rows_are_no_repetition(bill_of: Callable[..., Bill]):
    later = {"identity/LineItemId": "line00000", "identity/TimeInterval": "2026-09-01T01:00:00Z/2026-09-01T02:00:00Z"}
    split = {"identity/LineItemId": "line00000", "lineItem/Operation": "EKSPod-EC2"}
    unnamed = {"identity/LineItemId": ""}
    assert bill_of({}, later, split, split, unnamed, unnamed).rows == 6


def test_a_month_from_several_folders_is_said_even_where_no_line_is_the_same(kit: SimpleNamespace, tmp_path: Path):
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        kit.write(tmp_path / folder / "report.csv", [{"identity/LineItemId": f"own{number}"}])
    warning = found(read_bill([tmp_path]))["several_folders"]
    assert (warning.rows, warning.amount) == (2, 2.0)
    assert "2026-09 of account 000000000001 comes from 2 folders" in warning.message


def test_months_in_folders_of_their_own_are_as_aws_delivers_them_and_a_whole_month_that_is_missing_is_said(kit: SimpleNamespace, tmp_path: Path):
    warnings = found(read_bill([two_months(kit, tmp_path)]))
    assert "several_folders" not in warnings
    assert warnings["missing_months"].message == "the bill has 2026-09 and 2027-01 and nothing of 2026-10, 2026-11, 2026-12"


def two_months(kit: SimpleNamespace, folder: Path) -> Path:
    """A folder with September 2026 and January 2027, each in a folder of its own."""
    second = "2027-01"
    times = {name: value.replace("2026-09", second) for name, value in kit.BASE.items() if name.startswith(("lineItem/Usage", "identity/"))}
    times |= {"bill/BillingPeriodStartDate": f"{second}-01T00:00:00.000Z", "bill/BillingPeriodEndDate": f"{second}-28T00:00:00.000Z"}
    lines: dict[str, dict[str, str]] = {"first": {}, "second": times}
    for name, line in lines.items():
        (folder / name).mkdir()
        kit.write(folder / name / "report.csv", [line])
    return folder


def test_a_plan_whose_usage_and_commitment_differ_is_reported(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    lines[2]["savingsPlan/UsedCommitment"] = "6"
    warnings = found(bill_of(*lines))
    assert warnings["commitment_not_balanced"].amount == pytest.approx(1)
    assert warnings["amortization_not_balanced"].amount == pytest.approx(-1)


def test_the_open_month_of_the_real_sample_is_said(sample: Bill):
    warnings = found(sample)
    assert "2023-11 is open" in warnings["open_month"].message
    assert "2023-11-14" in warnings["open_month"].message
    assert "lineItem/ResourceId" in warnings["missing_column"].message
    assert "missing_days" not in warnings


def test_a_day_without_usage_between_days_with_usage_is_said_per_account(said: dict[str, BillWarning]):
    assert "account 000000000002" in said["missing_days"].message
    assert "2026-09-02 to 2026-09-03" in said["missing_days"].message


def test_usage_without_a_public_price_is_said(said: dict[str, BillWarning]):
    assert (said["list_cost_unknown"].rows, said["list_cost_unknown"].amount) == (1, 1.75)
