"""The rows to learn from: a csv in the training channel, or the handwritten digits that scikit-learn ships."""

from __future__ import annotations

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from plinth.files import read_text
from workloads.network import CLASSES, FEATURES, HIGHEST_PIXEL, Array

HELD_OUT_SHARE = 0.2


class Data(BaseModel):
    """Rows to train on, rows held out for the accuracy, and the sha256 of all of them."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    pixels: Array
    labels: NDArray[np.int64]
    held_out_pixels: Array
    held_out_labels: NDArray[np.int64]
    sha256: str


def load_data(channel: Path | None, seed: int) -> Data:
    """The rows, split by `seed` with a fifth held out. Raises InputError where the channel has not exactly one good csv."""
    pixels, labels = _shipped_digits() if channel is None else _read_csv(channel)
    order = np.random.default_rng([seed, 1]).permutation(len(labels))
    held_out, kept = np.split(order, [max(1, round(len(order) * HELD_OUT_SHARE))])
    return Data(
        pixels=pixels[kept],
        labels=labels[kept],
        held_out_pixels=pixels[held_out],
        held_out_labels=labels[held_out],
        sha256=hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest(),
    )


def _shipped_digits() -> tuple[Array, NDArray[np.int64]]:
    # `load_digits` reads this same file, but importing scikit-learn for it takes seconds; a test holds the two equal.
    package = find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise InputError("there is no data to train on", where="scikit-learn is not installed", fix="install scikit-learn, or give a training channel")
    path = Path(package.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    rows = np.loadtxt(path, delimiter=",", dtype=np.float64)
    return np.ascontiguousarray(rows[:, :-1]), rows[:, -1].astype(np.int64)


def _read_csv(channel: Path) -> tuple[Array, NDArray[np.int64]]:
    files = sorted(channel.glob("*.csv"))
    if len(files) != 1:
        raise InputError("the training channel must hold one csv file", where=channel, value=[file.name for file in files], fix="leave one *.csv in it")
    text = read_text(files[0])
    if not text.strip():
        raise InputError("the csv is empty", where=files[0], fix=_FORM)
    try:
        rows = np.loadtxt(io.StringIO(text), delimiter=",", comments=None, ndmin=2, dtype=np.float64)
    except ValueError as error:
        raise InputError("the csv has a row that is not numbers", where=files[0], value=str(error), fix=_FORM) from error
    if rows.shape[0] < 2 or rows.shape[1] != FEATURES + 1:
        raise InputError("the csv has the wrong shape", where=files[0], value=f"{rows.shape[0]} rows of {rows.shape[1]} columns", fix=_FORM)
    pixels, labels = rows[:, :-1], rows[:, -1]
    good = ((pixels >= 0) & (pixels <= HIGHEST_PIXEL)).all(axis=1) & np.isin(labels, np.arange(CLASSES))
    if not good.all():
        row = int(np.argmin(good))
        raise InputError("a row has a pixel outside 0 to 16 or a label outside 0 to 9", where=f"{files[0]}, row {row + 1}", value=rows[row], fix=_FORM)
    return np.ascontiguousarray(pixels), labels.astype(np.int64)


_FORM = f"give at least two rows of {FEATURES} pixels (0 to 16) and a label (0 to 9), without a header"
