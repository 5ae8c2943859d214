from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.allocate.ml_counts import read_counts
from plinth.errors import InputError

HEADER = "resource,period,metric,value"


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "counts.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_counts(path)
    return str(caught.value)


def test_days_and_months_are_read_and_the_column_may_be_named_day(tmp_path: Path):
    counts = read_counts(written(tmp_path, "ranker,2026-10,predictions,1200000", "fit,2026-10-05,training_runs,3")).counts
    assert [(count.resource, count.metric, count.period, count.value) for count in counts] == [
        ("ranker", "predictions", "2026-10", 1200000),
        ("fit", "training_runs", "2026-10-05", 3),
    ]
    assert read_counts(written(tmp_path, "2026-10-05,ranker,predictions,1", header="day,resource,metric,value")).counts[0].period == "2026-10-05"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ranker,2026-13,predictions,1", "no month and no day"),
        ("ranker,October,predictions,1", "no month and no day"),
        ("ranker,2026-10,clicks,1", "metric is not known"),
        ("ranker,2026-10,predictions,many", "not a number"),
        ("ranker,2026-10,predictions,-1", "negative or not finite"),
        ("ranker,2026-10,predictions,inf", "negative or not finite"),
        (",2026-10,predictions,1", "names no resource"),
        ("ranker,2026-10,predictions", "not as many cells"),
        ("first,2026-10,predictions,2", "counted twice"),
        ("first,2026-10-05,predictions,2", "counted in its month too"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, line: str, said: str):
    text = refused(written(tmp_path, "first,2026-10,predictions,1", line))
    assert said in text
    assert "counts.csv, line 3" in text


def test_headers_are_checked(tmp_path: Path):
    assert "lacks the column metric" in refused(written(tmp_path, header="resource,period,value"))
    assert "lacks the column period" in refused(written(tmp_path, header="resource,metric,value"))
    assert "both period and day" in refused(written(tmp_path, header="resource,period,day,metric,value"))
    assert "column twice" in refused(written(tmp_path, header="resource,period,metric,value,value"))
    assert "has no counts" in refused(written(tmp_path))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(max_size=12), min_size=4, max_size=4))
def test_no_text_in_a_cell_is_more_than_an_input_error(tmp_path: Path, cells: list[str]):
    with suppress(InputError):
        read_counts(written(tmp_path, ",".join(cell.replace("\n", " ") for cell in cells)))
