from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cost.bill import read_bill
from cost.bill.model import Bill
from cost.insight.forecast_model import Backtest, Score
from plinth.commands import forecast
from plinth.errors import UsageError

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def bill() -> Iterator[Bill]:
    """The real sample, fourteen days, read once."""
    read = read_bill([SAMPLE])
    close = read.engine.close
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read.engine, "close", lambda: None)
        yield read
    close()


@pytest.fixture
def run(bill: Bill, monkeypatch: pytest.MonkeyPatch) -> Run:
    def invoke(*options: Any, reads: bool = True) -> Result:
        def read(paths: Any) -> Bill:
            assert reads
            return bill

        monkeypatch.setattr("cost.bill.read_bill", read)
        app = typer.Typer()
        app.callback()(lambda: None)
        forecast.register(app)
        return CliRunner().invoke(app, ["forecast", "bill.csv", *map(str, options)])

    return invoke


def test_a_short_bill_prints_its_run_rate_and_says_so(run: Run):
    result = run("--by", "service", "--months", 1)
    assert result.exit_code == 0
    assert "The whole bill" in result.stdout and "By service" in result.stdout
    assert "a tested forecast takes 28" in " ".join(result.stdout.split())
    assert "\x1b" not in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_json_has_the_months_that_were_asked_for(run: Run):
    found = json.loads(run("--by", "service", "--months", 2, "--json").stdout)
    assert (found["basis"], [month["month"] for month in found["total"]["months"]]) == ("run_rate", ["2023-11-01", "2023-12-01", "2024-01-01"])


@pytest.mark.parametrize("options", [("--cost", "nope"), ("--months", 13), ("--months", -1)])
def test_a_bad_request_is_refused_before_the_bill_is_read(run: Run, options: tuple[Any, ...]):
    assert isinstance(run(*options, reads=False).exception, UsageError)


def test_the_back_test_is_printed_with_what_held(capsys: pytest.CaptureFixture[str]):
    from plinth.console import console

    score = Score(model="chosen", wape=0.047, mape=None, mase=None, sum_error=0.04)
    days = (date(2026, 9, 1), date(2026, 9, 8))
    tested = Backtest(
        origins=days, horizon_days=14, total=(score,), groups=(), intervals=8, coverage_80=0.762, coverage_95=None, calibration_80=1, calibration_95=1
    )
    forecast._show_backtest(console(), tested)
    out = " ".join(capsys.readouterr().out.split())
    assert "2 forecasts of up to 14 days" in out
    assert "4.7% unknown unknown 4.0%" in out
    assert "76.2% fell in their 80 % interval and unknown in their 95 % one" in out
