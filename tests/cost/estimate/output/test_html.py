"""The page: whole in one file, without a script, safe with any name, and with the figures beside the bars."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from cost.estimate import estimate
from cost.estimate.model import GuardrailResult, Verdict
from cost.estimate.output.charts import change_chart, cost_chart
from cost.estimate.output.html import ROWS, render_html
from cost.estimate.output.words import dearest

GROUP = "aws:eks/nodeGroup:NodeGroup"
VOID = {"meta", "link", "br", "img", "input", "hr"}


class _Elements(HTMLParser):
    """The elements of a page, and whether each is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def parsed():
    def parse(text: str) -> _Elements:
        elements = _Elements()
        elements.feed(text)
        assert elements.open == []
        return elements

    return parse


def test_the_page_fetches_nothing_and_runs_nothing(mixed, parsed):
    elements = parsed(render_html(mixed, "sample/dev"))
    assert {"script", "img", "iframe", "form", "object"}.isdisjoint(tag for tag, _ in elements.seen)
    addresses = [value for _, attributes in elements.seen for name, value in attributes.items() if name in ("src", "href")]
    assert addresses == ["data:,"]
    (policy,) = [attributes["content"] for tag, attributes in elements.seen if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy and policy.startswith("default-src 'none'") and "script-src" not in policy


def test_a_hostile_name_is_text(mixed, parsed):
    text = render_html(mixed, "<script>alert(1)</script>/dev")
    assert "<script" not in text and "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "\x1b" not in text and "\u202e" not in text
    parsed(text)


def test_changes_and_guardrails_and_what_is_not_priced_are_there(mixed):
    rail = GuardrailResult(name="month", limit=5, value=6.5, unit="USD a month", verdict=Verdict.FAILED, reason="too dear")
    text = render_html(mixed.model_copy(update={"guardrails": (rail,), "unseen": 3}), "sample/dev")
    for part in ("What changes against", "Guardrail month failed: too dear", '<span class="badge bad">failed</span>', "does not show 3 unchanged resources"):
        assert part in text, part
    assert "no meter for aws:example/thing:Thing yet" in text


def test_bars_are_in_proportion_and_their_figures_stand_beside_them(stack_of):
    def group(name, desired, most):
        return (GROUP, name, {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 0, "desiredSize": desired, "maxSize": most}})

    chart = cost_chart(dearest(estimate(stack_of(group("a", 4, 8), group("b", 1, 40)))), "USD")
    assert chart is not None
    first, second = chart.bars
    # The axis ends at three times the dearest expected cost: 12 nodes. a is at 4 of 12 with a line to 8, b at 1 with a line past the end.
    assert (first.name, first.width, first.span, first.beyond) == ("a", pytest.approx(33.33), (0.0, pytest.approx(66.67)), False)
    assert (second.width, second.span, second.beyond) == (pytest.approx(8.33), (0.0, 100.0), True)
    assert "arrow where it goes on" in chart.caption
    assert first.value == "286.72", "4 x (730 x 0.096 + 20 x 0.08)"


def test_changes_go_to_either_side_of_nothing(compared, volumes):
    changes = compared([("aws:ebs/volume:Volume", "gone", {"type": "gp3", "size": 100})], volumes(1, step=300)).comparison.changes
    chart = change_chart(changes, "USD")
    assert chart is not None
    more, less = chart.bars
    assert (chart.zero, more.left, more.width, more.less) == (25.0, 25.0, 75.0, False)
    assert (less.left, less.width, less.less, less.value) == (0.0, 25.0, True, "-8.00")


def test_nothing_has_no_chart(stack_of):
    assert cost_chart(dearest(estimate(stack_of())), "USD") is None
    assert change_chart((), "USD") is None


def test_a_large_stack_is_cut_and_the_page_says_so(stack_of, volumes):
    text = render_html(estimate(stack_of(*volumes(ROWS + 50))), "sample/dev")
    assert re.search(r"The other resources, USD a month; 30 more are in the JSON", text), "20 stand above"
    assert "; 50 more are in the JSON" in text, "of the lines"
