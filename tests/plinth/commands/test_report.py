from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cost.bill import read_bill
from cost.report import Report, build_report
from plinth.commands import report
from plinth.errors import InputError, UsageError

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def run(*arguments: object) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    report.register(app)
    result = CliRunner().invoke(app, ["report", *(str(argument) for argument in arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def screen() -> str:
    """What is printed of the sample."""
    return run(SAMPLE)


def test_without_a_file_the_first_screen_is_printed_within_100_columns(screen: str):
    text = screen
    assert "By service" in text
    assert "--out report.html" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "SYNTHETIC" not in text


def test_the_json_is_the_documented_model():
    found = Report.model_validate_json(run(SAMPLE, "--json"))
    assert found.headline.bill_totals.unblended == pytest.approx(1.6823086974)
    assert found.rows == 1281


def test_the_page_is_written_and_the_place_is_named(tmp_path: Path):
    assert f"wrote {tmp_path / 'r.html'}" in run(SAMPLE, "--out", tmp_path / "r.html").replace("\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_the_format_is_the_files_suffix(tmp_path: Path):
    bill = read_bill([SAMPLE])
    made = build_report(bill)
    bill.engine.close()
    for name, start in (("r.html", "<!doctype html>"), ("r.md", "# Cost report"), ("r.csv", "section,group"), ("R.JSON", "{")):
        report.write(made, tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert json.loads((tmp_path / "R.JSON").read_text())["tag"] == "team"


def test_another_suffix_is_a_usage_error(tmp_path: Path):
    with pytest.raises(UsageError, match=r"\.html, \.md, \.csv, \.json"):
        run(SAMPLE, "--out", tmp_path / "r.pdf")


def test_a_folder_is_no_place_for_a_report(tmp_path: Path):
    (tmp_path / "r.html").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        run(SAMPLE, "--out", tmp_path / "r.html")
    with pytest.raises(InputError, match=r"is a directory[\s\S]*report\.html"):
        run(SAMPLE, "--out", tmp_path)


def test_the_place_is_checked_before_the_bill_is_read(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        run(tmp_path / "no-bill", "--out", tmp_path / "file" / "r.html")


def test_a_bill_that_is_none_leaves_no_file(tmp_path: Path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError):
        run(tmp_path / "bad.csv", "--out", tmp_path / "r.html")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_metrics_add_recommendations(tmp_path: Path):
    metrics = tmp_path / "metrics.csv"
    with metrics.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["resource_id", "metric", "unit", "statistic", "timestamp", "value"])
        writer.writerow(["i-1", "CPUUtilization", "Percent", "Maximum", "2023-11-01T00:00:00Z", "5"])
    found = json.loads(run(SAMPLE, "--metrics", metrics, "--json"))["recommendations"]
    assert found["recommendations"] == []
    assert [each["resourceId"] for each in found["notRecommended"]] == ["i-1"]


def test_a_bill_without_any_tags_is_untagged_whichever_tag_is_asked_for(screen: str):
    assert "warning: tag_not_found" in screen
    assert "warning: tag_not_found" in run(SAMPLE, "--tag", "environment")


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """The sample with one tag, CostCenter, on every line."""
    path = tmp_path / "tagged.csv"
    with SAMPLE.open(newline="") as source, path.open("w", newline="") as file:
        rows = csv.reader(source)
        writer = csv.writer(file)
        writer.writerow([*next(rows), "resourceTags/user:CostCenter"])
        writer.writerows([*row, "research"] for row in rows)
    return path


def test_a_tag_that_the_bill_does_not_have_is_an_error_that_names_the_nearest(tagged: Path):
    with pytest.raises(InputError, match="did you mean cost_center"):
        run(tagged, "--tag", "cost-centre")
    with pytest.raises(InputError, match="use one of its tags: cost_center"):
        run(tagged, "--tag", "nosuch")


def test_a_tag_may_be_spelt_as_the_bill_spells_it_and_the_usual_one_may_be_missing(tagged: Path):
    assert json.loads(run(tagged, "--tag", "CostCenter", "--json"))["by_group"][0]["name"] == "research"
    assert {each["name"] for each in json.loads(run(tagged, "--json"))["by_group"]} == {"(untagged)", "(shared)"}


def test_the_cost_before_is_labelled_as_being_on_equal_days(screen: str):
    assert screen.count("before, on equal days") == 2
