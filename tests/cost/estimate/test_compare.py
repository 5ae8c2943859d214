from __future__ import annotations

import json

import pytest

from cost.estimate import compare, estimate, load_price_book, read_earlier
from cost.estimate.model import ChangeKind, ChangeReason
from plinth.errors import InputError

NAT = "aws:ec2/natGateway:NatGateway"
KEY = "aws:kms/key:Key"
GROUP = "aws:eks/nodeGroup:NodeGroup"
VOLUME = "aws:ebs/volume:Volume"


def _group(types=("m5.large",), desired=2):
    return (GROUP, "system", {"instanceTypes": list(types), "scalingConfig": {"minSize": 1, "desiredSize": desired, "maxSize": 4}})


@pytest.fixture
def changes(stack_of):
    def between(before, after, **options):
        results = [estimate(stack_of(*side), **{key: value[index] for key, value in options.items()}) for index, side in enumerate((before, after))]
        return compare(*results, against="earlier.json")

    return between


def test_added_removed_and_unchanged_resources(changes):
    result = changes([(NAT, "a", {}), (KEY, "old", {})], [(NAT, "a", {}), (NAT, "b", {})])
    assert [(change.kind, change.name) for change in result.changes] == [(ChangeKind.ADDED, "b"), (ChangeKind.REMOVED, "old")], "largest change first"
    assert result.difference.expected == pytest.approx(sum(change.difference for change in result.changes))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (_group(), _group(desired=3), ChangeReason.COUNT),
        (_group(), _group(types=["m6i.large"]), ChangeReason.TYPE),
        (_group(), _group(types=["m5.large", "r5.large"]), ChangeReason.TYPE),
        ((VOLUME, "v", {"type": "gp3", "size": 10}), (VOLUME, "v", {"type": "gp3", "size": 20}), ChangeReason.SIZE),
        ((VOLUME, "v", {"type": "gp3", "size": 10}), (VOLUME, "v", {"type": "gp2", "size": 10}), ChangeReason.COMPONENT),
        (_group(), (GROUP, "system", {"instanceTypes": ["z9.mega"], "scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 4}}), ChangeReason.STATUS),
    ],
)
def test_a_change_says_its_reason(changes, before, after, reason):
    (change,) = changes([before], [after]).changes
    assert change.kind is ChangeKind.CHANGED
    assert reason in change.reasons


def test_a_changed_usage_is_the_reason(changes, usage_of):
    usage = usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 5000})
    (change,) = changes([(NAT, "a", {})], [(NAT, "a", {})], usages=((), (usage,))).changes
    assert change.reasons == (ChangeReason.USAGE,)


def test_volumes_that_follow_the_number_of_nodes_did_not_change_in_size(changes, usage_of):
    (declared,) = changes([_group()], [_group(desired=3)]).changes
    assert declared.reasons == (ChangeReason.COUNT,)
    (used,) = changes([_group()], [_group()], usages=((), (usage_of("aws_eks_node_group", {"instances": 3}),))).changes
    assert used.reasons == (ChangeReason.USAGE,)


def test_a_changed_price_is_the_reason(changes, tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(
        "service,resource_type,component,unit,usd_per_unit,tier_start,tier_end,region\nAmazon VPC,aws_nat_gateway,gateway hours,hour,0.05,0,,us-east-1\n"
    )
    (change,) = changes([(NAT, "a", {})], [(NAT, "a", {})], prices=(None, load_price_book(path))).changes
    assert change.reasons == (ChangeReason.PRICE,)
    assert change.difference == pytest.approx(3.65)


def test_two_stacks_of_one_program_are_matched_without_project_and_stack(stack_of):
    before = estimate(stack_of((NAT, "a", {})))
    moved = before.model_copy(
        update={"resources": tuple(item.model_copy(update={"urn": item.urn.replace("dev::sample", "prod::other")}) for item in before.resources)}
    )
    assert compare(before, moved, against="x").changes == ()


def test_an_estimate_is_read_back_from_its_json(stack_of, tmp_path):
    result = estimate(stack_of((NAT, "a", {}), (KEY, "k", {})))
    path = tmp_path / "earlier.json"
    path.write_text(result.model_dump_json(by_alias=True))
    assert read_earlier(path, estimate) == result


def test_a_preview_and_an_export_are_estimated_to_compare_against(engine_data):
    preview, export = (read_earlier(engine_data / name, estimate) for name in ("preview_create.json", "stack_export.json"))
    assert compare(preview, export, against="x").difference.expected == pytest.approx(0)


@pytest.mark.parametrize("document", [[], {"hello": 1}, {"total": 1, "resources": [], "prices": {}}, "text"])
def test_another_json_is_refused(tmp_path, document):
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError):
        read_earlier(path, estimate)
