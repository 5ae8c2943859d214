from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cost.allocate.container_model import AWS_WEIGHTS, UnitWeights
from cost.allocate.containers_capacity import PodTime, share_out, unit_costs, value_shares
from cost.allocate.instance_specs import Shape, shape_of, shapes
from plinth.errors import UsageError

M5 = Shape(vcpu=4, memory_gib=16)
P3 = Shape(vcpu=64, memory_gib=488, gpus=8)


def test_the_unit_costs_of_awss_m5_xlarge_example():
    """AWS Data Exports user guide, "Example of split cost allocation data": 1 USD/(1 x 16 + 9 x 4) = 0.02; 0.17 a vCPU-hour, 0.02 a GB-hour."""
    assert shape_of("m5.xlarge") == M5
    costs = unit_costs(1.0, M5, AWS_WEIGHTS.of(M5.gpus))
    assert (round(costs.cpu, 2), round(costs.memory, 2), costs.gpu) == (0.17, 0.02, 0.0)
    assert 4 * costs.cpu + 16 * costs.memory == pytest.approx(1.0)


def test_the_unit_costs_of_awss_p3_16xlarge_example():
    """The same, "for accelerated instances": 10 USD/(72 + 48.8 + 57.6) = 0.056; GPU 0.504, vCPU 0.05; GB 0.0056 (the page prints 0.00506)."""
    found = shape_of("p3.16xlarge")
    assert found is not None
    assert (found.vcpu, found.memory_gib, found.gpus) == (64, 488, 8)
    costs = unit_costs(10.0, P3, AWS_WEIGHTS.of(P3.gpus))
    assert (round(costs.gpu, 3), round(costs.cpu, 2), round(costs.memory, 4)) == (0.504, 0.05, 0.0056)
    assert 8 * costs.gpu + 64 * costs.cpu + 488 * costs.memory == pytest.approx(10.0)
    assert value_shares(P3, AWS_WEIGHTS.of(8))[2] == pytest.approx(0.404, abs=5e-4), "AWS's weights give eight GPUs 40 %"


def test_pods_beyond_the_vcpus_share_them_in_proportion_and_what_no_pod_has_is_shared_by_what_they_have():
    pods = [PodTime(1, 1, 4, 0), PodTime(1, 1.9, 6, 0), PodTime(1, 1, 2, 0), PodTime(1, 1, 2, 0)]
    shares = share_out(M5, AWS_WEIGHTS.of(0), 1.0, pods, 1.0)
    cpu, memory = 36 / 52, 16 / 52
    assert [pod.cpu for pod in shares.pods] == pytest.approx([cpu * each / 4.9 for each in (1, 1.9, 1, 1)])
    assert [pod.memory for pod in shares.pods] == pytest.approx([memory * each / 16 for each in (4, 6, 2, 2)])
    assert [pod.idle for pod in shares.pods] == pytest.approx([memory * 2 / 16 * each / 14 for each in (4, 6, 2, 2)])
    assert shares.overcommitted


def test_weights_that_value_nothing_are_refused():
    with pytest.raises(UsageError, match="no value"):
        value_shares(M5, UnitWeights(cpu=0, memory=0, gpu=9))


def test_a_node_without_pods_or_without_billed_hours_is_uncovered():
    assert share_out(M5, AWS_WEIGHTS.of(0), 24.0, [], 0.0).uncovered == 1
    assert share_out(M5, AWS_WEIGHTS.of(0), 0.0, [PodTime(1, 1, 1, 0)], 1.0).uncovered == 1


def test_every_type_of_the_table_has_a_shape_and_sagemaker_types_have_their_instances():
    assert all(shape.vcpu > 0 and shape.memory_gib > 0 for shape in shapes().values())
    assert shape_of("ml.g5.xlarge") == shape_of("g5.xlarge")
    assert shape_of("inf2.48xlarge") is not None and shape_of("inf2.48xlarge").gpus == 12  # pyright: ignore[reportOptionalMemberAccess]
    assert (shape_of("x99.large"), shape_of(""), shape_of(None)) == (None, None, None)


amounts = st.floats(0, 1e4)
times = st.builds(PodTime, hours=st.floats(0.01, 24), cpu=amounts, memory=amounts, gpu=st.floats(0, 64))


@example(shape=Shape(1, 1, 5e-324), weights=UnitWeights(cpu=1, memory=0, gpu=1), billed=1.0, pods=[PodTime(1, 0, 0, 1)], spread=0.0)
@settings(max_examples=300, deadline=None)
@given(
    shape=st.builds(Shape, vcpu=st.floats(0.25, 512), memory_gib=st.floats(0.5, 8192), gpus=st.floats(0, 16)),
    weights=st.builds(UnitWeights, cpu=st.floats(0.01, 100), memory=st.floats(0, 100), gpu=st.floats(0, 100)),
    billed=st.floats(0, 24),
    pods=st.lists(times, max_size=8),
    spread=st.floats(0, 1),
)
def test_used_idle_and_uncovered_shares_add_up_to_the_node_and_none_is_negative(
    shape: Shape, weights: UnitWeights, billed: float, pods: list[PodTime], spread: float
):
    longest, total = max((pod.hours for pod in pods), default=0.0), sum(pod.hours for pod in pods)
    shares = share_out(shape, weights, billed, pods, min(24.0, longest + spread * (total - longest)))
    whole = [part for pod in shares.pods for part in (pod.cpu, pod.memory, pod.gpu, pod.idle)] + [shares.idle_unassigned, shares.uncovered]
    assert sum(whole) == pytest.approx(1.0, abs=1e-9)
    assert min(whole) >= -1e-12
