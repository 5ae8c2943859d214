from __future__ import annotations

import json

import pytest

from plinth.stack import UNKNOWN

CLUSTER = "aws:emr/cluster:Cluster"
TASKS = "aws:emr/instanceGroup:InstanceGroup"
FLEET = "aws:emr/instanceFleet:InstanceFleet"
SERVERLESS = "aws:emrserverless/application:Application"


def _cluster(**core):
    return {
        "releaseLabel": "emr-7.5.0",
        "masterInstanceGroup": {"instanceType": "m5.xlarge"},
        "coreInstanceGroup": {"instanceType": "m5.xlarge", "instanceCount": 2, **core},
    }


def test_a_cluster_pays_ec2_and_emr_for_each_node(priced, line):
    found = priced((CLUSTER, "spark", _cluster()))
    # m5.xlarge: 0.192 EC2 and 0.048 EMR an hour; primary 730 h, core 2 x 730 h
    assert line(found, "primary nodes").monthly_cost.expected == pytest.approx(140.16)
    assert line(found, "core nodes").monthly_cost.expected == pytest.approx(280.32)
    assert line(found, "EMR uplift on m5.xlarge (on top of EC2), core").monthly_cost.expected == pytest.approx(70.08)


def test_emr_adds_its_own_volumes_to_a_type_without_disks(priced, line):
    found = priced((CLUSTER, "spark", _cluster()))
    # 64 GiB gp2 a node for .xlarge (EMR management guide), 0.10 a GB-month, two core nodes
    assert line(found, "EBS gp2 storage, core data").monthly_cost.expected == pytest.approx(12.80)
    assert line(found, "EBS gp3 storage, core root").monthly_cost.expected == pytest.approx(2.40)
    with_disks = priced((TASKS, "tasks", {"clusterId": "j-1", "instanceType": "m5d.xlarge", "instanceCount": 1}))
    assert not [charge for charge in with_disks.lines if "data" in charge.component]


def test_declared_volumes_stand_instead_of_emrs_own(priced, line):
    ebs = [{"size": 100, "type": "gp3", "volumesPerInstance": 2}]
    found = priced((CLUSTER, "spark", _cluster(ebsConfigs=ebs)))
    # 100 GB x 2 volumes x 2 nodes x 0.08
    assert line(found, "EBS gp3 storage, core data").monthly_cost.expected == pytest.approx(32.00)


def test_a_bid_makes_a_group_spot(priced, line):
    found = priced((TASKS, "tasks", {"clusterId": "j-1", "instanceType": "m5.xlarge", "instanceCount": 3, "bidPrice": "0.1"}))
    assert line(found, "task nodes").purchase_option.value == "spot"
    assert line(found, "task nodes").unit_price < 0.192


def test_autoscaling_is_the_range_of_a_group(priced, line):
    policy = json.dumps({"Constraints": {"MinCapacity": 1, "MaxCapacity": 10}})
    found = line(priced((CLUSTER, "spark", _cluster(autoscalingPolicy=policy))), "core nodes")
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (730, 1460, 7300)


def test_managed_scaling_is_the_range_of_the_core_nodes(priced, resource, line):
    cluster = resource(CLUSTER, "spark", _cluster(), id="j-1")
    limits = [{"unitType": "Instances", "minimumCapacityUnits": 2, "maximumCapacityUnits": 20, "maximumCoreCapacityUnits": 6}]
    policy = ("aws:emr/managedScalingPolicy:ManagedScalingPolicy", "scaling", {"clusterId": "j-1", "computeLimits": limits})
    found = line(priced(cluster, policy), "core nodes")
    assert (found.quantity.min, found.quantity.max) == (2 * 730, 6 * 730)


def test_a_fleet_fills_its_targets_by_weight(priced, line):
    configs = [{"instanceType": "m5.xlarge", "weightedCapacity": 4}, {"instanceType": "m5.2xlarge", "weightedCapacity": 8}]
    fleet = {"instanceTypeConfigs": configs, "targetOnDemandCapacity": 12, "targetSpotCapacity": 8}
    found = priced((CLUSTER, "spark", {"masterInstanceGroup": {"instanceType": "m5.xlarge"}, "coreInstanceFleet": fleet}))
    on_demand = line(found, "core nodes, on-demand")
    # 12 units: 3 m5.xlarge (0.576 an hour) or 2 m5.2xlarge (0.768); the cheapest for the target is expected
    assert on_demand.monthly_cost.expected == pytest.approx(3 * 0.192 * 730)
    assert on_demand.monthly_cost.max == pytest.approx(2 * 0.384 * 730)
    assert line(found, "core nodes, spot").purchase_option.value == "spot"


def test_a_task_fleet_is_priced_like_a_core_fleet(priced, line):
    config = [{"instanceType": "m5.xlarge"}]
    found = priced((FLEET, "tasks", {"clusterId": "j-1", "instanceTypeConfigs": config, "targetOnDemandCapacity": 2}))
    assert line(found, "task nodes").monthly_cost.expected == pytest.approx(2 * 0.192 * 730)


def test_a_cluster_for_a_job_costs_the_hours_that_it_runs(priced, usage_of, line):
    usage = usage_of("aws_emr_cluster", {"monthly_hours": 73})
    found = priced((CLUSTER, "nightly", {**_cluster(), "keepJobFlowAliveWhenNoSteps": False}), usage=usage)
    assert line(found, "core nodes").monthly_cost.expected == pytest.approx(28.032)
    assert line(found, "EBS gp2 storage, core data").monthly_cost.expected == pytest.approx(1.28)


@pytest.mark.parametrize("hidden", ["instanceType", "instanceCount", "bidPrice", "autoscalingPolicy"])
def test_what_is_unknown_of_one_group_lists_its_nodes_and_prices_the_others(stack_of, hidden):
    from cost.estimate import estimate

    result = estimate(stack_of((CLUSTER, "spark", _cluster(**{hidden: UNKNOWN}))))
    costs = {line.component: line.monthly_cost.expected for line in result.resources[0].lines}
    assert costs["primary nodes"] == pytest.approx(140.16)
    assert not [component for component in costs if component.startswith("core")]
    assert [(item.component, item.reason) for item in result.unknown] == [("core nodes", f"{hidden} is known only after deployment")]


def test_a_fleet_with_a_type_known_later_is_a_range_over_the_others(stack_of):
    from cost.estimate import estimate

    configs = [{"instanceType": "m5.xlarge"}, {"instanceType": UNKNOWN}]
    result = estimate(stack_of((FLEET, "tasks", {"clusterId": "j-1", "instanceTypeConfigs": configs, "targetOnDemandCapacity": 2})))
    assert "1 of 2 types" in result.unknown[0].reason
    assert result.resources[0].lines[0].monthly_cost.expected == pytest.approx(2 * 0.192 * 730)


@pytest.mark.parametrize("policy", ["not json", "{}", '{"Constraints": {"MinCapacity": 1}}'])
def test_a_policy_that_cannot_be_read_is_unknown(priced, policy):
    found = priced((TASKS, "tasks", {"clusterId": "j-1", "instanceType": "m5.xlarge", "autoscalingPolicy": policy}))
    assert found.status.value == "unknown"


def test_a_cluster_that_declares_no_nodes_is_unknown(priced):
    assert priced((CLUSTER, "empty", {"releaseLabel": "emr-7.5.0"})).status.value == "unknown"


@pytest.mark.parametrize("capacity", [UNKNOWN, [{"initialCapacityConfig": {"workerCount": UNKNOWN}}]])
def test_pre_initialised_capacity_known_later_is_unknown(priced, capacity):
    found = priced((SERVERLESS, "jobs", {"releaseLabel": "emr-7.5.0", "type": "SPARK", "initialCapacities": capacity}))
    assert "known only after deployment" in (found.reason or "")


def test_a_type_whose_uplift_is_not_known_is_listed(stack_of):
    from cost.estimate import estimate

    result = estimate(stack_of((TASKS, "tasks", {"clusterId": "j-1", "instanceType": "r7i.xlarge", "instanceCount": 1})))
    assert any("EMR uplift on r7i.xlarge" in (item.component or "") for item in result.unknown)


def test_serverless_workers_cost_what_jobs_use(priced, usage_of, line):
    usage = usage_of("aws_emrserverless_application", {"monthly_vcpu_hours": 100, "monthly_memory_gb_hours": 750})
    inputs = {"releaseLabel": "emr-7.5.0", "type": "SPARK", "maximumCapacity": {"cpu": "10 vCPU", "memory": "80 GB"}}
    found = priced((SERVERLESS, "jobs", inputs), usage=usage)
    vcpu = line(found, "EMR Serverless vCPU (x86)")
    assert (vcpu.quantity.min, vcpu.quantity.expected, vcpu.quantity.max) == (0, 100, 7300)
    assert line(found, "EMR Serverless memory (x86)").monthly_cost.expected == pytest.approx(4.333875)


def test_serverless_capacity_that_never_stops_is_the_floor(priced, usage_of, line):
    usage = usage_of("aws_emrserverless_application", {"monthly_vcpu_hours": 100, "monthly_memory_gb_hours": 100})
    worker = {"workerCount": 2, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB"}}
    inputs = {
        "releaseLabel": "emr-7.5.0",
        "type": "SPARK",
        "architecture": "ARM64",
        "initialCapacities": [{"initialCapacityType": "Driver", "initialCapacityConfig": worker}],
        "autoStopConfiguration": {"enabled": False},
    }
    found = line(priced((SERVERLESS, "jobs", inputs), usage=usage), "EMR Serverless vCPU (ARM)")
    # 2 workers x 4 vCPU x 730 h, more than the 100 that usage says
    assert (found.quantity.min, found.quantity.expected) == (5840, 5840)
    assert found.monthly_cost.expected == pytest.approx(245.82896)


def test_emr_on_eks_adds_its_price_to_what_pods_use(priced, usage_of):
    usage = usage_of("aws_emrcontainers_virtual_cluster", {"monthly_vcpu_hours": 50, "monthly_memory_gb_hours": 150})
    # 50 x 0.01012 + 150 x 0.00111125
    found = priced(("aws:emrcontainers/virtualCluster:VirtualCluster", "jobs", {"containerProvider": {"id": "eks", "type": "EKS"}}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(0.6726875)


def test_a_studio_is_free(priced):
    assert priced(("aws:emr/studio:Studio", "studio", {"authMode": "IAM"})).status.value == "free"


@pytest.mark.parametrize(("release", "kind"), [("emr-6.14.0", "gp2"), ("emr-6.15.0", "gp3"), ("emr-7.5.0", "gp3"), (UNKNOWN, "gp2")])
def test_a_nodes_root_volume_is_of_its_releases_kind(priced, line, release, kind):
    found = priced((CLUSTER, "spark", {**_cluster(), "releaseLabel": release}))
    # 15 GiB on two core nodes: 0.10 a GB-month of gp2, 0.08 of gp3
    assert line(found, f"EBS {kind} storage, core root").monthly_cost.expected == pytest.approx({"gp2": 3.00, "gp3": 2.40}[kind])
