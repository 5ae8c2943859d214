"""Alternatives of capacity written out by hand, with figures worked from the shipped prices."""

from __future__ import annotations

from datetime import date

import pytest

from cost.alternatives import alternatives
from cost.alternatives.company import company_of
from cost.alternatives.model import Kind
from cost.estimate import Usage, estimate, load_price_book
from cost.estimate.lookup import References
from cost.recommend.instances import instance_types
from plinth.errors import InputError
from plinth.stack import UNKNOWN, Resource, Source, build_stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
INSTANCE, GROUP, TEMPLATE = "aws:ec2/instance:Instance", "aws:autoscaling/group:Group", "aws:ec2/launchTemplate:LaunchTemplate"
PROVIDER = "pulumi:providers:aws"
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
        for field in ("gpu_count", "gpu_memory_gib", "memory_gib", "vcpu"):
            assert getattr(shape, field) >= getattr(current, field), (other.instance_type, field)


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


def _pool_of(minimum, desired, maximum):
    return (NODE_GROUP, "gpu", {**POOL, "scalingConfig": {"minSize": minimum, "desiredSize": desired, "maxSize": maximum}})


def _group_of(minimum, desired, maximum):
    return (GROUP, "gpu", {"launchTemplate": {"id": "lt-1"}, "minSize": minimum, "desiredCapacity": desired, "maxSize": maximum})


TEMPLATE_OF_GROUP = (TEMPLATE, "template", {"id": "lt-1", "name": "gpu", "instanceType": "g5.xlarge"})


@pytest.mark.parametrize("capacity", [_pool_of(1, 4, 8), _group_of(1, 4, 8)], ids=["node group", "Auto Scaling group"])
def test_a_smaller_minimum_changes_the_floor_alone_and_says_so(capacity):
    (found,) = alternatives(_stack(TEMPLATE_OF_GROUP, capacity)).resources
    (smaller,) = _of(found, Kind.SMALLER_MINIMUM)
    assert smaller.monthly_cost.min == 0
    assert smaller.monthly_cost.expected == pytest.approx(found.current.monthly_cost.expected), "four are wanted, whatever the minimum"
    assert smaller.monthly_cost.max == pytest.approx(found.current.monthly_cost.max)
    assert smaller.title == "minimum 0 in place of 1, floor only"


def test_a_smaller_minimum_saves_as_expected_where_fewer_are_stated_to_run():
    usage = Usage(by_type={"aws_eks_node_group": {"instances": 0.5}})
    (found,) = alternatives(_stack(_pool_of(1, 4, 8)), [usage]).resources
    (smaller,) = _of(found, Kind.SMALLER_MINIMUM)
    # a half node on average where the minimum lets it, one where it does not
    assert smaller.monthly_cost.expected == pytest.approx(found.current.monthly_cost.expected / 2)
    assert smaller.title == "minimum 0 in place of 1"


def test_office_hours_keep_sixty_of_a_weeks_hours(pool):
    (schedule,) = _of(pool, Kind.SCHEDULE)
    assert schedule.monthly_cost.expected == pytest.approx(pool.current.monthly_cost.expected * 60 / 168)
    assert schedule.assumptions[0] == "261 of 730 hours"
    assert "minSize and desiredSize" in schedule.needs[0]


def test_a_stopped_instance_keeps_its_volumes():
    instance = {"instanceType": "m5.xlarge", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 1000}}
    (found,) = alternatives(_stack((INSTANCE, "notebook", instance))).resources
    (schedule,) = _of(found, Kind.SCHEDULE)
    hourly = load_price_book().instance("m5.xlarge", REGION).usd_per_unit
    # 60 of a week's 168 hours, and all of 1,000 GiB of gp3 at 0.08
    assert schedule.monthly_cost.expected == pytest.approx(730 * hourly * 60 / 168 + 80)
    assert schedule.needs[0] == "a schedule that stops and starts it; its volumes stay, and are paid for"


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
        assert smaller.title == f"minimum {floor} in place of 2, floor only"
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


def test_the_prices_dates_and_what_is_stale_are_those_of_the_priced_lines():
    stack, day = _serving(), date(2040, 1, 1)
    result = alternatives(stack, as_of=day)
    (found,) = result.resources
    lines = next(each for each in estimate(stack, as_of=day).resources if each.type == ENDPOINT).lines
    assert result.prices.oldest <= min(line.price_date for line in lines)
    assert result.prices.newest >= max(line.price_date for line in lines)
    assert found.alternatives and any("older than 90 days on 2040-01-01" in warning for warning in result.warnings)
    assert alternatives(stack).warnings == (), "without a day no price is stale"


def test_what_the_estimator_warns_of_is_passed_on():
    usage = Usage(by_type={"aws_eks_node_group": {"reserved_instance_type": "standard"}})
    assert any("reserved_instance_type not applied" in warning for warning in alternatives(_stack((NODE_GROUP, "gpu", POOL)), [usage]).warnings)


def test_a_usage_file_with_a_name_that_the_stack_lacks_is_refused(tmp_path):
    from cost.estimate import load_usage

    path = tmp_path / "usage.yaml"
    path.write_text('version: "0.1"\nresource_usage: {aws_eks_node_group.gpuu: {instances: 1}}\n')
    with pytest.raises(InputError, match="did you mean gpu"):
        alternatives(_stack((NODE_GROUP, "gpu", POOL)), [load_usage(path)])


def test_a_thousand_requests_are_priced_where_the_usage_file_states_how_many_there_are():
    usage = Usage(by_type={"aws_sagemaker_endpoint": {"monthly_requests": 2_000_000, "request_duration_ms": 50, "monthly_data_processed_gb": 0}})
    (found,) = alternatives(_serving(), [usage]).resources
    assert found.current.request_cost == pytest.approx(found.current.monthly_cost.expected / 2000)
    (serverless,) = _of(found, Kind.SERVERLESS)
    # 2,000,000 requests of 50 ms are 100,000 s, at 0.00012 USD a second for 6 GB: 12 USD for 2,000 thousands
    assert serverless.request_cost == pytest.approx(0.006, rel=1e-3)
    (schedule,) = _of(found, Kind.SCHEDULE)
    assert schedule.request_cost is None, "how many requests come in those hours is not known"
    assert alternatives(_serving()).resources[0].current.request_cost is None


def test_a_pools_provider_says_its_region():
    provider = Resource(urn=_urn(PROVIDER, "west"), type=PROVIDER, name="west", id="west-id", inputs={"region": "us-west-2"})
    pool = Resource(
        urn=_urn(NODE_GROUP, "gpu"),
        type=NODE_GROUP,
        name="gpu",
        inputs={**POOL, "instanceTypes": ["m5.xlarge"]},
        options={"provider": f"{provider.urn}::west-id"},
    )
    stack = build_stack([provider, pool], project="sample", name="dev", source=Source.PROGRAM, region=REGION)
    (found,) = alternatives(stack).resources
    whole = next(each for each in estimate(stack).resources if each.name == "gpu")
    assert found.region == "us-west-2"
    assert found.current.monthly_cost == whole.monthly_cost


@pytest.mark.parametrize("reference", [{"id": "lt-1"}, {"name": "mine"}])
def test_a_pools_company_has_its_own_launch_template_and_no_other(reference):
    stack = _stack(
        (TEMPLATE, "mine", {"id": "lt-1", "name": "mine", "instanceType": "m5.xlarge"}),
        (TEMPLATE, "other", {"id": "lt-2", "name": "other", "instanceType": "g5.xlarge"}),
        (NODE_GROUP, "system", {"launchTemplate": reference, "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 2}}),
    )
    pool = stack.of_type(NODE_GROUP)[0]
    assert {other.name for other in company_of(stack, References(stack), pool).resources} == {"mine", "system"}
    (found,) = alternatives(stack).resources
    assert found.current.instance_type == "m5.xlarge"


def test_a_scheduled_size_counts_as_it_does_in_the_estimate():
    target, action = "aws:appautoscaling/target:Target", "aws:appautoscaling/scheduledAction:ScheduledAction"
    scaled = {"scalableDimension": "sagemaker:variant:DesiredInstanceCount", "resourceId": "endpoint/endpoint/variant/all", "serviceNamespace": "sagemaker"}
    night = {**scaled, "schedule": "cron(0 20 * * ? *)", "scalableTargetAction": {"minCapacity": 4, "maxCapacity": 4}}
    stack = _serving()
    more = _stack((target, "t", {**scaled, "minCapacity": 2, "maxCapacity": 4}), (action, "night", night))
    stack = build_stack([*stack.resources, *more.resources], project="sample", name="dev", source=Source.PROGRAM, region=REGION)
    (found,) = alternatives(stack).resources
    whole = next(each for each in estimate(stack).resources if each.type == ENDPOINT)
    assert found.current.monthly_cost == whole.monthly_cost
    assert found.current.monthly_cost.expected > alternatives(_serving()).resources[0].current.monthly_cost.expected


@pytest.mark.parametrize(
    "more",
    [
        {"shadowProductionVariants": [{"variantName": "shadow", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 1}]},
        {"productionVariants": [{"variantName": name, "instanceType": "ml.m5.xlarge", "initialInstanceCount": 1} for name in ("a", "b")]},
    ],
)
def test_an_endpoint_of_several_variants_is_not_compared(more):
    (item,) = alternatives(_serving(**more)).not_compared
    assert "one variant" in item.reason
