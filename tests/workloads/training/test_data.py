from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plinth.errors import InputError
from workloads.training.data import load_data


def _channel(tmp_path: Path, text: str) -> Path:
    (tmp_path / "digits.csv").write_text(text)
    return tmp_path


def _row(label: str = "3", pixel: str = "8") -> str:
    return ",".join([pixel, *["0"] * 63, label])


def test_the_shipped_digits_are_scikit_learns_own() -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    data = load_data(None, seed=1)
    ours = np.column_stack([np.vstack([data.pixels, data.held_out_pixels]), np.concatenate([data.labels, data.held_out_labels])])
    theirs = np.column_stack([pixels, labels])
    assert sorted(map(bytes, ours)) == sorted(map(bytes, theirs))


def test_a_fifth_is_held_out_and_the_split_depends_on_the_seed_alone() -> None:
    first, again, other = (load_data(None, seed) for seed in (1, 1, 2))
    assert len(first.held_out_labels) == 359 and len(first.labels) == 1438
    assert (first.pixels == again.pixels).all()
    assert not (first.held_out_labels == other.held_out_labels).all()
    assert first.sha256 == other.sha256


def test_a_channel_is_read_from_its_csv(tmp_path: Path) -> None:
    data = load_data(_channel(tmp_path, "\n".join([_row("3"), _row("9"), _row("0")])), seed=1)
    assert sorted([*data.labels, *data.held_out_labels]) == [0, 3, 9]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        (_row(), "wrong shape"),
        (f"{_row()}\n1,2,3", "not numbers"),
        (f"{_row()}\n{_row('x')}", "not numbers"),
        ("1,2\n3,4", "wrong shape"),
        (f"{_row()}\n{_row('10')}", "row 2"),
        (f"{_row()}\n{_row(pixel='17')}", "row 2"),
        (f"{_row(pixel='nan')}\n{_row()}", "row 1"),
        (f"{_row()}\n{_row('2.5')}", "row 2"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_bad_csv_is_refused_with_what_and_where(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        load_data(_channel(tmp_path, text), seed=1)
    assert "digits.csv" in str(caught.value) and caught.value.fix


def test_a_csv_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "digits.csv").write_bytes(b"\xff\xfe1,2")
    with pytest.raises(InputError, match="not UTF-8"):
        load_data(tmp_path, seed=1)


def test_a_channel_without_a_csv_or_with_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one csv"):
        load_data(tmp_path, seed=1)
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("1")
    with pytest.raises(InputError, match="one csv"):
        load_data(tmp_path, seed=1)
