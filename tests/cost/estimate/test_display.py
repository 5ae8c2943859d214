from __future__ import annotations

from cost.estimate import compare, estimate
from cost.estimate.display import show

NAT = "aws:ec2/natGateway:NatGateway"


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
