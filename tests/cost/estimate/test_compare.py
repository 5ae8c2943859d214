from __future__ import annotations

import json

import pytest

from cost.estimate import Preset, compare, estimate, load_price_book, load_usage, read_earlier
from cost.estimate.discounts import Discounts
from cost.estimate.model import ChangeKind, ChangeReason, QuantitySource
from cost.estimate.output.threshold import Threshold
from plinth.errors import InputError

NAT = "aws:ec2/natGateway:NatGateway"
KEY = "aws:kms/key:Key"
GROUP = "aws:eks/nodeGroup:NodeGroup"
VOLUME = "aws:ebs/volume:Volume"
BUCKET = "aws:s3/bucket:Bucket"


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
        ((VOLUME, "v", {"type": "gp3", "size": 10}), (VOLUME, "v", {"type": "gp2", "size": 10}), ChangeReason.TYPE),
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


def test_type_and_count_that_both_change_are_both_reasons_and_the_volumes_follow_the_count(changes):
    (change,) = changes([_group(desired=2)], [_group(types=["m6i.large"], desired=3)]).changes
    assert set(change.reasons) == {ChangeReason.TYPE, ChangeReason.COUNT}
    reasons = {line.component.split(",")[0]: line.reasons for line in change.lines}
    assert reasons == {"instances": (ChangeReason.TYPE, ChangeReason.COUNT), "EBS gp3 storage": (ChangeReason.COUNT,)}


def test_a_line_has_both_its_sides(changes):
    (change,) = changes([(VOLUME, "v", {"type": "gp3", "size": 10})], [(VOLUME, "v", {"type": "gp3", "size": 25})]).changes
    (line,) = change.lines
    assert (line.kind, line.component, line.unit) == (ChangeKind.CHANGED, "gp3 storage", "GB-month")
    assert (line.before.quantity.expected, line.after.quantity.expected) == (10, 25)
    assert line.before.unit_price == line.after.unit_price == 0.08
    assert line.after.monthly_cost.expected - line.before.monthly_cost.expected == pytest.approx(change.difference) == pytest.approx(15 * 0.08)


def test_spot_for_on_demand_is_one_line_of_another_type(changes):
    spot = (GROUP, "system", {**_group()[2], "capacityType": "SPOT"})
    (change,) = changes([_group()], [spot]).changes
    (line,) = change.lines
    assert line.reasons == (ChangeReason.TYPE,), "that Spot costs less is what the type does, not a changed price"
    assert change.details == ("instances, on-demand (m5.large) -> instances, spot (m5.large)",)


def test_usage_that_climbs_a_tier_is_usage_and_no_new_component(changes, usage_of):
    """50 TB are 51,200 GB: 60,000 GB reach the second tier (S3 pricing page)."""
    usages = tuple((usage_of("aws_s3_bucket", {"standard.storage_gb": figure}),) for figure in (1000, 60_000))
    (change,) = changes([(BUCKET, "lake", {})], [(BUCKET, "lake", {})], usages=usages).changes
    (line,) = change.lines
    assert change.reasons == line.reasons == (ChangeReason.USAGE,)
    assert line.after.quantity.expected == 60_000
    assert line.after.unit_price == pytest.approx((51_200 * 0.023 + 8_800 * 0.022) / 60_000)


def test_a_neighbour_that_lifts_the_account_over_a_tier_is_the_tier_and_not_the_price(changes, tmp_path):
    def stored(other: float):
        path = tmp_path / f"usage-{other}.yaml"
        lines = (
            'version: "0.1"',
            "resource_usage:",
            "  aws_s3_bucket.lake: {standard: {storage_gb: 40000}}",
            f"  aws_s3_bucket.other: {{standard: {{storage_gb: {other}}}}}",
        )
        path.write_text("\n".join(lines))
        return (load_usage(path),)

    both = [(BUCKET, "lake", {}), (BUCKET, "other", {})]
    found = {change.name: change for change in changes(both, both, usages=(stored(1000), stored(100_000))).changes}
    assert found["lake"].reasons == (ChangeReason.TIER,), found["lake"].details
    assert ChangeReason.USAGE in found["other"].reasons


def test_another_preset_is_usage(changes):
    (change,) = changes([(NAT, "a", {})], [(NAT, "a", {})], preset=(Preset.SMALL, Preset.LARGE)).changes
    assert change.reasons == (ChangeReason.USAGE,)
    assert all(line.before.quantity_source is QuantitySource.PRESET for line in change.lines)


def test_a_pool_of_the_same_types_at_another_price_is_the_price(changes, tmp_path):
    """The expected type is the first; the ceiling is the dearest, whose price the file lifts from 0.126 to 0.2."""
    path = tmp_path / "prices.csv"
    path.write_text(
        "service,resource_type,component,unit,usd_per_unit,tier_start,tier_end,region\nAmazon EC2,aws_instance,Linux on-demand r5.large,hour,0.2,0,,us-east-1\n"
    )
    pool = [_group(types=["m5.large", "r5.large"])]
    (change,) = changes(pool, pool, prices=(None, load_price_book(path))).changes
    assert change.reasons == (ChangeReason.PRICE,)


def test_another_discount_is_the_price(changes):
    (change,) = changes([_group()], [_group()], discounts=(None, Discounts(edp=0.1))).changes
    assert change.reasons == (ChangeReason.PRICE,)
    assert "other discounts" in change.details[0]
    assert all(line.before.unit_price == line.after.unit_price for line in change.lines), "the list price is the same"


def test_what_is_not_priced_on_one_side_is_said_beside_the_difference(changes):
    unpriced = (GROUP, "system", {"instanceTypes": ["z9.mega"], "scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 4}})
    result = changes([_group()], [unpriced])
    assert result.notes == ("the difference lacks what is not priced before or after: system",)
    assert result.changes[0].reasons == (ChangeReason.STATUS,)


def test_two_stacks_of_one_program_are_matched_without_project_and_stack(stack_of):
    before = estimate(stack_of((NAT, "a", {})))
    moved = before.model_copy(
        update={"resources": tuple(item.model_copy(update={"urn": item.urn.replace("dev::sample", "prod::other")}) for item in before.resources)}
    )
    assert compare(before, moved, against="x").changes == ()


def test_the_stacks_name_within_names_does_not_keep_two_environments_apart(stack_of):
    dev = estimate(stack_of((NAT, "plinth-dev-nat", {}), (KEY, "developers", {})))
    urns = {item.urn: item.urn.replace("pulumi:dev::", "pulumi:prod::").replace("plinth-dev-", "plinth-prod-") for item in dev.resources}
    prod = dev.model_copy(update={"resources": tuple(item.model_copy(update={"urn": urns[item.urn]}) for item in dev.resources)})
    assert compare(dev, prod, against="x").changes == ()


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


def test_a_component_that_loses_its_price_is_noted_and_a_threshold_does_not_hide_it(changes, stack_of):
    box = {"instanceType": "m5.large", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 10}}
    other = {**box, "rootBlockDevice": {"volumeType": "zz1", "volumeSize": 10}}
    result = changes([("aws:ec2/instance:Instance", "box", box)], [("aws:ec2/instance:Instance", "box", other)])
    (change,) = result.changes
    assert change.unpriced and ChangeReason.UNPRICED in change.reasons
    assert result.notes == (f"the difference lacks what is not priced before or after: box ({change.unpriced[0]})",)
    shown = estimate(stack_of()).model_copy(update={"comparison": result})
    assert not Threshold(1_000_000, percent=False).hides(shown)
    assert Threshold(1_000_000, percent=False).hides(shown.model_copy(update={"comparison": result.model_copy(update={"changes": ()})}))


def test_what_is_not_priced_is_a_change_where_its_inputs_are_others_and_none_where_they_are_the_same(changes):
    odd = [_group(types=["zz9.large"], desired=2)]
    assert changes(odd, odd).changes == ()
    (change,) = changes(odd, [_group(types=["zz9.large"], desired=3)]).changes
    assert (change.reasons, change.half_known, change.unpriced) == ((ChangeReason.UNPRICED,), True, ("",))


def test_tiers_and_candidate_types_are_data_and_no_words(priced, line, usage_of):
    """50 TB of S3 Standard are 51,200 GB (S3 pricing page)."""
    bucket = priced((BUCKET, "lake", {}), usage=usage_of("aws_s3_bucket", {"standard.storage_gb": 60_000}))
    assert [found.tier_start for found in bucket.lines if found.component.startswith("Standard storage")] == [0, 51_200]
    shared = priced((BUCKET, "lake", {}), (BUCKET, "other", {}), usage=usage_of("aws_s3_bucket", {"standard.storage_gb": 60_000}))
    assert line(shared, "Standard storage").account_quantity.expected == 120_000
    pool = line(priced(_group(types=["m5.large", "r5.large"])), "instances")
    assert {offer.instance_type: offer.usd_per_hour for offer in pool.offers} == {"m5.large": 0.096, "r5.large": 0.126}


def test_what_becomes_unpriced_is_no_saving(changes):
    known, unheard = ({"engine": "postgres", "instanceClass": size, "allocatedStorage": 100} for size in ("db.r6g.16xlarge", "db.zz9.large"))
    database, volume = "aws:rds/instance:Instance", (VOLUME, "v", {"type": "gp3", "size": 1000})
    result = changes([(database, "db", known)], [(database, "db", unheard), volume])
    # 1,000 GB of gp3 at 0.08; what the database will cost is not known, so that nothing of it counts
    assert result.difference.expected == pytest.approx(80.00)
    assert result.notes, "the note says what the difference lacks"
    back = changes([(database, "db", unheard)], [(database, "db", known)])
    assert back.difference.expected == pytest.approx(0.0)
