"""The commands on a small project of their own, each against a real server process."""

from __future__ import annotations

import json
import os
import signal

import boto3
import pytest
import typer
from typer.testing import CliRunner

from plinth.commands import local
from plinth.errors import InputError, UsageError
from plinth.local import server

PROGRAM = """
import pulumi, pulumi_aws as aws
key = aws.kms.Key("key", description="data")
bucket = aws.s3.Bucket("lake", bucket="the-lake", tags={"team": "search"}, opts=pulumi.ResourceOptions(protect=True))
pulumi.export("key", key.arn)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\nmain: program/\n")
    (tmp_path / "Pulumi.test.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__main__.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for state in (tmp_path / ".plinth" / "local").glob("*.json"):
        found = json.loads(state.read_text())
        server.stop(found["pid"], found["port"])


@pytest.fixture
def run(project):
    app = typer.Typer()
    local.register(app)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_up_status_and_destroy_are_one_life(run, project):
    up = run("up", "test", "--json")
    assert up.exit_code == 0, up.output
    report = json.loads(up.stdout)
    assert [resource["status"] for resource in report["deployment"]["resources"]] == ["created", "created"]
    session = boto3.Session("any", "thing", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=report["endpoint_url"])
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["the-lake"]
    assert report["endpoint_url"].startswith("http://127.0.0.1:")
    second = run("up", "test").exception
    assert isinstance(second, UsageError) and "up already" in str(second) and second.exit_code == 2
    s3.put_object(Bucket="the-lake", Key="a", Body=b"data")
    status = run("status", "test")
    assert status.exit_code == 0 and "2 of 2 resources created" in status.stdout and report["endpoint_url"] in status.stdout
    s3.put_bucket_tagging(Bucket="the-lake", Tagging={"TagSet": [{"Key": "team", "Value": "ads"}]})
    changed = run("status", "test")
    assert changed.exit_code == 1 and "differs: lake tags.team: declared 'search', found 'ads'" in changed.stdout
    destroyed = run("destroy", "test")
    assert destroyed.exit_code == 0 and "Nothing is left." in destroyed.stdout and "both" in destroyed.stdout
    assert list((project / ".plinth" / "local").iterdir()) == [] and not server.alive(report["pid"], int(report["endpoint_url"].rsplit(":", 1)[1]))


def test_the_table_says_how_to_use_and_end_it(run):
    up = run("up", "test")
    assert up.exit_code == 0 and "AWS_ENDPOINT_URL=http://127.0.0.1:" in up.stdout and "plinth local destroy test" in up.stdout
    assert max(map(len, up.stdout.splitlines())) <= 100
    assert run("destroy", "test", "--json").exit_code == 0


def test_a_server_that_died_is_said_and_up_starts_a_new_one(run, project):
    first = json.loads(run("up", "test", "--json").stdout)
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)
    error = run("status", "test").exception
    assert isinstance(error, InputError) and "has died" in str(error) and "plinth local up test" in str(error)
    again = json.loads(run("up", "test", "--json").stdout)
    assert "had died" in again["notes"][0] and again["pid"] != first["pid"]
    os.kill(again["pid"], signal.SIGKILL)
    os.waitpid(again["pid"], 0)
    gone = run("destroy", "test")
    assert gone.exit_code == 0 and "went with it" in gone.stdout
    assert not (project / ".plinth" / "local" / "test.json").exists()


@pytest.mark.parametrize("command", ["status", "destroy"])
def test_an_environment_that_is_not_up_is_an_input_error(run, command):
    error = run(command, "test").exception
    assert isinstance(error, InputError) and "is not up" in str(error) and error.exit_code == 3


def test_an_unknown_environment_is_an_input_error_and_leaves_nothing(run, project):
    error = run("up", "nosuch").exception
    assert isinstance(error, InputError) and "nosuch" in str(error)
    assert not (project / ".plinth").exists()


def test_a_state_file_that_is_not_one_is_an_input_error(run, project):
    path = project / ".plinth" / "local" / "test.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"environment": "test"}')
    error = run("status", "test").exception
    assert isinstance(error, InputError) and "state file" in str(error) and str(path) in str(error)
    path.unlink()
