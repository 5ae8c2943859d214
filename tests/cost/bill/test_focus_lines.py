from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cost.bill import read_bill, summarize
from cost.bill.focus.versions import columns_of
from cost.bill.focus.write import write_focus
from cost.bill.model import Bill
from plinth.errors import InputError

CHARGE = {
    "BilledCost": "1.5", "EffectiveCost": "1.5", "ListCost": "2", "ContractedCost": "1.5", "BillingAccountId": "000000000001", "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z", "BillingPeriodEnd": "2026-11-01T00:00:00Z", "ChargePeriodStart": "2026-10-01T00:00:00Z",
    "ChargePeriodEnd": "2026-10-01T01:00:00Z", "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "ProviderName": "AWS", "PublisherName": "AWS",
    "InvoiceIssuerName": "AWS", "ServiceName": "Amazon EC2", "ServiceCategory": "Compute", "SubAccountId": "000000000002", "Tags": '{"team": "vision"}',
}  # fmt: skip


def write(path: Path, rows: Sequence[Mapping[str, str]], version: str = "1.0") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns_of(version), restval="NULL")
        writer.writeheader()
        writer.writerows(CHARGE | dict(row) for row in rows)
    return path


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """Five hours of one charge, and two rows of another provider."""
    rows = [{"ChargePeriodStart": f"2026-10-01T{hour:02}:00:00Z", "ChargePeriodEnd": f"2026-10-01T{hour + 1:02}:00:00Z"} for hour in range(5)]
    rows += [{"ProviderName": "Microsoft", "BilledCost": "7"}, {"ProviderName": "Microsoft", "BilledCost": "1"}]
    bill = read_bill([write(tmp_path_factory.mktemp("hours") / "a.csv", rows, "1.2")])
    yield bill
    bill.engine.close()


def test_the_rows_of_another_provider_are_kept_apart_and_said(hours: Bill):
    warning = next(each for each in hours.warnings if each.code == "other_provider")
    assert (warning.rows, warning.amount) == (2, 8.0)
    assert "Microsoft" in warning.message
    assert (hours.rows, summarize(hours).totals.billed) == (5, 7.5)


def test_hours_of_a_day_are_one_charge_with_their_tags(hours: Bill):
    assert hours.format == "FOCUS 1.2"
    assert hours.engine.rows(hours.charges.select("x_lines", "Tags")) == [{"x_lines": 5, "Tags": {"team": "vision"}}]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("BilledCost", "NULL", "BilledCost is empty"),
        ("BilledCost", "nan", "BilledCost is not a number"),
        ("ChargePeriodStart", "yesterday", "ChargePeriodStart is not a UTC time"),
        ("Tags", "{team}", "Tags is not a JSON object"),
    ],
)
def test_a_value_that_cannot_be_read_is_an_error_with_line_and_column(tmp_path: Path, column: str, value: str, what: str):
    path = write(tmp_path / "a.csv", [{}, {column: value}, {}])
    with pytest.raises(InputError, match=what) as caught:
        read_bill([path])
    assert caught.value.where == f"{path}, line 3, column {column}"


def test_a_header_without_rows_is_an_error_where_no_file_has_any_and_said_beside_a_report(kit: SimpleNamespace, tmp_path: Path):
    empty = [write(tmp_path / "a.csv", []), write(tmp_path / "b.csv", [], "1.1")]
    with pytest.raises(InputError, match="a header and no rows") as caught:
        read_bill(empty)
    assert caught.value.where == f"{empty[0]}, {empty[1]}"
    bill = read_bill([*empty, kit.write(tmp_path / "report.csv", [{}])])
    assert bill.rows == 1
    assert next(each.message for each in bill.warnings if each.code == "empty_file") == f"a header and no rows: {empty[0]}, {empty[1]}"


def test_a_bill_of_other_providers_alone_is_refused_with_their_names(tmp_path: Path):
    others = write(tmp_path / "a.csv", [{"ProviderName": "Microsoft"}, {"ProviderName": "Google Cloud"}])
    with pytest.raises(InputError, match="no rows of AWS") as caught:
        read_bill([others])
    assert (caught.value.where, caught.value.value) == (str(others), "Google Cloud, Microsoft")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The rows of our own export of two charges."""
    folder = tmp_path_factory.mktemp("own")
    bill = read_bill([write(folder / "focus.csv", [{}, {"SubAccountId": "000000000003"}])], by_line=True)
    write_focus(bill, folder / "own.csv")
    bill.engine.close()
    with (folder / "own.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rewrite(path: Path, rows: Sequence[Mapping[str, str]], without: Sequence[str] = ()) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name not in without], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_our_own_export_without_its_columns_is_refused_with_their_names(own: list[dict[str, str]], tmp_path: Path):
    path = rewrite(tmp_path / "own.csv", own, without=("x_trueup_cost", "x_lines"))
    with pytest.raises(InputError, match="lacks columns") as caught:
        read_bill([path])
    assert (caught.value.where, caught.value.value) == (f"{path}, line 1", "x_lines, x_trueup_cost")


def test_an_empty_cost_in_our_own_export_is_an_error_with_line_and_column(own: list[dict[str, str]], tmp_path: Path):
    path = rewrite(tmp_path / "own.csv", [own[0], own[1] | {"x_amortized_cost": ""}])
    with pytest.raises(InputError, match="x_amortized_cost is empty") as caught:
        read_bill([path])
    assert caught.value.where == f"{path}, line 3, column x_amortized_cost"


def test_accounts_of_a_parquet_keep_their_zeros_or_are_refused(tmp_path: Path):
    texts = pa.Table.from_pylist([CHARGE])
    for name, kind, account in (("whole", pa.int64(), "000000000002"), ("floating", pa.float64(), None)):
        at = texts.schema.get_field_index("SubAccountId")
        pq.write_table(texts.set_column(at, "SubAccountId", pa.array([2]).cast(kind)), tmp_path / f"{name}.parquet")
        if account:
            assert [row["SubAccountId"] for row in rows(read_bill([tmp_path / f"{name}.parquet"]), "SubAccountId")] == [account]
        else:
            with pytest.raises(InputError, match="account ids are floating point numbers") as caught:
                read_bill([tmp_path / f"{name}.parquet"])
            assert caught.value.where == f"{tmp_path / name}.parquet, column SubAccountId"


def rows(bill: Bill, *columns: str) -> list[dict[str, object]]:
    return bill.engine.rows(bill.charges.select(*columns))


def test_a_month_in_two_formats_is_refused_and_months_in_two_formats_are_one_bill(kit: SimpleNamespace, tmp_path: Path):
    focus = write(tmp_path / "focus.csv", [{}])
    october = {name: value.replace("2026-09", "2026-10") for name, value in kit.BASE.items() if "Date" in name or "Time" in name}
    ends = {"bill/BillingPeriodEndDate": "2026-11-01T00:00:00.000Z"}
    with pytest.raises(InputError, match="2026-10 of account 000000000001 comes in 2 formats"):
        read_bill([focus, kit.write(tmp_path / "october.csv", [october | ends])])
    bill = read_bill([focus, kit.write(tmp_path / "september.csv", [{"resourceTags/user:Team": "vision"}])])
    assert bill.format == "FOCUS 1.0, legacy CUR csv"
    summary = summarize(bill)
    assert summary.totals.billed == 2.5
    assert summary.tags["team"].values["vision"].billed == 2.5
