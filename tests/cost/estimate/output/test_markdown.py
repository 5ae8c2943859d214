"""The comment on a pull request: short, folded, found again by its marker, safe with any name, and never too long for GitHub."""

from __future__ import annotations

import re

import pytest

from cost.estimate import estimate
from cost.estimate.model import GuardrailResult, Verdict
from cost.estimate.output.markdown import LIMIT, marker, render_markdown

NAT = "aws:ec2/natGateway:NatGateway"
VOLUME = "aws:ebs/volume:Volume"


def _visible(text: str) -> str:
    return re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)


def test_totals_are_before_after_and_difference_in_every_figure(compared):
    text = render_markdown(compared([(VOLUME, "v", {"type": "gp3", "size": 100})], [(VOLUME, "v", {"type": "gp3", "size": 250})]), "sample/dev")
    assert "### Cost of sample/dev: +12.00 USD a month expected (+150.0 %)" in text
    for figure in ("**expected**", "floor", "ceiling"):
        assert f"| {figure} | 8.00 | 20.00 | +12.00 |" in text
    assert "| +12.00 | v | ebs Volume | changed | size |" in text
    assert "| +12.00 | v | gp3 storage | 100 -\\> 250 GB-month at 0.08 |" in text


def test_the_five_changes_that_matter_most_stand_out_and_the_others_are_folded(mixed):
    text = render_markdown(mixed, "sample/dev")
    shown = re.findall(r"^\| [+-][\d.,]+ \| (\S+)", _visible(text), flags=re.MULTILINE)
    assert len(shown) == 5
    assert shown[0].startswith(("\\<img", "old")), "the gateways cost more than any volume's growth"
    assert "<summary>10 other changes</summary>" in text
    assert "<summary>1 not priced, and not in the totals</summary>" in text
    assert "unknown" in text and "thing" in text


def test_a_bot_finds_its_comment_by_a_marker_that_names_the_stack(mixed):
    assert render_markdown(mixed, "sample/dev").startswith(f"{marker('sample/dev')}\n")
    assert marker("sample/dev") != marker("sample/prod")
    assert marker("a --> <b> -- c/dev") == "<!-- plinth cost estimate a-b-c/dev -->", "a name can't end the comment"


def test_no_name_becomes_markup(mixed):
    text = render_markdown(mixed, "sample/dev")
    assert "<img" not in text.replace("\\<img", "")
    assert "\x1b" not in text and "\u202e" not in text
    assert not re.search(r"(?<!\\)\]\(", text), "no link"
    assert "@team" not in text
    assert text.count("<details>") == text.count("</details>") > 0
    tables = [line for line in text.splitlines() if line.startswith("| +") or line.startswith("| -")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} <= {5, 6}, "a bar in a name makes no column"


@pytest.mark.parametrize("number", [500, 3000])
def test_a_comment_is_never_longer_than_github_takes_and_says_what_was_cut(compared, volumes, number):
    text = render_markdown(compared([], volumes(number, name="é" * 40 + "|<>" * 20)), "sample/dev")
    assert LIMIT * 0.9 < len(text.encode()) <= LIMIT
    cut = re.search(r"Cut to the 65,536 characters that a comment may have: (.*) are not shown", text)
    assert cut and "changes" in cut[1] and "lines" in cut[1]
    assert text.count("<details>") == text.count("</details>")
    assert "<summary>1 note</summary>" in text, "a long part leaves room for a short one"
    assert text.rstrip().endswith("</sub>")


def test_a_short_comment_says_nothing_of_cutting(mixed):
    assert "Cut to" not in render_markdown(mixed, "sample/dev")


def test_what_stops_a_change_is_said_and_what_passed_is_counted(mixed):
    rails = [GuardrailResult(name=f"rail-{verdict.value}", limit=5, value=None, unit="USD a month", verdict=verdict, reason="because") for verdict in Verdict]
    text = render_markdown(mixed.model_copy(update={"guardrails": tuple(rails)}), "sample/dev")
    assert "Guardrails: 1 of 4 passed." in text
    assert "- **failed**: rail-failed, unknown against a limit of 5 USD a month. because" in text
    assert text.index("rail-failed") < text.index("rail-unknown") < text.index("rail-waived")
    assert "rail-passed" not in text


def test_an_estimate_alone_has_its_totals_and_its_dearest_resources(stack_of, volumes):
    text = render_markdown(estimate(stack_of(*volumes(8))), "sample/dev")
    assert "### Cost of sample/dev: 28.80 USD a month expected" in text, "360 GB at 0.08"
    assert "| 6.40 | 6.40 to 6.40 | volume-0000 | ebs Volume |" in _visible(text)
    assert "<summary>3 other resources</summary>" in text


def test_nothing_that_changes_is_said_in_a_sentence(compared, volumes):
    assert "Nothing changes in cost against before.json." in render_markdown(compared(volumes(2), volumes(2)), "sample/dev")


def test_a_growing_ceiling_is_said_where_the_expected_cost_stays(compared):
    def group(most):
        return [("aws:eks/nodeGroup:NodeGroup", "pool", {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": most}})]

    # Two m5.large more at the ceiling: 2 x (730 x 0.096 + 20 x 0.08).
    assert "| 0.00 | pool | eks NodeGroup | changed | count; ceiling +143.36 |" in render_markdown(compared(group(2), group(4)), "sample/dev")
