"""Tests of plinth.commands.paths: every command on a bill takes the same paths."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from plinth.commands import allocate, anomalies, bill, focus, forecast, recommend, report
from plinth.commands.paths import BillPaths
from plinth.errors import InputError, UsageError

COMMANDS = {"bill": bill, "focus": focus, "allocate": allocate, "anomalies": anomalies, "forecast": forecast, "recommend": recommend}
GIVEN = ["s3://bucket/prefix//report/", "bills/*.csv.gz", "-"]


def app_of(module):
    app = typer.Typer(rich_markup_mode=None)
    app.callback()(lambda: None)
    module.register(app)
    return app


@pytest.fixture
def metrics(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("resource_id,metric,unit,statistic,timestamp,value\ni-1,CPUUtilization,Percent,Average,2026-09-01T00:00:00Z,1\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_globs_and_uris_reach_the_reader_as_they_were_given(name, tmp_path, metrics, monkeypatch):
    def read_bill(paths, **_):
        raise InputError("seen", value=list(paths))

    monkeypatch.setattr("cost.bill.read_bill", read_bill)
    more = {"focus": ["--out", str(tmp_path / "a.csv")], "recommend": ["--metrics", str(metrics)]}.get(name, [])
    result = CliRunner().invoke(app_of(COMMANDS[name]), [name, *GIVEN, *more])
    assert isinstance(result.exception, InputError), result.output
    assert result.exception.value == GIVEN


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_is_the_same_everywhere(name):
    assert get_args(BillPaths)[1].help in " ".join(CliRunner().invoke(app_of(COMMANDS[name]), [name, "--help"], terminal_width=400).output.split())


@pytest.mark.parametrize("module", [report, allocate])
def test_an_output_that_is_the_bill_or_lies_in_its_folder_is_refused_before_reading(module, tmp_path: Path):
    bill = tmp_path / "bill.csv"
    bill.write_text("not read")
    for given, out in ((bill, bill), (tmp_path, tmp_path / "out.csv")):
        result = CliRunner().invoke(app_of(module), [module.__name__.rpartition(".")[2], str(given), "--out", str(out)])
        assert isinstance(result.exception, UsageError)
        assert "--out is among the bill's files" in str(result.exception)
    assert bill.read_text() == "not read"
