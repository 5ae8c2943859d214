"""Real GPU pods (../shared/data/gpu, where it is there): a verdict a pod, and the time it takes. Run by `make bench`; asserts no time."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest

from cost.recommend import Inventory, InventoryItem, Settings, read_metrics, recommend
from cost.recommend.instances import instance_types
from cost.recommend.series import read_series

PODS = Path(__file__).parents[3] / "shared/data/gpu/gentd26_pods.parquet"
ASSUMED = "p5.4xlarge"
CARDS = ("g5.xlarge", "g6e.xlarge", ASSUMED)


def metrics_of_pods(out: Path) -> Path:
    """The pods as a metrics file; a null stays an empty value. The source averaged its samples."""
    duckdb.sql(
        f"""COPY (
            SELECT pod_id AS resource_id, metric, unit, 'Average' AS statistic,
                   strftime(to_timestamp(timestamp_s) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS timestamp, value
            FROM (SELECT *, gpu_duty_pct AS value, 'DCGM_FI_DEV_GPU_UTIL' AS metric, 'Percent' AS unit FROM '{PODS}'
                  UNION ALL SELECT *, gpu_mem_bytes, 'DCGM_FI_DEV_FB_USED', 'Bytes' FROM '{PODS}'
                  UNION ALL SELECT *, mem_util_frac * 100, 'mem_used_percent', 'Percent' FROM '{PODS}')
        ) TO '{out}' (HEADER)"""
    )
    return out


@pytest.mark.bench
@pytest.mark.skipif(not PODS.exists(), reason="data/gpu states no licence and is not in the repository")
def test_a_verdict_for_each_of_20_real_gpu_pods(tmp_path: Path) -> None:
    started = time.perf_counter()
    metrics = read_metrics(metrics_of_pods(tmp_path / "pods.csv"))
    inventory = Inventory(items=tuple(InventoryItem(resource_id=pod, instance_types=(ASSUMED,)) for pod in sorted(metrics.resource_ids)))
    found = recommend(metrics, inventory)
    waived = recommend(metrics, inventory, Settings(minimum_hours=0))
    took = time.perf_counter() - started
    verdicts = {item.resource_id: item.action_type for item in waived.recommendations} | {item.resource_id: item.reason for item in waived.not_recommended}
    series = {pod: {item.metric.name: item for item in parts} for pod, parts in read_series(metrics, 14).items()}
    print(f"\n{len(inventory.items)} pods, read and judged twice in {took:.2f} s; the card is not in the data: {ASSUMED} is assumed")
    for warning in found.warnings:
        print(f"  warning: {warning}")
    for item in found.not_recommended:
        memory, duty = series[item.resource_id]["DCGM_FI_DEV_FB_USED"], series[item.resource_id]["DCGM_FI_DEV_GPU_UTIL"]
        peak = memory.values.max() / 1024**3
        holds = ", ".join(f"{instance_types()[name].gpu_memory_gib:g}" for name in CARDS if peak * 1.2 <= instance_types()[name].gpu_memory_gib) or "none"
        print(f"{item.resource_id[:8]}  {item.reason}\n          duty samples missing {duty.missing_samples}, memory zeros {memory.zero_samples}")
        print(f"          peak {peak:.1f} GiB: cards of {holds} GiB hold it; MINIMUM WAIVED, not advice: {verdicts[item.resource_id]}")
    assert len(found.not_recommended) == 20 and not found.recommendations
    assert all("too short" in item.reason for item in found.not_recommended)
