"""The command line as a user meets it: help is fast, bad input is told with the way out, and no traceback is ever shown."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from plinth import cli, commands

ROOT = Path(__file__).resolve().parents[2]
BILL = ROOT / "tests" / "data" / "bills" / "legacy_cur_sample.csv"


@dataclass
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Plinth = Callable[..., Answer]


@pytest.fixture
def plinth(monkeypatch, capsys) -> Plinth:
    """Run the command line in this process, through the same `main` as the installed command."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["plinth", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        shown = capsys.readouterr()
        return Answer(code, shown.out, shown.err)

    return run


@pytest.fixture(autouse=True)
def fresh_groups(monkeypatch):
    """`main` registers the commands once a process; here it runs many times."""
    for name in ("app", "cost_app", "local_app", "drill_app"):
        group = getattr(cli, name)
        monkeypatch.setattr(group, "registered_commands", [])


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of our own project files, to be spoilt."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "infra").symlink_to(ROOT / "infra")
    (tmp_path / "workloads").symlink_to(ROOT / "workloads")
    return tmp_path


def refused(answer: Answer, *words: str, code: int = 3) -> None:
    assert answer.code == code, answer
    assert "Traceback" not in answer.err + answer.out
    for word in words:
        assert word in answer.err, answer.err
    if code == 3:
        assert "fix:" in answer.err


def test_help_answers_at_once_and_imports_no_heavy_part():
    heavy = ("pulumi", "pulumi_aws", "boto3", "moto", "ibis", "duckdb", "pyarrow", "pydantic", "altair", "sklearn", "numpy")
    run = "import sys; sys.argv = ['plinth', '--help']\nfrom plinth.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    script = run + f"print([name for name in {heavy!r} if name in sys.modules])"
    began = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.rstrip().endswith("[]")
    assert time.monotonic() - began < 10


def test_every_command_has_help_and_json():
    app = typer.main.get_command(cli.app)
    commands.register(cli.app, cli.cost_app, cli.prices_app, cli.local_app, cli.drill_app)
    app = typer.main.get_command(cli.app)
    from plinth.docs import _walk

    found = dict(_walk("plinth", app))
    assert {"plinth demo", "plinth plan", "plinth check", "plinth cost estimate", "plinth cost bill", "plinth cost report", "plinth cost recommend"} <= set(
        found
    )
    for name, command in found.items():
        assert command.help, name
        assert any("--json" in getattr(option, "opts", ()) for option in command.params), name


def test_an_unknown_command_or_option_is_a_usage_error(plinth):
    assert plinth("cots").code == 2
    assert plinth("plan").code == 2
    assert plinth("plan", "dev", "--colour").code == 2


def test_an_unknown_environment_names_the_nearest(plinth):
    refused(plinth("plan", "prd"), "'prd'", "did you mean prod")


def test_a_wrong_and_a_missing_config_key_are_told_together(plinth, project, monkeypatch):
    path = project / "Pulumi.dev.yaml"
    text = path.read_text()
    assert "plinth:network:" in text
    spoilt = text.replace("plinth:network:", "plinth:netwrok:", 1)
    path.write_text(spoilt)
    monkeypatch.chdir(project)
    refused(plinth("plan", "dev"), "network")


def test_the_settings_file_of_another_project_is_told(plinth, project, monkeypatch):
    (project / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
    monkeypatch.chdir(project)
    refused(plinth("check", "dev"), "plinth:")


@pytest.mark.parametrize("command", [("check", "--preview"), ("cost", "estimate", "--preview"), ("check", "--export"), ("cost", "estimate", "--export")])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"steps": "no"}', '{"hello": 1}'])
def test_a_file_that_is_no_preview_or_export_is_told(plinth, tmp_path, command, content):
    path = tmp_path / "p.json"
    path.write_text(content)
    refused(plinth(*command, path), str(path))


def test_two_sources_or_none_are_a_usage_error(plinth, engine_data):
    refused(plinth("check"), "exactly one", code=2)
    refused(plinth("check", "dev", "--preview", engine_data / "preview_create.json"), "exactly one", code=2)


def spoilt_bills(folder: Path) -> dict[str, tuple[Path, str]]:
    """Bills that are none, each with a word that the error must say."""
    lines = BILL.read_bytes().splitlines(keepends=True)
    header = lines[0].decode().rstrip("\n").split(",")
    dropped = header.index("lineItem/UnblendedCost")
    files = {
        "empty.csv": (b"", "empty"),
        "header_only.csv": (lines[0], ""),
        "latin.csv": (b"".join(lines[:3]) + lines[3].replace(b"USD", "US\u00e9".encode("latin-1"), 1), "UTF-8"),
        "truncated.csv": (b"".join(lines[:20]) + lines[20][: len(lines[20]) // 2], ""),
        "truncated.csv.gz": (gzip.compress(BILL.read_bytes())[:20_000], "gzip"),
        "no_cost.csv": (",".join(n for i, n in enumerate(header) if i != dropped).encode() + b"\n", "lineItem/UnblendedCost"),
        "other.csv": (b"a,b\n1,2\n", ""),
    }
    made = {}
    for name, (content, word) in files.items():
        (folder / name).write_bytes(content)
        made[name] = (folder / name, word)
    return made


@pytest.mark.parametrize("name", ["empty.csv", "header_only.csv", "latin.csv", "truncated.csv", "truncated.csv.gz", "no_cost.csv", "other.csv"])
@pytest.mark.parametrize("command", ["bill", "report"])
def test_a_bill_that_is_none_is_told_with_its_file(plinth, tmp_path, command, name):
    path, word = spoilt_bills(tmp_path)[name]
    refused(plinth("cost", command, path), name, word)


def test_a_folder_with_no_bill_and_a_path_that_is_not_there_are_told(plinth, tmp_path):
    refused(plinth("cost", "bill", tmp_path), str(tmp_path))
    refused(plinth("cost", "bill", tmp_path / "none.csv"), "none.csv")


METRICS = "resource_id,metric,unit,statistic,timestamp,value\n"


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ("i-1,CPUUtilization,Percent,Maximum,2026-10-01T00:00:00Z,5\n" * 2, "two values"),
        ("i-1,CPUUtilization,Percent,Maximum,yesterday,5\n", "yesterday"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-10-01T00:00:00Z,-5\n", "-5"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-10-01T00:00:00Z,nan\n", "nan"),
        ("", ""),
    ],
)
def test_metrics_that_can_not_be_used_are_told(plinth, tmp_path, rows, word):
    path = tmp_path / "metrics.csv"
    path.write_text(METRICS + rows)
    answer = plinth("cost", "recommend", BILL, "--metrics", path)
    refused(answer, "metrics.csv")
    assert word.lower() in answer.err.lower()


@pytest.mark.parametrize("command", [("cost", "report", BILL, "--out"), ("demo", "--out")])
def test_an_output_that_can_not_be_written_is_told(plinth, tmp_path, command):
    (tmp_path / "file").write_text("")
    refused(plinth(*command, tmp_path / "file" / "below.html"), "below.html")


def test_a_usage_and_a_price_file_that_are_none_are_told(plinth, tmp_path, engine_data):
    preview = engine_data / "preview_create.json"
    (tmp_path / "usage.yml").write_text("version: 0.1\nresource_usage:\n  aws_s3_buckt.lake: {}\n")
    (tmp_path / "prices.csv").write_text("service,component\nx,y\n")
    refused(plinth("cost", "estimate", "--preview", preview, "--usage", tmp_path / "usage.yml"), "usage.yml", "aws_s3_bucket")
    refused(plinth("cost", "estimate", "--preview", preview, "--prices", tmp_path / "prices.csv"), "prices.csv", "usd_per_unit")


def test_an_unknown_runbook_lists_the_known_ones(plinth):
    refused(plinth("drill", "run", "none"), "restore-deleted-lake-objects")


def test_a_full_disk_and_a_closed_pipe_are_no_traceback(tmp_path):
    command = [sys.executable, "-c", "from plinth.cli import main; main()", "drill", "list", "--json"]
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 3
    assert "can not be written" in answer.stderr
    assert "Traceback" not in answer.stderr
