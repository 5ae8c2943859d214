from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.allocate.containers_requests import COLUMNS, read_requests
from plinth.errors import InputError

HEADER = ",".join(COLUMNS)
GOOD = "ml,i-1,train,fit,fit-1,1,4,,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z"


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "requests.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_requests(path)
    return str(caught.value)


def test_a_row_is_a_pod_on_a_node_with_the_larger_of_request_and_use(tmp_path: Path):
    path = written(tmp_path, f"{GOOD},2.5,,3,vision", header=f"{HEADER},cpu_used,memory_used_gib,gpu_used,tag:CostCenter")
    pod = read_requests(path).pods[0]
    assert (pod.cpu, pod.memory_gib, pod.gpu) == (2.5, 4.0, 3.0)
    assert (pod.start, pod.end) == (datetime(2026, 10, 1), datetime(2026, 10, 2))
    assert (pod.tags, pod.line) == ({"cost_center": "vision"}, 2)


def test_a_zone_is_brought_to_utc_and_an_empty_end_is_a_pod_that_still_runs(tmp_path: Path):
    pod = read_requests(written(tmp_path, "ml,i-1,a,w,p,1,1,1,2026-10-01T02:00:00+02:00,")).pods[0]
    assert (pod.start, pod.end) == (datetime(2026, 10, 1), None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ml,i-1,a,w,p,250m,1,0,2026-10-01,", "cpu_request is not a number"),
        ("ml,i-1,a,w,p,1,4294967296,0,2026-10-01,", "memory_request_gib is no amount"),
        ("ml,i-1,a,w,p,-1,1,0,2026-10-01,", "cpu_request is no amount"),
        ("ml,i-1,a,w,p,nan,1,0,2026-10-01,", "cpu_request is no amount"),
        ("ml,i-1,a,w,p,1,1,0,yesterday,", "start is not a time"),
        ("ml,i-1,a,w,p,1,1,0,0001-01-01T00:00:00+23:00,", "start is not a time"),
        ("ml,i-1,a,w,p,1,1,0,2026-10-02,2026-10-01", "ends where it starts, or before"),
        ("ml,,a,w,p,1,1,0,2026-10-02,", "has no node"),
        ("ml,i-1,a,w,p,1,1", "not as many cells"),
        (f"ml,i-1,a,w,{'p' * 2000},1,1,0,2026-10-02,", "longer than a name can be"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, line: str, said: str):
    text = refused(written(tmp_path, GOOD, line))
    assert said in text
    assert "requests.csv, line 3" in text


def test_headers_are_checked(tmp_path: Path):
    assert "lacks the column node" in refused(written(tmp_path, header="cluster,pod"))
    assert "column twice" in refused(written(tmp_path, header=f"{HEADER},pod"))
    assert "nothing reads: 'cpu_usd'" in refused(written(tmp_path, header=f"{HEADER},cpu_usd"))
    assert "has no pods" in refused(written(tmp_path))


def test_one_pod_twice_at_one_time_is_refused_and_one_after_the_other_is_a_resize(tmp_path: Path):
    later = "ml,i-1,train,fit,fit-1,2,4,,2026-10-02T00:00:00Z,"
    assert len(read_requests(written(tmp_path, later, GOOD)).pods) == 2
    text = refused(written(tmp_path, GOOD, later.replace("2026-10-02T00", "2026-10-01T23")))
    assert "given twice for the same time" in text
    assert "line 3 (the first: line 2)" in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(max_size=12), min_size=10, max_size=10))
def test_no_text_in_a_cell_is_more_than_an_input_error(tmp_path: Path, cells: list[str]):
    with suppress(InputError):
        read_requests(written(tmp_path, ",".join(cell.replace("\n", " ") for cell in cells)))
