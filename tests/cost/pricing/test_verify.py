"""How old the price book is, and the faults that its tables must not have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cost.estimate.overrides import COLUMNS
from cost.estimate.price import Price
from cost.estimate.prices import PriceBook
from cost.pricing.verify import by_table, ladder_faults, verify
from plinth.errors import InputError

PRICE = Price("S", "aws_x", "c", "hour", 0.1, "us-east-1", date(2026, 11, 1), "a source", "public-file")


def test_the_gpu_prices_of_before_june_2025_are_old():
    age = verify(as_of=date(2026, 11, 22))
    (ec2,) = by_table(age)["ec2_on_demand.csv"]
    assert (ec2.oldest, ec2.rows, ec2.stale) == (date(2026, 7, 20), 1367, 1367), "125 days"
    (spot,) = by_table(age)["spot_advisor.csv.gz"]
    assert spot.stale == spot.rows == 14962


def test_ninety_days_are_fresh_and_ninety_one_are_stale():
    assert by_table(verify(as_of=date(2026, 10, 18)))["ec2_on_demand.csv"][0].stale == 0
    assert by_table(verify(as_of=date(2026, 10, 19)))["ec2_on_demand.csv"][0].stale == 1367


def test_the_shipped_tables_have_no_fault():
    assert verify(as_of=date(2030, 1, 1)).faults == ()


def test_rows_are_counted_by_what_they_rest_on():
    age = verify(as_of=date(2026, 11, 22))
    assert age.rows == sum(each.rows for each in age.tables)
    ratios = next(each for each in age.tables if each.confidence == "ratio-only")
    assert (ratios.table, ratios.rows) == ("sagemaker_instances.csv", 372)
    assert 0 < ratios.rows < age.weak < age.rows


@pytest.mark.parametrize(
    ("tiers", "fault"),
    [
        (((0, 10), (20, None)), "no price between 10 and 20"),
        (((0, 10), (5, None)), "overlap"),
        (((0, None), (5, None)), "overlap"),
        (((0, 10), (10, 10)), "ends where it starts"),
    ],
)
def test_a_gap_or_overlap_is_a_fault(tiers, fault: str):
    ladder = [replace(PRICE, tier_start=start, tier_end=end) for start, end in tiers]
    assert any(fault in found for found in ladder_faults(ladder))


def test_tiers_of_two_scopes_are_a_fault():
    ladder = [replace(PRICE, tier_end=10.0, tier_scope="account"), replace(PRICE, tier_start=10.0)]
    assert list(ladder_faults(ladder)) == ["some tiers span the account and some a resource"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("S,aws_x,c,hour,-1,0,,us-east-1,2026-01-01,a source,recalled,", "the price is negative"),
        ("S,aws_x,c,hour,1,0,,mars-1,2026-01-01,a source,recalled,", "no Region mars-1"),
        ("S,aws_x,c,hour,1,0,,us-east-1,2027-01-01,a source,recalled,", "a day to come"),
        ("S,aws_x,c,hour,1,0,,us-east-1,2026-01-01,,recalled,", "no source"),
    ],
)
def test_a_row_that_no_price_can_be_is_a_fault(row: str, fault: str, tmp_path: Path):
    (tmp_path / "unit").mkdir()
    header = f"{','.join(COLUMNS)},effective_date,source,confidence,tier_scope"
    (tmp_path / "unit" / "t.csv").write_text(f"{header}\n{row}\nS,aws_x,c,GB,1,0,,eu-west-1,2026-01-01,a source,recalled,\n")

    class OneTable(PriceBook):
        def tables(self):
            return (item for item in super().tables() if item[0] == "unit/t.csv")

    for name in ("ec2_on_demand.csv", "ec2_regions.csv", "sagemaker_instances.csv"):
        (tmp_path / name).write_text("\n")
    book = OneTable(tables=tmp_path)
    book.__dict__.update(_instances={}, _sagemaker={}, _spot={})
    faults = [found.fault for found in verify(book, as_of=date(2026, 11, 22)).faults]
    assert any(fault in found for found in faults)
    assert any("counted in GB and in hour" in found for found in faults)


def test_a_price_file_is_verified_alone(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text(f"{','.join(COLUMNS)},effective_date\nS,aws_x,c,hour,1,0,,us-east-1,2026-01-01\n")
    age = verify(as_of=date(2026, 11, 22), prices=path)
    assert [(each.table, each.rows, each.stale) for each in age.tables] == [("mine.csv", 1, 1)]
    path.write_text(path.read_text().replace("us-east-1", "us-east1"))
    with pytest.raises(InputError, match="did you mean us-east-1"):
        verify(as_of=date(2026, 11, 22), prices=path)
