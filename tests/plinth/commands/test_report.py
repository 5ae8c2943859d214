from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

import cost.bill
import cost.report
from cost.bill import read_bill
from cost.bill.model import Bill, BillWarning
from cost.insight.model import Change, Mover
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


class Ran(NamedTuple):
    """One whole run of the command on the sample: what it printed, what it wrote, and the report that it built."""

    printed: str
    folder: Path
    made: Report


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The sample with metrics, as JSON and as a page."""
    folder, metrics = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("metrics") / "metrics.csv"
    with metrics.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["resource_id", "metric", "unit", "statistic", "timestamp", "value"])
        writer.writerow(["i-1", "CPUUtilization", "Percent", "Maximum", "2023-11-01T00:00:00Z", "5"])
    built: list[Report] = []

    def build(*arguments: Any, **named: Any) -> Report:
        built.append(build_report(*arguments, **named))
        return built[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost.report, "build_report", build)
        printed = run(SAMPLE, "--metrics", metrics, "--out", folder / "r.html", "--json")
    return Ran(printed, folder, built[0])


@pytest.fixture
def known(whole: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads a bill, and has the sample's report at once."""
    monkeypatch.setattr(cost.report, "build_report", lambda *_, **__: whole.made)
    monkeypatch.setattr(cost.bill, "read_bill", lambda _: SimpleNamespace(engine=SimpleNamespace(close=lambda: None), tag_keys=()))


@pytest.fixture
def screen(known: None) -> str:
    """What is printed of the sample."""
    return run(SAMPLE)


@pytest.fixture(scope="module")
def sample() -> Iterator[Bill]:
    bill = read_bill([SAMPLE])
    yield bill
    bill.engine.close()


def test_without_a_file_the_first_screen_is_printed_within_100_columns(screen: str):
    text = screen
    assert "By service" in text
    assert "--out report.html" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "SYNTHETIC" not in text


def test_the_json_is_the_documented_model(whole: Ran):
    found = Report.model_validate_json(whole.printed)
    assert found.headline.bill_totals.unblended == pytest.approx(1.6823086974)
    assert found.rows == 1281


def test_the_page_is_written_and_the_place_is_named(whole: Ran, known: None, tmp_path: Path):
    assert [path.name for path in whole.folder.iterdir()] == ["r.html"]
    assert f"wrote {tmp_path / 'r.md'}" in run(SAMPLE, "--out", tmp_path / "r.md").replace("\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["r.md"]


def test_the_format_is_the_files_suffix(whole: Ran, tmp_path: Path):
    for name, start in (("r.html", "<!doctype html>"), ("r.md", "# Cost report"), ("r.csv", "section,group"), ("R.JSON", "{")):
        report.write(whole.made, tmp_path / name)
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


def test_metrics_add_recommendations(whole: Ran):
    found = json.loads(whole.printed)["recommendations"]
    assert found["recommendations"] == []
    assert [each["resourceId"] for each in found["notRecommended"]] == ["i-1"]


def test_a_bill_without_any_tags_is_untagged_whichever_tag_is_asked_for(screen: str, sample: Bill):
    assert "warning: tag_not_found" in screen
    report.check_tag("environment", sample)
    assert "tag_not_found" in {each.code for each in build_report(sample, tag="environment").warnings}


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with one tag, CostCenter, on every line."""
    path = tmp_path_factory.mktemp("tagged") / "tagged.csv"
    with SAMPLE.open(newline="") as source, path.open("w", newline="") as file:
        rows = csv.reader(source)
        writer = csv.writer(file)
        writer.writerow([*next(rows), "resourceTags/user:CostCenter"])
        writer.writerows([*row, "research"] for row in rows)
    return path


@pytest.fixture(scope="module")
def tagged_bill(tagged: Path) -> Iterator[Bill]:
    bill = read_bill([tagged])
    yield bill
    bill.engine.close()


def test_a_tag_that_the_bill_does_not_have_is_an_error_that_names_the_nearest(tagged: Path, tagged_bill: Bill):
    with pytest.raises(InputError, match="did you mean cost_center"):
        report.check_tag("cost-centre", tagged_bill)
    with pytest.raises(InputError, match="use one of its tags: cost_center"):
        run(tagged, "--tag", "nosuch")


def test_a_tag_may_be_spelt_as_the_bill_spells_it_and_the_usual_one_may_be_missing(tagged_bill: Bill):
    report.check_tag("CostCenter", tagged_bill)
    assert build_report(tagged_bill, tag="CostCenter").by_group[0].name == "research"
    assert {each.name for each in build_report(tagged_bill).by_group} == {"(untagged)", "(shared)"}


def test_the_cost_before_is_labelled_as_being_on_equal_days(screen: str):
    assert screen.count("before, on equal days") == 2


def test_names_of_thousands_of_characters_are_cut_and_no_name_steers_the_terminal(whole: Ran, capsys: pytest.CaptureFixture[str]):
    name = "\x1b[31m\u202e" + "long" * 1250
    change = Change(current=2, previous=1, amount=1, percent=1)
    mover = Mover(group=name, service=name, change=change, usage=1, rate=0, unexplained=0, usage_types=(), resources=())
    groups = tuple(each.model_copy(update={"name": name}) for each in whole.made.by_group)
    warning = BillWarning(code="x", message=name)
    report.show(whole.made.model_copy(update={"by_group": groups, "by_service": groups, "movers": (mover,), "warnings": (warning,)}), None)
    text = capsys.readouterr().out
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert len(text.splitlines()) < 60
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "…" in text
