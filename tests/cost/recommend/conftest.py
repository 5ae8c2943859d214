from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cost.recommend import Inventory, InventoryItem, Metrics, Recommendations, Settings, read_metrics, recommend

HEADER = "resource_id,metric,unit,statistic,device,timestamp,value"
START = datetime(2026, 1, 1, tzinfo=UTC)
UNITS = {
    "CPUUtilization": "Percent",
    "mem_used_percent": "Percent",
    "nvidia_smi_utilization_gpu": "Percent",
    "NetworkIn": "Bytes",
    "NetworkOut": "Bytes",
    "nvidia_smi_memory_used": "Bytes",
}


def lines_of(
    metric: str, values: Iterable[float | None], *, resource: str = "i-1", statistic: str | None = None, device: str = "", step: int = 300
) -> list[str]:
    """Rows of one series; None is an interval without a row."""
    chosen = statistic or ("Sum" if metric.startswith("Network") else "Maximum")
    return [
        f"{resource},{metric},{UNITS[metric]},{chosen},{device},{(START + timedelta(seconds=step * number)).strftime('%Y-%m-%dT%H:%M:%SZ')},{value}"
        for number, value in enumerate(values)
        if value is not None
    ]


@pytest.fixture
def rows() -> Callable[..., list[str]]:
    return lines_of


@pytest.fixture
def metrics_file(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "metrics.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def metrics(metrics_file: Callable[..., Path]) -> Callable[..., Metrics]:
    return lambda *series: read_metrics(metrics_file(*(line for lines in series for line in lines)))


@pytest.fixture
def recommended(metrics: Callable[..., Metrics]) -> Callable[..., Recommendations]:
    """The recommendations for one instance `i-1` of a type with these series."""

    def run(instance_type: str, *series: list[str], settings: Settings | None = None, **item: object) -> Recommendations:
        inventory = Inventory(items=(InventoryItem.model_validate({"resource_id": "i-1", "instance_types": (instance_type,), **item}),))
        return recommend(metrics(*series), inventory, settings)

    return run
