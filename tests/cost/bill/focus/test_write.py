from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from cost.bill.charge_table import EXTENSION_COLUMNS, FOCUS_COLUMNS, NUMBER, TEXT
from cost.bill.focus.write import check_out, write_focus
from plinth.errors import InputError, UsageError

DAY = date(2026, 9, 1)
HOSTILE = ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "'quoted", 'a "b",\nc', "{x}", "-")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_focus_1_2_in_its_order_then_ours(exports):
    focus = [column.name for column in FOCUS_COLUMNS]
    ours = [column.name for column in EXTENSION_COLUMNS if column.name not in ("x_file", "x_folded")]
    assert len(focus) == 57
    assert list(rows_of(exports.csv)[0]) == focus + ours
    assert pq.read_schema(exports.parquet).names == focus + ours


def test_the_model_says_what_is_in_the_file(exports, every_type_bill):
    rows, model = rows_of(exports.csv), exports.model
    assert model.rows == len(rows) > 100
    assert model.lines == every_type_bill.rows
    columns = {"billed": "BilledCost", "list": "ListCost", "contracted": "ContractedCost", "effective": "EffectiveCost"}
    for kind, column in columns.items():
        assert getattr(model.totals, kind) == pytest.approx(float(sum(Decimal(row[column]) for row in rows)), abs=1e-9)


def test_no_dollar_is_lost_by_leaving_folded_negations_out(exports, every_type_bill):
    charges = every_type_bill.charges
    sums = every_type_bill.engine.rows(charges.aggregate(billed=charges["BilledCost"].sum(), amortized=charges["x_amortized_cost"].sum()))[0]
    rows = rows_of(exports.csv)
    assert sum(Decimal(row["BilledCost"]) for row in rows) == sums["billed"]
    assert sum(Decimal(row["x_amortized_cost"]) for row in rows) == sums["amortized"]
    folded = charges.filter(charges["x_folded"]).count()
    assert exports.model.folded_rows == every_type_bill.engine.rows(folded.name("n").as_table())[0]["n"] > 0


def test_numbers_are_plain_and_times_are_iso(exports):
    for row in rows_of(exports.csv):
        for column in FOCUS_COLUMNS:
            value = row[column.name]
            if column.type == NUMBER or column.name.endswith("Cost"):
                assert not value or str(Decimal(value)) == str(Decimal(value).normalize() if "." in value else Decimal(value)), (column.name, value)
                assert "e" not in value.lower()
        assert row["ChargePeriodStart"].endswith("Z") and row["ChargePeriodStart"][10] == "T"
        assert row["Tags"].startswith("{") and isinstance(json.loads(row["Tags"]), dict)


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_reading_takes_it_away(made_bill, row, tmp_path, stage, staged_csv):
    rows = [row(DAY, ResourceId=value, ChargeDescription=value, Tags={"team": value}) for value in HOSTILE]
    bill = made_bill(rows, {"team": "Team"})
    model = write_focus(bill, tmp_path / "focus.csv")
    written = rows_of(tmp_path / "focus.csv")
    assert {name for each in written for name in json.loads(each["Tags"])} == {"Team"}
    for name in (column.name for column in (*FOCUS_COLUMNS, *EXTENSION_COLUMNS) if column.type == TEXT and column.name in written[0]):
        assert not any(each[name].startswith(("=", "+", "-", "@", "\t", "\r")) for each in written), name
    assert {warning.code: warning.rows for warning in model.warnings}["formula_cells"] == 8

    read = stage(table=staged_csv(tmp_path / "focus.csv")).rows()
    assert sorted(each["ResourceId"] for each in read) == sorted(HOSTILE)
    assert sorted(each["Tags"]["team"] for each in read) == sorted(HOSTILE)

    write_focus(bill, tmp_path / "focus.parquet")
    assert sorted(pq.read_table(tmp_path / "focus.parquet")["ResourceId"].to_pylist()) == sorted(HOSTILE)


def test_gzip_is_the_same_csv(exports, every_type_bill, tmp_path):
    write_focus(every_type_bill, tmp_path / "focus.csv.gz")
    assert sorted(gzip.decompress((tmp_path / "focus.csv.gz").read_bytes()).splitlines()) == sorted(exports.csv.read_bytes().splitlines())


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(made_bill, row, tmp_path, monkeypatch):
    bill = made_bill([row(DAY)])
    (tmp_path / "focus.csv").write_text("old")

    def full(expression, path, kind, *, gzip):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bill.engine, "copy", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_focus(bill, tmp_path / "focus.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["focus.csv"]
    assert (tmp_path / "focus.csv").read_text() == "old"


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ("bills/*.csv", "bills/focus.csv"), ("bills/*", "bills/october/focus.parquet"), ("bills/**/*.csv", "bills/new/deep/focus.csv"),
        ("bills/**", "bills/x.csv"), ("bills", "bills/new/focus.csv"), ("link/*.csv", "bills/focus.csv"), ("bills/*.csv", "link/focus.csv"),
        ("bills/a.csv", "bills/a.csv"),
        ("bills/far*", "far/focus.csv"), ("bil[lk]s/[!x]*.csv", "bills/focus.csv"),
    ],
)  # fmt: skip
def test_an_export_is_refused_where_the_next_reading_would_find_it(bills, given, out):
    with pytest.raises(UsageError, match="among the bill's files"):
        check_out(bills / out, [str(bills / given)])
    assert not (bills / "bills" / "new").exists()


@pytest.mark.parametrize(
    ("given", "out"),
    [("bills/*.csv", "bills/focus.parquet"), ("bills/*.csv", "bills/out/focus.csv"), ("bills/a.csv", "bills/b.csv"), ("bills/**/*.parquet", "bills/f.csv"),
     ("~nobody-of-that-name/*.csv", "f.csv")],
)  # fmt: skip
def test_an_export_beside_the_bill_is_written(bills, given, out):
    check_out(bills / out, [given if given.startswith("~") else str(bills / given)])


def test_a_glob_from_here_is_the_place_that_it_names(bills, monkeypatch):
    monkeypatch.chdir(bills / "bills")
    with pytest.raises(UsageError):
        check_out(bills / "bills" / "focus.csv", ["*.csv"])


@pytest.fixture
def bills(tmp_path):
    """A folder `bills` with a bill, a link to it, and a folder elsewhere that it links to."""
    (tmp_path / "bills").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "bills" / "a.csv").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "bills")
    (tmp_path / "bills" / "farther").symlink_to(tmp_path / "far")
    return tmp_path


def test_a_place_that_is_none_is_refused_before_reading(tmp_path):
    (tmp_path / "bill").mkdir()
    for out, given in ((tmp_path, []), (tmp_path / "focus.txt", []), (tmp_path / "bill" / "focus.csv", [tmp_path / "bill"])):
        with pytest.raises(UsageError):
            check_out(out, given)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        check_out(tmp_path / "file" / "focus.csv", [])
    check_out(tmp_path / "new" / "focus.csv", ["s3://bucket/bills"])
    assert list((tmp_path / "new").iterdir()) == []
