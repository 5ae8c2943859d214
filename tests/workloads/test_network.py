from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workloads.network import gradients, initial_parameters, probabilities

PIXELS = np.random.default_rng(5).integers(0, 17, (7, 64)).astype(np.float64)
LABELS = np.array([0, 1, 2, 3, 4, 5, 9])


def test_the_gradients_agree_with_finite_differences() -> None:
    parameters = initial_parameters(hidden=6, seed=3)
    slopes, _ = gradients(parameters, PIXELS, LABELS)
    for name, value in parameters.items():
        for position in np.random.default_rng(1).choice(value.size, min(5, value.size), replace=False):
            step = np.zeros(value.size)
            step[position] = 1e-6
            above = gradients({**parameters, name: value + step.reshape(value.shape)}, PIXELS, LABELS)[1]
            below = gradients({**parameters, name: value - step.reshape(value.shape)}, PIXELS, LABELS)[1]
            assert np.isclose(slopes[name].flat[position], (above - below) / 2e-6, rtol=1e-4, atol=1e-7), name


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, (3, 64), elements=st.floats(0, 16)))
def test_probabilities_add_up_to_one_for_any_pixels(pixels: np.ndarray) -> None:
    predicted = probabilities(initial_parameters(hidden=8, seed=1), pixels)
    assert np.allclose(predicted.sum(axis=1), 1) and (predicted >= 0).all()


def test_the_first_weights_depend_on_the_seed_alone() -> None:
    first, again, other = (initial_parameters(hidden=4, seed=seed) for seed in (1, 1, 2))
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["hidden_weights"] == other["hidden_weights"]).any()
