from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.meters.compute.capacity import Mix
from cost.estimate.model import QuantitySource, Range, Status
from plinth.stack import UNKNOWN

GROUP = "aws:autoscaling/group:Group"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
SIZES = {"minSize": 1, "maxSize": 4, "desiredCapacity": 2}
LAUNCH = {"launchTemplate": {"id": "lt-1", "version": "$Latest"}}


@pytest.fixture
def template(resource):
    def make(**inputs):
        ebs = {"volumeSize": 50, "volumeType": "gp3"}
        declared = {"instanceType": "m5.xlarge", "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}], **inputs}
        return resource(TEMPLATE, "base", declared, id="lt-1")

    return make


def _mixed(*overrides, **distribution):
    specification = {"launchTemplateSpecification": {"launchTemplateId": "lt-1"}, "overrides": list(overrides)}
    return {"mixedInstancesPolicy": {"launchTemplate": specification, "instancesDistribution": distribution}}


def _types(*names):
    return [{"instanceType": name} for name in names]


def test_a_group_costs_its_instances_and_their_volumes_between_its_sizes(priced, line, template):
    found = priced((GROUP, "workers", {**SIZES, **LAUNCH}), template())
    instances = line(found, "instances, on-demand")
    # 1, 2 and 4 x 0.192 x 730; 50 GiB x 0.08 each
    assert (instances.monthly_cost.min, instances.monthly_cost.expected, instances.monthly_cost.max) == pytest.approx((140.16, 280.32, 560.64))
    assert line(found, "EBS gp3 storage").monthly_cost.expected == pytest.approx(8.00)


def test_a_usage_file_says_how_many_and_for_how_many_hours(priced, line, template):
    usage = Usage(by_type={"aws_autoscaling_group": {"instances": 3.0, "monthly_hours": 100.0}}, source=QuantitySource.USAGE_FILE)
    found = priced((GROUP, "workers", {**SIZES, **LAUNCH}), template(), usage=usage)
    assert line(found, "instances").monthly_cost.expected == pytest.approx(3 * 100 * 0.192)
    assert line(found, "instances").quantity_source is QuantitySource.USAGE_FILE
    assert line(found, "EBS gp3 storage").quantity.expected == 150, "volumes of three instances"


@pytest.mark.parametrize(
    ("mix", "units", "on_demand"),
    [
        # AWS's own table (EC2 Auto Scaling user guide, Mixed instances group): base 10, 50 % above
        (Mix(base=10, percent_above=50), 10, 10),
        (Mix(base=10, percent_above=50), 20, 15),
        (Mix(base=10, percent_above=50), 30, 20),
        (Mix(base=10, percent_above=50), 40, 25),
        (Mix(base=0, percent_above=0), 4, 0),
        (Mix(base=2, percent_above=0), 1, 1),
        (Mix(base=0, percent_above=30), 10, 3),
        (Mix(base=0, percent_above=50), 3, 2),
    ],
)
def test_the_on_demand_part_is_the_base_and_a_percentage_above_it(mix, units, on_demand):
    assert mix.on_demand(units) == on_demand


def test_the_two_parts_add_up_and_keep_their_order_for_a_fraction_of_an_instance():
    on_demand, spot = Mix(percent_above=50).split(Range(min=3, expected=3.2, max=7))
    assert (on_demand.min, on_demand.max) == (2, 4)
    for part in (on_demand, spot):
        assert part.min <= part.expected <= part.max
    assert on_demand.expected + spot.expected == pytest.approx(3.2)


def test_a_mixed_group_is_on_demand_by_priority_and_spot_by_its_strategy(priced, line, template):
    policy = _mixed(
        *_types("m5.xlarge", "g5.xlarge", "g5.2xlarge"),
        onDemandBaseCapacity=1,
        onDemandPercentageAboveBaseCapacity=0,
        spotAllocationStrategy="price-capacity-optimized",
    )
    found = priced((GROUP, "gpu", {"minSize": 1, "maxSize": 5, "desiredCapacity": 3, **policy}), template())
    assert line(found, "instances, on-demand").quantity.expected == 730, "one on demand"
    assert line(found, "instances, on-demand").instance_type == "m5.xlarge", "the first declared"
    assert line(found, "instances, spot").quantity.expected == 2 * 730
    assert line(found, "instances, spot").quantity.min == 0


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("lowest-price", "g5.xlarge"),  # 0.41246 against 0.50904
        ("price-capacity-optimized", "g5.2xlarge"),  # 15-20 % interrupted against >20 %
        ("capacity-optimized", "g5.2xlarge"),
        ("capacity-optimized-prioritized", "g5.2xlarge"),
    ],
)
def test_each_spot_strategy_expects_its_own_type(priced, line, template, strategy, expected):
    policy = _mixed(*_types("g5.xlarge", "g5.2xlarge"), onDemandPercentageAboveBaseCapacity=0, spotAllocationStrategy=strategy)
    assert line(priced((GROUP, "gpu", {**SIZES, **policy}), template()), "instances, spot").instance_type == expected


def test_weighted_capacity_is_priced_by_the_unit_and_its_volumes_by_the_instance(priced, line, template):
    overrides = [{"instanceType": "m5.xlarge", "weightedCapacity": "1"}, {"instanceType": "m5.4xlarge", "weightedCapacity": "4"}]
    policy = _mixed(*overrides, onDemandAllocationStrategy="prioritized")
    found = priced((GROUP, "weighted", {"minSize": 4, "maxSize": 16, "desiredCapacity": 8, **policy}), template())
    instances = line(found, "instances, on-demand")
    # eight units of m5.xlarge at 0.192; m5.4xlarge is 0.768 for four units, the same
    assert (instances.unit, instances.quantity.expected) == ("capacity-unit-hour", 8 * 730)
    assert instances.monthly_cost.expected == pytest.approx(8 * 730 * 0.192)
    volume = line(found, "EBS gp3 storage")
    # four units are one m5.4xlarge at the least; sixteen are sixteen m5.xlarge at the most
    assert (volume.quantity.min, volume.quantity.expected, volume.quantity.max) == (50, 400, 800)


def test_attribute_based_selection_takes_the_types_that_fit_within_price_protection(priced, line, template):
    requirements = {"vcpuCount": {"min": 4, "max": 4}, "memoryMib": {"min": 16384, "max": 16384}, "allowedInstanceTypes": ["m5.*", "m5n.*", "m6i.*", "m5dn.*"]}
    found = line(priced((GROUP, "any", {**SIZES, **_mixed({"instanceRequirements": requirements})}), template()), "instances, on-demand")
    # m5.xlarge and m6i.xlarge 0.192; m5n.xlarge 0.238 and m5dn.xlarge 0.272 are more than 20 % above and left out
    assert found.unit_price == 0.192
    assert found.monthly_cost.max == pytest.approx(4 * 730 * 0.192)
    assert any("4 types fit the instance requirements" in note for note in found.assumptions)


def test_types_that_fit_and_have_no_price_are_counted_and_named(priced, line, template):
    requirements = {"vcpuCount": {"min": 2, "max": 4}, "memoryMib": {"min": 8192, "max": 16384}, "allowedInstanceTypes": ["m5.*"]}
    found = line(priced((GROUP, "any", {**SIZES, **_mixed({"instanceRequirements": requirements})}), template(), region="eu-west-1"), "instances, on-demand")
    # m5.large and m5.xlarge fit; the book has only the second in Ireland
    assert "1 of the 2 types that fit have no price here and are left out: m5.large" in found.assumptions


def test_requirements_of_the_template_itself_select_types_too(priced, line, template):
    accelerated = {"vcpuCount": {"min": 4, "max": 4}, "memoryMib": {"min": 0}, "acceleratorNames": ["t4"], "acceleratorCount": {"min": 1, "max": 1}}
    found = line(priced((GROUP, "gpu", {**SIZES, **LAUNCH}), template(instanceType=None, instanceRequirements=accelerated)), "instances")
    assert found.instance_type == "g4dn.xlarge"


def test_a_launch_configuration_brings_type_monitoring_and_volumes(priced, line, resource):
    inputs = {"name": "old", "instanceType": "t3.medium", "rootBlockDevice": {"volumeSize": 10, "volumeType": "gp2"}}
    found = priced((GROUP, "old", {**SIZES, "launchConfiguration": "old"}), resource(CONFIGURATION, "old", inputs))
    assert line(found, "instances").unit_price == 0.0416
    assert line(found, "EC2 detailed monitoring").quantity.expected == 14, "on unless a launch configuration turns it off"
    assert line(found, "EBS gp2 storage").quantity.expected == 20


def test_a_launch_configuration_with_a_spot_price_is_spot(priced, line, resource):
    inputs = {"name": "old", "instanceType": "g5.xlarge", "spotPrice": "1.00", "enableMonitoring": False}
    found = priced((GROUP, "old", {**SIZES, "launchConfiguration": "old"}), resource(CONFIGURATION, "old", inputs))
    assert line(found, "instances, spot").unit_price == pytest.approx(1.006 * 0.41)


def test_instances_in_a_reservation_of_the_stack_are_not_billed_twice(stack_of, resource, template):
    reserved = {"instanceType": "m5.xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": 1, "availabilityZone": "us-east-1a"}
    reservation = resource("aws:ec2/capacityReservation:CapacityReservation", "held", reserved, id="cr-1")
    base = template(capacityReservationSpecification={"capacityReservationTarget": {"capacityReservationId": "cr-1"}})
    result = estimate(stack_of((GROUP, "workers", {**SIZES, **LAUNCH}), base, reservation))
    workers = next(found for found in result.resources if found.name == "workers")
    on_demand = next(item for item in workers.lines if item.component == "instances, on-demand")
    # one of one, two and four instances runs in the reservation
    assert (on_demand.quantity.min, on_demand.quantity.expected, on_demand.quantity.max) == (0, 730, 3 * 730)


def test_a_stopped_warm_pool_costs_its_volumes_and_a_running_one_its_hours(priced, template):
    stopped, running = (
        priced((GROUP, "warm", {**SIZES, **LAUNCH, "warmPool": {"poolState": state, "minSize": 1}}), template()) for state in ("Stopped", "Running")
    )
    warm = [item for item in stopped.lines if item.component.startswith("warm pool, stopped, EBS gp3 storage")]
    # prepared to the maximum of four: four less two desired; one at least where the group is full; three where it is at its floor
    assert [(item.quantity.min, item.quantity.expected, item.quantity.max) for item in warm] == [(50, 100, 150)]
    hours = next(item for item in running.lines if item.component == "warm pool, running instances")
    assert hours.monthly_cost.expected == pytest.approx(2 * 730 * 0.192)


def test_a_group_of_nothing_but_spot_is_spot_even_at_no_size(priced, line, template):
    policy = _mixed(*_types("g5.xlarge"), onDemandPercentageAboveBaseCapacity=0)
    assert line(priced((GROUP, "gpu", {"minSize": 0, "maxSize": 0, **policy}), template()), "instances, spot").quantity.max == 0


def test_a_templates_public_addresses_are_an_instances(priced, line, template):
    public = template(networkInterfaces=[{"associatePublicIpAddress": "true"}])
    assert line(priced((GROUP, "edge", {**SIZES, **LAUNCH}), public), "public IPv4 addresses").monthly_cost.expected == pytest.approx(2 * 3.65)


@pytest.mark.parametrize(
    "inputs",
    [
        {"placement": {"tenancy": UNKNOWN}},
        {"instanceMarketOptions": {"marketType": UNKNOWN}},
        {"instanceType": UNKNOWN},
        {"instanceType": None, "instanceRequirements": UNKNOWN},
    ],
)
def test_a_template_whose_price_is_not_known_makes_the_group_unknown(priced, template, inputs):
    assert priced((GROUP, "edge", {**SIZES, **LAUNCH}), template(**inputs)).status is Status.UNKNOWN


def test_switches_of_a_template_that_are_unknown_are_listed(stack_of, template):
    declared = template(
        instanceType="r3.xlarge", ebsOptimized=UNKNOWN, monitoring={"enabled": UNKNOWN}, networkInterfaces=[{"associatePublicIpAddress": UNKNOWN}]
    )
    result = estimate(stack_of((GROUP, "edge", {**SIZES, **LAUNCH}), declared))
    listed = {item.component for item in result.unknown}
    assert listed == {"EBS-optimized r3.xlarge", "EC2 detailed monitoring (7 metrics an instance)", "public IPv4 addresses"}


@pytest.mark.parametrize(
    ("actions", "average", "limits"),
    [
        # ten instances for 10 of 24 hours on five of seven days, else two: 2026 has 261 weekdays of 365 days
        (
            [
                {"recurrence": "0 8 * * MON-FRI", "desiredCapacity": 10, "minSize": 2, "maxSize": 10},
                {"recurrence": "0 18 * * 1-5", "desiredCapacity": 2, "minSize": 2, "maxSize": 10},
            ],
            2 + 8 * 10 * 261 / 8760,
            (2, 10),
        ),
        # off from Friday evening until Monday morning; sizes of -1 stay
        (
            [
                {"recurrence": "0 0 * * 1", "desiredCapacity": 4, "minSize": -1, "maxSize": -1},
                {"recurrence": "0 0 * * 6", "desiredCapacity": 1, "minSize": -1, "maxSize": -1},
            ],
            None,
            (1, 4),
        ),
    ],
)
def test_schedules_make_the_expected_size_their_average(priced, line, resource, template, actions, average, limits):
    group = resource(GROUP, "nights", {**SIZES, "name": "nights", **LAUNCH})
    schedules = [
        (SCHEDULE, f"action-{index}", {"autoscalingGroupName": "nights", "scheduledActionName": f"a{index}", **action}) for index, action in enumerate(actions)
    ]
    found = line(priced(group, template(), *schedules), "instances")
    expected = found.quantity.expected / 730
    if average is not None:
        assert expected == pytest.approx(average, rel=1e-6)
    else:
        # 261 weekdays at four and 104 weekend days at one, of 2026, which starts on a Thursday
        assert expected == pytest.approx((261 * 4 + 104 * 1) / 365, rel=1e-6)
    assert (found.quantity.min / 730, found.quantity.max / 730) == limits
    assert any("average over 2026" in note for note in found.assumptions)


def test_a_schedules_time_zone_moves_it_and_leaves_its_share(priced, line, resource, template):
    group = resource(GROUP, "nights", {**SIZES, "name": "nights", **LAUNCH})
    at = {"autoscalingGroupName": "nights", "timeZone": "Europe/Zurich", "minSize": 0, "maxSize": 4}
    on = (SCHEDULE, "on", {**at, "scheduledActionName": "on", "recurrence": "0 6 * * *", "desiredCapacity": 4})
    off = (SCHEDULE, "off", {**at, "scheduledActionName": "off", "recurrence": "0 18 * * *", "desiredCapacity": 0})
    # half of every day, but for the hour that each change of the clocks adds or takes
    assert line(priced(group, template(), on, off), "instances").quantity.expected / 730 == pytest.approx(2, abs=0.01)


def test_a_schedule_that_runs_once_changes_no_month(priced, line, resource, template):
    group = resource(GROUP, "nights", {**SIZES, "name": "nights", **LAUNCH})
    once = {"autoscalingGroupName": "nights", "scheduledActionName": "once", "startTime": "2026-12-01T00:00:00Z", "desiredCapacity": 4}
    assert line(priced(group, template(), (SCHEDULE, "once", once)), "instances").quantity.expected == 2 * 730
    assert priced((SCHEDULE, "once", once)).status is Status.FREE


@pytest.mark.parametrize("recurrence", ["@daily", "0 25 * * *", "0 x * * *", "*/0 * * * *"])
def test_a_recurrence_that_cannot_be_read_is_unknown(priced, resource, template, recurrence):
    group = resource(GROUP, "nights", {**SIZES, "name": "nights", **LAUNCH})
    action = {"autoscalingGroupName": "nights", "scheduledActionName": "bad", "recurrence": recurrence, "desiredCapacity": 1}
    found = priced(group, template(), (SCHEDULE, "bad", action))
    assert found.status is Status.UNKNOWN
    assert recurrence in found.reason


def test_an_unknown_desired_capacity_is_unknown_with_the_range_between_the_limits(priced, template):
    found = priced((GROUP, "workers", {**SIZES, "desiredCapacity": UNKNOWN, **LAUNCH}), template())
    assert found.status is Status.UNKNOWN
    # one to four x 0.192 x 730
    assert "140.16 to 560.64 USD" in found.reason


def test_an_unknown_type_among_others_is_listed_and_the_range_is_over_the_others(stack_of, template):
    policy = _mixed({"instanceType": UNKNOWN}, {"instanceType": "m5.xlarge"})
    result = estimate(stack_of((GROUP, "workers", {**SIZES, **policy}), template()))
    assert result.unknown[0].reason == "1 of 2 types are known only after deployment; the range is over the others"
    assert result.resources[0].monthly_cost.expected > 0


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({**SIZES, "launchTemplate": {"id": "lt-elsewhere"}}, "not in this stack"),
        ({**SIZES, "minSize": UNKNOWN, **LAUNCH}, "known only after deployment"),
        ({"minSize": 5, "maxSize": 8, "desiredCapacity": 2, **LAUNCH}, "contradict"),
        ({"minSize": 5, "maxSize": 1, **LAUNCH}, "contradict"),
        ({**SIZES, **_mixed({"instanceType": UNKNOWN})}, "known only after deployment"),
        ({**SIZES, **_mixed({"instanceRequirements": {"vcpuCount": {"min": 100_000}, "memoryMib": {"min": 0}}})}, "no instance type"),
        ({**SIZES, **_mixed({"instanceRequirements": {"vcpuCount": {"min": UNKNOWN}, "memoryMib": {"min": 0}}})}, "known only after deployment"),
    ],
)
def test_a_group_whose_price_is_not_known_says_why(priced, template, inputs, reason):
    found = priced((GROUP, "workers", inputs), template())
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_overrides_without_the_template_price_the_instances_and_list_the_volumes(stack_of):
    result = estimate(stack_of((GROUP, "workers", {**SIZES, **_mixed(*_types("m5.xlarge"))})))
    assert result.resources[0].monthly_cost.expected == pytest.approx(280.32)
    assert [item.reason for item in result.unknown] == ["its launch template is not in this stack"]


def test_a_launch_configuration_is_free(priced):
    assert priced((CONFIGURATION, "old", {"instanceType": "m5.large", "imageId": "ami-1"})).status is Status.FREE
