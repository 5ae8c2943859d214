from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

JOB = "aws:glue/job:Job"
WORKGROUP = "aws:athena/workgroup:Workgroup"


def _job(**inputs):
    return {"roleArn": "arn:aws:iam::111122223333:role/etl", "command": {"name": "glueetl", "scriptLocation": "s3://b/s.py"}, **inputs}


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        (_job(workerType="G.2X", numberOfWorkers=5), 44.0),  # 2 DPU x 5 x 10 h x 0.44
        (_job(workerType="G.025X", numberOfWorkers=2), 2.2),  # 0.25 DPU x 2 x 10 h x 0.44
        (_job(workerType="G.1X", numberOfWorkers=10, executionClass="FLEX"), 29.0),  # 10 DPU x 10 h x 0.29
        (_job(workerType="R.2X", numberOfWorkers=2), 20.8),  # 2 M-DPU x 2 x 10 h x 0.52
        (_job(maxCapacity=2), 8.8),
        (_job(), 44.0),  # 10 DPU where nothing is declared
        (_job(command={"name": "pythonshell", "scriptLocation": "s"}), 0.275),  # 1/16 DPU
        (_job(command={"name": "glueray", "scriptLocation": "s"}, workerType="Z.2X", numberOfWorkers=3), 31.2),  # 2 M-DPU x 3 x 10 h x 0.52
    ],
)
def test_a_job_costs_its_dpus_for_the_hours_it_runs(priced, usage_of, inputs, cost):
    found = priced((JOB, "etl", inputs), usage=usage_of("aws_glue_job", {"monthly_hours": 10}))
    assert found.monthly_cost.expected == pytest.approx(cost)


def test_a_streaming_job_runs_all_month_unless_usage_says_otherwise(priced, usage_of):
    inputs = _job(command={"name": "gluestreaming", "scriptLocation": "s"}, workerType="G.1X", numberOfWorkers=2)
    assert priced((JOB, "stream", inputs)).monthly_cost.expected == pytest.approx(2 * 730 * 0.44)
    usage = usage_of("aws_glue_job", {"monthly_hours": 100})
    assert priced((JOB, "stream", inputs), usage=usage).monthly_cost.expected == pytest.approx(88.0)


def test_auto_scaling_goes_from_two_workers_to_the_declared_number(priced, usage_of):
    inputs = _job(workerType="G.1X", numberOfWorkers=10, defaultArguments={"--enable-auto-scaling": "true"})
    cost = priced((JOB, "etl", inputs), usage=usage_of("aws_glue_job", {"monthly_hours": 10})).monthly_cost
    assert (cost.min, cost.max) == (pytest.approx(8.8), pytest.approx(44.0))


def test_dpu_hours_that_usage_states_stand_above_workers_and_hours(priced, usage_of):
    usage = usage_of("aws_glue_job", {"monthly_dpu_hours": 100, "monthly_hours": 10})
    assert priced((JOB, "etl", _job(workerType="G.2X", numberOfWorkers=5)), usage=usage).monthly_cost.expected == pytest.approx(44.0)


def test_an_unknown_number_of_workers_is_unknown_and_not_free(priced):
    found = priced((JOB, "etl", _job(workerType="G.1X", numberOfWorkers=UNKNOWN)))
    assert (found.status.value, found.monthly_cost) == ("unknown", None)


@pytest.mark.parametrize(
    ("token", "terraform_type", "inputs", "fields", "cost"),
    [
        ("aws:glue/crawler:Crawler", "aws_glue_crawler", {"databaseName": "d", "role": "r"}, {"monthly_hours": 10}, 8.8),  # 2 DPU
        ("aws:glue/crawler:Crawler", "aws_glue_crawler", {"databaseName": "d", "role": "r"}, {"monthly_hours": 10, "dpus": 5}, 22.0),
        ("aws:glue/catalogDatabase:CatalogDatabase", "aws_glue_catalog_database", {"name": "d"}, {"monthly_objects": 200_000, "monthly_requests": 3e6}, 5.0),
        ("aws:glue/catalogTableOptimizer:CatalogTableOptimizer", "aws_glue_catalog_table_optimizer", {"type": "compaction"}, {"monthly_dpu_hours": 10}, 4.4),
        ("aws:glue/dataQualityRuleset:DataQualityRuleset", "aws_glue_data_quality_ruleset", {"ruleset": "Rules = []"}, {"monthly_dpu_hours": 10}, 4.4),
        ("aws:glue/devEndpoint:DevEndpoint", "aws_glue_dev_endpoint", {"numberOfNodes": 2}, {"monthly_hours": 100}, 88.0),
        ("aws:glue/devEndpoint:DevEndpoint", "aws_glue_dev_endpoint", {"workerType": "G.2X", "numberOfWorkers": 3}, {"monthly_hours": 10}, 26.4),
        ("aws:glue/mLTransform:MLTransform", "aws_glue_ml_transform", {"maxCapacity": 10}, {"monthly_hours": 10}, 44.0),
    ],
)
def test_what_stands_beside_jobs_costs_by_the_dpu_hour(priced, usage_of, token, terraform_type, inputs, fields, cost):
    assert priced((token, "example", inputs), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(cost)


def test_an_endpoint_that_nobody_stops_costs_all_month(priced):
    # 5 DPU x 730 h x 0.44: the default of an endpoint (Glue API, NumberOfNodes)
    assert priced(("aws:glue/devEndpoint:DevEndpoint", "dev", {})).monthly_cost.expected == pytest.approx(1606.0)


def test_a_transform_that_nobody_gives_hours_is_unknown_and_not_free(priced):
    found = priced(("aws:glue/mLTransform:MLTransform", "idle", {"maxCapacity": 10}))
    assert (found.status.value, found.monthly_cost) == ("unknown", None)
    assert "monthly_hours" in found.reason


def test_a_catalog_whose_requests_nobody_states_lists_them(stack_of, monkeypatch):
    from cost.estimate import Usage, engine, estimate

    monkeypatch.setattr(engine, "preset_usage", lambda preset: Usage(by_type={}))
    stated = Usage(by_type={"aws_glue_catalog_database": {"monthly_objects": 200_000.0}})
    result = estimate(stack_of(("aws:glue/catalogDatabase:CatalogDatabase", "d", {})), (stated,))
    assert result.total.expected == pytest.approx(2.0)
    assert [item.component for item in result.unknown] == ["data catalog requests"]


def test_a_workgroup_costs_by_what_it_scans_and_says_its_cutoff(priced, usage_of, line):
    usage = usage_of("aws_athena_workgroup", {"monthly_data_scanned_tb": 3})
    found = priced((WORKGROUP, "primary", {"configuration": {"bytesScannedCutoffPerQuery": 1024**4}}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(15.0)
    assert any("1 TB at most" in note for note in line(found, "data scanned").assumptions)


def test_a_spark_workgroup_costs_by_the_dpu_hour(priced, usage_of):
    inputs = {"configuration": {"engineVersion": {"selectedEngineVersion": "PySpark engine version 3"}}}
    found = priced((WORKGROUP, "spark", inputs), usage=usage_of("aws_athena_workgroup", {"monthly_dpu_hours": 100}))
    assert found.monthly_cost.expected == pytest.approx(35.0)


def test_reserved_capacity_costs_while_it_is_active(priced, usage_of):
    token = "aws:athena/capacityReservation:CapacityReservation"
    # 24 DPU x 730 h x 0.30
    assert priced((token, "reserved", {"targetDpus": 24})).monthly_cost.expected == pytest.approx(5256.0)
    usage = usage_of("aws_athena_capacity_reservation", {"monthly_hours": 10})
    assert priced((token, "reserved", {"targetDpus": 24}), usage=usage).monthly_cost.expected == pytest.approx(72.0)
