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
    assert "scorer" in held.reason


def test_an_endpoint_of_a_configuration_elsewhere_is_unknown(priced):
    assert priced((ENDPOINT, "scorer", {"endpointConfigName": "elsewhere"})).status is Status.UNKNOWN


def test_a_type_without_a_hosting_price_is_listed(stack_of, serving):
    result = estimate(stack_of(*serving({**VARIANT, "instanceType": "ml.z9.mega"})))
    assert [(item.component, "ml.z9.mega" in item.reason) for item in result.unknown] == [("instances, live", True)]


def test_an_endpoint_in_another_region_is_unknown(priced, serving):
    assert priced(*serving(VARIANT), region="eu-west-1").status is Status.UNKNOWN
