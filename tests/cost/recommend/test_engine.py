from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cost.recommend import Inventory, InventoryItem, Metrics, Recommendations, Settings, read_metrics, recommend
from cost.recommend.model import ActionType, RiskBand

NAB = Path(__file__).parents[2] / "data/metrics/nab"
DUTY, HELD = "nvidia_smi_utilization_gpu", "nvidia_smi_memory_used"
GIB = 1024**3
POINTS = 400
Rows = Callable[..., list[str]]
Run = Callable[..., Recommendations]


@pytest.fixture
def nab(tmp_path: Path) -> Callable[..., Recommendations]:
    """A real CloudWatch series, taken as averages (its statistic is not documented), on an instance type; with a quiet network added where asked."""

    def run(name: str, instance_type: str, *, network: bool = False) -> Recommendations:
        lines = (NAB / f"ec2_cpu_utilization_{name}.csv").read_text().splitlines()[1:]
        path = tmp_path / f"{name}.csv"
        rows = [f"i-1,CPUUtilization,Percent,Average,{line}" for line in lines]
        rows += [f"i-1,{metric},Bytes,Sum,{line.split(',')[0]},900" for metric in ("NetworkIn", "NetworkOut") if network for line in lines]
        path.write_text("\n".join(["resource_id,metric,unit,statistic,timestamp,value", *rows]) + "\n")
        return recommend(read_metrics(path), Inventory(items=(InventoryItem(resource_id="i-1", instance_types=(instance_type,)),)))

    return run


def test_two_idle_weeks_are_a_stop(nab: Callable[..., Recommendations]) -> None:
    (item,) = nab("24ae8d", "m5.2xlarge", network=True).recommendations
    assert item.action_type is ActionType.STOP
    assert item.estimated_monthly_savings == pytest.approx(0.384 * 730)
    assert item.evidence[0].value == pytest.approx(8 * 0.0027, abs=0.001)
    assert item.performance_risk == 1.0


def test_two_idle_weeks_without_a_network_metric_are_left_alone(nab: Callable[..., Recommendations]) -> None:
    found = nab("24ae8d", "m5.2xlarge")
    assert not found.recommendations
    assert found.not_recommended[0].reason.startswith("looks idle (CPU at most 0.18")
    assert "not known without NetworkIn and NetworkOut" in found.not_recommended[0].reason


def test_a_steady_43_percent_is_never_halved(nab: Callable[..., Recommendations]) -> None:
    found = nab("5f5533", "m7i.2xlarge")
    assert not found.recommendations
    assert "limits: CPU" in found.not_recommended[0].reason
    (upgrade,) = nab("5f5533", "m5.2xlarge").recommendations
    assert upgrade.action_type is ActionType.UPGRADE
    assert upgrade.recommended_resource_summary == "m6a.2xlarge (8 vCPU, 32 GiB)"
    assert upgrade.performance_risk == 1.5


@pytest.mark.parametrize("instance_type", ["m5.2xlarge", "c5.4xlarge", "r6i.xlarge"])
def test_a_burst_is_not_shrunk_although_its_mean_is_10_percent(nab: Callable[..., Recommendations], instance_type: str) -> None:
    found = nab("77c1ca", instance_type)
    assert not found.recommendations
    assert "CPU P99.5 is" in found.not_recommended[0].reason


def test_less_than_30_hours_is_too_short_and_says_the_hours(rows: Rows, recommended: Run) -> None:
    found = recommended("m5.2xlarge", rows("CPUUtilization", [12.0] * 359))
    assert not found.recommendations
    assert found.not_recommended[0].reason == "too short: 29.9 h of CPUUtilization in the lookback, 30 h are needed"
    assert found.not_recommended[0].hours_found == pytest.approx(29.92)
    assert recommended("m5.2xlarge", rows("CPUUtilization", [12.0] * 360)).recommendations


def test_hours_with_a_gap_are_hours_found_rather_than_the_span(rows: Rows, recommended: Run) -> None:
    found = recommended("m5.2xlarge", rows("CPUUtilization", [3.0] * 300 + [None] * 300 + [3.0] * 50))
    assert found.not_recommended[0].hours_found == pytest.approx(29.17)


def test_gaps_are_counted_and_raise_the_risk(rows: Rows, recommended: Run) -> None:
    whole, holed = [12.0] * 4032, ([12.0] * 8 + [None]) * 448
    (without,) = recommended("m7i.2xlarge", *(rows(name, whole) for name in ("CPUUtilization", "mem_used_percent"))).recommendations
    (item,) = recommended("m7i.2xlarge", *(rows(name, holed) for name in ("CPUUtilization", "mem_used_percent"))).recommendations
    assert (item.evidence[0].intervals, item.evidence[0].missing_intervals, item.evidence[0].gaps) == (3584, 447, 447)
    risks = [{risk.specification: risk.risk for risk in found.specification_risks}["Memory"] for found in (without, item)]
    assert risks == [0.0, 0.5]


def test_memory_that_is_not_measured_is_never_cut(rows: Rows, recommended: Run) -> None:
    cpu = rows("CPUUtilization", [12.0] * POINTS)
    (blind,) = recommended("m5.2xlarge", cpu).recommendations
    assert "32 GiB" in blind.recommended_resource_summary
    (seen,) = recommended("m5.2xlarge", cpu, rows("mem_used_percent", [10.0] * POINTS)).recommendations
    assert "8 GiB" in seen.recommended_resource_summary or "4 GiB" in seen.recommended_resource_summary
    assert seen.estimated_monthly_savings > blind.estimated_monthly_savings


def test_memory_is_sized_on_its_peak_not_on_a_percentile(rows: Rows, recommended: Run) -> None:
    cpu = rows("CPUUtilization", [12.0] * POINTS)
    (item,) = recommended("m5.2xlarge", cpu, rows("mem_used_percent", [10.0] * (POINTS - 1) + [60.0])).recommendations
    memory = next(result for result in item.replay if result.specification == "Memory")
    assert memory.capacity >= 32 * 0.6 * 1.2
    assert memory.intervals_above_target == 0


def test_a_memory_series_that_is_too_short_is_said_and_not_used(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("m5.2xlarge", rows("CPUUtilization", [12.0] * POINTS), rows("mem_used_percent", [10.0] * 100)).recommendations
    assert "32 GiB" in item.recommended_resource_summary
    assert any(note.startswith("mem_used_percent was not used: 8.3 h") for note in item.notes)


def test_missing_network_evidence_raises_the_risk_where_bandwidth_shrinks(rows: Rows, recommended: Run) -> None:
    series = (rows("CPUUtilization", [12.0] * POINTS), rows("mem_used_percent", [10.0] * POINTS))
    (blind,) = recommended("m5.2xlarge", *series).recommendations
    (seen,) = recommended("m5.2xlarge", *series, rows("NetworkIn", [1e6] * POINTS)).recommendations
    assert (blind.performance_risk, blind.performance_risk_band) == (2.5, RiskBand.MEDIUM)
    assert seen.performance_risk < blind.performance_risk


def test_an_average_adds_one_to_the_risk(rows: Rows, recommended: Run) -> None:
    def risk(statistic: str) -> float:
        series = [rows(name, [12.0] * 4032, statistic=statistic) for name in ("CPUUtilization", "mem_used_percent")]
        (item,) = recommended("m7i.2xlarge", *series).recommendations
        return {found.specification: found.risk for found in item.specification_risks}["Memory"]

    assert (risk("Maximum"), risk("Average")) == (0.0, 1.0)


def gpu(rows: Rows, duty: list[float], held_gib: list[float], gpus: int = 1) -> list[list[str]]:
    series = [rows("CPUUtilization", [3.0] * POINTS), rows("mem_used_percent", [8.0] * POINTS), rows("NetworkIn", [1e6] * POINTS)]
    for device in range(gpus):
        series += [rows(DUTY, duty, device=str(device)), rows(HELD, [gib * GIB for gib in held_gib], device=str(device))]
    return series


def test_four_small_models_move_to_one_gpu(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("g5.12xlarge", *gpu(rows, [12.0] * POINTS, [4.0] * POINTS, 4)).recommendations
    assert "1 x NVIDIA A10G" in item.recommended_resource_summary
    replays = {result.metric: result for result in item.replay}
    assert replays[DUTY].worst_demand == pytest.approx(0.48)
    assert replays[HELD].worst_demand == pytest.approx(16.0)
    assert item.performance_risk >= 2.0
    assert {"GPUOverprovisioned", "GPUMemoryOverprovisioned", "CPUOverprovisioned"} <= set(item.finding_reason_codes)


def test_gpu_memory_is_a_hard_limit_however_low_the_duty(rows: Rows, recommended: Run) -> None:
    def gpus(peak: float) -> str:
        (item,) = recommended("g5.24xlarge", *gpu(rows, [6.0] * POINTS, [4.0] * (POINTS - 1) + [peak], 4)).recommendations
        return item.recommended_resource_summary

    assert "1 x NVIDIA A10G" in gpus(4.0)
    assert "4 x NVIDIA A10G" in gpus(10.0)


def test_memory_of_zero_is_not_low_demand(rows: Rows, recommended: Run) -> None:
    restarted = [18.0] * 200 + [0.0] * 100 + [18.0] * 100
    for held in (restarted, [18.0] * POINTS):
        (item,) = recommended("g5.16xlarge", *gpu(rows, [30.0] * POINTS, held)).recommendations
        assert next(result for result in item.replay if result.metric == HELD).worst_demand == pytest.approx(18.0)
    (item,) = recommended("g5.16xlarge", *gpu(rows, [30.0] * POINTS, restarted)).recommendations
    assert any("100 samples of 0" in note for evidence in item.evidence for note in evidence.notes)


def test_bursty_duty_keeps_its_gpu_although_the_median_is_zero(rows: Rows, recommended: Run) -> None:
    found = recommended("g5.12xlarge", *gpu(rows, ([0.0] * 9 + [94.0]) * 40, [3.0] * POINTS, 4))
    assert not found.recommendations
    assert "GPU P99.5 is 0.94 of 1 GPU, above the target 0.833" in found.not_recommended[0].reason


def test_gpus_that_are_not_told_apart_keep_their_number_and_memory(rows: Rows, recommended: Run) -> None:
    series = [rows("CPUUtilization", [3.0] * POINTS), rows("mem_used_percent", [8.0] * POINTS), rows(DUTY, [12.0] * POINTS), rows(HELD, [2.0 * GIB] * POINTS)]
    (item,) = recommended("g5.24xlarge", *series).recommendations
    assert "4 x NVIDIA A10G" in item.recommended_resource_summary
    assert any("do not tell the GPUs apart" in note for note in item.notes)


def test_without_gpu_memory_evidence_the_gpu_is_not_cut(rows: Rows, recommended: Run) -> None:
    series = gpu(rows, [12.0] * POINTS, [4.0] * POINTS, 4)
    without = [lines for lines in series if HELD not in lines[0]]
    (item,) = recommended("g5.24xlarge", *without).recommendations
    assert "4 x NVIDIA A10G" in item.recommended_resource_summary


@pytest.mark.parametrize(("instance_type", "model"), [("g5.24xlarge", "NVIDIA A10G"), ("g6e.12xlarge", "NVIDIA L40S"), ("g6.24xlarge", "NVIDIA L4")])
def test_a_gpu_model_is_never_changed(rows: Rows, recommended: Run, instance_type: str, model: str) -> None:
    (item,) = recommended(instance_type, *gpu(rows, [12.0] * POINTS, [1.0] * POINTS, 4)).recommendations
    assert f"{model} " in item.recommended_resource_summary


def test_a_gpu_that_idles_with_memory_held_is_a_stop_with_that_note(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("g5.2xlarge", *gpu(rows, [0.0] * (POINTS - 1) + [4.9], [17.0] * POINTS)).recommendations
    assert item.action_type is ActionType.STOP
    assert any("GPU memory is held" in note for note in item.notes)


def idle(rows: Rows, cpu: list[float] | None = None, **more: str) -> list[list[str]]:
    """The series of an instance whose network is quiet, and whose CPU is at 1 % where it is not given."""
    values = cpu or [1.0] * POINTS
    return [rows("CPUUtilization", values, **more), *(rows(name, [900.0] * len(values), **more) for name in ("NetworkIn", "NetworkOut"))]


@pytest.mark.parametrize(("working", "percentile"), [(20, "P99.5"), (400, "P90"), (1, "P99.5")])
def test_a_batch_job_that_runs_now_and_then_is_never_stopped(rows: Rows, recommended: Run, working: int, percentile: str) -> None:
    cpu = [0.5] * (4032 - working) + [99.0] * working
    found = recommended("m5.4xlarge", *idle(rows, cpu), settings=Settings(percentile=percentile))
    assert all(item.action_type not in (ActionType.STOP, ActionType.SCALE_IN) for item in found.recommendations)
    (stopped,) = recommended("m5.4xlarge", *idle(rows, [0.5] * 4032), settings=Settings(percentile=percentile)).recommendations
    assert stopped.action_type is ActionType.STOP


@pytest.mark.parametrize(("peak", "stops"), [(4.99, True), (5.0, False)])
def test_idle_is_judged_on_the_peak_of_cpu_and_of_gpu_duty(rows: Rows, recommended: Run, peak: float, stops: bool) -> None:
    for found in (
        recommended("m5.4xlarge", *idle(rows, [1.0] * (POINTS - 1) + [peak])),
        recommended("g5.2xlarge", *gpu(rows, [0.0] * (POINTS - 1) + [peak], [17.0] * POINTS)),
    ):
        assert any(item.action_type is ActionType.STOP for item in found.recommendations) is stops


@pytest.mark.parametrize("missing", ["NetworkIn", "NetworkOut"])
def test_what_looks_idle_with_one_direction_of_traffic_unmeasured_is_left_alone(rows: Rows, recommended: Run, missing: str) -> None:
    found = recommended("m5.large", *(lines for lines in idle(rows) if missing not in lines[0]))
    assert not found.recommendations
    assert f"not known without {missing}: give" in found.not_recommended[0].reason


def test_a_network_metric_that_is_too_short_is_as_good_as_none(rows: Rows, recommended: Run) -> None:
    found = recommended("m5.large", *idle(rows)[:2], rows("NetworkOut", [900.0] * 100))
    assert not found.recommendations
    assert "without NetworkOut" in found.not_recommended[0].reason and "NetworkOut was not used: 8.3 h" in found.not_recommended[0].reason


@pytest.mark.parametrize(("instance_type", "devices"), [("g5.2xlarge", 0), ("g5.12xlarge", 1)])
def test_a_gpu_instance_is_not_called_idle_without_the_duty_of_each_gpu(rows: Rows, recommended: Run, instance_type: str, devices: int) -> None:
    found = recommended(instance_type, *gpu(rows, [0.0] * POINTS, [17.0] * POINTS, devices))
    assert not found.recommendations
    assert "without the duty of each GPU" in found.not_recommended[0].reason


def test_a_gpu_instance_is_not_called_idle_without_its_cpu(rows: Rows, recommended: Run) -> None:
    series = [lines for lines in gpu(rows, [0.0] * POINTS, [17.0] * POINTS) if "CPUUtilization" not in lines[0]]
    found = recommended("g5.2xlarge", *series)
    assert not found.recommendations
    assert "without CPUUtilization" in found.not_recommended[0].reason


def test_a_day_of_traffic_is_work_although_the_mean_of_the_fortnight_is_quiet(rows: Rows, recommended: Run) -> None:
    traffic = [0.0] * 3744 + [20_000.0] * 288
    assert sum(traffic) / 14 < 5e6 < sum(traffic)
    found = recommended("m5.large", *idle(rows, [1.0] * 4032)[:2], rows("NetworkOut", traffic))
    assert all(item.action_type is not ActionType.STOP for item in found.recommendations)


def test_a_stop_is_replayed_against_the_threshold_of_idleness(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("m5.4xlarge", *idle(rows, [0.0] * 100 + [1.0] * 476)).recommendations
    replays = {result.label: result for result in item.replay}
    assert set(replays) == {"CPU", "NetworkIn", "NetworkOut"}
    cpu = replays["CPU"]
    assert (cpu.capacity, cpu.target, cpu.intervals, cpu.intervals_above_target, cpu.intervals_above_capacity) == (0, pytest.approx(0.8), 576, 0, 476)
    assert cpu.sentence == "CPU: 0 of 576 intervals at or above the idle threshold, 0.8 vCPU; worst 0.16"
    network = replays["NetworkOut"]
    assert (network.intervals, network.unit, network.worst_demand) == (2, "MB a day", pytest.approx(288 * 900 / 1e6))


def test_a_group_whose_idle_member_goes_is_replayed_too(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("g5.2xlarge", *gpu(rows, [0.0] * POINTS, [17.0] * POINTS), purchase_options=("Spot",)).recommendations
    assert item.action_type is ActionType.SCALE_IN
    assert [result.label for result in item.replay] == ["CPU", "GPU"]


def test_prose_says_which_direction_of_the_network_it_means(rows: Rows, recommended: Run) -> None:
    series = (rows("CPUUtilization", [12.0] * POINTS), rows("mem_used_percent", [10.0] * POINTS))
    (item,) = recommended("m5.2xlarge", *series, *(rows(name, [1e6] * POINTS) for name in ("NetworkIn", "NetworkOut"))).recommendations
    assert {"NetworkIn", "NetworkOut"} < {result.label for result in item.replay}
    assert "NetworkIn is above" in item.undo and "NetworkOut is above" in item.undo and "NetworkBandwidth" not in item.undo
    reasons = [risk.reasons[0] for risk in item.specification_risks if risk.specification == "NetworkBandwidth"]
    assert [reason.split(":")[0] for reason in reasons] == ["NetworkIn", "NetworkOut"]
    busy = recommended("m5.large", *series, rows("NetworkOut", [5e10] * POINTS))
    assert "NetworkOut P99.5 is" in busy.not_recommended[0].reason


@pytest.mark.parametrize("tag", ["aws:autoscaling:groupName", "aws:autoscaling_group_name", "eks:nodegroup-name", "eks_nodegroup_name"])
def test_an_idle_member_of_a_group_is_scaled_in_rather_than_stopped(rows: Rows, recommended: Run, tag: str) -> None:
    (item,) = recommended("m5.large", *idle(rows), tags={tag: "workers"}).recommendations
    assert (item.action_type, item.restart_needed) == (ActionType.SCALE_IN, False)


def test_an_idle_spot_instance_is_scaled_in(rows: Rows, recommended: Run) -> None:
    (item,) = recommended("m5.large", *idle(rows), purchase_options=("Spot",)).recommendations
    assert item.action_type is ActionType.SCALE_IN


def test_a_low_cpu_with_a_busy_network_is_not_idle(rows: Rows, recommended: Run) -> None:
    found = recommended("m5.large", rows("CPUUtilization", [1.0] * POINTS), rows("NetworkIn", [5e6] * POINTS))
    assert all(item.action_type is not ActionType.STOP for item in found.recommendations)


def test_savings_are_at_the_bills_own_rate(rows: Rows, recommended: Run) -> None:
    series = (rows("CPUUtilization", [12.0] * POINTS), rows("mem_used_percent", [10.0] * POINTS), rows("NetworkIn", [1e6] * POINTS))
    (listed,) = recommended("m5.2xlarge", *series).recommendations
    (own,) = recommended("m5.2xlarge", *series, hourly_rate=0.2, monthly_hours=365.0, purchase_options=("SavingsPlan",)).recommendations
    assert own.estimated_monthly_cost == pytest.approx(0.2 * 365)
    assert own.estimated_savings_percentage == pytest.approx(listed.estimated_savings_percentage)
    assert own.estimated_monthly_savings == pytest.approx(73.0 * own.estimated_savings_percentage / 100)
    assert "effective rate after discounts" in own.price_basis and "list price" in listed.price_basis
    assert any("commitment goes on" in note for note in own.notes)


def test_graviton_only_where_asked_and_with_high_effort(rows: Rows, recommended: Run) -> None:
    series = (rows("CPUUtilization", [12.0] * POINTS), rows("mem_used_percent", [10.0] * POINTS), rows("NetworkIn", [1e6] * POINTS))
    (stays,) = recommended("m7i.2xlarge", *series).recommendations
    (moves,) = recommended("m7i.2xlarge", *series, settings=Settings(graviton=True)).recommendations
    assert stays.action_type is ActionType.RIGHTSIZE
    assert (moves.action_type, moves.implementation_effort) == (ActionType.MIGRATE_TO_GRAVITON, "High")
    assert moves.platform_differences[0].startswith("Architecture")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"instance_types": ("ml.g5.xlarge",)}, "SageMaker"),
        ({"instance_types": ("zz9.large",)}, "not in the shipped tables"),
        ({"instance_types": ("m5.large", "m5.xlarge")}, "the bill has it as m5.large, m5.xlarge"),
        ({"operating_system": "Windows"}, "it runs Windows"),
        ({"hourly_rate": 0.0}, "nothing to save"),
        ({"monthly_hours": None}, "hours unknown"),
        ({"resource_id": "i-2"}, "no metric that sizing reads"),
    ],
)
def test_what_can_not_be_sized_is_listed_with_its_reason(rows: Rows, metrics: Callable[..., Metrics], item: dict[str, object], reason: str) -> None:
    inventory = Inventory(items=(InventoryItem.model_validate({"resource_id": "i-1", "instance_types": ("m5.large",), **item}),))
    found = recommend(metrics(rows("CPUUtilization", [12.0] * POINTS)), inventory)
    assert not found.recommendations
    assert any(reason in entry.reason for entry in found.not_recommended)


def billed(*days: float) -> dict[str, object]:
    """An item billed without a break from one day of January 2026 to another."""
    first, last = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in days)
    return {"resource_id": "i-1", "instance_types": ("m5.large",), "billed": ((first, last),)}


@pytest.mark.parametrize(
    ("item", "end", "reason"),
    [
        (billed(0, 14), 15, None),
        (billed(0, 13), 15, "no longer runs (last billed 2026-01-14 00:00, the bill's hours go to 2026-01-16 00:00 UTC)"),
        (billed(-20, -2), -2, "no longer runs when its metrics begin (last billed 2025-12-30 00:00, metrics from 2026-01-01 00:00 UTC)"),
        (billed(3, 15), 15, "its metrics end before its bill begins (metrics to 2026-01-02 09:20, first billed 2026-01-04 00:00 UTC)"),
    ],
)
def test_nothing_is_saved_on_an_instance_that_no_longer_runs(
    rows: Rows, metrics: Callable[..., Metrics], item: dict[str, object], end: int, reason: str | None
) -> None:
    inventory = Inventory(items=(InventoryItem.model_validate(item),), period_end=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=end))
    found = recommend(metrics(*idle(rows)), inventory)
    assert [entry.action_type for entry in found.recommendations] == ([] if reason else [ActionType.STOP])
    assert all(entry.reason.startswith(reason or "?") for entry in found.not_recommended)
    assert bool(found.estimated_monthly_savings) is (reason is None)


def test_every_resource_is_in_one_list_once_and_savings_rank(rows: Rows, metrics: Callable[..., Metrics]) -> None:
    names = ("i-a", "i-b", "i-c", "i-d")
    loads = zip((*names, "i-stranger"), (1.0, 1.0, 95.0, 1.0, 50.0), strict=True)
    series = [lines for name, level in loads for lines in idle(rows, [level] * POINTS, resource=name)]
    types = ("m5.large", "m5.4xlarge", "m5.large", "m5.xlarge")
    found = recommend(
        metrics(*series), Inventory(items=tuple(InventoryItem(resource_id=name, instance_types=(kind,)) for name, kind in zip(names, types, strict=True)))
    )
    assert [item.resource_id for item in found.recommendations] == ["i-b", "i-d", "i-a"]
    assert [item.resource_id for item in found.not_recommended] == ["i-c", "i-stranger"]
    assert found.estimated_monthly_savings == pytest.approx(sum(item.estimated_monthly_savings for item in found.recommendations))


def test_json_has_the_hubs_field_names(rows: Rows, recommended: Run) -> None:
    found = recommended("m5.large", *idle(rows)).model_dump(mode="json", by_alias=True)
    hub = {"recommendationId", "resourceId", "accountId", "region", "actionType", "currentResourceType", "recommendedResourceType", "currentResourceSummary"}
    hub |= {
        "recommendedResourceSummary",
        "estimatedMonthlySavings",
        "estimatedSavingsPercentage",
        "estimatedMonthlyCost",
        "currencyCode",
        "implementationEffort",
    }
    hub |= {"restartNeeded", "rollbackPossible", "recommendationLookbackPeriodInDays", "tags"}
    assert hub <= set(found["recommendations"][0])
