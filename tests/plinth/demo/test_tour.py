"""The main job: the whole tour for dev, once, and everything that it must leave behind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from plinth.demo.model import DemoSummary
from plinth.demo.pages import PAGES
from plinth.demo.tour import STEPS, run_tour
from plinth.errors import InputError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def summary(out) -> DemoSummary:
    return run_tour("dev", out, project=ROOT)


def test_every_step_showed_what_it_should(summary):
    assert [step.name for step in summary.steps] == [name for name, _, _ in STEPS]
    assert [step.headline for step in summary.steps if not step.fine] == []


def test_every_file_named_is_there_and_every_page_linked(summary, out):
    for step in summary.steps:
        for name in step.files:
            assert (out / name).stat().st_size > 0, name
    index = (out / "index.html").read_text()
    for href, _, _ in PAGES:
        assert f'href="{href}"' in index
        assert (out / href).is_file()


def test_every_link_leads_somewhere(summary, out):
    for page in out.glob("*.html"):
        for href in re.findall(r'href="([^"#]+)"', page.read_text()):
            assert href.startswith("data:") or (out / href).exists(), (page.name, href)


def test_nothing_is_fetched_from_anywhere(summary, out):
    for page in out.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<(script|img|iframe|link)[^>]+(src|href)=.https?:", text), page.name


@pytest.mark.parametrize("page", ["report.html", "recommendations.html", "index.html", "report.md"])
def test_what_is_synthetic_says_so(summary, out, page):
    assert "synthetic" in (out / page).read_text().lower()


def test_the_bill_is_marked_synthetic_and_holds_a_tagged_spike(summary, out):
    bill = json.loads((out / "bill.json").read_text())
    assert bill["synthetic"]
    assert len(bill["periods"]) == 2
    assert "team" in bill["tags"]
    assert bill["totals"]["unblended"] == pytest.approx(bill["totals"]["amortized"] + bill["totals"]["trueup"] + bill["totals"]["upfront"], abs=1e-6)


def test_all_of_the_stack_is_on_the_local_aws_or_said_not_to_be(summary, out):
    deployment = json.loads((out / "local-deployment.json").read_text())
    stack = json.loads((out / "stack-infra.json").read_text())
    custom = [r for r in stack["resources"] if r["custom"]]
    assert len(deployment["resources"]) == len(custom)
    assert all(r["reason"] for r in deployment["resources"] if r["status"] != "created")


def test_an_output_that_can_not_be_written_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        run_tour("dev", tmp_path / "file")
    with pytest.raises(InputError):
        run_tour("dev", tmp_path / "file" / "below")


def test_an_unknown_environment_leaves_nothing_half_made(tmp_path):
    with pytest.raises(InputError, match="did you mean dev"):
        run_tour("devv", tmp_path / "out", project=ROOT)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_tour_that_does_not_end_takes_back_what_it_wrote(tmp_path, monkeypatch):
    def interrupted(tour):
        raise KeyboardInterrupt

    steps = tuple((name, title, interrupted if name == "plan" else step) for name, title, step in STEPS)
    monkeypatch.setattr("plinth.demo.tour.STEPS", steps)
    with pytest.raises(KeyboardInterrupt):
        run_tour("dev", tmp_path / "out", project=ROOT)
    assert list((tmp_path / "out").iterdir()) == []
