from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import PriceBook, Usage, estimate
from cost.estimate.model import Status
from cost.estimate.price import Price
from plinth.stack import UNKNOWN

RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
BLOCK = "aws:ec2/capacityBlockReservation:CapacityBlockReservation"
HOST = "aws:ec2/dedicatedHost:DedicatedHost"
INSTANCE = "aws:ec2/instance:Instance"
RESERVED = {"instanceType": "p4d.24xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": 2, "availabilityZone": "us-east-1a"}


def test_a_reservation_costs_its_instances_used_or_not(priced, line):
    found = line(priced((RESERVATION, "gpu", RESERVED)), "reserved instances")
    # p4d.24xlarge in the book of 2026-07-20, twice, all month
    assert found.monthly_cost.expected == pytest.approx(2 * 730 * found.unit_price)
    assert (found.quantity.min, found.quantity.max) == (1460, 1460)
    assert "used or not" in found.assumptions[0]


def test_an_instance_that_targets_a_reservation_is_not_billed_twice(stack_of, resource):
    reservation = resource(RESERVATION, "gpu", RESERVED, id="cr-1")
    target = {"capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-1"}}}
    result = estimate(stack_of(reservation, (INSTANCE, "box", {"instanceType": "p4d.24xlarge", **target})))
    box = next(found for found in result.resources if found.name == "box")
    assert box.lines[0].monthly_cost.expected == 0
    assert "capacity reservation gpu" in box.lines[0].assumptions[0]


def test_open_reservations_take_as_many_like_instances_as_they_hold(stack_of):
    reserved = {"instanceType": "m5.xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": 2, "availabilityZone": "us-east-1a"}
    boxes = [(INSTANCE, f"box-{index}", {"instanceType": "m5.xlarge", "availabilityZone": "us-east-1a"}) for index in range(3)]
    other = (INSTANCE, "elsewhere", {"instanceType": "m5.xlarge", "availabilityZone": "us-east-1b"})
    result = estimate(stack_of((RESERVATION, "open", reserved), *boxes, other))
    costs = {found.name: found.lines[0].monthly_cost.expected for found in result.resources}
    # three boxes in the zone, two places; the fourth is in another zone
    assert costs == pytest.approx({"open": 280.32, "box-0": 0, "box-1": 0, "box-2": 140.16, "elsewhere": 140.16})


@pytest.mark.parametrize(("preference", "cost"), [("open", 0), ("none", 140.16)])
def test_an_instance_takes_an_open_place_only_if_it_is_willing(stack_of, preference, cost):
    reserved = {"instanceType": "m5.xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": 1, "availabilityZone": "us-east-1a"}
    specification = {"capacityReservationSpecification": {"capacityReservationPreference": preference}}
    box = (INSTANCE, "box", {"instanceType": "m5.xlarge", "availabilityZone": "us-east-1a", **specification})
    result = estimate(stack_of((RESERVATION, "open", reserved), box))
    assert next(found for found in result.resources if found.name == "box").lines[0].monthly_cost.expected == pytest.approx(cost)


def test_a_targeted_reservation_takes_no_instance_by_itself(stack_of):
    reserved = {"instanceType": "m5.xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": 1, "availabilityZone": "us-east-1a"}
    box = (INSTANCE, "box", {"instanceType": "m5.xlarge", "availabilityZone": "us-east-1a"})
    result = estimate(stack_of((RESERVATION, "held", {**reserved, "instanceMatchCriteria": "targeted"}), box))
    assert next(found for found in result.resources if found.name == "box").lines[0].monthly_cost.expected == pytest.approx(140.16)


@pytest.mark.parametrize(("key", "value"), [("instanceCount", UNKNOWN), ("instanceType", UNKNOWN), ("instancePlatform", "Windows with SQL Server")])
def test_a_reservation_that_is_not_known_is_unknown(priced, key, value):
    assert priced((RESERVATION, "gpu", {**RESERVED, key: value})).status is Status.UNKNOWN


def test_a_capacity_block_costs_the_fee_that_the_usage_file_states(priced, line):
    usage = Usage(by_type={"aws_ec2_capacity_block_reservation": {"upfront_fee_usd": 12_000.0}})
    found = line(priced((BLOCK, "block", {"capacityBlockOfferingId": "cb-1", "instancePlatform": "Linux/UNIX"}), usage=usage), "Capacity Block")
    assert found.monthly_cost.expected == 12_000
    assert any("paid once" in note for note in found.assumptions)


def test_a_capacity_block_without_a_price_says_what_to_state(priced):
    found = priced((BLOCK, "block", {"capacityBlockOfferingId": "cb-1", "instancePlatform": "Linux/UNIX"}))
    assert found.status is Status.UNKNOWN
    assert "upfront_fee_usd" in found.reason


def test_a_deployed_capacity_block_is_priced_by_the_hour_from_a_price_file(stack_of, resource):
    outputs = {"instanceType": "p5.48xlarge", "instanceCount": 4, "startDate": "2026-12-01T11:30:00Z", "endDate": "2026-12-08T11:30:00Z"}
    price = Price(
        "Amazon EC2", "aws_ec2_capacity_block_reservation", "Capacity Block p5.48xlarge", "hour", 31.464, "us-east-1", date(2026, 1, 1), "own", "own price"
    )
    block = resource(BLOCK, "block", {"capacityBlockOfferingId": "cb-1"}, outputs=outputs)
    result = estimate(stack_of(block), prices=PriceBook([price]))
    # 7 days x 24 h x 4 x 31.464
    assert result.total.expected == pytest.approx(168 * 4 * 31.464)
    assert estimate(stack_of(block)).resources[0].status is Status.UNKNOWN


def test_a_dedicated_host_is_billed_and_its_instances_are_not(stack_of, resource):
    host = resource(HOST, "host", {"instanceFamily": "c5", "availabilityZone": "us-east-1a"}, id="h-1")
    result = estimate(stack_of(host, (INSTANCE, "box", {"instanceType": "c5.xlarge", "hostId": "h-1", "tenancy": "host"})))
    by_name = {found.name: found for found in result.resources}
    # the infracost ec2_host_test golden: 730 h of c5 cost 2,457.18
    assert by_name["host"].monthly_cost.expected == pytest.approx(2457.18, abs=0.005)
    assert by_name["box"].lines[0].monthly_cost.expected == 0
    assert by_name["box"].monthly_cost.expected == pytest.approx(0.64), "its root volume is"


def test_a_host_of_a_family_without_a_price_is_unknown(priced):
    assert "Dedicated Host u-6tb1" in priced((HOST, "host", {"instanceType": "u-6tb1.metal", "availabilityZone": "us-east-1a"})).reason


def test_a_capacity_block_whose_dates_cannot_be_read_is_unknown(priced, resource):
    outputs = {"instanceType": "p5.48xlarge", "instanceCount": 1, "startDate": "soon", "endDate": "2026-12-08T11:30:00Z"}
    assert "can't be read" in priced(resource(BLOCK, "block", {"capacityBlockOfferingId": "cb-1"}, outputs=outputs)).reason


GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def _targeting(resource, count, *sizes):
    """A targeted reservation of m5.xlarge and groups of the given (minimum, desired, maximum) that run in it."""
    reserved = {"instanceType": "m5.xlarge", "instancePlatform": "Linux/UNIX", "instanceCount": count, "availabilityZone": "us-east-1a"}
    reservation = resource(RESERVATION, "held", {**reserved, "instanceMatchCriteria": "targeted"}, id="cr-1")
    target = {"capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-1"}}}
    template = resource(TEMPLATE, "template", {"instanceType": "m5.xlarge", **target}, id="lt-1")
    launch = {"launchTemplate": {"id": "lt-1"}}
    groups = [
        (GROUP, f"pool-{index}", {"minSize": low, "desiredCapacity": wanted, "maxSize": high, **launch}) for index, (low, wanted, high) in enumerate(sizes)
    ]
    return reservation, template, *groups


def test_two_pools_share_the_places_of_one_reservation_in_stack_order(stack_of, resource):
    result = estimate(stack_of(*_targeting(resource, 4, (1, 3, 5), (2, 2, 2))))
    pools = [found for found in result.resources if found.type == GROUP]
    inside = [next(line for line in pool.lines if line.component == "instances, reserved capacity") for pool in pools]
    beside = [next(line for line in pool.lines if line.component == "instances, on-demand") for pool in pools]
    assert [line.quantity.expected / 730 for line in inside] == [3, 1]
    # floor: 1 and 2 fit; expected: 3 of 3, then 1 of 2; ceiling: 4 of 5, then none of 2
    figures = [[figure / 730 for _, figure in line.quantity] for line in beside]
    assert figures == [[0, 0, 1], [0, 1, 2]]
    assert "pool-0 came first for the 4 places of capacity reservation held" in beside[1].assumptions
    assert not any("came first" in note for note in beside[0].assumptions)


def test_a_reservation_carries_as_many_targeting_instances_as_it_has_places(stack_of, resource):
    reservation, *_ = _targeting(resource, 1)
    target = {"capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-1"}}}
    boxes = [(INSTANCE, f"box-{index}", {"instanceType": "m5.xlarge", **target}) for index in range(2)]
    lines = {found.name: found.lines[0] for found in estimate(stack_of(reservation, *boxes)).resources}
    assert (lines["box-0"].monthly_cost.expected, lines["box-1"].monthly_cost.expected) == (0, pytest.approx(140.16))
    assert any("box-0 came first" in note for note in lines["box-1"].assumptions)


def test_a_pool_in_a_reservation_of_unknown_size_is_unknown(stack_of, resource):
    result = estimate(stack_of(*_targeting(resource, UNKNOWN, (1, 1, 1))))
    assert "known only after deployment" in next(found for found in result.resources if found.type == GROUP).reason
