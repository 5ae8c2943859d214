from __future__ import annotations

from cost.estimate import compare, estimate
from cost.estimate.display import show
from cost.estimate.model import GuardrailResult, Overlap, Verdict
from cost.estimate.output.html import render_html
from cost.estimate.output.markdown import render_markdown

NAT = "aws:ec2/natGateway:NatGateway"
VOLUME = "aws:ebs/volume:Volume"


def test_the_table_fits_100_columns_and_says_what_is_not_priced(stack_of, capsys):
    long_name = "a-very-long-name-" * 8
    scaling = {"minSize": 100, "desiredSize": 400, "maxSize": 900}
    group = ("aws:eks/nodeGroup:NodeGroup", "big", {"instanceTypes": ["p5.48xlarge"], "scalingConfig": scaling})
    result = estimate(stack_of((NAT, long_name, {}), group, ("aws:example/thing:Thing", "db", {})))
    show(result.model_copy(update={"comparison": compare(estimate(stack_of()), result, against="before.json")}), "sample/dev")
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 100
    for text in ("total", "no meter for aws:example/thing:Thing yet", "against before.json", "1 not priced", "note: not in the estimate"):
        assert text in printed, text


def test_many_resources_are_summed_into_one_row(stack_of, capsys):
    show(estimate(stack_of(*((NAT, f"nat-{index:02}", {}) for index in range(40)))), "sample/dev")
    printed = capsys.readouterr().out
    assert "15 others" in printed
    assert "1,494.00" in printed, "40 x (730 x 0.045 + 100 x 0.045)"


def test_each_changed_resource_has_its_lines_with_both_sides(stack_of, capsys):
    before, after = (estimate(stack_of((VOLUME, "scratch", {"type": "gp3", "size": size}))) for size in (100, 250))
    show(after.model_copy(update={"comparison": compare(before, after, against="before.json")}), "sample/dev")
    printed = capsys.readouterr().out
    assert "+12.00   changed   scratch         size" in printed
    assert "+12.00               gp3 storage   100 -> 250 GB-month at 0.08" in printed


def test_guardrails_are_shown_with_what_stops_a_change_first(stack_of, capsys):
    results = tuple(
        GuardrailResult(name=f"rail {verdict.value}", limit=5, value=6.5, unit="USD a month", verdict=verdict, reason="why " * 40) for verdict in Verdict
    )
    show(estimate(stack_of((NAT, "nat", {}))).model_copy(update={"guardrails": results}), "sample/dev")
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 100
    assert printed.index("rail failed") < printed.index("rail unknown") < printed.index("rail passed")


def test_what_to_know_beside_a_difference_is_a_note(stack_of, capsys):
    overlap = Overlap(urn="u", type=NAT, name="nat", hourly_cost=0.045, daily_cost=1.08, certain=True)
    result = estimate(stack_of((NAT, "nat", {})))
    comparison = compare(result, result, against="x").model_copy(update={"overlaps": (overlap,), "notes": ("something",)})
    show(result.model_copy(update={"comparison": comparison}), "sample/dev")
    printed = " ".join(capsys.readouterr().out.split())
    assert "note: something" in printed
    assert "note: while nat is replaced, old and new exist side by side: 0.0450 USD an hour (1.08 a day) on top of the total" in printed


def test_a_resource_of_which_a_component_has_no_price_is_marked(stack_of, capsys):
    logging = {"version": "1.34", "name": "ml", "enabledClusterLogTypes": ["api"]}
    result = estimate(stack_of(("aws:eks/cluster:Cluster", "eks", logging), (VOLUME, "scratch", {"type": "gp3", "size": 100})))
    show(result, "sample/dev")
    printed = capsys.readouterr().out
    assert printed.count("73.00 + ?") == 3
    assert "8.00 + ?" not in printed
    assert "| 73.00 + ? | 73.00 to 73.00 + ? |" in render_markdown(result, "sample/dev")
    assert "73.00 + ?" in render_html(result, "sample/dev")


def test_how_much_rests_on_remembered_prices_is_said(capsys, stack_of):
    result = estimate(stack_of((NAT, "nat", {})))
    (resource,) = result.resources
    lines = tuple(line.model_copy(update={"confidence": "recalled"}) for line in resource.lines)
    show(result.model_copy(update={"resources": (resource.model_copy(update={"lines": lines}),)}), "sample/dev")
    assert "100 % of the expected cost rests on prices written from" in " ".join(capsys.readouterr().out.split())
    show(result, "sample/dev")
    assert "written from" not in capsys.readouterr().out, "the gateway's prices were read"
