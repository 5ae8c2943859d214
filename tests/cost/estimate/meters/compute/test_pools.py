from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import PurchaseOption, QuantitySource, Status
from plinth.stack import UNKNOWN

GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SCALING = {"minSize": 1, "desiredSize": 2, "maxSize": 4}
SPOT_POOL = {"capacityType": "SPOT", "instanceTypes": ["g5.xlarge", "g5.2xlarge"], "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": 8}}


def test_an_on_demand_group_runs_its_first_type(priced, line):
    found = priced((GROUP, "system", {"instanceTypes": ["m5.xlarge"], "scalingConfig": SCALING, "diskSize": 50}))
    instances = line(found, "instances, on-demand")
    # m5.xlarge 0.192: 1, 2 and 4 nodes x 730 h; a 50 GB gp3 root at 0.08 a node
    assert (instances.instance_type, instances.purchase_option) == ("m5.xlarge", PurchaseOption.ON_DEMAND)
    assert found.monthly_cost.min == pytest.approx(144.16, abs=0.005)
    assert found.monthly_cost.expected == pytest.approx(288.32, abs=0.005)
    assert found.monthly_cost.max == pytest.approx(576.64, abs=0.005)


def test_an_on_demand_group_of_several_types_ranges_from_the_cheapest_to_the_dearest(priced, line):
    found = line(priced((GROUP, "system", {"instanceTypes": ["m5.xlarge", "c5.xlarge", "r5.xlarge"], "scalingConfig": SCALING})), "instances")
    # c5.xlarge 0.17, m5.xlarge 0.192, r5.xlarge 0.252
    assert found.unit_price == 0.192, "prioritized: the first type declared"
    assert found.monthly_cost.min == pytest.approx(1 * 730 * 0.17, abs=0.005)
    assert found.monthly_cost.max == pytest.approx(4 * 730 * 0.252, abs=0.005)


def test_a_spot_group_costs_on_demand_less_the_advisors_saving(priced, line):
    found = line(priced((GROUP, "gpu", SPOT_POOL)), "instances, spot")
    # us-east-1: g5.xlarge 1.006 less 59 % = 0.41246 (>20 % interrupted); g5.2xlarge 1.212 less 58 % = 0.50904 (15-20 %)
    assert (found.instance_type, found.purchase_option) == ("g5.2xlarge", PurchaseOption.SPOT), "the calmer band before the lower price"
    assert found.unit_price == pytest.approx(0.50904)
    assert (found.monthly_cost.min, found.monthly_cost.max) == (0, pytest.approx(8 * 730 * 0.50904))
    assert found.monthly_cost.expected == pytest.approx(2 * 730 * 0.50904)
    assert "15-20%" in found.assumptions[0]
    assert found.price_date.isoformat() == "2025-06-28", "the older of the two dates behind the price"


def test_a_spot_group_with_a_launch_template_is_priced_as_spot_with_the_templates_volumes(priced, line, resource):
    ebs = {"volumeSize": 200, "volumeType": "gp3", "iops": 4000, "throughput": 200}
    template = resource(TEMPLATE, "nodes", {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]})
    inputs = {**SPOT_POOL, "launchTemplate": {"id": UNKNOWN, "version": UNKNOWN}}
    found = priced(resource(GROUP, "gpu", inputs, property_dependencies={"launchTemplate": (template.urn,)}), template)
    assert line(found, "instances").purchase_option is PurchaseOption.SPOT
    # a node: 200 GB x 0.08 = 16.00; 1,000 IOPS above 3,000 x 0.005 = 5.00; 75 MB/s above 125 x 0.04 = 3.00
    volumes = [item for item in found.lines if item.component.startswith("EBS")]
    assert sum(item.monthly_cost.expected for item in volumes) == pytest.approx(2 * 24.00, abs=0.005), "what is included is included for each volume"
    assert sum(item.monthly_cost.max for item in volumes) == pytest.approx(8 * 24.00, abs=0.005)


def test_a_deployed_group_finds_its_launch_template_by_id(priced, line, resource):
    template = resource(TEMPLATE, "nodes", {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100}}]}, id="lt-1")
    found = priced((GROUP, "gpu", {**SPOT_POOL, "launchTemplate": {"id": "lt-1", "version": "1"}}), template)
    assert line(found, "EBS gp3 storage").quantity.expected == 200


def test_a_launch_template_elsewhere_leaves_the_volumes_unpriced_and_listed(stack_of):
    result = estimate(stack_of((GROUP, "gpu", {**SPOT_POOL, "launchTemplate": {"id": "lt-elsewhere", "version": "1"}})))
    assert [(item.component, item.reason) for item in result.unknown] == [("EBS volumes", "its launch template is not in this stack")]


def test_a_pool_from_zero_expects_nothing_until_the_usage_file_says_so(priced, line, usage_of):
    inputs = {**SPOT_POOL, "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 8}}
    idle, used = (line(priced((GROUP, "gpu", inputs), usage=usage), "instances") for usage in (None, usage_of("aws_eks_node_group", {"instances": 1.5})))
    assert (idle.monthly_cost.expected, idle.monthly_cost.max > 0) == (0, True)
    assert any("usage file" in note for note in idle.assumptions)
    assert used.quantity.expected == pytest.approx(1.5 * 730)
    assert used.quantity_source is QuantitySource.USAGE_FILE


def test_a_usage_file_cannot_put_more_nodes_than_the_group_holds(stack_of, usage_of):
    result = estimate(stack_of((GROUP, "gpu", SPOT_POOL)), (usage_of("aws_eks_node_group", {"instances": 20}),))
    assert result.resources[0].lines[0].quantity.expected == 8 * 730
    assert any("20 instances" in warning for warning in result.warnings)


def test_an_unknown_desired_size_is_unknown_with_the_range_between_the_limits(priced):
    found = priced((GROUP, "gpu", {**SPOT_POOL, "scalingConfig": {"minSize": 0, "desiredSize": UNKNOWN, "maxSize": 8}}))
    assert found.status is Status.UNKNOWN
    assert "0.00 to 2,972.79 USD" in found.reason


def test_an_unknown_type_among_others_is_listed_and_the_range_is_over_the_others(stack_of):
    result = estimate(stack_of((GROUP, "gpu", {**SPOT_POOL, "instanceTypes": [UNKNOWN, "g5.xlarge"]})))
    assert result.resources[0].status is Status.PRICED
    assert result.unknown[0].reason == "1 of 2 types are known only after deployment; the range is over the others"


@pytest.mark.parametrize("key", ["minSize", "maxSize"])
def test_an_unknown_limit_is_unknown(priced, key):
    found = priced((GROUP, "gpu", {**SPOT_POOL, "scalingConfig": {**SPOT_POOL["scalingConfig"], key: UNKNOWN}}))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)


def test_types_that_the_book_does_not_know_are_unknown(priced):
    found = priced((GROUP, "gpu", {**SPOT_POOL, "instanceTypes": ["z9.mega"]}))
    assert found.status is Status.UNKNOWN
    assert "z9.mega" in found.reason


def test_another_region_is_unknown_and_not_multiplied(priced):
    found = priced((GROUP, "gpu", SPOT_POOL), region="me-central-1")
    assert found.status is Status.UNKNOWN
    assert "me-central-1" in found.reason


def test_a_capacity_block_is_unknown(priced):
    assert priced((GROUP, "gpu", {**SPOT_POOL, "capacityType": "CAPACITY_BLOCK"})).status is Status.UNKNOWN


def test_a_warm_pool_costs_its_volumes_while_stopped_and_its_hours_while_running(priced):
    inputs = {"instanceTypes": ["m5.xlarge"], "scalingConfig": SCALING}
    stopped, running = (priced((GROUP, "gpu", {**inputs, "warmPoolConfig": {"poolState": state}})) for state in ("STOPPED", "RUNNING"))
    # prepared to the maximum of four: two beside the two desired, none at the ceiling, three at the floor; 20 GiB each
    warm = next(item for item in stopped.lines if item.component.startswith("warm pool"))
    assert (warm.quantity.min, warm.quantity.expected, warm.quantity.max) == (0, 40, 60)
    hours = next(item for item in running.lines if item.component == "warm pool, running instances")
    assert hours.monthly_cost.expected == pytest.approx(2 * 730 * 0.192)


def test_a_windows_group_is_priced_by_windows_prices_with_a_larger_root(priced, line):
    found = priced((GROUP, "win", {"instanceTypes": ["m5.xlarge"], "amiType": "WINDOWS_CORE_2022_x86_64", "scalingConfig": SCALING}))
    assert line(found, "instances").unit_price == 0.376
    assert line(found, "EBS gp3 storage").quantity.expected == 2 * 50
    missing = priced((GROUP, "win", {"instanceTypes": ["m7i.xlarge"], "amiType": "WINDOWS_CORE_2022_x86_64", "scalingConfig": SCALING}))
    assert "Windows on-demand m7i.xlarge" in missing.reason


def test_a_groups_type_may_be_its_launch_templates_with_monitoring(priced, line, resource):
    template = resource(TEMPLATE, "nodes", {"instanceType": "c5.xlarge", "monitoring": {"enabled": True}}, id="lt-1")
    found = priced((GROUP, "cpu", {"launchTemplate": {"id": "lt-1", "version": "1"}, "scalingConfig": SCALING}), template)
    assert line(found, "instances").instance_type == "c5.xlarge"
    assert line(found, "EC2 detailed monitoring").quantity.expected == 14
    assert line(found, "EBS gp3 storage").quantity.expected == 40, "the image's own root, as EKS sizes it"


def test_a_template_elsewhere_leaves_the_type_unknown_unless_the_group_names_one(priced):
    found = priced((GROUP, "cpu", {"launchTemplate": {"id": "lt-elsewhere", "version": "1"}, "scalingConfig": SCALING}))
    assert "not in this stack" in found.reason


def test_a_group_without_a_type_runs_eks_default(priced, line):
    assert line(priced((GROUP, "cpu", {"scalingConfig": SCALING})), "instances").instance_type == "t3.medium"


def test_all_types_unknown_is_unknown(priced):
    assert priced((GROUP, "gpu", {**SPOT_POOL, "instanceTypes": [UNKNOWN]})).status is Status.UNKNOWN
