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
