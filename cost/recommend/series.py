"""The series of each resource: the maximum in each 5-minute interval of the lookback, with the gaps found and counted.

Nothing is filled: an interval without a sample is missing, never zero.
Source of "maximum in 5 minutes": AWS Compute Optimizer user guide, metrics analysed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import ibis
import numpy as np
from ibis import _

from cost.recommend.metric_names import METRICS, Metric
from cost.recommend.metrics_file import Metrics
from cost.recommend.model import Specification

INTERVAL_SECONDS = 300
DETAILED_MONITORING_SECONDS = 60
"""NetworkIn and NetworkOut count bytes a monitoring period. Maximum and Average do not say whether that was 60 or 300 s: 60 is the safe side."""
DAY_SECONDS = 86_400
KEY = ["resource_id", "metric", "statistic", "device"]


@dataclass(frozen=True)
class Series:
    """One metric of one resource. `values` has a row an interval and a column a device (GPU), in percent, bytes or Gbps; `starts` the intervals' epochs.

    An interval stands here only where every device has a sample; `partial` counts the others that had some.
    """

    metric: Metric
    statistic: str
    devices: tuple[str, ...]
    starts: np.ndarray
    values: np.ndarray
    interval_seconds: int
    sample_seconds: int
    missing_samples: int
    zero_samples: int
    partial: int

    @property
    def hours(self) -> float:
        """Hours that have a sample: intervals found, not the span from first to last."""
        return len(self.starts) * self.interval_seconds / 3600

    @property
    def missing_intervals(self) -> int:
        """Intervals between the first and the last one that have no sample."""
        return 0 if len(self.starts) == 0 else int((self.starts[-1] - self.starts[0]) // self.interval_seconds + 1 - len(self.starts))

    @property
    def gaps(self) -> np.ndarray:
        """The length in seconds of each run of missing intervals."""
        steps = np.diff(self.starts)
        return steps[steps > self.interval_seconds] - self.interval_seconds

    def window(self) -> tuple[datetime, datetime]:
        """From the start of the first interval to the end of the last."""
        return moment(self.starts[0]), moment(self.starts[-1] + self.interval_seconds)


def moment(epoch: float) -> datetime:
    """An epoch in seconds as a UTC time."""
    return datetime.fromtimestamp(float(epoch), UTC)


def read_series(metrics: Metrics, lookback_days: int) -> Mapping[str, tuple[Series, ...]]:
    """Every resource's series within the lookback, which ends at the file's last sample. A metric given as Maximum and Average keeps the Maximum."""
    window = metrics.table.filter(_.epoch > metrics.end - lookback_days * DAY_SECONDS)
    keys = _sampling(window)
    buckets = _intervals(window, keys).to_pyarrow()
    described = keys.order_by("key").to_pyarrow().to_pylist()
    starts = np.searchsorted(buckets["key"].to_numpy(), np.arange(len(described) + 1))
    epochs, values = buckets["start"].to_numpy(), buckets["value"].to_numpy()
    devices: dict[tuple[str, str, str], list[tuple[dict, np.ndarray, np.ndarray]]] = {}
    for row, first, last in zip(described, starts, starts[1:], strict=False):
        devices.setdefault((row["resource_id"], row["metric"], row["statistic"]), []).append((row, epochs[first:last], values[first:last]))
    found: dict[str, dict[str, Series]] = {}
    for (resource_id, metric, statistic), parts in sorted(devices.items(), key=lambda item: (item[0][0], item[0][1], _preference(item[0][2]))):
        found.setdefault(resource_id, {}).setdefault(metric, _combined(METRICS[metric], statistic, parts))
    return {resource_id: tuple(by_metric.values()) for resource_id, by_metric in found.items()}


def _preference(statistic: str) -> int:
    return ("Sum", "Maximum", "Average").index(statistic)


def _sampling(window: ibis.Table) -> ibis.Table:
    """One row a series: its key number (0 on), sampling period, and how many samples are missing or zero."""
    steps = window.mutate(step=_.epoch - _.epoch.lag().over(ibis.window(group_by=KEY, order_by="epoch")))
    grouped = steps.group_by(KEY).agg(samples=_.count(), first=_.epoch.min(), last=_.epoch.max(), step=_.step.quantile(0.25), zero=(_.value == 0).sum())
    period = grouped.mutate(period=_.step.fill_null(INTERVAL_SECONDS).round().cast("int64"))
    numbered = period.mutate(
        key=ibis.row_number().over(order_by=KEY),
        interval=ibis.greatest(_.period, INTERVAL_SECONDS),
        missing=ibis.greatest(((_["last"] - _["first"]) / _.period).round().cast("int64") + 1 - _.samples, 0),
    )
    return ibis.memtable(numbered.to_pyarrow())


def _intervals(window: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """key, start, value: the maximum in each interval, network bytes turned into Gbps, ordered."""
    network = [metric.name for metric in METRICS.values() if metric.specification is Specification.NETWORK]
    seconds = ibis.ifelse(_.statistic == "Sum", _.period, DETAILED_MONITORING_SECONDS)
    value = ibis.ifelse(_.metric.isin(network), _.value * 8 / 1e9 / seconds, _.value)
    start = (_.epoch.cast("float64") / _.interval).floor().cast("int64") * _.interval
    joined = window.join(keys.select(*KEY, "key", "period", "interval"), KEY).mutate(value=value, start=start)
    return joined.group_by("key", "start").agg(value=_.value.max()).order_by("key", "start")


def _combined(metric: Metric, statistic: str, parts: list[tuple[dict, np.ndarray, np.ndarray]]) -> Series:
    """The devices of one metric side by side, on the intervals that all of them have."""
    interval = max(row["interval"] for row, _epochs, _values in parts)
    every = np.unique(np.concatenate([epochs for _row, epochs, _values in parts]))
    common = every
    for _row, epochs, _values in parts:
        common = np.intersect1d(common, epochs, assume_unique=True)
    return Series(
        metric=metric,
        statistic=statistic,
        devices=tuple(row["device"] for row, _epochs, _values in parts),
        starts=common,
        values=np.column_stack([values[np.searchsorted(epochs, common)] for _row, epochs, values in parts]),
        interval_seconds=interval,
        sample_seconds=max(row["period"] for row, _epochs, _values in parts),
        missing_samples=sum(row["missing"] for row, _epochs, _values in parts),
        zero_samples=sum(row["zero"] for row, _epochs, _values in parts),
        partial=len(every) - len(common),
    )
