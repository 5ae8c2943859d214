from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

from cost.estimate.prices import TABLES, PriceBook, load_price_book

US = "us-east-1"


def test_every_price_says_its_source_date_and_confidence():
    book = load_price_book()
    for ladder in book._unit_prices.values():
        for price in ladder:
            assert price.source and price.confidence and price.unit, price
            assert date(2020, 1, 1) < price.effective_date < date(2027, 1, 1), price
            assert price.usd_per_unit >= 0 and math.isfinite(price.usd_per_unit), price


def test_the_tiers_of_every_ladder_neither_gap_nor_overlap():
    for key, ladder in load_price_book()._unit_prices.items():
        for lower, upper in pairwise(ladder):
            assert lower.tier_end == upper.tier_start, key


def test_an_instance_has_its_dated_on_demand_price():
    price = load_price_book().instance("g5.xlarge", US)
    assert (price.usd_per_unit, price.effective_date) == (1.006, date(2026, 7, 20))
    assert load_price_book().instance("g5.xlarge", "eu-west-1") is None, "no price is multiplied from another Region's"


def test_spot_is_the_advisors_saving_with_its_band():
    advice = load_price_book().spot_advice("g5.2xlarge", US)
    assert (advice.saving_percent, advice.interruption_band) == (58, "15-20%")


def test_sagemaker_prices_are_by_component():
    book = load_price_book()
    assert book.sagemaker_instance("ml.g5.xlarge", "hosting", US).usd_per_unit == 1.408
    assert book.sagemaker_instance("ml.g5.xlarge", "notebook", US).usd_per_unit == 1.41


def test_a_book_reads_only_the_tables_it_is_asked_for():
    book = PriceBook()
    book.ladder("aws_kms_key", "customer managed key", US)
    assert {"_spot", "_sagemaker", "specs", "_instances"}.isdisjoint(book.__dict__)


def _rows_of(table: str) -> int:
    names = sorted(TABLES.glob(table))
    return sum(len(list(PriceBook(tables=TABLES)._rows(str(path.relative_to(TABLES))))) for path in names)


def test_the_readme_names_every_table_with_its_rows():
    readme = (TABLES / "README.md").read_text(encoding="utf-8")
    said = {cells[1].strip(): cells[2].strip() for cells in (line.split("|") for line in readme.splitlines()) if len(cells) == 8 and ".csv" in cells[1]}
    tables = {path.name for path in TABLES.iterdir() if path.suffix in (".csv", ".gz")} | {"unit/*.csv"}
    assert said == {table: f"{_rows_of(table):,}" for table in sorted(tables)}


def test_other_regions_have_their_own_published_prices_and_nothing_is_multiplied():
    book = load_price_book()
    nat = {region: book.ladder("aws_nat_gateway", "gateway hours", region) for region in ("us-east-1", "eu-west-1", "ap-southeast-1", "sa-east-1")}
    assert [ladder[0].usd_per_unit if ladder else None for ladder in nat.values()] == [0.045, 0.048, 0.059, None]
    (ireland,) = nat["eu-west-1"]
    assert (ireland.effective_date, ireland.confidence) == (date(2026, 9, 25), "public-file")
    assert "AmazonEC2 version 20260925174521" in ireland.source
    oregon = book.instance("g5.2xlarge", "us-west-2")
    assert oregon is not None and oregon.usd_per_unit == 1.212
    dublin = book.instance("g5.2xlarge", "eu-west-1")
    assert dublin is not None and dublin.usd_per_unit == 1.35296
    assert book.instance("p5.48xlarge", "eu-west-1") is None, "AWS lists none there"
    assert book.newest == date(2026, 7, 20), "the day of the us-east-1 table"
