import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from plinth.commands import check
from plinth.errors import InputError, UsageError
from policies.rules import RULES

ENGINE = Path(__file__).parents[2] / "data" / "engine"
EXPORT, PARTIAL = str(ENGINE / "stack_export.json"), str(ENGINE / "preview_update.json")

app = typer.Typer()
app.callback()(lambda: None)
check.register(app)


def run(*arguments):
    return CliRunner().invoke(app, ["check", *arguments])


def test_violations_end_with_1_and_the_table_fits_100_columns():
    result = run("--export", EXPORT)
    assert result.exit_code == 1
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert all(line == line.rstrip() for line in result.stdout.splitlines())


def test_the_table_is_by_severity_says_a_shared_message_once_and_ends_in_one_summary():
    text = run("--export", EXPORT).stdout
    assert text.index("CRITICAL") < text.index("HIGH") < text.index("MEDIUM")
    assert "dr, lake-data: the bucket has no public access block of its own" in text
    assert "and 5 more: tags lacks" in " ".join(text.split())
    assert "25 violations (1 critical, 7 high, 17 medium), 0 unknown, 0 exempt, 31 passed" in " ".join(text.split())


def test_passes_are_listed_only_when_asked_for():
    assert "✓" not in run("--export", EXPORT).stdout
    assert "✓" in run("--export", EXPORT, "--all").stdout


def test_nothing_wrong_is_one_line(tmp_path):
    export = tmp_path / "stack.json"
    resource = {"urn": "urn:pulumi:dev::p::aws:kms/alias:Alias::a", "type": "aws:kms/alias:Alias", "custom": True}
    export.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource]}}))
    result = run("--export", str(export))
    assert result.exit_code == 0
    said = "0 violations, 0 unknown, 0 exempt, 1 passed; no rule looks at 1 type (--json lists them)"
    assert " ".join(result.stdout.split()) == f"p/dev by {len(RULES)} rules as dev: {said}"


def test_a_threshold_decides_the_exit_code_and_hides_nothing():
    result = run("--preview", PARTIAL, "--severity", "high")
    assert result.exit_code == 0
    assert "5 violations (5 medium), 5 unknown" in " ".join(result.stdout.split())
    assert run("--preview", PARTIAL, "--severity", "medium").exit_code == 1


def test_json_is_the_report_by_either_option():
    by_option, by_format = run("--export", EXPORT, "--json"), run("--export", EXPORT, "--format", "json")
    assert by_option.stdout == by_format.stdout
    report = json.loads(by_option.stdout)
    assert report["project"] == "sample" and report["coverage"] == ["kubernetes:core/v1:Namespace"]
    assert {finding["status"] for finding in report["findings"]} == {"violation"}
    assert {finding["status"] for finding in json.loads(run("--export", EXPORT, "--json", "--all").stdout)["findings"]} == {"violation", "pass"}


def test_sarif_and_junit_are_written_whole_to_stdout():
    assert json.loads(run("--export", EXPORT, "--format", "sarif").stdout)["version"] == "2.1.0"
    assert ElementTree.fromstring(run("--export", EXPORT, "--format", "junit").stdout).tag == "testsuites"


def test_a_name_with_markup_or_control_characters_is_printed_as_it_is(tmp_path):
    export = tmp_path / "stack.json"
    resource = {"urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::[red]\x1b[2J", "type": "aws:s3/bucket:Bucket", "custom": True}
    export.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource]}}))
    text = run("--export", str(export)).stdout
    assert "[red]" in text and "\x1b" not in text


@pytest.mark.parametrize("arguments", [[], ["dev", "--export", EXPORT], ["--preview", PARTIAL, "--export", EXPORT]])
def test_not_exactly_one_source_is_a_usage_error(arguments):
    assert isinstance(run(*arguments).exception, UsageError)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"steps": 1}', '{"version": 3}', "\xff"])
@pytest.mark.parametrize("option", ["--preview", "--export"])
def test_a_file_that_is_not_what_it_should_be_is_an_input_error(tmp_path, option, content):
    path = tmp_path / "x.json"
    path.write_bytes(content.encode("latin-1"))
    error = run(option, str(path)).exception
    assert isinstance(error, InputError) and str(path) in str(error)
