from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

POOL = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"


def _pool(*requirements, limits=None, node_class="gpu"):
    spec = {"nodeClassRef": {"name": node_class}, "requirements": list(requirements)}
    return (POOL, "pool", {"metadata": {"name": "gpu"}, "spec": {"template": {"spec": spec}, "limits": {"nvidia.com/gpu": "4"} if limits is None else limits}})


def _in(key, *values):
    return {"key": key, "operator": "In", "values": list(values)}


def _class(size="100Gi"):
    ebs = {"volumeSize": size, "volumeType": "gp3"}
    return (NODE_CLASS, "class", {"metadata": {"name": "gpu"}, "spec": {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}})


G5 = _in("node.kubernetes.io/instance-type", "g5.xlarge", "g5.12xlarge")


def test_a_pool_costs_nothing_at_the_floor_and_its_limits_at_the_ceiling(priced, line):
    found = priced(_pool(G5, limits={"nvidia.com/gpu": 8}), _class())
    instances = line(found, "instances, Karpenter")
    # on-demand: g5.xlarge 1.006 a GPU, g5.12xlarge 5.672 / 4 GPUs = 1.418: 8 GPUs x 1.418 x 730 h
    assert (instances.monthly_cost.min, instances.monthly_cost.expected) == (0, 0)
    assert instances.monthly_cost.max == pytest.approx(8 * 5.672 / 4 * 730, abs=0.005)
    # at most 8 nodes (of one GPU) with 100 GiB each
    assert line(found, "EBS gp3 storage").monthly_cost.max == pytest.approx(8 * 100 * 0.08, abs=0.005)


def test_the_tightest_limit_is_the_ceiling(priced, line):
    found = line(priced(_pool(_in("node.kubernetes.io/instance-type", "m5.xlarge"), limits={"cpu": "100", "memory": "64Gi"})), "instances")
    # m5.xlarge has 4 vCPU and 16 GiB: 64 GiB is 4 nodes, 100 vCPU would be 25
    assert found.quantity.max == pytest.approx(4 * 730)
    assert found.monthly_cost.max == pytest.approx(4 * 0.192 * 730)


def test_a_spot_pool_expects_the_spot_price(priced, line, usage_of):
    usage = usage_of("karpenter_node_pool", {"instances": 2})
    found = line(priced(_pool(G5, _in("karpenter.sh/capacity-type", "spot")), usage=usage), "instances")
    assert found.purchase_option.value == "spot"
    assert found.quantity_source is QuantitySource.USAGE_FILE
    assert found.monthly_cost.expected == pytest.approx(2 * 730 * found.unit_price)


@pytest.mark.parametrize(
    ("requirements", "fits"),
    [
        ([_in("karpenter.k8s.aws/instance-family", "g5"), _in("karpenter.k8s.aws/instance-gpu-count", "1")], 5),
        ([_in("karpenter.k8s.aws/instance-family", "g5"), {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Lt", "values": ["9"]}], 2),
        ([_in("karpenter.k8s.aws/instance-family", "g5", "g5g"), {"key": "kubernetes.io/arch", "operator": "NotIn", "values": ["amd64"]}], 6),
        ([_in("karpenter.k8s.aws/instance-family", "g5"), _in("karpenter.k8s.aws/instance-size", "xlarge", "2xlarge"), _in("team", "vision")], 2),
    ],
)
def test_requirements_choose_the_types(priced, line, requirements, fits):
    found = line(priced(_pool(*requirements, limits={"cpu": "100"})), "instances")
    assert any(note.startswith(f"{fits} types fit") for note in found.assumptions), found.assumptions


@pytest.mark.parametrize(
    ("pool", "reason"),
    [
        (_pool(G5, limits={}), "no limits"),
        (_pool(G5, limits={"nvidia.com/gpu": UNKNOWN}), "known only after deployment"),
        (_pool(_in("karpenter.k8s.aws/instance-shape", "round")), "not understood"),
        (_pool(_in("node.kubernetes.io/instance-type", "m5.xlarge")), "no ceiling"),
        (_pool(_in("node.kubernetes.io/instance-type", "z9.mega")), "0 instance types"),
    ],
)
def test_a_pool_without_a_ceiling_is_unknown(priced, pool, reason):
    found = priced(pool)
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_a_node_class_elsewhere_leaves_the_volumes_listed(stack_of):
    result = estimate(stack_of(_pool(G5, node_class="other"), _class()))
    assert [item.component for item in result.unknown] == ["EBS volumes"]


M5 = _in("node.kubernetes.io/instance-type", "m5.xlarge", "m5.2xlarge", "m5.4xlarge")


@pytest.mark.parametrize(
    ("pending", "expected", "hourly"),
    [
        # 10 vCPU: three m5.xlarge at 0.192; two m5.2xlarge or one m5.4xlarge would be 0.768
        ({"pending_cpu": 10.0}, "m5.xlarge", 3 * 0.192),
        # 100 GB need seven m5.xlarge (16 GiB): 1.344, as much as any other mix of one type
        ({"pending_cpu": 10.0, "pending_memory_gb": 100.0}, "m5.xlarge", 7 * 0.192),
    ],
)
def test_pending_requests_are_packed_on_the_cheapest_type(priced, line, usage_of, pending, expected, hourly):
    found = line(priced(_pool(M5, limits={"cpu": "100"}), usage=usage_of("karpenter_node_pool", pending)), "instances")
    assert found.instance_type == expected
    assert found.monthly_cost.expected == pytest.approx(hourly * 730)
    assert any("cheapest packing" in note and "10 vCPU" in note for note in found.assumptions)
    assert found.quantity_source is QuantitySource.USAGE_FILE


def test_pending_gpus_take_the_type_with_the_cheapest_gpu(priced, line, usage_of):
    # four GPUs: four g5.xlarge at 1.006 = 4.024, one g5.12xlarge 5.672
    found = line(priced(_pool(G5, limits={"nvidia.com/gpu": "8"}), usage=usage_of("karpenter_node_pool", {"pending_gpu": 4.0})), "instances")
    assert (found.instance_type, found.quantity.expected) == ("g5.xlarge", 4 * 730)


def test_pending_requests_prefer_spot_where_the_pool_allows_it(priced, line, usage_of):
    pool = _pool(G5, _in("karpenter.sh/capacity-type", "spot", "on-demand"), limits={"nvidia.com/gpu": "8"})
    found = line(priced(pool, usage=usage_of("karpenter_node_pool", {"pending_gpu": 1.0})), "instances")
    assert found.purchase_option.value == "spot"
    assert found.monthly_cost.expected == pytest.approx(730 * 1.006 * 0.41)


def test_more_pending_than_the_limits_hold_is_cut_and_said(stack_of, usage_of):
    result = estimate(stack_of(_pool(M5, limits={"cpu": "8"})), (usage_of("karpenter_node_pool", {"pending_cpu": 100.0}),))
    assert result.resources[0].lines[0].quantity.expected == 2 * 730
    assert any("are possible" in warning for warning in result.warnings)


def test_what_no_type_of_the_pool_can_hold_is_unknown(priced, usage_of):
    found = priced(_pool(M5, limits={"cpu": "8"}), usage=usage_of("karpenter_node_pool", {"pending_gpu": 1.0}))
    assert (found.status, "1 GPU" in found.reason) == (Status.UNKNOWN, True)


def test_a_static_pool_runs_its_replicas(priced, line):
    pool = _pool(M5, limits={"cpu": "100"})
    found = line(priced((POOL, "pool", {**pool[2], "spec": {**pool[2]["spec"], "replicas": 3}})), "instances")
    assert (found.quantity.min, found.quantity.expected) == (3 * 730, 3 * 730)


def test_an_auto_mode_pool_pays_the_fee_of_its_type_and_an_80_gib_volume(priced, line, usage_of):
    labels = _in("eks.amazonaws.com/instance-family", "m7i"), _in("eks.amazonaws.com/instance-size", "large")
    spec = {"nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}, "requirements": list(labels)}
    pool = (POOL, "pool", {"spec": {"template": {"spec": spec}, "limits": {"cpu": "20"}}})
    node_class = ("kubernetes:eks.amazonaws.com/v1:NodeClass", "class", {"metadata": {"name": "default"}, "spec": {}})
    found = priced(pool, node_class, usage=usage_of("karpenter_node_pool", {"instances": 2}))
    assert line(found, "Auto Mode management").monthly_cost.expected == pytest.approx(2 * 730 * 0.0121)
    assert line(found, "EBS gp3 storage, data").quantity.expected == 160


def test_a_windows_pool_is_unknown_rather_than_linux(priced):
    found = priced(_pool(M5, _in("kubernetes.io/os", "windows"), limits={"cpu": "8"}))
    assert (found.status, "Linux" in found.reason) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(("operator", "fits"), [("Gt", 2), ("Gte", 3), ("Lt", 0), ("Lte", 1)])
def test_figures_are_compared_by_each_operator(priced, operator, fits):
    cpu = {"key": "karpenter.k8s.aws/instance-cpu", "operator": operator, "values": ["4"]}
    found = priced(_pool(M5, cpu, limits={"cpu": "100"}))
    if fits:
        assert any(note.startswith(f"{fits} types fit") for note in found.lines[0].assumptions)
    else:
        assert "0 instance types" in found.reason
