from __future__ import annotations

import json
import math

import pytest
import typer
from typer.testing import CliRunner

from plinth import commands
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


USAGE = 'version: "0.1"\nresource_usage:\n  aws_eks_node_group.gpu:\n    instances: 4\n'


def test_one_usage_file_counts_on_both_sides_of_a_comparison(run, engine_data, tmp_path):
    usage = tmp_path / "usage.yml"
    usage.write_text(USAGE)
    result = run("--export", engine_data / "stack_export.json", "--usage", usage, "--compare", engine_data / "preview_create.json", "--json")
    document = json.loads(result.stdout)
    assert document["comparison"]["changes"] == [], "the two files are of one stack"
    assert document["usage_files"] == [str(usage)]


def test_an_earlier_estimate_keeps_the_usage_that_it_was_made_with(run, engine_data, tmp_path):
    earlier, usage = tmp_path / "earlier.json", tmp_path / "usage.yml"
    earlier.write_text(run("--export", engine_data / "stack_export.json", "--json").stdout)
    usage.write_text(USAGE)
    result = run("--export", engine_data / "stack_export.json", "--usage", usage, "--compare", earlier, "--json")
    (change,) = json.loads(result.stdout)["comparison"]["changes"]
    assert (change["name"], change["reasons"]) == ("gpu", ["usage"])
    assert {line["component"] for line in change["lines"]} == {"instances, spot", "EBS gp3 storage, root"}


def test_a_preview_shows_its_own_change(run, engine_data):
    result = run("--preview", engine_data / "preview_update.json", "--json")
    comparison = json.loads(result.stdout)["comparison"]
    assert {change["name"]: change["operation"] for change in comparison["changes"]} == {"scorer": "create", "retired": "delete", "gpu": "update"}
    assert comparison["partial"] is True
    assert "the stack before this preview" in run("--preview", engine_data / "preview_update.json").stdout


def test_what_a_preview_deletes_is_said_once(run, engine_data, tmp_path):
    preview, export = engine_data / "preview_update.json", engine_data / "stack_export.json"
    note = "that the preview deletes is not counted"
    for form in ("table", "markdown", "html"):
        printed = " ".join(run("--preview", preview, "--format", form).stdout.split())
        assert "retired" in printed and note not in printed, form
    assert any(note in warning for warning in json.loads(run("--preview", preview, "--json").stdout)["warnings"]), "a program reads the warnings alone"
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(json.loads(preview.read_text()) | {"changeSummary": {"update": 2}}))
    assert note in " ".join(run("--preview", whole, "--compare", export).stdout.split()), "another comparison does not show it"


def test_a_usage_file_may_name_what_a_partial_preview_does_not_show(run, engine_data, tmp_path):
    usage = tmp_path / "usage.yml"
    usage.write_text('version: "0.1"\nresource_usage:\n  aws_sqs_queue.elsewhere: {monthly_requests: 5}\n')
    result = run("--preview", engine_data / "preview_update.json", "--usage", usage, "--json")
    assert any("aws_sqs_queue.elsewhere is no resource that the preview shows" in warning for warning in json.loads(result.stdout)["warnings"])
    assert isinstance(run("--preview", engine_data / "preview_create.json", "--usage", usage).exception, InputError), "of a whole stack it is a mistake"


def test_no_preview_without_its_unchanged_resources_is_compared_with(run, engine_data):
    result = run("--preview", engine_data / "preview_create.json", "--compare", engine_data / "preview_update.json")
    assert isinstance(result.exception, InputError)
    assert "leaves out unchanged resources" in str(result.exception) and "preview_update.json" in str(result.exception)


def test_words_in_a_warning_make_no_estimate_partial(run, engine_data, tmp_path):
    """A resource may be unknown for want of --show-sames and the estimate be whole."""
    earlier = json.loads(run("--preview", engine_data / "preview_create.json", "--json").stdout)
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps({**earlier, "warnings": ["give --show-sames"]}))
    assert run("--preview", engine_data / "preview_create.json", "--compare", path).exit_code == 0


def test_a_preview_without_its_unchanged_resources_is_not_compared(run, engine_data):
    result = run("--preview", engine_data / "preview_update.json", "--compare", engine_data / "preview_create.json")
    assert isinstance(result.exception, InputError)
    assert "--show-sames" in str(result.exception)


def test_no_source_is_a_usage_error(run):
    error = run().exception
    assert isinstance(error, UsageError)
    assert error.fix == "plinth cost estimate dev, or plinth cost estimate --export stack.json"


AZURE, GOOGLE, NAT = "azure-native:compute:VirtualMachine", "gcp:compute/instance:Instance", "aws:ec2/natGateway:NatGateway"


def _written(path, source, *types):
    states = [{"urn": f"urn:pulumi:dev::sample::{type_}::it", "type": type_, "custom": True, "inputs": {"region": "us-east-1"}} for type_ in types]
    steps = [{"op": "create", "urn": state["urn"], "newState": state} for state in states]
    whole = {"deployment": {"resources": states}, "version": 3} if source == "--export" else {"steps": steps, "changeSummary": {"create": len(steps)}}
    path.write_text(json.dumps(whole))
    return path


@pytest.mark.parametrize("source", ["--preview", "--export"])
@pytest.mark.parametrize(
    ("types", "named"),
    [((AZURE,), "Azure's"), ((GOOGLE, AZURE), "Azure and Google Cloud's"), ((AZURE, "kubernetes:core/v1:Service"), "Azure's")],
)
def test_a_stack_of_another_cloud_is_refused_by_name(run, tmp_path, source, types, named):
    error = run(source, _written(tmp_path / "stack.json", source, *types)).exception
    assert isinstance(error, InputError) and error.exit_code == 3
    assert error.what == f"the stack's resources are {named}, and Plinth prices AWS"
    assert str(tmp_path / "stack.json") in str(error)


@pytest.mark.parametrize("source", ["--preview", "--export"])
def test_a_mixed_stack_has_its_aws_part_priced_and_the_rest_named(run, tmp_path, source):
    document = json.loads(run(source, _written(tmp_path / "stack.json", source, NAT, AZURE, GOOGLE), "--json").stdout)
    assert document["total"]["expected"] > 0
    assert {item["type"]: item["reason"] for item in document["unknown"]} == {
        AZURE: "Plinth prices AWS; this is Azure's",
        GOOGLE: "Plinth prices AWS; this is Google Cloud's",
    }


def test_a_stack_of_no_cloud_at_all_is_not_refused(run, tmp_path):
    result = run("--export", _written(tmp_path / "stack.json", "--export", "kubernetes:core/v1:Namespace", "random:index/randomId:RandomId"))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("option", ["--preview", "--export", "--usage", "--prices", "--compare"])
def test_a_file_that_is_not_what_it_should_be_is_an_input_error(run, engine_data, tmp_path, option):
    path = tmp_path / "bad"
    path.write_text('{"hello": ')
    source = () if option in ("--preview", "--export") else ("--export", engine_data / "stack_export.json")
    result = run(*source, option, path)
    assert isinstance(result.exception, InputError), result.output
    assert str(path) in str(result.exception)


@pytest.fixture
def environment(run, monkeypatch, recorded, tmp_path):
    """The command on an environment that is recorded already, in an empty working directory."""
    monkeypatch.setattr("cost.estimate.request.load_stack", lambda name, **_: recorded(name))
    monkeypatch.chdir(tmp_path)
    return run


def test_an_environments_usage_file_is_found_where_the_command_runs(environment, tmp_path):
    def used():
        return json.loads(environment("dev", "--json").stdout)["usage_files"]

    text = 'version: "v0.1"\nresource_type_default_usage:\n  aws_nat_gateway: {monthly_data_processed_gb: 7}\n'
    assert used() == []
    (tmp_path / "plinth-usage.yaml").write_text(text)
    assert [name.rsplit("/", 1)[-1] for name in used()] == ["plinth-usage.yaml"]
    (tmp_path / "plinth-usage.dev.yaml").write_text(text)
    (tmp_path / "plinth-usage.prod.yaml").write_text(text)
    assert [name.rsplit("/", 1)[-1] for name in used()] == ["plinth-usage.dev.yaml"]
    assert "plinth-usage.dev.yaml" in environment("dev").stdout.replace("\n", "")


def test_a_usage_file_that_is_named_stands_alone_and_a_preview_finds_none(environment, tmp_path, engine_data):
    named = tmp_path / "mine.yaml"
    for path in (tmp_path / "plinth-usage.yaml", named):
        path.write_text('version: "0.1"\n')
    assert json.loads(environment("dev", "--usage", named, "--json").stdout)["usage_files"] == [str(named)]
    assert json.loads(environment("--preview", engine_data / "preview_create.json", "--json").stdout)["usage_files"] == []


@pytest.mark.parametrize("size", ["medium", "large"])
def test_a_larger_preset_costs_more(run, engine_data, size):
    small, larger = (json.loads(run("--export", engine_data / "stack_export.json", "--preset", each, "--json").stdout) for each in ("small", size))
    assert larger["total"]["expected"] > small["total"]["expected"]
    assert run("--export", engine_data / "stack_export.json", "--preset", "huge").exit_code == 2


def test_the_free_tier_costs_less(run, engine_data):
    with_it, without = (json.loads(run("--export", engine_data / "stack_export.json", "--json", *option).stdout) for option in (["--free-tier"], []))
    assert with_it["total"]["expected"] < without["total"]["expected"]


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("table", "sample/dev"), ("json", "{"), ("markdown", "<!-- plinth cost estimate sample/dev -->"), ("html", "<!doctype html>"), ("infracost", "{")],
)
def test_each_form_is_printed_or_written_whole(run, engine_data, tmp_path, form, beginning):
    source, out = ("--preview", engine_data / "preview_update.json", "--format", form), tmp_path / "new" / "out"
    printed = run(*source)
    assert printed.exit_code == 0, printed.output
    assert printed.stdout.startswith(beginning)
    silent = run(*source, "--out", out)
    assert silent.stdout == ""
    assert out.read_text().startswith(beginning)
    assert [path.name for path in out.parent.iterdir()] == ["out"]


ENVELOPE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "HIDDEN-TEXT"}
SECRET_RESOURCES = [
    ("aws:ec2/instance:Instance", {"instanceType": ENVELOPE, "tags": {"team": ENVELOPE}}),
    ("aws:s3/bucket:Bucket", {"bucket": ENVELOPE, "region": ENVELOPE}),
    ("aws:ebs/volume:Volume", {"availabilityZone": ENVELOPE, "type": ENVELOPE, "size": 10, "tags": ENVELOPE}),
]


@pytest.mark.parametrize("form", ["table", "json", "markdown", "html", "infracost"])
@pytest.mark.parametrize("source", ["--preview", "--export"])
def test_a_secret_that_a_file_holds_in_the_clear_is_in_no_form(run, tmp_path, source, form):
    urns = [f"urn:pulumi:dev::sample::{type_}::it" for type_, _ in SECRET_RESOURCES]
    states = [
        {"urn": urn, "type": type_, "custom": True, "id": ENVELOPE, "inputs": inputs, "outputs": inputs}
        for urn, (type_, inputs) in zip(urns, SECRET_RESOURCES, strict=True)
    ]
    steps = [{"op": "update", "urn": state["urn"], "oldState": {**state, "inputs": {}}, "newState": state} for state in states]
    whole = {"deployment": {"resources": states}, "version": 3} if source == "--export" else {"steps": steps, "changeSummary": {"update": 3}}
    path = tmp_path / "stack.json"
    path.write_text(json.dumps({"config": {"aws:region": "us-east-1"}, **whole}))
    result = run(source, path, "--format", form)
    assert result.exit_code == 0, result.output
    assert "HIDDEN-TEXT" not in result.output


def test_json_and_another_format_exclude_one_another(run, engine_data):
    source = ("--preview", engine_data / "preview_update.json", "--json", "--format")
    assert isinstance(run(*source, "html").exception, UsageError)
    assert run(*source, "json").exit_code == 0


def test_a_change_below_the_threshold_says_nothing(run, engine_data, tmp_path):
    out = tmp_path / "comment.md"
    out.write_text("the last one")
    source = ("--preview", engine_data / "preview_update.json", "--format", "markdown")
    quiet = run(*source, "--threshold", "6000", "--out", out)
    assert (quiet.exit_code, quiet.stdout, out.read_text()) == (0, "", ""), "no earlier comment stays in the file"
    assert "scorer" in run(*source, "--threshold", "5000").stdout, "the ceiling grows by 5,041.67"
    assert run(*source[:2], "--json", "--threshold", "6000").stdout.startswith("{"), "a program reads the figures itself"


def test_a_threshold_needs_something_to_compare_with(run, engine_data):
    result = run("--export", engine_data / "stack_export.json", "--threshold", "5")
    assert isinstance(result.exception, UsageError)
    assert isinstance(run("--preview", engine_data / "preview_update.json", "--threshold", "much").exception, UsageError)


def test_a_guardrail_that_fails_ends_with_1_and_says_why(run, engine_data, tmp_path):
    path = tmp_path / "guardrails.yaml"
    path.write_text("guardrails:\n  - {name: gpus, gpu_hourly_usd: 0.1}\n  - {name: month, monthly_usd: 1000000}\n")
    source = ("--export", engine_data / "stack_export.json", "--guardrails", path)
    result = run(*source, "--json")
    assert result.exit_code == 1
    found = {each["name"]: (each["verdict"], each["unit"]) for each in json.loads(result.stdout)["guardrails"]}
    assert found == {"gpus": ("failed", "USD an hour"), "month": ("unknown", "USD a month")}, "dr has no price in us-west-2"
    assert "guardrail 'gpus' failed: limit 0.1 USD an hour; the dearest is g5" in result.stderr
    path.write_text(path.read_text().replace("0.1", "9"))
    assert run(*source).exit_code == 0


def test_a_guardrail_that_fails_is_shown_below_the_threshold_too(run, engine_data, tmp_path):
    path = tmp_path / "guardrails.yaml"
    path.write_text("guardrails:\n  - {name: growth, increase_usd: 100}\n")
    result = run("--preview", engine_data / "preview_update.json", "--guardrails", path, "--threshold", "100000")
    assert result.exit_code == 1 and "growth" in result.stdout


def test_a_bad_guardrails_file_is_an_input_error(run, engine_data, tmp_path):
    path = tmp_path / "guardrails.yaml"
    path.write_text("guardrails:\n  - {name: a, monthly: 5}\n")
    result = run("--export", engine_data / "stack_export.json", "--guardrails", path)
    assert isinstance(result.exception, InputError) and "did you mean monthly_usd?" in str(result.exception)


def test_budgets_are_written_beside_the_estimate(run, engine_data, tmp_path):
    path = tmp_path / "budgets.dev.json"
    result = run("--export", engine_data / "stack_export.json", "--budgets", path, "--budget-from", "max", "--margin", "0", "--json")
    (first, *_) = json.loads(path.read_text())["budgets"]
    assert first == {"name": "environment", "monthly_usd": math.ceil(json.loads(result.stdout)["total"]["max"]), "tags": {"environment": "dev"}}


@pytest.mark.parametrize("command", ["check", "cost estimate", "cost alternatives", "cost usage init", "cost usage learn bill.csv"])
def test_a_command_without_a_stack_says_how_it_itself_is_called(command, tmp_path, monkeypatch):
    app, *groups = (typer.Typer() for _ in range(5))
    app.add_typer(groups[0], name="cost")
    commands.register(app, *groups)
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(app, command.split()).exception
    assert isinstance(error, UsageError)
    called = command.removesuffix(" bill.csv")
    assert error.fix == f"plinth {called} dev, or plinth {called} --export stack.json"
