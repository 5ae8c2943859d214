from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.gpu_weights import aws_share, residual_shares
from cost.allocate.instance_specs import Shape, list_prices, shape_of, shapes


def test_residuals_of_shipped_prices_are_between_a_quarter_and_all_of_the_price_for_current_gpus():
    shares = residual_shares(list_prices(), shapes())
    for name in ("g5.xlarge", "g6.xlarge", "p3.16xlarge", "p4d.24xlarge", "p5.48xlarge"):
        shape = shape_of(name)
        assert shape is not None
        assert 0.25 < shares[name] < 1
        assert shares[name] > aws_share(shape)


def test_residuals_need_types_to_fit_and_something_left_for_the_gpu():
    known = {"m5.large": Shape(2, 8), "c5.large": Shape(2, 4), "g1.large": Shape(2, 8, 1), "g2.large": Shape(2, 8, 1)}
    prices = {"m5.large": 0.1, "c5.large": 0.08, "g1.large": 0.4, "g2.large": 0.09}
    assert residual_shares(prices, known) == {"g1.large": pytest.approx(0.75)}
    assert residual_shares({"m5.large": 0.1, "g1.large": 0.4}, known) == {}


@settings(max_examples=200, deadline=None)
@given(
    cpu=st.floats(0.001, 1),
    memory=st.floats(0.001, 0.1),
    gpu=st.floats(0.01, 100),
    shape=st.builds(Shape, vcpu=st.floats(1, 256), memory_gib=st.floats(1, 4096), gpus=st.floats(0.125, 16)),
)
def test_a_residual_recovers_the_gpus_part_of_a_price_that_is_made_of_parts(cpu: float, memory: float, gpu: float, shape: Shape):
    plain = {"m5.large": Shape(2, 8), "c5.large": Shape(2, 4), "r5.large": Shape(2, 16)}
    prices = {name: each.vcpu * cpu + each.memory_gib * memory for name, each in plain.items()}
    rest = shape.vcpu * cpu + shape.memory_gib * memory
    share = residual_shares(prices | {"g1.large": rest + gpu}, {**plain, "g1.large": shape}).get("g1.large", 0.0)
    assert share == pytest.approx(gpu / (rest + gpu), abs=1e-5)
