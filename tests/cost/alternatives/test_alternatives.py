"""Alternatives of capacity written out by hand, with figures worked from the shipped prices."""

from __future__ import annotations

import pytest

from cost.alternatives import alternatives
from cost.alternatives.model import Kind
from cost.estimate import Usage, load_price_book
from cost.recommend.instances import instance_types
from plinth.stack import UNKNOWN, Resource, Source, build_stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
POOL = {"instanceTypes": ["g5.xlarge"], "scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 8}}
REGION = "us-east-1"


def _urn(type_, name):
    return f"urn:pulumi:dev::sample::{type_}::{name}"


def _stack(*declared):
    resources = [Resource(urn=_urn(type_, name), type=type_, name=name, inputs=inputs) for type_, name, inputs in declared]
    return build_stack(resources, project="sample", name="dev", source=Source.PROGRAM, region=REGION)


def _serving(instance_type="ml.m5.xlarge", count=2, **configuration):
    variant = {"variantName": "all", "modelName": "m", "instanceType": instance_type, "initialInstanceCount": count, "volumeSizeInGb": 10}
    return _stack(
        (CONFIGURATION, "config", {"name": "config", "productionVariants": [variant], **configuration}),
        (ENDPOINT, "endpoint", {"name": "endpoint", "endpointConfigName": "config"}),
    )


def _of(found, kind):
    return [other for other in found.alternatives if other.kind is kind]


@pytest.fixture
def pool():
    (found,) = alternatives(_stack((NODE_GROUP, "gpu", POOL))).resources
    return found


def test_the_current_capacity_costs_what_the_estimate_says(pool):
    hourly = load_price_book().instance("g5.xlarge", REGION).usd_per_unit
    # two nodes, 730 hours each, and a 20 GiB gp3 root volume a node at 0.08 a GiB-month
    assert pool.current.monthly_cost.expected == pytest.approx(2 * 730 * hourly + 2 * 20 * 0.08)
    assert (pool.unit, pool.current.unit_cost) == ("GPU-hour", pytest.approx(hourly))


def test_an_alternative_never_does_less_a_node(pool):
    shapes, current = instance_types(), instance_types()["g5.xlarge"]
    for other in (*_of(pool, Kind.INSTANCE_TYPE), *_of(pool, Kind.ACCELERATOR)):
        shape = shapes[other.instance_type]
        assert (shape.gpu_count, shape.gpu_memory_gib, shape.memory_gib) >= (current.gpu_count, current.gpu_memory_gib, current.memory_gib)
        assert shape.vcpu >= current.vcpu


def test_another_gpu_is_named_with_the_benchmark_that_it_needs(pool):
    (cheapest, *_) = _of(pool, Kind.ACCELERATOR)
    assert cheapest.instance_type == "g6.xlarge"
    assert any("NVIDIA L4 in place of NVIDIA A10G" in need for need in cheapest.needs)
    assert any("not measured" in need for need in cheapest.needs)


def test_spot_is_priced_by_the_advisors_saving_and_says_what_it_needs(pool):
    (spot,) = _of(pool, Kind.SPOT)
    saving = load_price_book().spot_advice("g5.xlarge", REGION).saving_percent
    assert spot.unit_cost == pytest.approx(pool.current.unit_cost * (1 - saving / 100))
    assert "two-minute notice" in spot.needs[0]


def test_a_smaller_minimum_changes_the_floor_and_the_expected_size(pool):
    (smaller,) = _of(pool, Kind.SMALLER_MINIMUM)
    assert smaller.monthly_cost.min == 0
    assert smaller.monthly_cost.max == pytest.approx(pool.current.monthly_cost.max)


def test_office_hours_keep_sixty_of_a_weeks_hours(pool):
    (schedule,) = _of(pool, Kind.SCHEDULE)
    assert schedule.monthly_cost.expected == pytest.approx(pool.current.monthly_cost.expected * 60 / 168)
    assert schedule.assumptions[0] == "261 of 730 hours"


def test_a_node_of_four_gpus_takes_the_place_of_four_nodes():
    single = {"instanceTypes": ["g6.8xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 4, "maxSize": 8}}
    (found,) = alternatives(_stack((NODE_GROUP, "gpu", single))).resources
    four = next(other for other in found.alternatives if other.instance_type == "g6.12xlarge")
    assert any("4 GPUs a node" in need for need in four.needs)
    hourly = load_price_book().instance("g6.12xlarge", REGION).usd_per_unit
    assert four.monthly_cost.expected == pytest.approx(730 * hourly + 20 * 0.08), "one node and its root volume"
    assert four.monthly_cost.max == pytest.approx(2 * (730 * hourly + 20 * 0.08))


def test_what_costs_more_is_left_out_but_the_other_purchase_is_shown():
    (found,) = alternatives(_stack((NODE_GROUP, "gpu", {**POOL, "capacityType": "SPOT"}))).resources
    (on_demand,) = _of(found, Kind.ON_DEMAND)
    assert on_demand.monthly_cost.expected > found.current.monthly_cost.expected
    others = [other for other in found.alternatives if other.monthly_cost and other.kind is not Kind.ON_DEMAND]
    assert all(other.monthly_cost.expected <= found.current.monthly_cost.expected for other in others)


def test_graviton_needs_images_for_its_architecture():
    pool = {"instanceTypes": ["m5.xlarge"], "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 4}}
    (found,) = alternatives(_stack((NODE_GROUP, "system", pool))).resources
    graviton = _of(found, Kind.GRAVITON)
    assert graviton
    assert all("x86_64 to arm64" in other.needs[0] for other in graviton)
    assert found.unit == "vCPU-hour"


def test_an_endpoints_serverless_price_is_unknown_until_its_seconds_are_stated():
    (found,) = alternatives(_serving()).resources
    (serverless,) = _of(found, Kind.SERVERLESS)
    assert serverless.monthly_cost is None
    assert "monthly_inference_seconds" in serverless.reason


def test_an_endpoints_serverless_price_follows_its_stated_seconds():
    usage = Usage(by_type={"aws_sagemaker_endpoint": {"monthly_inference_seconds": 100_000, "monthly_data_processed_gb": 0}})
    (found,) = alternatives(_serving(), [usage]).resources
    (serverless,) = _of(found, Kind.SERVERLESS)
    # 100,000 s at 0.00012 USD a second for 6 GB of memory (SageMaker pricing, us-east-1: 0.00002 a GB-second)
    assert serverless.monthly_cost.expected == pytest.approx(12.00, abs=0.005)


def test_serverless_has_no_gpus():
    (found,) = alternatives(_serving("ml.g5.xlarge")).resources
    (serverless,) = _of(found, Kind.SERVERLESS)
    assert serverless.reason == "serverless inference has no GPUs"


def test_an_asynchronous_endpoint_may_fall_to_none_and_a_real_time_one_to_one():
    target_type = "aws:appautoscaling/target:Target"
    inputs = {"scalableDimension": "sagemaker:variant:DesiredInstanceCount", "resourceId": "endpoint/endpoint/variant/all", "minCapacity": 2, "maxCapacity": 4}
    for configuration, floor in (({}, 1), ({"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://b"}}}, 0)):
        stack = _serving(**configuration)
        target = Resource(urn=_urn(target_type, "t"), type=target_type, name="t", inputs=inputs, dependencies=(_urn(ENDPOINT, "endpoint"),))
        (found,) = alternatives(build_stack([*stack.resources, target], project="sample", name="dev", source=Source.PROGRAM, region=REGION)).resources
        (smaller,) = _of(found, Kind.SMALLER_MINIMUM)
        assert smaller.title == f"minimum {floor} in place of 2"
        assert smaller.monthly_cost.min < found.current.monthly_cost.min


def test_what_only_a_deployment_tells_is_not_compared_and_says_so():
    result = alternatives(
        _stack((NODE_GROUP, "gpu", {**POOL, "scalingConfig": {"minSize": UNKNOWN, "maxSize": 3}}), (NODE_GROUP, "odd", {"instanceTypes": UNKNOWN}))
    )
    assert result.resources == ()
    assert [item.name for item in result.not_compared] == ["gpu", "odd"]
    assert all("known only after deployment" in item.reason for item in result.not_compared)


def test_one_resource_can_be_asked_for():
    result = alternatives(_stack((NODE_GROUP, "a", POOL), (NODE_GROUP, "b", POOL)), name="b")
    assert [found.name for found in result.resources] == ["b"]
