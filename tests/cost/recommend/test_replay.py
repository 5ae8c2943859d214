from __future__ import annotations

from pathlib import Path

import ibis
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cost.recommend import Inventory, InventoryItem, Metrics, Recommendations, Settings, recommend
from cost.recommend.instances import InstanceType, instance_types
from cost.recommend.model import RiskBand
from cost.recommend.replay import band

POINTS = 400
START = 1767225600
DUTY, HELD = "nvidia_smi_utilization_gpu", "nvidia_smi_memory_used"
GIB = 1024.0**3
CPU_TYPES = ("m5.2xlarge", "m5.large", "c6i.4xlarge", "r5.xlarge", "t3.large", "m4.xlarge", "i3.2xlarge", "m7i-flex.xlarge", "x2idn.16xlarge")
GPU_TYPES = ("g5.12xlarge", "g5.24xlarge", "g5.16xlarge", "g6.4xlarge", "g6e.24xlarge", "g4dn.12xlarge", "p4d.24xlarge")


@st.composite
def load(draw: st.DrawFn, top: float = 100.0) -> np.ndarray:
    """A level with noise and bursts, 0 to `top`: from idle to saturated, with now and then a single peak."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    level, burst = draw(st.floats(0, top)), draw(st.floats(0, top))
    share = draw(st.sampled_from([0.0, 0.002, 0.004, 0.006, 0.05, 0.3]))
    values = np.where(random.random(POINTS) < share, burst, level * random.uniform(0.5, 1.0, POINTS))
    return np.clip(values, 0, top)


def as_metrics(series: dict[tuple[str, str], np.ndarray]) -> Metrics:
    """Series by (metric, device) as a checked metrics table, without a file."""
    rows = [
        {"resource_id": "i-1", "metric": metric, "device": device, "statistic": "Maximum", "epoch": START + 300 * number, "value": float(value)}
        for (metric, device), values in series.items()
        for number, value in enumerate(values)
    ]
    return Metrics(table=ibis.memtable(rows), source="generated", notes=(), warnings=(), end=START + 300 * (POINTS - 1), resource_ids=frozenset({"i-1"}))


def candidate_of(found: Recommendations) -> InstanceType | None:
    (item,) = found.recommendations or (None,)
    return None if item is None or "Idle" in item.finding_reason_codes else instance_types()[item.recommended_resource_summary.split(" ")[0]]


PREFERENCES = st.builds(
    Settings,
    percentile=st.sampled_from(["P90", "P95", "P99.5"]),
    cpu_headroom=st.sampled_from([0, 20, 30]),
    memory_headroom=st.sampled_from([10, 20, 30]),
    graviton=st.booleans(),
)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@example(kind="m5.2xlarge", cpu=np.full(POINTS, 12.0), memory=np.full(POINTS, 10.0), preferences=Settings())
@given(kind=st.sampled_from(CPU_TYPES), cpu=load(60.0), memory=st.none() | load(90.0), preferences=PREFERENCES)
def test_no_recommendation_ever_exceeds_its_target_in_a_replay(kind: str, cpu: np.ndarray, memory: np.ndarray | None, preferences: Settings) -> None:
    series = {("CPUUtilization", ""): cpu} | ({} if memory is None else {("mem_used_percent", ""): memory})
    found = recommend(as_metrics(series), Inventory(items=(InventoryItem(resource_id="i-1", instance_types=(kind,)),)), preferences)
    candidate, current = candidate_of(found), instance_types()[kind]
    assert len(found.recommendations) + len(found.not_recommended) == 1
    if candidate is None:
        return
    allowed = {"P90": 0.1, "P95": 0.05, "P99.5": 0.005}[preferences.percentile]
    above = cpu / 100 * current.vcpu > candidate.sustained_vcpu / (1 + preferences.cpu_headroom / 100) + 1e-9
    assert above.sum() <= allowed * POINTS + 1e-9
    if memory is None:
        assert candidate.memory_gib >= current.memory_gib
    else:
        assert (memory / 100 * current.memory_gib).max() <= candidate.memory_gib / (1 + preferences.memory_headroom / 100) + 1e-9
    assert (candidate.price or 0) < (current.price or 0)


@SLOW
@example(kind="g5.24xlarge", duty=np.full(POINTS, 12.0), share=np.full(POINTS, 17.0), preferences=Settings())
@given(kind=st.sampled_from(GPU_TYPES), duty=load(40.0), share=load(60.0), preferences=PREFERENCES)
def test_no_gpu_recommendation_ever_exceeds_memory_or_duty_in_a_replay(kind: str, duty: np.ndarray, share: np.ndarray, preferences: Settings) -> None:
    current = instance_types()[kind]
    gpus = int(current.gpu_count)
    duties = [np.roll(duty, device) for device in range(gpus)]
    held = [np.roll(share, device) / 100 * current.gpu_memory_gib for device in range(gpus)]
    series = {("CPUUtilization", ""): np.full(POINTS, 2.0), ("mem_used_percent", ""): np.full(POINTS, 2.0)}
    series |= {(DUTY, str(device)): values for device, values in enumerate(duties)}
    series |= {(HELD, str(device)): values * GIB for device, values in enumerate(held)}
    found = recommend(as_metrics(series), Inventory(items=(InventoryItem(resource_id="i-1", instance_types=(kind,)),)), preferences)
    candidate = candidate_of(found)
    if candidate is None:
        return
    headroom, memory_headroom = 1 + preferences.cpu_headroom / 100, 1 + preferences.memory_headroom / 100
    allowed = {"P90": 0.1, "P95": 0.05, "P99.5": 0.005}[preferences.percentile]
    assert candidate.gpu_model == current.gpu_model
    assert sum(part.max() for part in held) <= candidate.gpu_memory_gib * max(1, candidate.gpu_count) + 1e-9
    assert max(part.max() for part in held) * memory_headroom <= candidate.gpu_memory_gib + 1e-9
    total = np.sum(duties, axis=0) / 100
    assert (total > candidate.gpu_count / headroom + 1e-9).sum() <= allowed * POINTS + 1e-9


@pytest.mark.parametrize(
    ("risk", "name"),
    [
        (0, RiskBand.VERY_LOW),
        (1, RiskBand.VERY_LOW),
        (1.01, RiskBand.LOW),
        (2, RiskBand.LOW),
        (2.5, RiskBand.MEDIUM),
        (3.01, RiskBand.HIGH),
        (4, RiskBand.HIGH),
    ],
)
def test_bands_are_those_of_compute_optimizer(risk: float, name: RiskBand) -> None:
    assert band(risk) is name


def test_the_examples_of_this_file_do_get_a_recommendation() -> None:
    """Guards the properties above against being vacuous."""
    for kind, extra in (
        ("m5.2xlarge", {}),
        ("g5.24xlarge", {(DUTY, str(n)): np.full(POINTS, 12.0) for n in range(4)} | {(HELD, str(n)): np.full(POINTS, 4 * GIB) for n in range(4)}),
    ):
        series = {("CPUUtilization", ""): np.full(POINTS, 12.0), ("mem_used_percent", ""): np.full(POINTS, 5.0)} | extra
        found = recommend(as_metrics(series), Inventory(items=(InventoryItem(resource_id="i-1", instance_types=(kind,)),)))
        assert candidate_of(found) is not None


def test_the_package_does_not_import_pulumi() -> None:
    import cost.recommend

    folder = Path(cost.recommend.__file__).parent
    assert not [path for path in folder.glob("*.py") if "pulumi" in path.read_text().lower().replace("no pulumi here", "")]
