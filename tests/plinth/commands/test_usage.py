"""Tests of plinth cost usage learn and init: the file, the JSON, the tables, and what is refused."""

from __future__ import annotations

import json

import pytest
import yaml

from cost.reconcile import LearnedUsage
from plinth.commands import usage
from plinth.commands.usage import SHOWN, show_learned
from plinth.errors import InputError, UsageError


@pytest.fixture(scope="module")
def run(cost_command):
    made = cost_command(usage)
    return lambda *arguments: made("usage", *arguments)


@pytest.fixture(scope="module")
def learned(run, engine_data, october_bill, tmp_path_factory):
    """What was learned, and the file of it."""
    out = tmp_path_factory.mktemp("learned") / "usage.yaml"
    result = run("learn", october_bill, "--export", engine_data / "stack_export.json", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    return LearnedUsage.model_validate_json(result.stdout), out


def test_the_bills_quantities_are_written_by_resource(learned):
    found, out = learned
    assert {(field.key, field.field): field.value for field in found.fields}["aws_s3_bucket.lake-data", "standard.storage_gb"] == 31_000
    document = yaml.safe_load(out.read_text())
    assert document["learned_from"] == "bill.csv, 2026-10"
    # one node all of October's hours
    assert document["resource_usage"]["aws_eks_node_group.gpu"] == {"instances": 1}
    assert document["resource_usage"]["aws_s3_bucket.lake-data"]["standard"]["storage_gb"] == 31_000


def test_what_was_learned_is_shown_beside_what_was_not(learned, capsys):
    found, out = learned
    show_learned(found, out)
    output = capsys.readouterr().out
    assert "usage learned from 2026-10" in output and "31,000" in output
    assert "the bill has no line of it" in output, "the queue"
    assert "13.95 of the month's usage is of no resource" in output, "31 days of 0.45"
    assert str(out) in output.replace("\n", "")


def test_fields_beyond_those_shown_are_counted(learned, capsys):
    found, _ = learned
    show_learned(found.model_copy(update={"fields": found.fields[:1] * (SHOWN + 3), "warnings": ("said",)}), None)
    output = capsys.readouterr().out
    assert "3 more not shown" in output and "note: said" in output and "written" not in output


def test_a_begun_file_has_the_presets_figures_and_is_read_back(run, engine_data, tmp_path):
    out = tmp_path / "new.yaml"
    result = run("init", "--export", engine_data / "stack_export.json", "--preset", "medium", "--out", out)
    assert result.exit_code == 0 and "the medium preset's figures" in " ".join(result.stdout.split())
    again = run("init", "--export", engine_data / "stack_export.json", "--preset", "medium", "--out", out, "--force", "--json")
    begun = json.loads(again.stdout)
    stated = yaml.safe_load(out.read_text())["resource_usage"]
    assert (begun["preset"], begun["resources"]) == ("medium", len(stated)) and "aws_s3_bucket.lake-data" in stated


@pytest.mark.parametrize("command", ["learn", "init"])
def test_a_file_that_is_there_is_kept(run, engine_data, october_bill, tmp_path, command):
    out = tmp_path / "usage.yaml"
    out.write_text("mine")
    bill = (october_bill,) if command == "learn" else ()
    result = run(command, *bill, "--export", engine_data / "stack_export.json", "--out", out)
    assert isinstance(result.exception, InputError) and "--force" in str(result.exception)
    assert out.read_text() == "mine"


def test_a_preset_that_is_none_is_refused(run, engine_data):
    result = run("init", "--export", engine_data / "stack_export.json", "--preset", "huge")
    assert isinstance(result.exception, UsageError) and "medium" in str(result.exception)
