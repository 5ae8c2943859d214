from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill
from plinth.errors import InputError


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("lineItem/UnblendedCost", "1,5", "not an amount"),
        ("lineItem/UnblendedCost", "NaN", "not an amount"),
        ("lineItem/UnblendedCost", "1_000", "not an amount"),
        ("lineItem/UnblendedCost", "", "is empty"),
        ("lineItem/UsageAmount", "inf", "not a number"),
        ("lineItem/UsageStartDate", "yesterday", "not a UTC time"),
        ("lineItem/UsageStartDate", "0001-01-01T00:00:00Z", "not a UTC time"),
        ("lineItem/UsageStartDate", "2026-09-01T00:00:00+02:00", "not a UTC time"),
        ("lineItem/UsageType", "Box\0Usage", "not text"),
        ("resourceTags/user:team", "vis\0ion", "not text"),
        ("lineItem/UsageAccountId", "", "is empty"),
    ],
)
def test_a_value_that_cannot_be_read_is_an_error_with_line_and_column(kit: SimpleNamespace, tmp_path: Path, column: str, value: str, what: str):
    path = kit.write(tmp_path / "a.csv", [{}, {}, {column: value}, {}])
    with pytest.raises(InputError) as caught:
        read_bill([path])
    assert what in caught.value.what
    assert caught.value.where == f"{path}, line 4, column {column}"


def test_all_bad_values_of_a_column_are_counted(kit: SimpleNamespace, tmp_path: Path):
    with pytest.raises(InputError, match=r"and 2 more like it"):
        read_bill([kit.write(tmp_path / "a.csv", [{"lineItem/UnblendedCost": "x"}] * 3)])


def test_a_header_without_rows_is_an_error(kit: SimpleNamespace, tmp_path: Path):
    path = kit.write(tmp_path / "a.csv", [{}])
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(InputError, match="a header and no rows"):
        read_bill([path])


def test_accounts_stay_text_times_utc_exponents_are_read_empty_and_literal_null_tags_are_untagged_and_300_tags_are_read(
    bill_of: Callable[..., Bill], kit: SimpleNamespace
):
    tag, many = "resourceTags/user:Team", {f"resourceTags/user:key{number}": str(number) for number in range(300)}
    bill = bill_of({"lineItem/UnblendedCost": "4.0E-7", tag: "vision"}, {tag: ""}, {tag: "NULL"}, {}, many)
    columns = ("BillingAccountId", "SubAccountId", "ChargePeriodStart", "x_unblended_cost", "x_lines", "Tags")
    rows = kit.rows(bill, *columns)
    assert rows[0] == {
        "BillingAccountId": "000000000001",
        "SubAccountId": "000000000002",
        "ChargePeriodStart": datetime(2026, 9, 1),
        "x_unblended_cost": Decimal("4.0E-7"),
        "x_lines": 1,
        "Tags": {"team": "vision"},
    }
    assert [row["Tags"] for row in rows[1:4]] == [{}, {}, {}]
    assert len(rows[4]["Tags"]) == 300


def test_files_with_other_columns_are_one_bill(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "1.csv", [{"resourceTags/user:team": "vision"}])
    kit.write(
        tmp_path / "2.csv", [{"identity/LineItemId": "another", "resourceTags/user:owner": "ada", "lineItem/ResourceId": "i-1"}], without=["pricing/unit"]
    )
    bill = read_bill([tmp_path])
    rows = bill.engine.rows(bill.charges.order_by("x_file").select("Tags", "ResourceId", "PricingUnit"))
    assert rows == [
        {"Tags": {"team": "vision"}, "ResourceId": None, "PricingUnit": "Hrs"},
        {"Tags": {"owner": "ada"}, "ResourceId": "i-1", "PricingUnit": None},
    ]


HOUR = "2026-09-{day:02}T{hour:02}:00:00Z"


def hours(count: int, **columns: str) -> list[dict[str, str]]:
    """Lines that are alike in everything but their hour, from 1 September on."""
    starts = [(1 + number // 24, number % 24) for number in range(count)]
    return [
        {
            "lineItem/UsageStartDate": HOUR.format(day=day, hour=hour),
            "lineItem/UsageEndDate": HOUR.format(day=day + (hour + 1) // 24, hour=(hour + 1) % 24),
            "lineItem/UnblendedCost": "0.1",
        }
        | columns
        for day, hour in starts
    ]


OTHERS = ({"resourceTags/user:team": "vision"}, {"lineItem/Operation": "Hibernate"}, {"lineItem/NetUnblendedCost": "0.05"})


@pytest.fixture(scope="module")
def path(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 hours of one machine, and twice two hours that differ in a tag, in a text and in what is null."""
    lines = hours(30, **{"lineItem/ResourceId": "i-1"}) + hours(2) + [line for other in OTHERS for line in hours(2, **other)]
    return kit.write(tmp_path_factory.mktemp("hours") / "a.csv", lines)


def test_lines_of_a_day_that_are_alike_become_one_charge_and_others_do_not(path: Path):
    bill = read_bill([path])
    columns = ("ResourceId", "ChargePeriodStart", "ChargePeriodEnd", "x_lines", "x_unblended_cost", "PricingQuantity", "BilledCost")
    rows = bill.engine.rows(bill.charges.order_by("ChargePeriodStart").select(*columns))
    assert [tuple(row.values())[1:6] for row in rows if row["ResourceId"]] == [
        (datetime(2026, 9, 1), datetime(2026, 9, 2), 24, Decimal("2.4"), 24.0),
        (datetime(2026, 9, 2), datetime(2026, 9, 2, 6), 6, Decimal("0.6"), 6.0),
    ]
    assert sorted((row["x_lines"], row["BilledCost"]) for row in rows if not row["ResourceId"]) == [(2, Decimal("0.1"))] + [(2, Decimal("0.2"))] * 3
    assert bill.rows == 38
    bill.engine.close()


def test_read_by_line_every_line_is_a_charge_with_its_id(path: Path):
    bill = read_bill([path], by_line=True)
    rows = bill.engine.rows(bill.charges.select("x_lines", "x_line_item_id").distinct())
    assert len(rows) == 38
    assert {row["x_lines"] for row in rows} == {1}
    bill.engine.close()
