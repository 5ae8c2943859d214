"""The model: a two-layer perceptron in numpy, with its gradient step. One place for training and serving, so that they can't differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = dict[str, Array]
"""`hidden_weights` (features, hidden), `hidden_bias` (hidden,), `output_weights` (hidden, classes), `output_bias` (classes,)."""

FEATURES = 64
CLASSES = 10
HIGHEST_PIXEL = 16.0
"""A digit is 8 x 8 pixels of 0 to 16. Source: scikit-learn user guide, section 8.1, Optical recognition of handwritten digits."""


def initial_parameters(hidden: int, seed: int) -> Parameters:
    """He-scaled weights and zero biases, the same for the same seed (He et al. 2015, equation 10)."""
    generator = np.random.default_rng([seed, 0])
    return {
        "hidden_weights": generator.standard_normal((FEATURES, hidden)) * np.sqrt(2.0 / FEATURES),
        "hidden_bias": np.zeros(hidden),
        "output_weights": generator.standard_normal((hidden, CLASSES)) * np.sqrt(2.0 / hidden),
        "output_bias": np.zeros(CLASSES),
    }


def probabilities(parameters: Mapping[str, Array], pixels: Array) -> Array:
    """Class probabilities (rows, classes) for pixels (rows, 64) of 0 to 16."""
    return _forward(parameters, pixels)[1]


def gradients(parameters: Mapping[str, Array], pixels: Array, labels: NDArray[np.int64]) -> tuple[Parameters, float]:
    """The gradients of the mean cross-entropy over a batch, and the loss itself."""
    activation, predicted = _forward(parameters, pixels)
    rows = np.arange(len(labels))
    loss = float(-np.log(np.maximum(predicted[rows, labels], 1e-300)).mean())
    error = predicted.copy()
    error[rows, labels] -= 1.0
    error /= len(labels)
    hidden_error = (error @ parameters["output_weights"].T) * (activation > 0)
    return {
        "hidden_weights": (pixels / HIGHEST_PIXEL).T @ hidden_error,
        "hidden_bias": hidden_error.sum(axis=0),
        "output_weights": activation.T @ error,
        "output_bias": error.sum(axis=0),
    }, loss


def _forward(parameters: Mapping[str, Array], pixels: Array) -> tuple[Array, Array]:
    activation = np.maximum(pixels / HIGHEST_PIXEL @ parameters["hidden_weights"] + parameters["hidden_bias"], 0.0)
    scores = activation @ parameters["output_weights"] + parameters["output_bias"]
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return activation, exponentials / exponentials.sum(axis=1, keepdims=True)
