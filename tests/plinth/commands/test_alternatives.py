"""Tests of plinth cost alternatives: the JSON, the tables, what it has in common with plinth cost estimate, and what is refused."""

from __future__ import annotations

import json

import pytest

from cost.alternatives import Alternatives
from plinth.commands import alternatives, estimate
from plinth.commands.alternatives import show_alternatives
from plinth.errors import InputError

USAGE = 'version: "0.1"\nresource_usage:\n  aws_eks_node_group.{}: {{instances: 3}}\n'


@pytest.fixture(scope="module")
def run(cost_command):
    made = cost_command(alternatives)
    return lambda *arguments: made("alternatives", *arguments)


@pytest.fixture(scope="module")
def found(run, engine_data):
    result = run("--export", engine_data / "stack_export.json", "--json")
    assert result.exit_code == 0, result.output
    return Alternatives.model_validate_json(result.stdout)


def test_the_pools_of_a_deployed_stack_are_compared(found):
    (pool,) = found.resources
    assert pool.name == "gpu" and pool.alternatives
    assert any("older than 90 days" in warning for warning in found.warnings), "the command line brings the clock"
    assert found.prices.oldest < found.prices.newest


def test_each_row_is_shown_with_what_it_needs(found, capsys):
    show_alternatives(found)
    output = " ".join(capsys.readouterr().out.split())
    (pool,) = found.resources
    assert "gpu, USD a month" in output and "GPU-hour" in output
    for other in pool.alternatives:
        assert (other.reason or other.needs[0]).split()[0] in output
    assert "1,000 requests" not in output and "note: " in output


def test_requests_unknown_prices_and_what_is_not_compared_are_shown(found, capsys):
    (pool,) = found.resources
    (other, *_) = pool.alternatives
    unknown = other.model_copy(update={"monthly_cost": None, "reason": "nobody states it", "unit_cost": None})
    changed = pool.model_copy(update={"current": pool.current.model_copy(update={"request_cost": 0.1234}), "alternatives": (unknown,)})
    show_alternatives(found.model_copy(update={"resources": (changed, pool.model_copy(update={"alternatives": ()}))}))
    output = " ".join(capsys.readouterr().out.split())
    assert "0.1234" in output and "unknown: nobody states it" in output and "nothing that does at least as much costs less" in output
    missing = {"urn": "u", "type": "t", "name": "odd", "reason": "its size is known only after deployment"}
    show_alternatives(Alternatives.model_validate({**found.model_dump(), "resources": (), "not_compared": (missing,)}))
    output = " ".join(capsys.readouterr().out.split())
    assert "not compared: odd: its size is known only after deployment" in output and "could be compared" in output


def test_an_environments_usage_and_preset_are_those_of_the_estimate(run, cost_command, monkeypatch, recorded, tmp_path):
    for place in ("cost.estimate.request.load_stack", "plinth.stack.load.load_stack"):
        monkeypatch.setattr(place, lambda name, **_: recorded(name))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plinth-usage.dev.yaml").write_text('version: "0.1"\nresource_type_default_usage:\n  aws_eks_node_group: {instances: 2}\n')
    options = ("dev", "--preset", "large", "--json")
    result, estimated = run(*options), cost_command(estimate)("estimate", *options)
    assert result.exit_code == 0, result.output
    worked_out = json.loads(result.stdout)
    assert [name.rsplit("/", 1)[-1] for name in worked_out["usage_files"]] == ["plinth-usage.dev.yaml"]
    costs = {each["urn"]: each["monthly_cost"] for each in json.loads(estimated.stdout)["resources"]}
    assert worked_out["resources"]
    assert all(each["current"]["monthly_cost"] == costs[each["urn"]] for each in worked_out["resources"])


def test_one_resource_may_be_asked_for_and_a_wrong_name_is_refused(run, engine_data):
    source = ("--export", engine_data / "stack_export.json", "--resource")
    assert run(*source, "gpu").exit_code == 0
    result = run(*source, "gpuu")
    assert isinstance(result.exception, InputError) and "did you mean gpu?" in str(result.exception)


def test_a_name_that_a_preview_does_not_show_is_said_and_one_that_a_deployed_stack_lacks_is_refused(run, engine_data, tmp_path):
    path = tmp_path / "usage.yaml"
    path.write_text(USAGE.format("elsewhere"))
    result = run("--preview", engine_data / "preview_update.json", "--usage", path, "--json")
    assert any("aws_eks_node_group.elsewhere is no resource that the preview shows" in said for said in json.loads(result.stdout)["warnings"])
    assert isinstance(run("--export", engine_data / "stack_export.json", "--usage", path).exception, InputError)
