from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cost.recommend import Inventory, InventoryItem, read_metrics, recommend
from cost.recommend.series import Series, read_series
from cost.recommend.synthetic import generate_metrics
from plinth.errors import InputError

TYPES = ("g5.2xlarge", "g5.12xlarge", "g6e.xlarge", "g5.2xlarge", "g5.4xlarge", "m5.2xlarge", "m5.2xlarge", "m5.2xlarge", "m5.large")
INVENTORY = Inventory(
    items=tuple(InventoryItem(resource_id=f"i-{number}", instance_types=(name,)) for number, name in enumerate(TYPES)),
    period_end=datetime(2026, 3, 1, tzinfo=UTC),
)
GPU = "nvidia_smi_utilization_gpu"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate_metrics(INVENTORY, tmp_path_factory.mktemp("generated") / "metrics.csv", seed=3)


@pytest.fixture(scope="module")
def series(generated: Path) -> dict[str, dict[str, Series]]:
    return {name: {item.metric.name: item for item in found} for name, found in read_series(read_metrics(generated), 14).items()}


def test_the_same_seed_gives_the_same_bytes(generated: Path, tmp_path: Path) -> None:
    assert generate_metrics(INVENTORY, tmp_path / "again.csv", seed=3).read_bytes() == generated.read_bytes()
    assert generate_metrics(INVENTORY, tmp_path / "other.csv", seed=4).read_bytes() != generated.read_bytes()


def test_the_file_says_that_it_is_generated_and_the_output_carries_that(generated: Path) -> None:
    found = recommend(read_metrics(generated), INVENTORY)
    assert "not measured" in found.metrics_notes[0]


def test_a_bursty_gpu_looks_idle_by_mean_and_median(series: dict[str, dict[str, Series]]) -> None:
    duty = series["i-0"][GPU].values[:, 0]
    assert 7 < duty.mean() < 13 and np.median(duty) == 0 and np.quantile(duty, 0.995) > 94


def test_a_gpu_with_high_memory_has_low_duty(series: dict[str, dict[str, Series]]) -> None:
    assert series["i-2"][GPU].values.mean() < 8
    assert series["i-2"]["nvidia_smi_memory_used"].values.max() > 0.9 * 44.7 * 1024**3


def test_a_near_idle_gpu_holds_memory(series: dict[str, dict[str, Series]]) -> None:
    assert np.quantile(series["i-3"][GPU].values, 0.99) < 1
    assert series["i-3"]["nvidia_smi_memory_used"].values.min() > 0.6 * 22.35 * 1024**3


def test_duty_is_missing_after_idle_samples(series: dict[str, dict[str, Series]]) -> None:
    busy = series["i-4"][GPU]
    assert 0.2 < busy.missing_samples / (busy.missing_samples + len(busy.values)) < 0.42
    before_gap = busy.values[:-1, 0][np.diff(busy.starts) > 300]
    assert (before_gap == 0).mean() > 0.85


def test_the_series_end_with_the_bill(series: dict[str, dict[str, Series]]) -> None:
    assert series["i-0"]["CPUUtilization"].window()[1] == INVENTORY.period_end


def test_no_sample_lies_outside_the_billed_hours(tmp_path: Path) -> None:
    end = datetime(2026, 3, 1, tzinfo=UTC)
    broken = ((end - timedelta(days=40), end - timedelta(days=3)), (end - timedelta(days=2), end))
    gone = ((end - timedelta(days=40), end - timedelta(days=16)),)
    items = (
        InventoryItem(resource_id="i-broken", instance_types=("g5.2xlarge",), billed=broken),
        InventoryItem(resource_id="i-gone", instance_types=("m5.large",), billed=gone),
    )
    read = read_metrics(generate_metrics(Inventory(items=items, period_end=end), tmp_path / "metrics.csv"))
    assert read.resource_ids == {"i-broken"}
    for found in read_series(read, 14)["i-broken"]:
        starts = found.starts
        assert ((starts < broken[0][1].timestamp()) | (starts >= broken[1][0].timestamp())).all()
        assert len(starts) > 2000


def test_the_traits_lead_to_different_verdicts(generated: Path) -> None:
    found = recommend(read_metrics(generated), INVENTORY)
    actions = {item.resource_id: str(item.action_type) for item in found.recommendations}
    assert actions == {"i-1": "Rightsize", "i-3": "Stop", "i-5": "Rightsize", "i-6": "Upgrade", "i-8": "Stop"}
    reasons = {item.resource_id: item.reason for item in found.not_recommended}
    assert "GPU P99.5" in reasons["i-0"] and "GPUMemory peaks" in reasons["i-2"] and "CPU P99.5" in reasons["i-7"]


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        generate_metrics(INVENTORY, tmp_path / "file" / "metrics.csv")
