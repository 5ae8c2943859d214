from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from plinth.commands import estimate
from plinth.errors import InputError, UsageError


@pytest.fixture
def run():
    app = typer.Typer()
    app.callback()(lambda: None)
    estimate.register(app)

    def invoke(*arguments: object):
        return CliRunner().invoke(app, ["estimate", *map(str, arguments)])

    return invoke


def test_json_is_the_documented_estimate(run, engine_data):
    result = run("--preview", engine_data / "preview_create.json", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["currency"] == "USD" and document["month_hours"] == 730
    assert document["total"]["expected"] == pytest.approx(833.50, abs=0.005)
    assert any("older than 90 days" in warning for warning in document["warnings"]), "the command line brings the clock"


def test_the_table_shows_the_total_and_what_is_not_priced(run, engine_data):
    result = run("--export", engine_data / "stack_export.json")
    assert "833.50" in result.stdout
    assert "us-west-2" in result.stdout


def test_a_usage_file_and_a_comparison(run, engine_data, tmp_path):
    usage = tmp_path / "usage.yml"
    usage.write_text('version: "0.1"\nresource_usage:\n  aws_eks_node_group.gpu:\n    instances: 4\n')
    result = run("--export", engine_data / "stack_export.json", "--usage", usage, "--compare", engine_data / "preview_create.json", "--json")
    (change,) = json.loads(result.stdout)["comparison"]["changes"]
    assert (change["name"], change["reasons"]) == ("gpu", ["usage"])


def test_a_preview_without_its_unchanged_resources_is_not_compared(run, engine_data):
    result = run("--preview", engine_data / "preview_update.json", "--compare", engine_data / "preview_create.json")
    assert isinstance(result.exception, InputError)
    assert "--show-sames" in str(result.exception)


def test_no_source_is_a_usage_error(run):
    assert isinstance(run().exception, UsageError)


@pytest.mark.parametrize("option", ["--preview", "--export", "--usage", "--prices", "--compare"])
def test_a_file_that_is_not_what_it_should_be_is_an_input_error(run, engine_data, tmp_path, option):
    path = tmp_path / "bad"
    path.write_text('{"hello": ')
    source = () if option in ("--preview", "--export") else ("--export", engine_data / "stack_export.json")
    result = run(*source, option, path)
    assert isinstance(result.exception, InputError), result.output
    assert str(path) in str(result.exception)
