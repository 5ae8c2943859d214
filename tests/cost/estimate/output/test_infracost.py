"""Infracost's JSON: its fields and types, sums that agree, and what is not priced never as zero.

The fields are those of infracost/infracost schema/infracost.schema.json and internal/output/output.go (format 0.2).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cost.estimate import compare, estimate
from cost.estimate.discounts import Discounts
from cost.estimate.output.infracost import infracost_json

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MONEY = ("totalHourlyCost", "totalMonthlyCost")
ROOT = {
    "version", "currency", "projects", *MONEY, "pastTotalHourlyCost", "pastTotalMonthlyCost", "diffTotalHourlyCost", "diffTotalMonthlyCost", "timeGenerated",
    "summary",
}  # fmt: skip
COMPONENT = {"name", "unit", "hourlyQuantity", "monthlyQuantity", "price", "hourlyCost", "monthlyCost", "usageBased", "priceNotFound"}
SUMMARY = {
    "totalDetectedResources", "totalSupportedResources", "totalUnsupportedResources", "totalUsageBasedResources", "totalNoPriceResources",
    "unsupportedResourceCounts", "noPriceResourceCounts",
}  # fmt: skip
GROUP = "aws:eks/nodeGroup:NodeGroup"
ROLE = "aws:iam/role:Role"


@pytest.fixture
def document(mixed):
    return json.loads(json.dumps(infracost_json(mixed, "sample/dev", NOW)))


def _sides(document):
    (project,) = document["projects"]
    return [project[name] for name in ("pastBreakdown", "breakdown", "diff")]


def test_all_fields_that_its_schema_requires_are_there(document):
    assert document.keys() >= ROOT
    (project,) = document["projects"]
    assert project.keys() >= {"name", "metadata", "pastBreakdown", "breakdown", "diff", "summary"}
    assert project["metadata"].keys() >= {"path", "type"}
    assert document["summary"].keys() >= SUMMARY
    for side in _sides(document):
        assert side.keys() >= {"resources", *MONEY, "totalMonthlyUsageCost"}
        for resource in side["resources"]:
            assert resource.keys() >= {"name", "resourceType", "metadata", "hourlyCost", "monthlyCost", "costComponents", "subresources"}
            assert all(part.keys() == COMPONENT for part in resource["costComponents"])


def test_money_and_quantities_are_decimal_texts_or_null(document):
    def money(value):
        for key, item in value.items():
            if isinstance(item, dict):
                yield from money(item)
            elif isinstance(item, list):
                yield from (found for each in item if isinstance(each, dict) for found in money(each))
            elif key.endswith(("Cost", "Quantity", "price")):
                yield item

    found = [*money(document)]
    assert found and all(item is None or (isinstance(item, str) and "E" not in item and Decimal(item).is_finite()) for item in found)


def test_sums_agree_on_every_side_and_with_the_estimate(document, mixed):
    for side in _sides(document):
        known = [Decimal(resource["monthlyCost"]) for resource in side["resources"] if resource["monthlyCost"] is not None]
        assert sum(known) == Decimal(side["totalMonthlyCost"])
    past, now, diff = (Decimal(document[f"{prefix}otalMonthlyCost"]) for prefix in ("pastT", "t", "diffT"))
    assert past + diff == pytest.approx(now)
    assert [float(item) for item in (past, now, diff)] == pytest.approx(
        [getattr(mixed.comparison, name).expected for name in ("before", "after", "difference")]
    )
    assert Decimal(document["totalHourlyCost"]) == pytest.approx(now / 730)


def test_resources_have_terraforms_names_and_pulumis_urns(document):
    names = {resource["name"]: resource for resource in document["projects"][0]["breakdown"]["resources"]}
    volume = names["aws_ebs_volume.volume-0000"]
    assert volume["resourceType"] == "aws_ebs_volume"
    assert volume["metadata"]["urn"] == "urn:pulumi:dev::sample::aws:ebs/volume:Volume::volume-0000"
    (part,) = volume["costComponents"]
    assert (part["name"], part["unit"], part["monthlyQuantity"], part["price"], part["monthlyCost"]) == ("gp3 storage", "GB-month", "240", "0.08", "19.2")


def test_what_is_not_priced_is_null_and_said_so(stack_of):
    result = estimate(stack_of((GROUP, "odd", {"instanceTypes": ["z9.mega"], "scalingConfig": {"minSize": 1, "maxSize": 1}}), (ROLE, "role", {})))
    document = infracost_json(result, "sample/dev", NOW)
    (odd,) = document["projects"][0]["breakdown"]["resources"]
    assert odd["monthlyCost"] is None and odd["hourlyCost"] is None
    assert [(part["priceNotFound"], part["price"], part["monthlyCost"]) for part in odd["costComponents"]] == [(True, None, None)]
    assert (document["missingPricesCount"], document["summary"]["noPriceResourceCounts"]) == (1, {ROLE: 1}), "no price is Infracost's word for free"


def test_a_type_without_a_meter_is_unsupported_and_has_no_cost(document):
    assert document["summary"]["unsupportedResourceCounts"] == {"aws:example/thing:Thing": 1}
    assert document["summary"]["totalUnsupportedResources"] == 1
    assert not any("Thing" in resource["name"] for side in _sides(document) for resource in side["resources"])


def test_usage_is_told_from_what_is_there_all_month(stack_of):
    document = infracost_json(estimate(stack_of(("aws:ec2/natGateway:NatGateway", "nat", {}))), "sample/dev", NOW)
    (nat,) = document["projects"][0]["breakdown"]["resources"]
    usage = {part["name"]: part["usageBased"] for part in nat["costComponents"]}
    assert usage == {"gateway hours": False, "data processed": True}
    assert Decimal(nat["monthlyUsageCost"]) == Decimal(document["totalMonthlyUsageCost"]) == Decimal("4.5"), "100 GB at 0.045"


def test_without_a_comparison_past_and_difference_are_null(stack_of):
    document = infracost_json(estimate(stack_of((ROLE, "role", {}))), "sample/dev", NOW)
    (project,) = document["projects"]
    assert project["pastBreakdown"] is None and project["diff"] is None
    assert document["pastTotalMonthlyCost"] is None and document["diffTotalMonthlyCost"] is None
    assert document["totalMonthlyCost"] == "0", "a free stack costs nothing, and that is known"


def test_a_changed_type_keeps_what_did_not_change_in_the_past(compared):
    def group(type_):
        return [(GROUP, "pool", {"instanceTypes": [type_], "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 1}})]

    (project,) = infracost_json(compared(group("m5.large"), group("m6i.xlarge")), "sample/dev", NOW)["projects"]
    parts = {side: {part["name"]: part["monthlyCost"] for part in project[side]["resources"][0]["costComponents"]} for side in ("pastBreakdown", "diff")}
    assert parts["pastBreakdown"] == {"instances, on-demand (m5.large)": "70.08", "EBS gp3 storage, root": "1.6"}
    assert list(parts["diff"]) == ["instances, on-demand"], "the volume is the same"


def test_price_times_quantity_is_the_cost_with_discounts_too(stack_of):
    group = (GROUP, "pool", {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 1}})
    document = infracost_json(estimate(stack_of(group), discounts=Discounts(edp=0.25)), "sample/dev", NOW)
    (instances, _) = document["projects"][0]["breakdown"]["resources"][0]["costComponents"]
    assert (instances["price"], instances["monthlyCost"]) == ("0.072", "52.56"), "0.096 less a quarter, 730 hours"


def test_where_nothing_has_a_price_the_sums_are_null_and_no_zero(stack_of):
    def group(kind):
        return ("aws:eks/nodeGroup:NodeGroup", "pool", {"instanceTypes": [kind], "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 1}})

    before, after = estimate(stack_of(group("m5.large"))), estimate(stack_of(group("zz9.large")))
    document = infracost_json(after.model_copy(update={"comparison": compare(before, after, against="b")}), "p/dev", NOW)
    assert (document["totalMonthlyCost"], document["diffTotalMonthlyCost"], document["totalHourlyCost"]) == (None, None, None)
    assert float(document["pastTotalMonthlyCost"]) == pytest.approx(before.total.expected)
    assert infracost_json(estimate(stack_of()), "p/dev", NOW)["totalMonthlyCost"] == "0", "nothing costs nothing"


def test_a_component_that_lost_its_price_is_not_found_in_the_difference(stack_of):
    def box(kind):
        return ("aws:ec2/instance:Instance", "box", {"instanceType": "m5.large", "rootBlockDevice": {"volumeType": kind, "volumeSize": 10}})

    before, after = estimate(stack_of(box("gp3"))), estimate(stack_of(box("zz1")))
    document = infracost_json(after.model_copy(update={"comparison": compare(before, after, against="b")}), "p/dev", NOW)
    (resource,) = document["projects"][0]["diff"]["resources"]
    assert [part["priceNotFound"] for part in resource["costComponents"]].count(True) == 1
