from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import PurchaseOption, QuantitySource, Status
from plinth.stack import UNKNOWN

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
ROOT = {"volumeSize": 8, "volumeType": "gp3"}


def _usage(type_="aws_instance", **fields):
    return Usage(by_type={type_: fields}, source=QuantitySource.USAGE_FILE)


def test_an_instance_costs_its_hours_and_the_images_root_volume(priced, line):
    found = priced((INSTANCE, "box", {"instanceType": "m5.xlarge", "ami": "ami-1"}))
    # 0.192 x 730 = 140.16; 8 GiB gp3 x 0.08 = 0.64
    assert line(found, "instance, on-demand").monthly_cost.expected == pytest.approx(140.16)
    assert line(found, "EBS gp3 storage, root").monthly_cost.expected == pytest.approx(0.64)
    assert "no root volume declared" in line(found, "EBS gp3 storage").assumptions[0]


def test_an_instances_volumes_monitoring_and_public_address_are_charged(priced, line):
    inputs = {
        "instanceType": "m5.xlarge",
        "rootBlockDevice": {"volumeSize": 100, "volumeType": "gp3", "iops": 4000},
        "ebsBlockDevices": [{"deviceName": "/dev/sdb", "volumeSize": 200}, {"deviceName": "/dev/sdc", "volumeType": "io1", "volumeSize": 40, "iops": 1000}],
        "monitoring": True,
        "associatePublicIpAddress": True,
    }
    found = priced((INSTANCE, "box", inputs))
    # 100 x 0.08 + 1,000 IOPS above 3,000 x 0.005; gp2, the default of additional volumes: 200 x 0.10; 40 x 0.125 + 1,000 x 0.065
    assert line(found, "EBS gp3 storage, root").monthly_cost.expected == pytest.approx(8.00)
    assert line(found, "EBS gp2 storage, /dev/sdb").monthly_cost.expected == pytest.approx(20.00)
    assert line(found, "EBS io1 provisioned IOPS, /dev/sdc").monthly_cost.expected == pytest.approx(65.00)
    assert line(found, "EC2 detailed monitoring").monthly_cost.expected == pytest.approx(2.10)
    assert line(found, "public IPv4 addresses").monthly_cost.expected == pytest.approx(3.65)


def test_an_instance_takes_from_its_template_what_it_does_not_declare(priced, line, resource):
    ebs = {"volumeSize": 50, "volumeType": "gp3"}
    inputs = {"instanceType": "c5.xlarge", "monitoring": {"enabled": True}, "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}
    template = resource(TEMPLATE, "base", inputs, id="lt-1")
    found = priced((INSTANCE, "box", {"launchTemplate": {"id": "lt-1", "version": "$Latest"}}), template)
    assert line(found, "instance").monthly_cost.expected == pytest.approx(0.17 * 730)
    assert line(found, "EBS gp3 storage, /dev/xvda").quantity.expected == 50
    assert line(found, "EC2 detailed monitoring").quantity.expected == 7
    own = priced((INSTANCE, "box", {"launchTemplate": {"id": "lt-1"}, "instanceType": "m5.xlarge", "rootBlockDevice": ROOT}), template)
    assert line(own, "instance").instance_type == "m5.xlarge", "the instance's own type decides"
    assert line(own, "EBS gp3 storage, root").quantity.expected == 8, "and its own root stands in the template's place"
    assert not [item for item in own.lines if "/dev/xvda" in item.component]


def test_part_of_a_month_is_charged_by_the_hour_and_volumes_all_month(priced, line):
    found = priced((INSTANCE, "box", {"instanceType": "m5.xlarge", "rootBlockDevice": ROOT}), usage=_usage(monthly_hrs=200.0))
    assert line(found, "instance").monthly_cost.expected == pytest.approx(200 * 0.192)
    assert line(found, "EBS gp3 storage").monthly_cost.expected == pytest.approx(0.64)
    assert any("200 of 730 hours" in note for note in line(found, "instance").assumptions)


def test_more_hours_than_a_month_has_are_cut_and_said(stack_of):
    result = estimate(stack_of((INSTANCE, "box", {"instanceType": "m5.xlarge"})), (_usage(monthly_hrs=1000.0),))
    assert result.resources[0].lines[0].quantity.expected == 744
    assert any("more than a month of 31 days" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("instance_type", "specification", "vcpu_hours"),
    [
        ("t3.medium", {}, 600),  # unlimited unless declared standard: 300 h x 2 vCPU
        ("t3.medium", {"creditSpecification": {"cpuCredits": "standard"}}, 0),
        ("t2.medium", {}, 0),
        ("t2.medium", {"creditSpecification": {"cpuCredits": "unlimited"}}, 600),
        ("t4g.xlarge", {}, 1200),
        ("m5.large", {}, 0),
    ],
)
def test_surplus_cpu_credits_are_charged_where_the_type_is_unlimited(priced, instance_type, specification, vcpu_hours):
    found = priced((INSTANCE, "box", {"instanceType": instance_type, **specification}), usage=_usage(monthly_cpu_credit_hrs=300.0))
    credits = [item for item in found.lines if "CPU credits" in item.component]
    assert sum(item.quantity.expected for item in credits) == vcpu_hours
    assert all(item.unit_price == (0.04 if instance_type.startswith("t4g") else 0.05) for item in credits)


def test_windows_is_priced_by_windows_prices_or_not_at_all(priced, line):
    usage = _usage(operating_system="windows")
    assert line(priced((INSTANCE, "box", {"instanceType": "m5.xlarge"}), usage=usage), "instance").unit_price == 0.376
    found = priced((INSTANCE, "box", {"instanceType": "m5.24xlarge"}), usage=usage)
    assert found.status is Status.UNKNOWN
    assert "Windows on-demand m5.24xlarge" in found.reason
    assert "--prices" in found.reason


def test_an_ebs_optimised_old_type_pays_for_it_and_a_new_one_does_not(priced, line):
    old, new, unpriced = (
        priced((INSTANCE, "box", {"instanceType": name, "ebsOptimized": True, "rootBlockDevice": ROOT})) for name in ("r3.xlarge", "m5.large", "c3.xlarge")
    )
    assert line(old, "EBS-optimized r3.xlarge").monthly_cost.expected == pytest.approx(14.60)
    assert not [item for item in new.lines if "optimized" in item.component]
    assert not [item for item in unpriced.lines if "optimized" in item.component], "no price: listed, not charged"


def test_a_dedicated_instance_pays_the_regions_fee_once(stack_of):
    inputs = {"instanceType": "m3.medium", "tenancy": "dedicated"}
    result = estimate(stack_of((INSTANCE, "a", inputs), (INSTANCE, "b", inputs)))
    lines = [item for resource in result.resources for item in resource.lines]
    assert [item.monthly_cost.expected for item in lines if item.component.startswith("instance,")] == pytest.approx([0.074 * 730] * 2)
    assert [item.monthly_cost.expected for item in lines if "fee per Region" in item.component] == pytest.approx([1460.00])


def test_a_spot_request_costs_the_advisors_price(priced, line):
    found = line(priced((SPOT, "box", {"instanceType": "g5.xlarge", "rootBlockDevice": ROOT})), "instance, spot")
    # g5.xlarge 1.006 less 59 %
    assert found.unit_price == pytest.approx(1.006 * 0.41)
    assert found.purchase_option is PurchaseOption.SPOT
    assert "interruption" in found.assumptions[0]


def test_spot_by_market_options_is_spot_too(priced, line):
    inputs = {"instanceType": "g5.xlarge", "instanceMarketOptions": {"marketType": "spot"}}
    assert line(priced((INSTANCE, "box", inputs)), "instance, spot").unit_price == pytest.approx(1.006 * 0.41)


def test_a_bid_below_the_spot_price_runs_nothing_and_is_unknown(priced):
    found = priced((SPOT, "box", {"instanceType": "g5.xlarge", "spotPrice": "0.10"}))
    assert found.status is Status.UNKNOWN
    assert "highest Spot price" in found.reason


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"instanceType": UNKNOWN}, "known only after deployment"),
        ({}, "not declared"),
        ({"launchTemplate": {"id": "lt-elsewhere"}}, "not in this stack"),
        ({"instanceType": "z9.mega"}, "z9.mega"),
        ({"instanceType": "m5.large", "tenancy": "host"}, "Dedicated Host"),
    ],
)
def test_an_instance_whose_price_is_not_known_says_why(priced, inputs, reason):
    found = priced((INSTANCE, "box", inputs))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_an_unknown_volume_is_listed_beside_the_instance(stack_of):
    result = estimate(stack_of((INSTANCE, "box", {"instanceType": "m5.large", "ebsBlockDevices": UNKNOWN, "monitoring": UNKNOWN, "rootBlockDevice": ROOT})))
    assert result.resources[0].status is Status.PRICED
    assert {item.component for item in result.unknown} == {"EBS volumes", "EC2 detailed monitoring (7 metrics an instance)"}


def test_a_volume_from_a_snapshot_without_a_size_is_listed(stack_of):
    blocks = [{"deviceName": "/dev/sdb", "snapshotId": "snap-1"}]
    result = estimate(stack_of((INSTANCE, "box", {"instanceType": "m5.large", "ebsBlockDevices": blocks})))
    assert [item.component for item in result.unknown] == ["EBS volume /dev/sdb"]


def test_reserved_instance_fields_change_no_price_and_are_answered(stack_of):
    usage = _usage(reserved_instance_term="1_year", reserved_instance_payment_option="no_upfront")
    result = estimate(stack_of((INSTANCE, "box", {"instanceType": "m5.xlarge"})), (usage,))
    assert result.resources[0].lines[0].unit_price == 0.192
    assert any("reserved_instance_term" in warning and "not applied" in warning for warning in result.warnings)


def test_a_launch_template_is_free(priced):
    assert priced((TEMPLATE, "base", {"instanceType": "m5.large"})).status is Status.FREE


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "no on-demand price for m5.lrge in us-east-1 (did you mean m5.large?); add one with --prices"),
        ({"instanceMarketOptions": {"marketType": "spot"}}, "to take the Spot saving from (did you mean m5.large?); add one with --prices"),
        ({"tenancy": "dedicated"}, "'Linux dedicated m5.lrge' in us-east-1, and Linux's is another (did you mean m5.large?)"),
    ],
)
def test_a_type_that_no_book_knows_is_answered_with_the_nearest_name(priced, inputs, words):
    found = priced((INSTANCE, "box", {"instanceType": "m5.lrge", **inputs}))
    assert words in found.reason


@pytest.mark.parametrize("instance_type", ["m5.large", "cr1.8xlarge"])
def test_a_type_that_has_no_price_in_the_region_is_no_misspelling(priced, instance_type):
    found = priced((INSTANCE, "box", {"instanceType": instance_type}), region="ca-west-1")
    assert f"no on-demand price for {instance_type} in ca-west-1; add one with --prices" in found.reason


@pytest.mark.parametrize(("value", "shape"), [(["m5.large"], "a list"), ({"name": "m5.large"}, "a mapping"), (5, "a number"), (True, "a truth value")])
def test_an_instance_type_of_the_wrong_shape_is_called_that(priced, value, shape):
    assert priced((INSTANCE, "box", {"instanceType": value})).reason == f"instanceType is not text but {shape}: one instance has one type"
    assert priced((INSTANCE, "box", {})).reason == "instanceType is not declared"


@pytest.mark.parametrize(("stated", "said"), [({}, True), ({"operating_system": "windows"}, False)])
def test_an_operating_system_that_nobody_states_is_said_to_be_taken(stack_of, stated, said):
    usage = Usage(by_type={"aws_instance": stated})
    (found,) = estimate(stack_of(("aws:ec2/instance:Instance", "box", {"instanceType": "m5.large", "ami": UNKNOWN})), (usage,)).resources
    assert any("operating system taken to be Linux" in note for note in found.lines[0].assumptions) is said
