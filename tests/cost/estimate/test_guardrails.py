"""Guardrails: limits that pass, fail, are waived or can't be decided, and a file whose every mistake is named by line and key."""

from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import compare, estimate, load_price_book
from cost.estimate.guardrails import evaluate, failed, with_guardrails
from cost.estimate.guardrails_file import load_guardrails
from cost.estimate.model import Verdict
from cost.estimate.overrides import COLUMNS
from plinth.errors import InputError
from plinth.stack.values import UNKNOWN

TODAY = date(2026, 11, 22)
NAT = "aws:ec2/natGateway:NatGateway"
GROUP = "aws:eks/nodeGroup:NodeGroup"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
ONE = "guardrails:\n  - {name: a, monthly_usd: 1}\n  - {name: beta, monthly_usd: 1}\n"
WAIVER = "waivers:\n  - {guardrail: limit, until: %s, reason: launch week, approved_by: cto}\n"


def _volume(name, size, **tags):
    """A gp3 volume: 0.08 USD a GB-month."""
    return (VOLUME, name, {"type": "gp3", "size": size, "tags": tags})


def _group(name, *types, desired=1, **inputs):
    return (GROUP, name, {"instanceTypes": list(types), "scalingConfig": {"minSize": 0, "desiredSize": desired, "maxSize": 4}, **inputs})


UNPRICED = _group("odd", "z9.mega")


@pytest.fixture
def rails(tmp_path):
    def read(text):
        path = tmp_path / "guardrails.yaml"
        path.write_text(text)
        return load_guardrails(path)

    return read


@pytest.fixture
def judged(rails, stack_of):
    """The results of a file's guardrails over a stack, against another where `before` gives one."""

    def judge(text, *declared, before=None, environment="dev", today=TODAY, unseen=0, partial=False, prices=None):
        result = estimate(stack_of(*declared), prices=prices).model_copy(update={"unseen": unseen})
        if before is not None:
            found = compare(estimate(stack_of(*before)), result, against="before.json").model_copy(update={"partial": partial})
            result = result.model_copy(update={"comparison": found})
        return evaluate(rails(text), result, environment, prices or load_price_book(), today)

    return judge


def _one(limit, **more):
    fields = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return f"guardrails:\n  - name: limit\n    {limit}\n{fields}"


@pytest.mark.parametrize(("limit", "verdict"), [("8", Verdict.PASSED), ("7.99", Verdict.FAILED), ("0", Verdict.FAILED)])
def test_a_total_at_the_limit_passes_and_above_it_fails(judged, limit, verdict):
    (found,) = judged(_one(f"monthly_usd: {limit}"), _volume("v", 100))
    assert (found.verdict, found.value) == (verdict, pytest.approx(8.0))
    assert found.reason == "8.00 USD a month expected"


def test_the_ceiling_may_be_limited_in_place_of_the_expected_cost(judged):
    group = _group("pool", "m5.large")
    expected, ceiling = (judged(_one("monthly_usd: 100", figure=figure), group)[0] for figure in ("expected", "max"))
    assert (expected.verdict, ceiling.verdict) == (Verdict.PASSED, Verdict.FAILED), "one m5.large is 70.08, four are 280.32"


def test_a_team_has_a_limit_by_its_tag(judged):
    found = judged(
        _one("monthly_usd: 10", tags="{team: [vision, speech]}"), _volume("a", 100, team="vision"), _volume("b", 100, team="speech"), _volume("c", 100)
    )
    assert (found[0].value, found[0].verdict) == (pytest.approx(16.0), Verdict.FAILED), "the untagged volume is nobody's"


def test_a_limit_is_for_its_environments_only(judged, rails, stack_of):
    text = _one("monthly_usd: 1", environments="[prod]")
    assert judged(text, _volume("v", 100)) == ()
    assert judged(text, _volume("v", 100), environment="prod")[0].verdict is Verdict.FAILED
    result = with_guardrails(rails(text), estimate(stack_of(_volume("v", 1))), "dev", load_price_book(), TODAY)
    assert any("no guardrail of" in warning and "is for dev" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("limit", "verdict", "value"),
    [
        ("increase_usd: 8", Verdict.PASSED, 8.0),
        ("increase_usd: 7", Verdict.FAILED, 8.0),
        ("increase_percent: 100", Verdict.PASSED, 100.0),
        ("increase_percent: 99", Verdict.FAILED, 100.0),
    ],
)
def test_an_increase_is_limited_in_money_and_in_percent(judged, limit, verdict, value):
    (found,) = judged(_one(limit), _volume("v", 200), before=[_volume("v", 100)])
    assert (found.verdict, found.value) == (verdict, pytest.approx(value))


def test_an_increase_by_tag_is_of_that_tag_alone(judged):
    after = [_volume("a", 150, team="vision"), _volume("b", 900, team="speech")]
    before = [_volume("a", 100, team="vision"), _volume("b", 100, team="speech")]
    (found,) = judged(_one("increase_percent: 60", tags="{team: vision}"), *after, before=before)
    assert (found.verdict, found.value) == (Verdict.PASSED, pytest.approx(50.0))


def test_an_increase_without_anything_to_compare_with_is_unknown(judged):
    (found,) = judged(_one("increase_usd: 8"), _volume("v", 200))
    assert (found.verdict, found.value) == (Verdict.UNKNOWN, None)
    assert "nothing to compare with" in found.reason


def test_there_is_no_percentage_of_nothing(judged):
    (found,) = judged("unpriced: fail\n" + _one("increase_percent: 10"), _volume("v", 200), before=[])
    assert found.verdict is Verdict.UNKNOWN
    assert "no percentage of nothing" in found.reason


def test_a_percentage_of_a_partial_total_is_unknown_and_an_amount_is_not(judged):
    after, before = [_volume("v", 200)], [_volume("v", 100)]
    percent, amount = (judged(_one(limit), *after, before=before, partial=True)[0] for limit in ("increase_percent: 10", "increase_usd: 10"))
    assert (percent.verdict, amount.verdict) == (Verdict.UNKNOWN, Verdict.PASSED)


@pytest.mark.parametrize(("setting", "verdict"), [("", Verdict.UNKNOWN), ("unpriced: warn\n", Verdict.UNKNOWN), ("unpriced: fail\n", Verdict.FAILED)])
def test_what_is_not_priced_never_passes(judged, setting, verdict):
    (found,) = judged(setting + _one("monthly_usd: 1000"), _volume("v", 100), UNPRICED)
    assert found.verdict is verdict
    assert "not counted: no price for odd" in found.reason


def test_what_is_known_may_fail_alone(judged):
    assert judged(_one("monthly_usd: 5"), _volume("v", 100), UNPRICED)[0].verdict is Verdict.FAILED


def test_another_teams_unpriced_resource_leaves_a_team_decided(judged):
    (found,) = judged(_one("monthly_usd: 10", tags="{team: vision}"), _volume("v", 100, team="vision"), UNPRICED)
    assert found.verdict is Verdict.PASSED


def test_a_total_that_a_preview_shows_in_part_is_unknown(judged):
    (found,) = judged(_one("monthly_usd: 1000"), _volume("v", 100), unseen=4)
    assert found.verdict is Verdict.UNKNOWN
    assert "4 unchanged resources that the preview does not show" in found.reason


def test_the_dearest_resource_of_a_type_is_named(judged):
    text = _one("resource_monthly_usd: 10", types='["aws:ebs/*"]')
    (found,) = judged(text, _volume("small", 100), _volume("large", 200), (NAT, "nat", {}))
    assert (found.verdict, found.value) == (Verdict.FAILED, pytest.approx(16.0))
    assert found.resources == ("urn:pulumi:dev::sample::aws:ebs/volume:Volume::large",), "a NAT gateway is of another type"
    assert "large 16.00 over the limit" in found.reason


def test_the_price_of_one_gpu_instance_counts_and_not_their_number(judged):
    """g5.xlarge: 1.006 USD an hour on demand in us-east-1; m5.24xlarge costs more and has no GPU."""
    declared = [_group("gpu", "g5.xlarge", desired=4), _group("big", "m5.24xlarge")]
    passed, over = (judged(_one(f"gpu_hourly_usd: {limit}"), *declared)[0] for limit in (1.006, 1))
    assert (passed.verdict, passed.value) == (Verdict.PASSED, pytest.approx(1.006))
    assert over.verdict is Verdict.FAILED
    assert "gpu (g5.xlarge 1.0060 USD/h) over the limit" in over.reason


def test_the_dearest_type_that_a_pool_may_run_decides(judged):
    (found,) = judged(_one("gpu_hourly_usd: 2"), _group("gpu", "g5.xlarge", "g5.12xlarge"))
    assert found.verdict is Verdict.FAILED
    assert "g5.12xlarge" in found.reason


def test_spot_and_on_demand_have_limits_apart(judged):
    spot = _group("gpu", "g5.xlarge", capacityType="SPOT")
    on_demand, as_spot = (judged(_one("gpu_hourly_usd: 0.1", purchase=purchase), spot)[0] for purchase in ("on_demand", "spot"))
    assert (on_demand.verdict, as_spot.verdict) == (Verdict.PASSED, Verdict.FAILED)
    assert on_demand.reason == "no instance with GPUs"


def test_an_endpoints_instances_are_instances_too(judged):
    variants = [{"instanceType": "ml.g5.xlarge", "initialInstanceCount": 1, "modelName": "m", "variantName": "a"}]
    declared = [(ENDPOINT, "scorer", {"endpointConfigName": "c"}), (CONFIGURATION, "c", {"name": "c", "productionVariants": variants})]
    (found,) = judged(_one("gpu_hourly_usd: 1"), *declared)
    assert found.verdict is Verdict.FAILED and "ml.g5.xlarge" in found.reason


def test_an_unpriced_pool_leaves_a_limit_on_gpus_undecided_and_an_unpriced_bucket_does_not(judged):
    bucket = ("aws:rds/unheardOf:Thing", "thing", {})
    undecided, decided = (judged(_one("gpu_hourly_usd: 9"), _group("gpu", "g5.xlarge"), other)[0] for other in (UNPRICED, bucket))
    assert (undecided.verdict, decided.verdict) == (Verdict.UNKNOWN, Verdict.PASSED)


@pytest.mark.parametrize(
    ("until", "verdict", "words"),
    [
        ("2026-11-22", Verdict.WAIVED, "holds until 2026-11-22 (approved by cto: launch week)"),
        ("2026-11-21", Verdict.FAILED, "expired on 2026-11-21 (approved by cto: launch week)"),
    ],
)
def test_a_waiver_holds_up_to_its_last_day(judged, until, verdict, words):
    (found,) = judged(_one("monthly_usd: 1") + WAIVER % until, _volume("v", 100))
    assert found.verdict is verdict
    assert words in found.reason
    assert bool(failed([found])) is (verdict is Verdict.FAILED)


def test_an_expired_waiver_is_said_where_nothing_failed(judged):
    (found,) = judged(_one("monthly_usd: 100") + WAIVER % "2026-01-01", _volume("v", 100))
    assert found.verdict is Verdict.PASSED and "expired on 2026-01-01" in found.reason


def test_a_waiver_for_one_resource_leaves_the_others_failed(judged):
    text = _one("resource_monthly_usd: 5") + "waivers:\n  - {guardrail: limit, resource: a, until: 2027-01-01, reason: migration, approved_by: cto}\n"
    both, alone = judged(text, _volume("a", 100), _volume("b", 100))[0], judged(text, _volume("a", 100))[0]
    assert (both.verdict, alone.verdict) == (Verdict.FAILED, Verdict.WAIVED)
    assert "b 8.00 over the limit" in both.reason and "a 8.00" not in both.reason


@pytest.mark.parametrize(("resource", "fix"), [("lrage", "did you mean large?"), ("qqqq", "take the waiver out")])
def test_a_waiver_for_a_resource_that_is_not_there_is_refused(judged, resource, fix):
    text = _one("resource_monthly_usd: 5") + f"waivers:\n  - {{guardrail: limit, resource: {resource}, until: 2027-01-01, reason: r, approved_by: a}}\n"
    with pytest.raises(InputError, match="stack does not have") as raised:
        judged(text, _volume("large", 100))
    assert fix in str(raised.value)


def test_a_waiver_for_a_resource_of_a_total_is_refused(judged):
    text = _one("monthly_usd: 5") + "waivers:\n  - {guardrail: limit, resource: a, until: 2027-01-01, reason: r, approved_by: a}\n"
    with pytest.raises(InputError, match="limits no single resource"):
        judged(text, _volume("a", 100))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("guardrails: []\n", "there is no list of guardrails"),
        ("guardrails:\n  - name: a\n", "a guardrail has exactly one limit"),
        ("guardrails:\n  - {name: a, monthly_usd: 1, increase_usd: 2}\n", "a guardrail has exactly one limit"),
        ("guardrails:\n  - {name: a, monthly_usd: -1}\n", "line 2, guardrails[0].monthly_usd: it is not a number of 0 or more"),
        ("guardrails:\n  - {name: a, monthly_usd: .inf}\n", "it is not a number of 0 or more"),
        ("guardrails:\n  - {name: a, monthly_usd: true}\n", "it is not a number of 0 or more"),
        ("guardrails:\n  - {name: a, monthly_us: 1}\n", "did you mean monthly_usd?"),
        ("guardrails:\n  - {monthly_usd: 1}\n", "there is no name"),
        ("guardrails:\n  - {name: a, monthly_usd: 1, figure: average}\n", "use one of min, expected, max"),
        ("guardrails:\n  - {name: a, monthly_usd: 1, purchase: spot}\n", "only gpu_hourly_usd is by purchase option"),
        ("guardrails:\n  - {name: a, gpu_hourly_usd: 1, figure: max}\n", "has no floor and no ceiling"),
        ("guardrails:\n  - {name: a, monthly_usd: 1, tags: vision}\n", "write it as {team: vision}"),
        ("guardrails:\n  - {name: a, monthly_usd: 1, types: [1]}\n", "it is not a text or a list of texts"),
        ("guardrails:\n  - {name: a, monthly_usd: 1}\n  - {name: a, monthly_usd: 2}\n", "two guardrails have one name"),
        ("unpriced: no\nguardrails:\n  - {name: a, monthly_usd: 1}\n", "neither warn nor fail"),
        ("guardrail:\n  - {name: a, monthly_usd: 1}\n", "did you mean guardrails?"),
        ("guardrails:\n  - 5\n", "the guardrail is no mapping"),
        (ONE + "waivers:\n  - {guardrail: bet, until: 2027-01-01, reason: r, approved_by: a}\n", "did you mean beta?"),
        (ONE + "waivers:\n  - {guardrail: a, until: soon, reason: r, approved_by: a}\n", "write the last day as 2026-12-31"),
        (ONE + "waivers:\n  - {guardrail: a, until: 2027-01-01, reason: r}\n", "there is no approved_by"),
    ],
)  # fmt: skip
def test_each_mistake_of_a_file_is_said_with_its_place_and_the_way_out(rails, text, said):
    with pytest.raises(InputError) as raised:
        rails(text)
    assert said in str(raised.value)
    assert "guardrails.yaml" in str(raised.value)


def test_a_mistake_in_a_guardrail_is_no_mistake_in_its_waiver(rails):
    with pytest.raises(InputError, match="2 problems in the guardrails") as raised:
        rails("guardrails:\n  - {name: a, monthly_usd: x}\nwaivers:\n  - {guardrail: a, until: 2026-13-01, reason: r, approved_by: a}\n")
    assert "waivers[0].until: the value can't be read" in str(raised.value)


def test_all_mistakes_are_said_at_once(rails):
    with pytest.raises(InputError, match="3 problems in the guardrails"):
        rails("unpriced: maybe\nguardrails:\n  - {name: a, monthly_usd: x}\n  - {name: b}\n")


@pytest.mark.parametrize("limit", ["increase_usd: 100", "increase_percent: 20"])
@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ([_group("odd", "zz9.large")], [_group("odd", "zz9.48xlarge")], "odd"),
        ([_group("odd", "zz9.large")], [_group("odd", "zz9.large", desired=3)], "odd"),
        ([], [(INSTANCE, "box", {"instanceType": "m5.large", "rootBlockDevice": {"volumeType": "zz1", "volumeSize": 500}})], "box ("),
        ([_volume("v", 16_000)], [(VOLUME, "v", {"type": "zz1", "size": 16_000})], "v"),
    ],
)
def test_a_change_of_what_is_not_priced_leaves_an_increase_undecided(judged, limit, before, after, named):
    found = judged(_one(limit), _volume("same", 100_000), *after, before=[_volume("same", 100_000), *before])[0]
    assert found.verdict is Verdict.UNKNOWN, found.reason
    assert f"no price before or after for {named}" in found.reason


def test_what_is_not_priced_and_did_not_change_leaves_an_increase_decided(judged):
    assert judged(_one("increase_usd: 10"), _volume("v", 110), UNPRICED, before=[_volume("v", 100), UNPRICED])[0].verdict is Verdict.PASSED


def test_a_type_of_unknown_shape_is_undecided_above_the_limit_and_passes_below(judged, tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text(f"{','.join(COLUMNS)}\nAmazon EC2,aws_instance,Linux on-demand p9.48xlarge,hour,200,0,,us-east-1\n")
    dear, cheap = (judged(_one(f"gpu_hourly_usd: {limit}"), _group("pool", "p9.48xlarge"), prices=load_price_book(prices))[0] for limit in (5, 200))
    assert (dear.verdict, cheap.verdict) == (Verdict.UNKNOWN, Verdict.PASSED)
    assert "whether p9.48xlarge of pool has GPUs" in dear.reason


def test_a_gpu_type_between_the_cheapest_and_the_dearest_of_a_pool_counts(judged):
    """m5.24xlarge costs 4.608 USD an hour, g5.xlarge 1.006, m5.large 0.096: none of the pool's three figures is the GPU type's."""
    (found,) = judged(_one("gpu_hourly_usd: 1"), _group("pool", "m5.large", "g5.xlarge", "m5.24xlarge"))
    assert (found.verdict, found.value) == (Verdict.FAILED, pytest.approx(1.006))


@pytest.mark.parametrize(("tags", "verdict"), [(UNKNOWN, Verdict.UNKNOWN), ({"team": UNKNOWN}, Verdict.UNKNOWN), ({"app": UNKNOWN}, Verdict.PASSED)])
@pytest.mark.parametrize("limit", ["monthly_usd: 1", "resource_monthly_usd: 1", "increase_usd: 1"])
def test_a_resource_whose_tags_are_not_known_is_in_no_team_for_certain(judged, limit, tags, verdict):
    volume = (VOLUME, "v", {"type": "gp3", "size": 100, "tags": tags})
    (found,) = judged(_one(limit, tags="{team: vision}"), volume, before=[])
    assert found.verdict is verdict
    assert ("whose tags are known only after deployment" in found.reason) is (verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"types": '["aws:ec2/instnce:Instance"]'}, "is for aws:ec2/instnce:Instance, which no type is like: did you mean aws:ec2/instance:Instance?"),
        ({"tags": "{team: visoin}"}, "is for team: visoin, which no resource has: did you mean vision?"),
        ({"tags": "{taem: vision}"}, "is for the tag taem, which no resource has: did you mean team?"),
        ({"environments": "[prod]"}, "is for dev: they are for prod"),
        ({"environments": "[devv]"}, "is for dev: did you mean devv?"),
    ],
)
def test_a_filter_that_nothing_matches_is_a_warning_with_the_nearest_name(rails, stack_of, filters, said):
    result = with_guardrails(rails(_one("monthly_usd: 100", **filters)), estimate(stack_of(_volume("v", 1, team="vision"))), "dev", load_price_book(), TODAY)
    assert any(said in warning for warning in result.warnings), result.warnings


def test_a_filter_for_a_type_that_the_stack_may_have_later_is_no_mistake(rails, stack_of):
    text = _one("monthly_usd: 100", types='["aws:sagemaker/endpoint:*"]', tags="{team: vision}")
    result = with_guardrails(rails(text), estimate(stack_of(_volume("v", 1, team="vision"))), "dev", load_price_book(), TODAY)
    assert not [warning for warning in result.warnings if "guardrail" in warning]
