from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.estimate import estimate
from cost.estimate.engine import NOT_ESTIMATED
from cost.estimate.free import free_reason
from cost.estimate.meters import METERS
from cost.estimate.meters.base import Charge, Unpriced, constant
from cost.estimate.model import ZERO, Range, Status
from cost.estimate.price import Price
from cost.estimate.prices import PriceBook, load_price_book
from cost.estimate.tiers import Pools
from infra.tags import REQUIRED_TAGS
from plinth.errors import InputError
from plinth.stack import UNKNOWN, Operation, Resource, Source, build_stack
from plinth.stack.export import read_export
from plinth.stack.preview import read_preview
from plinth.stack.recorder import record

ROOT = Path(__file__).resolve().parents[3]
NAT = "aws:ec2/natGateway:NatGateway"
KEY = "aws:kms/key:Key"
VPC = "aws:ec2/vpc:Vpc"
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def _alone(charge, book):
    """The lines of a charge that no other resource shares its tiers with."""
    pools = Pools(book)
    pools.add(charge, "us-east-1")
    return list(pools.lines(charge, "us-east-1"))


def _close(one: Range, other: Range) -> bool:
    return all(abs(figure - getattr(other, name)) <= 1e-6 for name, figure in one)


def test_a_resource_is_priced_free_or_unknown_and_never_zero_for_unknown(stack_of):
    result = estimate(stack_of((NAT, "nat", {}), (VPC, "vpc", {}), ("aws:unheard/of:Thing", "db", {})))
    by_name = {found.name: found for found in result.resources}
    assert {name: found.status for name, found in by_name.items()} == {"nat": Status.PRICED, "vpc": Status.FREE, "db": Status.UNKNOWN}
    assert by_name["db"].monthly_cost is None
    assert [(item.urn, item.reason) for item in result.unknown] == [(by_name["db"].urn, "no meter for aws:unheard/of:Thing yet")]


def test_what_costs_by_usage_alone_and_has_none_stated_is_unknown(stack_of):
    (found,) = estimate(stack_of(("aws:ebs/snapshotCopy:SnapshotCopy", "copy", {"sourceRegion": "us-east-1", "sourceSnapshotId": "snap-1"}))).resources
    assert found.status is Status.UNKNOWN
    assert found.monthly_cost is None
    assert "storage_gb" in (found.reason or "")


def test_use_that_the_price_includes_is_a_line_of_nothing(stack_of, usage_of):
    included = Price(
        "SNS", "aws_sns_topic", "standard topic API requests", "1M requests", 0.5, "us-east-1", date(2026, 1, 1), "own", "own price", tier_start=1.0
    )
    usage = usage_of("aws_sns_topic", {"monthly_requests": 1000})
    (found,) = estimate(stack_of(("aws:sns/topic:Topic", "alerts", {})), (usage,), PriceBook([included])).resources
    assert (found.status, found.monthly_cost.max) == (Status.PRICED, 0.0)
    assert "within the first 1 1M requests" in found.lines[0].assumptions[-1]


def test_two_distributions_share_the_accounts_included_invalidation_paths(stack_of, usage_of):
    usage = usage_of("aws_cloudfront_distribution", {"monthly_invalidation_requests": 900})
    token = "aws:cloudfront/distribution:Distribution"
    result = estimate(stack_of((token, "a", {}), (token, "b", {})), (usage,))
    lines = [line for found in result.resources for line in found.lines if line.component.startswith("invalidation paths")]
    # 1,800 paths, the first 1,000 included: 800 x 0.005 (CloudFront pricing)
    assert sum(line.monthly_cost.expected for line in lines) == pytest.approx(4.00)


def test_every_line_carries_its_price_source_date_and_confidence(stack_of):
    result = estimate(stack_of((NAT, "nat", {})))
    for line in result.resources[0].lines:
        assert line.price_source and line.confidence
        assert result.prices.oldest <= line.price_date <= result.prices.newest


def test_a_line_costs_its_quantity_times_its_price(stack_of):
    for line in estimate(stack_of((NAT, "nat", {}), (KEY, "key", {"enableKeyRotation": True}))).resources[0].lines:
        assert _close(line.monthly_cost, line.quantity.scaled(line.unit_price))


def test_a_resource_that_the_preview_deletes_is_not_counted_and_that_is_said(stack_of, resource):
    result = estimate(stack_of((NAT, "nat", {}), resource(NAT, "old", {}, operation=Operation.DELETE)))
    assert [found.name for found in result.resources] == ["nat"]
    assert "1 resource that the preview deletes is not counted" in result.warnings


def test_a_resource_in_another_region_is_unknown_with_the_components_named(stack_of):
    result = estimate(stack_of((BUCKET, "dr", {"region": "us-west-2"})))
    assert result.resources[0].status is Status.UNKNOWN
    assert "us-west-2" in result.unknown[0].reason and "Standard storage" in result.unknown[0].reason


def test_a_stack_without_a_region_prices_nothing_regional(stack_of):
    result = estimate(stack_of((NAT, "nat", {}), (VPC, "vpc", {}), region=None))
    assert {found.name: found.status for found in result.resources} == {"nat": Status.UNKNOWN, "vpc": Status.FREE}


def test_what_no_resource_declares_is_said_not_to_be_in_the_estimate(stack_of):
    assert NOT_ESTIMATED in estimate(stack_of((VPC, "vpc", {}))).warnings


def test_prices_are_called_stale_only_on_a_given_day(stack_of):
    stack = stack_of((NAT, "nat", {}))
    assert not any("older than 90 days" in warning for warning in estimate(stack).warnings)
    (said,) = (warning for warning in estimate(stack, as_of=date(2026, 11, 22)).warnings if "older than 90 days" in warning)
    oldest = min(estimate(stack).resources[0].lines, key=lambda line: line.price_date)
    assert said.startswith(f"the oldest price is of {oldest.price_date} ({oldest.component}), older than 90 days on 2026-11-22: see plinth prices verify")
    assert said.endswith("plinth prices refresh")
    assert not any("older than 90 days" in warning for warning in estimate(stack, as_of=date(2024, 8, 1)).warnings)


def test_the_estimate_of_the_same_stack_is_the_same_bytes(stack_of):
    one, other = (estimate(stack_of((NAT, "nat", {}), (KEY, "key", {}))).model_dump_json() for _ in range(2))
    assert one == other


def test_the_json_has_the_documented_fields(stack_of):
    document = estimate(stack_of((NAT, "nat", {"tags": {"team": "platform"}}))).model_dump(mode="json")
    assert {"currency", "month_hours", "prices", "resources", "by_component", "by_tag", "total", "unknown", "warnings"} <= document.keys()
    assert {"urn", "type", "name", "region", "status", "reason", "lines", "monthly_cost"} <= document["resources"][0].keys()
    line = document["resources"][0]["lines"][0]
    assert {"component", "unit", "quantity", "unit_price", "price_source", "price_date", "confidence", "monthly_cost", "assumptions"} <= line.keys()
    assert line["quantity"].keys() == {"min", "expected", "max"}


def test_untagged_money_is_under_the_empty_value_of_every_required_tag(stack_of):
    result = estimate(stack_of((NAT, "a", {"tags": {"team": "vision"}}), (NAT, "b", {}), (NAT, "c", {"tags": UNKNOWN})))
    assert set(result.by_tag) == set(REQUIRED_TAGS)
    assert set(result.by_tag["team"]) == {"", "vision"}
    assert result.by_tag["team"][""].expected == pytest.approx(2 * result.by_tag["team"]["vision"].expected)


_kinds = st.sampled_from(
    [
        (NAT, {}),
        (KEY, {"enableKeyRotation": True}),
        (BUCKET, {}),
        (VPC, {}),
        ("aws:rds/cluster:Cluster", {}),
        (BUCKET, {"region": "eu-west-1"}),
        (GROUP, {"capacityType": "SPOT", "instanceTypes": ["g5.xlarge", "g6.xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 3}}),
        (GROUP, {"instanceTypes": ["m5.large", "c5.large"], "scalingConfig": {"minSize": 2, "desiredSize": 3, "maxSize": 9}}),
    ]
)
_tags = st.dictionaries(st.sampled_from(["team", "owner", "stage"]), st.sampled_from(["a", "b", ""]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_kinds, _tags), max_size=12))
def test_money_is_conserved_by_resource_component_and_tag(stack_of, drawn):
    result = estimate(stack_of(*((type_, f"r{index}", {**inputs, "tags": tags}) for index, ((type_, inputs), tags) in enumerate(drawn))))
    priced = [found.monthly_cost for found in result.resources if found.monthly_cost is not None]
    assert len(result.resources) == len(drawn)
    assert _close(sum(priced, start=ZERO), result.total)
    assert _close(sum((line.monthly_cost for found in result.resources for line in found.lines), start=ZERO), result.total)
    assert _close(sum(result.by_component.values(), start=ZERO), result.total)
    for sums in result.by_tag.values():
        assert _close(sum(sums.values(), start=ZERO), result.total)
    for figures in [*priced, *(line.quantity for found in result.resources for line in found.lines)]:
        assert 0 <= figures.min <= figures.expected <= figures.max
    assert {item.urn for item in result.unknown} >= {found.urn for found in result.resources if found.status is Status.UNKNOWN}


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_tiers_cover_a_quantity_once(low, high):
    book = load_price_book()
    low, high = sorted((low, high))
    charge = Charge("aws_s3_bucket", "Standard storage", Range(min=low, expected=low, max=high))
    lines = list(_alone(charge, book))
    assert sum(line.quantity.max for line in lines) == pytest.approx(high)
    assert sum(line.quantity.min for line in lines) == pytest.approx(low)


def test_a_quantity_above_the_last_tier_is_listed():
    book = load_price_book()
    first = replace(book.ladder("aws_config_conformance_pack", "conformance pack evaluations", "us-east-1")[0], tier_end=100_000.0)
    *lines, rest = _alone(Charge("aws_config_conformance_pack", "conformance pack evaluations", constant(150_000)), PriceBook([first]))
    assert lines[0].monthly_cost.expected == pytest.approx(100)
    assert isinstance(rest, Unpriced)


def test_the_engines_own_preview_is_estimated(engine_data):
    result = estimate(read_preview(engine_data / "preview_create.json"))
    assert any("us-east-1 was read from" in warning for warning in result.warnings)
    assert {found.name: round(found.monthly_cost.expected, 2) for found in result.resources if found.lines} == {
        "lake-key": 1.30,
        "lake-data": 12.40,
        "eks": 73.00,
        "retired": 0.40,
        "gpu": 746.40,
    }
    assert [found.name for found in result.resources if found.status is Status.UNKNOWN] == ["dr"]


def test_preview_and_export_of_the_same_stack_cost_the_same(engine_data):
    preview, export = estimate(read_preview(engine_data / "preview_create.json")), estimate(read_export(engine_data / "stack_export.json"))
    assert _close(preview.total, export.total)


@pytest.mark.parametrize("scaling", [{"minSize": 5, "desiredSize": 2, "maxSize": 8}, {"minSize": 5, "desiredSize": 5, "maxSize": 1}])
def test_limits_that_contradict_one_another_are_unknown(stack_of, scaling):
    found = estimate(stack_of((GROUP, "gpu", {"instanceTypes": ["m5.large"], "scalingConfig": scaling}))).resources[0]
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)


_leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(UNKNOWN)
_json = st.recursive(_leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6)
_well_formed = {
    GROUP: {"capacityType": "SPOT", "instanceTypes": ["g5.xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 3}, "diskSize": 20},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcEndpointType": "Interface", "subnetIds": ["a"], "region": "us-east-1", "tags": {"team": "a"}},
    "aws:ec2/flowLog:FlowLog": {"logDestinationType": "s3"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"period": 60, "metricQueries": [{"expression": "m", "metric": {"period": 60}}]},
    "aws:cloudwatch/logGroup:LogGroup": {"logGroupClass": "STANDARD"},
    "aws:eks/cluster:Cluster": {"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}, "computeConfig": {"enabled": False}},
    "aws:ebs/volume:Volume": {"type": "gp3", "size": 10, "iops": 3000, "throughput": 125},
    KEY: {"enableKeyRotation": True, "customerMasterKeySpec": "RSA_2048"},
    "kubernetes:core/v1:Service": {"spec": {"type": "ClusterIP"}},
    "kubernetes:karpenter.sh/v1:NodePool": {
        "spec": {
            "template": {"spec": {"nodeClassRef": {"name": "x"}, "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}]}},
            "limits": {"cpu": "100", "memory": "10Gi"},
        }
    },
}
_templates = {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 20, "volumeType": "gp3", "iops": 3000}}]}
_configurations = {
    "productionVariants": [
        {
            "variantName": "a",
            "instanceType": "ml.m5.xlarge",
            "initialInstanceCount": 1,
            "volumeSizeInGb": 5,
            "managedInstanceScaling": {"status": "ENABLED", "minInstanceCount": 1, "maxInstanceCount": 2},
        },
        {"variantName": "b", "serverlessConfig": {"memorySizeInMb": 2048}},
    ]
}


def _places(value, here=()):
    yield here
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(inner, (*here, key))


def _with(value, place, replacement):
    if not place:
        return replacement
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[place[0]] = _with(value[place[0]], place[1:], replacement)
    return copied


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_inputs_of_any_shape_are_priced_free_or_unknown_and_never_a_traceback(stack_of, resource, data):
    spoiled = {**_well_formed, TEMPLATE: _templates, CONFIGURATION: _configurations}
    type_ = data.draw(st.sampled_from(sorted(spoiled)))
    place = data.draw(st.sampled_from([place for place in _places(spoiled[type_]) if place]))
    spoiled[type_] = _with(spoiled[type_], place, data.draw(_json))
    template, configuration = resource(TEMPLATE, "template", spoiled.pop(TEMPLATE)), resource(CONFIGURATION, "config", spoiled.pop(CONFIGURATION))
    endpoint = resource(ENDPOINT, "endpoint", {"endpointConfigName": "x"}, property_dependencies={"endpointConfigName": (configuration.urn,)})
    group = resource(GROUP, "group", {**spoiled.pop(GROUP), "launchTemplate": {"id": "x"}}, property_dependencies={"launchTemplate": (template.urn,)})
    result = estimate(stack_of(template, configuration, endpoint, group, *((other, "r", inputs) for other, inputs in spoiled.items())))
    assert len(result.resources) == len(spoiled) + 4
    assert all(found.monthly_cost is None for found in result.resources if found.status is Status.UNKNOWN)
    assert 0 <= result.total.min <= result.total.expected <= result.total.max


def test_a_usage_file_that_names_no_resource_of_the_stack_is_refused(stack_of, tmp_path):
    from cost.estimate import load_usage

    path = tmp_path / "usage.yml"
    path.write_text('version: "0.1"\nresource_usage:\n  aws_nat_gateway.naat:\n    monthly_data_processed_gb: 1\n')
    with pytest.raises(InputError, match="did you mean nat"):
        estimate(stack_of((NAT, "nat", {})), (load_usage(path),))


def test_ten_thousand_resources_are_estimated_and_none_is_lost():
    resources = [Resource(urn=f"urn:pulumi:dev::big::{NAT}::nat-{index}", type=NAT, name=f"nat-{index}") for index in range(10_000)]
    stack = build_stack(resources, project="big", name="dev", source=Source.PROGRAM, region="us-east-1")
    started = time.perf_counter()
    result = estimate(stack)
    assert len(result.resources) == 10_000
    assert result.total.expected == pytest.approx(10_000 * (730 * 0.045 + 100 * 0.045))
    print(f"10,000 resources in {time.perf_counter() - started:.2f} s")


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_nothing_of_our_own_environments_is_unpriced_without_a_written_reason(recorded, environment):
    result = estimate(recorded(environment))
    assert [found.urn for found in result.resources if found.status is Status.UNKNOWN] == []
    assert [item for item in result.unknown if item.component is None] == []
    assert all(item.reason for item in result.unknown)
    assert 0 < result.total.min <= result.total.expected <= result.total.max


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_nothing_of_our_workloads_is_unpriced(recorded, environment):
    outputs = recorded(environment).outputs
    stack = record(environment, ROOT / "workloads", references={f"organization/plinth/{environment}": outputs})
    result = estimate(stack)
    assert result.unknown == ()
    assert (result.total.min, result.total.expected) == (0, 0), "a Karpenter pool launches nothing by itself"
    assert result.total.max > 0


def test_every_type_that_infra_and_workloads_declare_is_metered_or_free_by_list():
    declared = set()
    for path in [*(ROOT / "infra").glob("*.py"), *(ROOT / "workloads").glob("*.py")]:
        for module, name in re.findall(r"\baws\.([a-z0-9]+)\.([A-Z]\w+)\(", path.read_text(encoding="utf-8")):
            if not name.endswith("Args"):
                declared.add(f"aws:{module}/{name[0].lower()}{name[1:]}:{name}")
    assert len(declared) > 30
    assert sorted(type_ for type_ in declared if type_ not in METERS and free_reason(type_) is None) == []
