from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
TARGET = "aws:appautoscaling/target:Target"
VARIANT = {"variantName": "live", "instanceType": "ml.g5.xlarge", "initialInstanceCount": 2}
NO_DATA = ("aws_sagemaker_endpoint", {"monthly_data_processed_gb": 0})


@pytest.fixture
def serving(resource):
    def make(*variants, target=None, **configuration):
        held = resource(CONFIGURATION, "config", {"productionVariants": list(variants), **configuration})
        endpoint = resource(ENDPOINT, "scorer", {"name": "scorer", "endpointConfigName": UNKNOWN}, property_dependencies={"endpointConfigName": (held.urn,)})
        return [endpoint, held, *([resource(TARGET, "scaling", target)] if target else [])]

    return make


def _target(**inputs):
    return {
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/scorer/variant/live",
        "minCapacity": 2,
        "maxCapacity": 6,
        **inputs,
    }


def test_an_endpoint_costs_its_instances_between_the_scaling_limits(priced, usage_of, serving):
    found = priced(*serving(VARIANT, target=_target()), usage=usage_of(*NO_DATA))
    # ml.g5.xlarge hosting 1.408: 2, 2 and 6 instances x 730 h (SageMaker pricing)
    assert found.monthly_cost.min == pytest.approx(2055.68, abs=0.005)
    assert found.monthly_cost.expected == pytest.approx(2055.68, abs=0.005)
    assert found.monthly_cost.max == pytest.approx(6167.04, abs=0.005)


def test_an_endpoint_without_a_scaling_target_keeps_its_count(priced, usage_of, serving):
    found = priced(*serving(VARIANT), usage=usage_of(*NO_DATA))
    assert found.monthly_cost.min == found.monthly_cost.max == pytest.approx(2055.68, abs=0.005)


def test_a_target_of_another_variant_does_not_scale_this_one(priced, usage_of, serving):
    found = priced(*serving(VARIANT, target=_target(resourceId="endpoint/scorer/variant/other")), usage=usage_of(*NO_DATA))
    assert found.monthly_cost.max == pytest.approx(2055.68, abs=0.005)


def test_a_target_that_is_known_only_by_dependency_scales_the_one_variant(priced, usage_of, serving, resource):
    endpoint, held = serving(VARIANT)
    target = resource(TARGET, "scaling", _target(resourceId=UNKNOWN), property_dependencies={"resourceId": (endpoint.urn,)})
    assert priced(endpoint, held, target, usage=usage_of(*NO_DATA)).monthly_cost.max == pytest.approx(6167.04, abs=0.005)


def test_unknown_limits_leave_the_endpoint_unknown(priced, serving):
    found = priced(*serving(VARIANT, target=_target(maxCapacity=UNKNOWN)))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)


def test_every_variant_is_priced_shadow_ones_too(priced, usage_of, serving, line):
    shadow = {"variantName": "shadow", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 1, "volumeSizeInGb": 50}
    found = priced(*serving(VARIANT, shadowProductionVariants=[shadow]), usage=usage_of(*NO_DATA))
    # ml.m5.xlarge hosting 0.23 x 730 h = 167.90; 50 GB x 0.14 = 7.00
    assert line(found, "instances, shadow").monthly_cost.expected == pytest.approx(167.90, abs=0.005)
    assert line(found, "endpoint ML storage, shadow").monthly_cost.expected == pytest.approx(7.00, abs=0.005)


def test_every_instance_of_a_variant_has_its_own_volume(priced, usage_of, serving, line):
    variant = {"variantName": "live", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 2, "volumeSizeInGb": 50}
    found = line(priced(*serving(variant, target=_target()), usage=usage_of(*NO_DATA)), "endpoint ML storage, live")
    # 2 to 6 instances x 50 GB x 0.14
    assert found.monthly_cost.expected == pytest.approx(14.00, abs=0.005)
    assert found.monthly_cost.max == pytest.approx(42.00, abs=0.005)


def test_data_in_and_out_is_usage(priced, usage_of, serving, line):
    found = priced(*serving(VARIANT), usage=usage_of("aws_sagemaker_endpoint", {"monthly_data_processed_gb": 1000}))
    assert line(found, "endpoint data processed").monthly_cost.expected == pytest.approx(16.00, abs=0.005)


def test_a_type_without_disks_and_without_a_volume_size_has_its_storage_listed(stack_of, serving):
    result = estimate(stack_of(*serving({**VARIANT, "instanceType": "ml.m5.xlarge"})))
    assert [item.component for item in result.unknown] == ["endpoint ML storage, live"]


def test_a_serverless_variant_costs_by_the_second(priced, usage_of, serving):
    variant = {"variantName": "live", "serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 5}}
    found = priced(*serving(variant), usage=usage_of("aws_sagemaker_endpoint", {"monthly_inference_seconds": 1_000_000, "monthly_data_processed_gb": 0}))
    assert found.monthly_cost.expected == pytest.approx(40.00, abs=0.005)


def test_the_configuration_is_free_and_names_the_endpoint_that_is_billed(stack_of, serving):
    held = next(found for found in estimate(stack_of(*serving(VARIANT))).resources if found.type == CONFIGURATION)
    assert held.status is Status.FREE
    assert "scorer" in str(held.reason)


def test_an_endpoint_of_a_configuration_elsewhere_is_unknown(priced):
    assert priced((ENDPOINT, "scorer", {"endpointConfigName": "elsewhere"})).status is Status.UNKNOWN


def test_a_type_without_a_hosting_price_leaves_the_endpoint_unknown(priced, serving):
    found = priced(*serving({**VARIANT, "instanceType": "ml.z9.mega"}))
    assert found.status is Status.UNKNOWN
    assert "no hosting price for ml.z9.mega" in found.reason


def test_an_endpoint_in_another_region_is_unknown(priced, serving):
    assert priced(*serving(VARIANT), region="eu-west-1").status is Status.UNKNOWN


ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
NAME = "aws_sagemaker_endpoint"
SERVERLESS = {"variantName": "live", "serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 50, "provisionedConcurrency": 2}}


def _action(name, schedule, **capacity):
    inputs = {"scalableDimension": "sagemaker:variant:DesiredInstanceCount", "resourceId": "endpoint/scorer/variant/live", "serviceNamespace": "sagemaker"}
    return (ACTION, name, {**inputs, "schedule": schedule, "scalableTargetAction": capacity})


def test_an_endpoint_that_is_deleted_at_night_costs_the_hours_it_runs(priced, usage_of, serving, line):
    variant = {"variantName": "live", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 2, "volumeSizeInGb": 73}
    found = priced(*serving(variant), usage=usage_of(NAME, {"monthly_hours": 100, "monthly_data_processed_gb": 0}))
    # 2 x 100 h x 0.23 = 46.00; 73 GB x 2 x 100/730 of a month x 0.14 = 2.80
    assert line(found, "instances, live").monthly_cost.expected == pytest.approx(46.00, abs=0.005)
    assert line(found, "endpoint ML storage, live").monthly_cost.expected == pytest.approx(2.80, abs=0.005)


def test_an_unknown_type_is_listed_with_the_range_of_the_other_types(stack_of, serving):
    other = {"variantName": "next", "instanceType": UNKNOWN, "initialInstanceCount": 2}
    result = estimate(stack_of(*serving({**VARIANT, "volumeSizeInGb": 1}, other)))
    reasons = {item.component: item.reason for item in result.unknown}
    # ml.g5.xlarge hosting 1.408 x 2 x 730 h = 2,055.68 at the floor and at the ceiling
    assert "on the other types here, ml.g5.xlarge" in reasons["instances, next"]
    assert "2,055.68 to 2,055.68 USD" in reasons["instances, next"]


def test_an_unknown_count_takes_the_range_of_the_scaling_limits(priced, usage_of, serving, line):
    found = line(priced(*serving({**VARIANT, "initialInstanceCount": UNKNOWN}, target=_target()), usage=usage_of(*NO_DATA)), "instances, live")
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (1460, 1460, 4380)
    assert any("the floor is expected" in note for note in found.assumptions)


def test_an_unknown_count_that_nothing_limits_is_unknown(priced, serving):
    found = priced(*serving({**VARIANT, "initialInstanceCount": UNKNOWN}))
    assert found.status is Status.UNKNOWN
    assert "initialInstanceCount is known only after deployment" in found.reason


def test_managed_instance_scaling_gives_the_limits(priced, usage_of, serving, line):
    managed = {"status": "ENABLED", "minInstanceCount": 0, "maxInstanceCount": 4}
    found = line(priced(*serving({**VARIANT, "managedInstanceScaling": managed}), usage=usage_of(*NO_DATA)), "instances, live")
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (0, 1460, 2920)


def test_managed_scaling_that_is_off_scales_nothing(priced, usage_of, serving, line):
    managed = {"status": "DISABLED", "minInstanceCount": 0, "maxInstanceCount": 4}
    found = line(priced(*serving({**VARIANT, "managedInstanceScaling": managed}), usage=usage_of(*NO_DATA)), "instances, live")
    assert (found.quantity.min, found.quantity.max) == (1460, 1460)


@pytest.fixture
def components(serving, resource):
    """An endpoint of inference components whose copies scale from 3 to 9."""
    managed = {"status": "ENABLED", "minInstanceCount": 1, "maxInstanceCount": 8}
    variant = {"variantName": "live", "instanceType": "ml.g5.xlarge", "initialInstanceCount": 1, "managedInstanceScaling": managed}
    endpoint, held = serving(variant)
    inputs = {"scalableDimension": "sagemaker:inference-component:DesiredCopyCount", "resourceId": UNKNOWN, "minCapacity": 3, "maxCapacity": 9}
    return [endpoint, held, resource(TARGET, "copies", inputs, dependencies=(endpoint.urn,))]


def test_the_copies_of_inference_components_narrow_the_instances(priced, usage_of, components, line):
    found = priced(*components, usage=usage_of(NAME, {"copies_per_instance": 2, "monthly_data_processed_gb": 0}))
    quantity = line(found, "instances, live").quantity
    # 3 copies at 2 an instance need 2 instances, 9 need 5: x 730 h
    assert (quantity.min, quantity.expected, quantity.max) == (1460, 1460, 3650)


def test_copies_without_their_number_an_instance_leave_the_managed_limits_and_say_so(priced, usage_of, components, line):
    found = line(priced(*components, usage=usage_of(*NO_DATA)), "instances, live")
    assert (found.quantity.min, found.quantity.max) == (730, 5840)
    assert any("3 to 9 copies" in note and "copies_per_instance" in note for note in found.assumptions)


def test_a_schedule_sets_the_mean_of_the_year(priced, usage_of, serving, line):
    actions = [
        _action("day", "cron(0 8 ? * MON-FRI *)", minCapacity=4, maxCapacity=8),
        _action("night", "cron(0 18 ? * MON-FRI *)", minCapacity=0, maxCapacity=0),
    ]
    found = line(priced(*serving(VARIANT, target=_target()), *actions, usage=usage_of(*NO_DATA)), "instances, live")
    # 261 working days of 2026 x 10 h = 2,610 of 8,760 h at 4 to 8 instances; the count of 2 is raised to 4: 4 x 2,610 / 12 = 870 instance hours a month
    assert found.quantity.min == pytest.approx(870, abs=0.01)
    assert found.quantity.expected == pytest.approx(870, abs=0.01)
    assert found.quantity.max == pytest.approx(1740, abs=0.01)
    assert any("day and night" in note for note in found.assumptions)


def test_a_schedule_of_another_variant_changes_nothing(priced, usage_of, serving, line):
    other = (ACTION, "other", {**_action("x", "cron(0 8 * * ? *)", minCapacity=9, maxCapacity=9)[2], "resourceId": "endpoint/scorer/variant/other"})
    assert line(priced(*serving(VARIANT, target=_target()), other, usage=usage_of(*NO_DATA)), "instances, live").quantity.expected == 1460


def test_a_schedule_that_cannot_be_read_leaves_the_endpoint_unknown(priced, serving):
    found = priced(*serving(VARIANT, target=_target()), _action("odd", "every monday", minCapacity=1, maxCapacity=1))
    assert found.status is Status.UNKNOWN
    assert "odd" in found.reason


def test_a_scheduled_capacity_known_only_later_leaves_the_endpoint_unknown(priced, serving):
    found = priced(*serving(VARIANT, target=_target()), _action("day", "cron(0 8 * * ? *)", minCapacity=UNKNOWN, maxCapacity=1))
    assert found.status is Status.UNKNOWN


def test_an_asynchronous_endpoint_scales_to_zero_and_keeps_its_volume_price(priced, usage_of, serving, line):
    variant = {"variantName": "live", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 1, "volumeSizeInGb": 50}
    asynchronous = {"outputConfig": {"s3OutputPath": "s3://answers"}}
    held = serving(variant, target=_target(minCapacity=0, maxCapacity=2), asyncInferenceConfig=asynchronous)
    found = priced(*held, usage=usage_of(NAME, {"monthly_hours": 73, "monthly_data_processed_gb": 0}))
    # ml.m5.xlarge 0.23 x 73 h = 16.79; 50 GB x 0.14 for the whole month = 7.00
    instances = line(found, "instances, live").monthly_cost
    assert (instances.min, instances.expected, instances.max) == pytest.approx((0, 16.79, 33.58), abs=0.005)
    assert line(found, "endpoint ML storage, live").monthly_cost.expected == pytest.approx(7.00, abs=0.005)


def test_a_variant_on_a_reservation_alone_is_listed(priced, serving):
    reserved = {"capacityReservationPreference": "capacity-reservations-only", "mlReservationArn": "arn"}
    found = priced(*serving({**VARIANT, "capacityReservationConfig": reserved}))
    assert "training plan" in found.reason


def test_provisioned_concurrency_is_billed_while_it_is_on_and_by_the_second_in_use(priced, usage_of, serving, line):
    usage = {"monthly_provisioned_inference_seconds": 100_000, "monthly_provisioned_concurrency_hours": 100, "monthly_data_processed_gb": 0}
    found = priced(*serving(SERVERLESS), usage=usage_of(NAME, usage))
    # 2 units x 100 h x 3,600 s x 0.00001 = 7.20; 100,000 s x 0.0000233 = 2.33; the preset's on-demand seconds go to the warm units
    assert line(found, "provisioned concurrency, 2 GB").monthly_cost.expected == pytest.approx(7.20, abs=0.005)
    assert found.monthly_cost.expected == pytest.approx(9.53, abs=0.005)


def test_provisioned_concurrency_follows_its_scaling_target(priced, usage_of, serving, line):
    target = _target(scalableDimension="sagemaker:variant:DesiredProvisionedConcurrency", minCapacity=1, maxCapacity=5)
    found = priced(*serving(SERVERLESS, target=target), usage=usage_of(NAME, {"monthly_provisioned_inference_seconds": 0, "monthly_data_processed_gb": 0}))
    quantity = line(found, "provisioned concurrency, 2 GB").quantity
    assert (quantity.min, quantity.expected, quantity.max) == (2_628_000, 5_256_000, 13_140_000)


def test_provisioned_concurrency_of_a_size_without_a_price_is_listed(stack_of, serving):
    variant = {"variantName": "live", "serverlessConfig": {"memorySizeInMb": 4096, "maxConcurrency": 5, "provisionedConcurrency": 1}}
    components = {item.component for item in estimate(stack_of(*serving(variant))).unknown}
    assert "provisioned concurrency, 4 GB memory, live" in components
    assert "inference on provisioned concurrency, live" in components


def test_requests_and_their_duration_make_the_seconds(priced, usage_of, serving):
    variant = {"variantName": "live", "serverlessConfig": {"memorySizeInMb": 1024, "maxConcurrency": 5}}
    usage = usage_of(NAME, {"monthly_requests": 2_000_000, "request_duration_ms": 50, "monthly_data_processed_gb": 0})
    # 2,000,000 x 0.05 s x 0.00002 = 2.00
    assert priced(*serving(variant), usage=usage).monthly_cost.expected == pytest.approx(2.00, abs=0.005)


def test_a_serverless_variant_that_nobody_measured_takes_the_preset(priced, serving, line):
    variant = {"variantName": "live", "serverlessConfig": {"memorySizeInMb": 1024, "maxConcurrency": 5}}
    found = line(priced(*serving(variant)), "serverless inference, 1 GB memory, live")
    assert found.quantity_source == "preset"
    assert found.monthly_cost.expected == pytest.approx(2.00, abs=0.005)


def test_captured_data_is_left_to_its_bucket(priced, serving, line):
    capture = {"destinationS3Uri": "s3://captured", "initialSamplingPercentage": 20, "captureOptions": [{"captureMode": "Input"}], "enableCapture": True}
    found = line(priced(*serving(VARIANT, dataCaptureConfig=capture)), "endpoint data processed")
    assert any("20 % of it in S3" in note for note in found.assumptions)


def test_a_variant_known_only_later_is_listed_beside_the_others(stack_of, serving):
    result = estimate(stack_of(*serving({**VARIANT, "volumeSizeInGb": 1}, UNKNOWN)))
    assert [item.component for item in result.unknown] == ["variant 1 of productionVariants"]
    assert result.total.expected > 2000


def test_variants_known_only_later_leave_the_endpoint_unknown(priced, serving):
    assert priced(*serving(UNKNOWN)).status is Status.UNKNOWN


def test_a_stated_count_is_of_one_variant_and_not_of_each(stack_of, usage_of, serving):
    other = {"variantName": "next", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 1}
    usage = usage_of("aws_sagemaker_endpoint", {"monthly_data_processed_gb": 0, "instances": 2})
    limits = {"managedInstanceScaling": {"status": "ENABLED", "minInstanceCount": 1, "maxInstanceCount": 4}}
    result = estimate(stack_of(*serving({**VARIANT, **limits, "initialInstanceCount": 1}, {**other, **limits})), (usage,))
    # 730 h x (1.408 + 0.23), one of each as declared
    assert result.total.expected == pytest.approx(1195.74, abs=0.005)
    assert any("instances is of one variant" in warning for warning in result.warnings)
