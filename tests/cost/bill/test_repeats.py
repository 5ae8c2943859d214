"""Tests of cost.bill.repeats: a line given twice is found in whatever file it stands, and only a line that says the same is one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from plinth.errors import InputError


def test_a_repeated_line_is_found_behind_a_file_that_names_no_lines(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "1.csv", [{}], without=["identity/LineItemId", "identity/TimeInterval"])
    for name in ("2.csv", "3.csv"):
        kit.write(tmp_path / name, [{"identity/LineItemId": f"own {name}"}, {"identity/LineItemId": "both"}])
    with pytest.raises(InputError, match=r"given twice: it stands in .*2\.csv too") as caught:
        read_bill([tmp_path])
    assert caught.value.where == f"{tmp_path / '3.csv'}, line 3"
    assert str(caught.value.value).startswith("both 2026-09")


def test_lines_of_one_id_that_say_other_things_are_no_repetition(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "1.csv", [{"identity/LineItemId": "same"}])
    kit.write(tmp_path / "2.csv", [{"identity/LineItemId": "same", "lineItem/ResourceId": "another"}])
    bill = read_bill([tmp_path])
    with closing(bill.engine):
        assert bill.rows == 2
