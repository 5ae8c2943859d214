from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from plinth.commands import focus
from plinth.errors import UsageError

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def run(*arguments: object) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    focus.register(app)
    result = CliRunner().invoke(app, ["focus", *(str(argument) for argument in arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_real_sample_is_written_with_its_totals(tmp_path):
    out = tmp_path / "focus.parquet"
    said = json.loads(run(SAMPLE, "--out", out, "--json"))
    assert out.stat().st_size > 10_000
    assert (said["format"], said["rows"], said["lines"], said["folded_rows"], said["currency"]) == ("FOCUS 1.2 parquet", 1281, 1281, 0, "USD")
    assert said["totals"]["billed"] == pytest.approx(1.6823086974)
    assert said["totals"]["list"] == pytest.approx(3.3561726949)


def test_people_read_where_it_is_and_what_to_know(tmp_path):
    said = run(SAMPLE, "--out", tmp_path / "focus.csv")
    assert "FOCUS 1.2 csv · 1,281 rows of 1,281 lines" in said
    assert "account_name_unknown" in said


def test_a_folder_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match="names a folder"):
        run("no/such/bill", "--out", tmp_path)
