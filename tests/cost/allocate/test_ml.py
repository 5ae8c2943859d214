from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from cost.allocate import ml_rows
from cost.allocate.ml import ml_costs
from cost.allocate.ml_counts import Count, Counts, read_counts
from cost.allocate.ml_model import MlAllocation, MlResource, UnitCost
from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
DAY = date(2026, 10, 5)
ENDPOINT = "arn:aws:sagemaker:us-east-1:000000000001:endpoint/ranker"
LONELY = "arn:aws:sagemaker:us-east-1:000000000001:endpoint/lonely"
JOBS = [f"arn:aws:sagemaker:us-east-1:000000000001:training-job/fit-{number}" for number in (1, 2)]
APP = "arn:aws:sagemaker:us-east-1:000000000001:app/d-1/ada/JupyterLab/default"
PROFILE = "arn:aws:bedrock:us-east-1:000000000001:application-inference-profile/abc"
CLAUDE = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x"
USAGE_TYPES = {
    "AsyncInf:ml.c5.9xlarge": "endpoint", "Notebk:ml.t3.medium": "notebook", "Studio:VolumeUsage.gp3": "studio", "Processing:ml.m5.large": "processing",
    "Tsform:ml.c5.9xlarge": "transform", "Cluster:ml.p5.48xlarge": "hyperpod",
}  # fmt: skip
COUNTS = """resource,period,metric,value
ranker,2026-10-05,predictions,200000
ranker,2026-10-06,predictions,0
experiment:sizes,2026-10-05,training_runs,4
fit-2,2026-11,training_runs,1
never-heard-of,2026-10,predictions,5
"""


def scene(row: Row) -> list[dict[str, Any]]:
    def used(id_: str | None, usage_type: str, cost: float | str, hours: float = 1.0, *, day: date = DAY, **more: Any) -> dict[str, Any]:
        kind = usage_type.rpartition("ml.")[2] if "ml." in usage_type else None
        filled: dict[str, Any] = {
            "ResourceId": id_,
            "x_service_code": "AmazonSageMaker",
            "ServiceName": "Amazon SageMaker",
            "x_usage_type": f"USE1-{usage_type}",
            "x_instance_type": f"ml.{kind}" if kind else None,
            "ConsumedQuantity": hours,
            "ConsumedUnit": "Hrs",
        }
        return row(day, cost, **(filled | more))

    sizes = {"experiment": "sizes", "team": "vision", "model": "ranker-net", "owner": "grace"}
    serving = {"team": "search", "workload": "ranking"}
    bedrock = {"x_service_code": "AmazonBedrock", "ServiceName": "Amazon Bedrock"}
    days = [DAY + timedelta(days=number) for number in range(3)]
    return [
        *(used(ENDPOINT, "Host:ml.g5.xlarge", 24, 24.0, day=day, Tags=serving) for day in days),
        used(ENDPOINT, "Host:VolumeUsage.gp2", "0.5", 3.0, ConsumedUnit="GB-Mo", x_operation="CreateVolume-Gp2", Tags=serving),
        used(ENDPOINT, "Data-Bytes-Out", "0.25", 15.0, ConsumedUnit="GB", x_operation="Invoke-Endpoint", Tags=serving),
        used(LONELY, "Host:ml.m5.large", 3, 24.0),
        used(JOBS[0], "Train:ml.g5.xlarge", 5, 5.0, Tags=sizes),
        used(JOBS[1], "SpotTrain:ml.g5.xlarge", 2, 7200.0, ConsumedUnit="Seconds", Tags=sizes),
        used(JOBS[1], "Train:VolumeUsage.gp2", "0.5", Tags=sizes | {"experiment": "later"}),
        used(APP, "Studio:JupyterLab-ml.t3.medium", 4, 80.0, Tags={"owner": "platform"}),
        used(None, "Notebk:ml.t3.medium", 1, 20.0),
        used(None, "", 7, ChargeCategory="Tax", x_usage_type=None),
        used("arn:aws:sagemaker:us-east-1:1:quantum-job/q", "Quantum:ml.q1.large", 9),
        *(used(f"odd-{kind}", usage_type, 0.5) for usage_type, kind in USAGE_TYPES.items()),
        row(DAY, 8, ResourceId="i-1", Tags=sizes, x_usage_type="USE1-BoxUsage:g5.xlarge", ConsumedQuantity=8.0),
        row(DAY, 100, ResourceId="i-2"),
        row(DAY, 50, ResourceId="i-1", Tags=sizes, x_operation="EKSPod-EC2"),
        used(PROFILE, "Nova-Lite-input-tokens", "1.5", x_iam_principal="arn:aws:sts::1:assumed-role/chat/ada", Tags={"team": "search"}, **bedrock),
        used(CLAUDE, "Claude-output-tokens", "2.5", x_user_identifier="linus", **bedrock),
        used(
            None, "MP:USE1_InputTokenCount-Units", 6, x_service_code="Claude Sonnet (Amazon Bedrock Edition)",
            ServiceName="Claude Sonnet (Amazon Bedrock Edition)", x_usage_type="USE1-MP:USE1_InputTokenCount-Units",
        ),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def bill(row: Row) -> Iterator[Bill]:
    engine = Engine()
    rows = scene(row)
    charges = engine.backend.create_table("charges", schema=SCHEMA)
    engine.backend.con.register("made", pa.Table.from_pylist(rows, schema=SCHEMA.to_pyarrow()))
    engine.backend.raw_sql("INSERT INTO charges BY NAME SELECT * FROM made")
    yield Bill(charges=charges, engine=engine, files=(Path("m"),), format="made by hand", rows=len(rows), currency="USD", tag_keys=(), synthetic=False)
    engine.close()


@pytest.fixture(scope="module")
def found(bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> MlAllocation:
    path = tmp_path_factory.mktemp("counts") / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    return ml_costs(bill, counts=read_counts(path))


def resource(found: MlAllocation, name: str) -> MlResource:
    return next(each for each in found.resources if each.name == name)


def unit(found: MlAllocation, subject: str) -> UnitCost:
    return next(each for each in found.unit_costs if each.subject == subject)


def test_every_grouping_and_the_resources_add_up_to_the_ml_part_of_the_bill(found: MlAllocation):
    assert found.total == pytest.approx(72.75 + 3 + 7.5 + 4 + 1 + 7 + 9 + 3 + 8 + 1.5 + 2.5 + 6)
    assert sum(each.cost for each in found.resources) == pytest.approx(found.total, abs=1e-6)
    for groups in (found.by_kind, found.by_team, found.by_workload, found.by_experiment, found.by_model, found.by_user):
        assert sum(group.cost for group in groups) == pytest.approx(found.total, abs=1e-6)
        assert all(sum(group.by_kind.values()) == pytest.approx(group.cost, abs=1e-6) for group in groups)
    for each in found.resources:
        assert sum(each.components.values()) == pytest.approx(each.cost, abs=1e-6)


def test_an_endpoint_has_its_hours_its_storage_and_its_data(found: MlAllocation):
    ranker = resource(found, "ranker")
    assert (ranker.kind, ranker.team, ranker.workload, ranker.hours, ranker.instance_types) == ("endpoint", "search", "ranking", 72.0, ("ml.g5.xlarge",))
    assert ranker.components == {"compute": 72.0, "storage": 0.5, "data": 0.25}


def test_a_training_job_has_its_experiment_its_model_and_its_spot_part(found: MlAllocation):
    job = resource(found, "fit-2")
    assert (job.kind, job.experiment, job.model, job.user, job.cost, job.spot_cost, job.hours) == ("training", "sizes", "ranker-net", "grace", 2.5, 2, 2)


def test_where_a_resources_tag_changed_the_groups_keep_its_cost_apart(found: MlAllocation):
    experiments = {group.name: group.cost for group in found.by_experiment}
    assert (experiments["sizes"], experiments["later"]) == (pytest.approx(5 + 2 + 8), pytest.approx(0.5))


def test_other_services_that_carry_an_experiments_tag_are_in_it_and_split_rows_are_not(found: MlAllocation):
    assert (resource(found, "i-1").kind, resource(found, "i-1").cost) == ("tagged resource", 8)
    assert not [each for each in found.resources if each.resource_id == "i-2"]


def test_users_come_from_aws_the_tags_and_studios_arns(found: MlAllocation):
    users = {group.name: group.cost for group in found.by_user}
    assert (users["linus"], users["grace"]) == (2.5, pytest.approx(15.5))
    assert users["ada"] == pytest.approx(4 + 1.5), "her Studio app and, through the chat role, her Bedrock calls"


def test_models_that_are_called_are_named_by_arn_or_by_service(found: MlAllocation):
    models = {group.name: group.cost for group in found.by_model}
    assert (models["anthropic.claude-x"], models["Claude Sonnet"], models["ranker-net"]) == (2.5, 6, 15.5)
    assert resource(found, "abc").components == {"tokens": 1.5}


def test_charges_without_a_resource_are_shown_by_usage_type_and_unknown_kinds_as_other(found: MlAllocation):
    kinds = {group.name: group.cost for group in found.by_kind}
    assert (kinds["notebook"], kinds["studio"], kinds["other"]) == (1.5, 4.5, 16)
    assert {each.name: each.kind for each in found.resources if each.name.startswith("odd-")} == {f"odd-{kind}": kind for kind in USAGE_TYPES.values()}
    assert resource(found, "(no resource) Tax").cost == 7
    said = {warning.code: warning.amount for warning in found.warnings}
    assert (said["ml_without_resource"], said["ml_kind_unknown"]) == (14, 9)


def test_cost_per_1000_predictions_is_of_the_counted_days_with_storage_data_and_idle_days(found: MlAllocation):
    ranker = unit(found, "ranker")
    assert (ranker.per, ranker.count, ranker.cost, ranker.uncounted_cost) == ("1,000 predictions", 200000, 48.75, 24)
    assert ranker.unit_cost == pytest.approx(48.75 / 200)
    assert (ranker.idle_cost, ranker.idle_hours) == (24, 24), "the day with no predictions"
    assert ranker.components == {"compute": 48, "storage": 0.5, "data": 0.25}


def test_cost_per_training_run_of_an_experiment(found: MlAllocation):
    sizes = unit(found, "experiment:sizes")
    assert (sizes.per, sizes.resources, sizes.cost) == ("training run", (*JOBS, "i-1"), pytest.approx(5 + 2 + 8)), "without the storage of `later`"
    assert (sizes.unit_cost, sizes.idle_cost) == (pytest.approx(15 / 4), None)


def test_an_endpoint_without_a_count_has_an_unknown_unit_cost_and_never_0(found: MlAllocation):
    lonely = unit(found, "lonely")
    assert (lonely.unit_cost, lonely.count, lonely.uncounted_cost) == (None, None, 3)
    said = {warning.code: (warning.rows, warning.amount) for warning in found.warnings}
    assert said["endpoint_without_count"] == (2, 3.5)


def test_counts_that_meet_nothing_in_the_bill_are_said(found: MlAllocation):
    said = {warning.code: warning.message for warning in found.warnings}
    assert "never-heard-of" in said["count_not_in_bill"]
    assert "fit-2" in said["count_outside_bill"]
    assert (unit(found, "fit-2").unit_cost, unit(found, "fit-2").uncounted_cost) == (None, 2.5)


def test_where_a_resources_tag_changed_a_count_meets_the_charges_that_had_its_value(bill: Bill):
    counts = Counts(source="c", counts=(Count(resource="experiment:later", metric="training_runs", period="2026-10-05", value=1, line=2),))
    (later,) = [each for each in ml_costs(bill, counts=counts).unit_costs if each.count]
    assert (later.resources, later.cost, later.unit_cost) == ((JOBS[1],), 0.5, 0.5)


def test_a_bill_without_counts_says_nothing_of_counts_and_an_unknown_kind_of_cost_is_refused(bill: Bill):
    found = ml_costs(bill, cost="billed")
    assert {warning.code for warning in found.warnings} == {"ml_without_resource", "ml_kind_unknown"}
    assert [each.unit_cost for each in found.unit_costs] == [None, None, None]
    assert {group.name for group in found.by_team} == {"vision", "search", "(unknown)"}
    with pytest.raises(UsageError, match="no such cost kind"):
        ml_costs(bill, cost="cheap")


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    rows = ml_rows.ml_charges(charges, "amortized")
    for expression in (ml_rows.by_resource(rows), ml_rows.by_day(rows, ["a"]), ml_rows.usage_spans(charges)):
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
