"""The estimate's page in a browser: for everyone, at both widths, light and dark; it runs and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cost.estimate import compare, estimate
from cost.estimate.model import GuardrailResult, Verdict
from cost.estimate.output.html import render_html
from plinth.stack import Resource, Source, build_stack

pytestmark = pytest.mark.browser

NAT = "aws:ec2/natGateway:NatGateway"
GROUP = "aws:eks/nodeGroup:NodeGroup"
HOSTILE = "<img src=x onerror=window.hacked=1></script><script>window.hacked=1</script>" + "long" * 200


def _estimate(*declared: tuple[str, str, dict[str, Any]]) -> Any:
    resources = [Resource(urn=f"urn:pulumi:dev::sample::{type_}::{name}", type=type_, name=name, inputs=inputs) for type_, name, inputs in declared]
    return estimate(build_stack(resources, project="sample", name="dev", source=Source.PROGRAM, region="us-east-1"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def group(most: int) -> tuple[str, str, dict[str, Any]]:
        return GROUP, "pool", {"instanceTypes": ["g5.xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": most}}

    before = _estimate(group(4), *((NAT, f"old-{number}", {}) for number in range(30)))
    after = _estimate(group(400), (NAT, HOSTILE, {"tags": {"team": HOSTILE}}), ("aws:example/thing:Thing", HOSTILE, {}))
    rails = tuple(
        GuardrailResult(name=verdict.value, limit=5, value=6, unit="USD a month", verdict=verdict, reason=HOSTILE, resources=()) for verdict in Verdict
    )
    full = after.model_copy(update={"comparison": compare(before, after, against=HOSTILE), "guardrails": rails, "unseen": 3})
    made = tmp_path_factory.mktemp("estimate") / "estimate.html"
    made.write_text(render_html(full, "sample/dev"), encoding="utf-8")
    return made


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")], ids=lambda each: f"{each[0]}-{each[1]}")
def page(request: pytest.FixtureRequest, browser: Any, path: Path) -> Iterator[Any]:
    """The page with everything open; at its end it has asked for nothing, complained of nothing and run nothing."""
    width, scheme = request.param
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda each: requests.append(each.url))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(path.as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    yield opened
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert opened.evaluate("window.hacked") is None
    opened.close()


def test_axe_finds_no_fault(page: Any):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]] == []


def test_nothing_is_wider_than_the_page(page: Any):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_every_bar_is_inside_its_track_and_the_largest_is_the_longest(page: Any):
    boxes = "(bars) => bars.map((bar) => [bar, bar.parentElement].map((each) => each.getBoundingClientRect()).map((box) => [box.left, box.right]))"
    found = page.locator(".track .bar").evaluate_all(boxes)
    assert len(found) > 5
    for (left, right), (start, end) in found:
        assert start - 0.5 <= left < right <= end + 0.5
    lengths = [right - left for (left, right), _ in found]
    assert max(lengths) > 4 * min(lengths)
