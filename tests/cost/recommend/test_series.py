from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cost.recommend import Metrics, read_metrics
from cost.recommend.series import Series, read_series

NAB = Path(__file__).parents[2] / "data/metrics/nab"
Rows = Callable[..., list[str]]
Read = Callable[..., Metrics]


def only(metrics: Metrics, lookback: int = 14) -> Series:
    (series,) = read_series(metrics, lookback)["i-1"]
    return series


def test_an_interval_keeps_its_maximum(rows: Rows, metrics: Read) -> None:
    series = only(metrics(rows("CPUUtilization", [1, 9, 2, 3, 4, 5, 6, 7], step=60)))
    assert series.values[:, 0].tolist() == [9, 7]
    assert series.sample_seconds == 60


def test_missing_intervals_are_counted_and_not_filled(rows: Rows, metrics: Read) -> None:
    series = only(metrics(rows("CPUUtilization", [1, 2, None, None, 5, None, 7, 8, 9])))
    assert series.values[:, 0].tolist() == [1, 2, 5, 7, 8, 9]
    assert (series.missing_intervals, series.gaps.tolist(), series.missing_samples) == (3, [600, 300], 3)
    assert series.hours == pytest.approx(6 * 5 / 60)


def test_the_lookback_ends_at_the_files_last_sample(rows: Rows, metrics: Read) -> None:
    day = 288
    values = [50.0] + [1.0] * (14 * day)
    assert only(metrics(rows("CPUUtilization", values))).values.max() == 1.0
    assert only(metrics(rows("CPUUtilization", values)), 32).values.max() == 50.0


def test_a_maximum_is_preferred_to_an_average(rows: Rows, metrics: Read) -> None:
    series = only(metrics(rows("CPUUtilization", [1, 1], statistic="Average"), rows("CPUUtilization", [9, 9])))
    assert (series.statistic, series.values[:, 0].tolist()) == ("Maximum", [9, 9])


def test_network_bytes_become_gigabits_a_second(rows: Rows, metrics: Read) -> None:
    gigabit = 1e9 / 8 * 300
    assert only(metrics(rows("NetworkIn", [gigabit, gigabit]))).values[:, 0].tolist() == [1.0, 1.0]
    assert only(metrics(rows("NetworkIn", [gigabit, gigabit], statistic="Maximum"))).values[0, 0] == 5.0


def test_gpus_stand_side_by_side_on_the_intervals_that_all_have(rows: Rows, metrics: Read) -> None:
    duty = "nvidia_smi_utilization_gpu"
    series = only(metrics(rows(duty, [1, 2, 3], device="0"), rows(duty, [4, None, 6], device="1")))
    assert series.devices == ("0", "1")
    np.testing.assert_array_equal(series.values, [[1, 4], [3, 6]])
    assert series.partial == 1


def test_samples_coarser_than_five_minutes_keep_their_own_interval(rows: Rows, metrics: Read) -> None:
    series = only(metrics(rows("CPUUtilization", [1, 2, 3], step=3600)))
    assert (series.interval_seconds, series.missing_intervals, series.hours) == (3600, 0, 3.0)


def test_the_rds_series_has_its_one_missing_point(tmp_path: Path) -> None:
    lines = (NAB / "rds_cpu_utilization_cc0c53.csv").read_text().splitlines()[1:]
    path = tmp_path / "rds.csv"
    path.write_text("resource_id,metric,unit,statistic,timestamp,value\n" + "".join(f"i-1,CPUUtilization,Percent,Average,{line}\n" for line in lines))
    series = only(read_metrics(path))
    assert len(series.starts) == 4031 and series.missing_intervals == 1 and series.gaps.tolist() == [300]
