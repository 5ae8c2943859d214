from __future__ import annotations

import pytest

from cost.estimate.model import Status
from plinth.stack import UNKNOWN

FLEET = "aws:ec2/fleet:Fleet"
SPOT_FLEET = "aws:ec2/spotFleetRequest:SpotFleetRequest"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ROLE = "arn:aws:iam::123456789012:role/fleet"


def _template(resource):
    ebs = {"volumeSize": 100, "volumeType": "gp3"}
    return resource(TEMPLATE, "base", {"instanceType": "g5.xlarge", "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}, id="lt-1")


def _fleet(overrides=(), **fields):
    config = {"launchTemplateSpecification": {"launchTemplateId": "lt-1", "version": "1"}, "overrides": list(overrides)}
    return {"launchTemplateConfigs": [config], **fields}


def test_a_fleet_buys_its_on_demand_units_and_the_rest_as_spot(priced, line, resource):
    target = {"defaultTargetCapacityType": "spot", "totalTargetCapacity": 5, "onDemandTargetCapacity": 1}
    found = priced((FLEET, "fleet", _fleet(targetCapacitySpecification=target)), _template(resource))
    # g5.xlarge 1.006, as Spot less 59 %
    assert line(found, "instances, on-demand").monthly_cost.expected == pytest.approx(730 * 1.006)
    assert line(found, "instances, spot").monthly_cost.expected == pytest.approx(4 * 730 * 1.006 * 0.41)
    assert line(found, "EBS gp3 storage").quantity.expected == 500


def test_a_fleet_of_on_demand_by_default_leaves_only_its_spot_units(priced, line, resource):
    target = {"defaultTargetCapacityType": "on-demand", "totalTargetCapacity": 5, "spotTargetCapacity": 2}
    found = priced((FLEET, "fleet", _fleet(targetCapacitySpecification=target)), _template(resource))
    assert line(found, "instances, on-demand").quantity.expected == 3 * 730
    assert line(found, "instances, spot").quantity.expected == 2 * 730


def test_a_fleets_overrides_choose_the_types_by_its_strategy(priced, line, resource):
    target = {"defaultTargetCapacityType": "spot", "totalTargetCapacity": 2}
    overrides = [{"instanceType": "g5.xlarge"}, {"instanceType": "g5.2xlarge"}]
    cheapest = _fleet(overrides, targetCapacitySpecification=target, spotOptions={"allocationStrategy": "lowestPrice"})
    spread = _fleet(overrides, targetCapacitySpecification=target, spotOptions={"allocationStrategy": "diversified"})
    assert line(priced((FLEET, "fleet", cheapest), _template(resource)), "instances, spot").instance_type == "g5.xlarge"
    # the average of 0.41246 and 0.50904
    assert line(priced((FLEET, "fleet", spread), _template(resource)), "instances, spot").unit_price == pytest.approx(0.46075)


def test_a_spot_fleet_of_launch_specifications_prices_their_types_weights_and_volumes(priced, line):
    specifications = [
        {"ami": "ami-1", "instanceType": "g5.xlarge", "weightedCapacity": "1", "rootBlockDevices": [{"volumeSize": 40, "volumeType": "gp3"}]},
        {"ami": "ami-1", "instanceType": "g5.2xlarge", "weightedCapacity": "2"},
    ]
    inputs = {
        "iamFleetRole": ROLE,
        "targetCapacity": 4,
        "allocationStrategy": "lowestPrice",
        "launchSpecifications": specifications,
    }
    found = priced((SPOT_FLEET, "fleet", inputs))
    # by the unit g5.2xlarge is cheaper: 0.50904 / 2 against 0.41246
    assert line(found, "instances, spot").instance_type == "g5.2xlarge"
    assert line(found, "instances, spot").monthly_cost.expected == pytest.approx(4 * 730 * 0.50904 / 2)
    assert line(found, "EBS gp3 storage").quantity.expected == 2 * 8, "two instances with the image's own root volume"


def test_a_spot_fleet_of_launch_templates_is_priced_too(priced, line, resource):
    config = {"launchTemplateSpecification": {"id": "lt-1", "version": "1"}, "overrides": [{"instanceType": "g5.xlarge", "weightedCapacity": 1}]}
    inputs = {"iamFleetRole": ROLE, "targetCapacity": 3, "launchTemplateConfigs": [config]}
    found = priced((SPOT_FLEET, "fleet", inputs), _template(resource))
    assert line(found, "instances, spot").quantity.expected == 3 * 730
    assert line(found, "EBS gp3 storage").quantity.expected == 300


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (FLEET, _fleet(targetCapacitySpecification={"defaultTargetCapacityType": "spot", "totalTargetCapacity": UNKNOWN})),
        (FLEET, {"targetCapacitySpecification": {"defaultTargetCapacityType": "spot", "totalTargetCapacity": 1}}),
        (FLEET, _fleet([{"instanceType": UNKNOWN}], targetCapacitySpecification={"defaultTargetCapacityType": "spot", "totalTargetCapacity": 1})),
        (SPOT_FLEET, {"targetCapacity": UNKNOWN, "launchSpecifications": [{"instanceType": "g5.xlarge"}]}),
    ],
)
def test_a_fleet_that_is_not_known_is_unknown(priced, type_, inputs):
    assert priced((type_, "fleet", inputs)).status is Status.UNKNOWN


@pytest.mark.parametrize("block", [UNKNOWN, "x", None])
def test_a_launch_specifications_unreadable_volume_is_never_an_error_of_ours(priced, block):
    specification = {"ami": "ami-1", "instanceType": "g5.xlarge", "ebsBlockDevices": [block]}
    found = priced((SPOT_FLEET, "fleet", {"iamFleetRole": ROLE, "targetCapacity": 1, "launchSpecifications": [specification]}))
    assert found.status in (Status.PRICED, Status.UNKNOWN)
    assert sum("instances" in item.component for item in found.lines) == (1 if found.status is Status.PRICED else 0)
