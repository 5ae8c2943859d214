from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.meters import METERS
from cost.estimate.model import PurchaseOption, QuantitySource, Status
from cost.estimate.usage import NamedUsage, load_usage
from plinth.stack import UNKNOWN

TRAINING_JOB = "aws:sagemaker/trainingJob:TrainingJob"
TRAINING = "aws_sagemaker_training_job"
TUNING = "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob"
SCHEDULE = "aws:sagemaker/monitoringSchedule:MonitoringSchedule"
DEFINITION = "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition"
TYPE = "ml.m5.xlarge"
"""Training and processing 0.23 an hour (SageMaker pricing page)."""


@pytest.fixture
def stated(stack_of):
    """The estimate of a job that only a usage file states, beside declared resources."""

    def make(type_, fields, *declared):
        usage = Usage(by_type={}, named=(NamedUsage(type_, "nightly", f"{type_}.nightly", fields),))
        result = estimate(stack_of(*declared), (usage,))
        return next(found for found in result.resources if found.type == type_)

    return make


def _job(**inputs):
    resources = {"instanceType": TYPE, "instanceCount": 2, "volumeSizeInGb": 50}
    shape = {"trainingJobName": "train", "roleArn": "role", "resourceConfig": resources, "stoppingCondition": {"maxRuntimeInSeconds": 36_000}}
    return (TRAINING_JOB, "train", {**shape, **inputs})


def test_a_stated_job_costs_its_instances_and_volumes_for_its_hours(stated, line):
    found = stated("aws_sagemaker_training_job", {"instance_type": TYPE, "instance_count": 4.0, "monthly_hours": 73.0, "volume_size_gb": 100.0})
    # 4 x 73 h x 0.23 = 67.16; 4 x 100 GB x a tenth of a month x 0.14 = 5.60
    assert line(found, "training instances").monthly_cost.expected == pytest.approx(67.16, abs=0.005)
    assert line(found, "training job ML storage").monthly_cost.expected == pytest.approx(5.60, abs=0.005)


def test_a_stated_saving_is_expected_and_the_ceiling_is_on_demand(stated, line):
    fields = {"instance_type": TYPE, "monthly_hours": 100.0, "spot_saving_percent": 70.0}
    found = line(stated("aws_sagemaker_training_job", fields), "training instances, managed spot")
    # 100 h x 0.23 = 23.00; 30 % of it is 6.90
    assert (found.monthly_cost.min, found.monthly_cost.expected, found.monthly_cost.max) == pytest.approx((6.90, 6.90, 23.00), abs=0.005)
    assert found.purchase_option is PurchaseOption.SPOT
    assert any("spot saving 70 %" in note for note in found.assumptions)


@pytest.mark.parametrize(("saving", "expected"), [(0.0, 23.00), (100.0, 0.0)])
def test_a_saving_of_nothing_or_of_all_is_taken_as_it_is(stated, line, saving, expected):
    fields = {"instance_type": TYPE, "monthly_hours": 100.0, "spot_saving_percent": saving}
    assert line(stated("aws_sagemaker_training_job", fields), "training instances").monthly_cost.expected == pytest.approx(expected, abs=0.005)


def test_a_saving_above_everything_is_unknown(stated):
    found = stated("aws_sagemaker_training_job", {"instance_type": TYPE, "monthly_hours": 1.0, "spot_saving_percent": 101.0})
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)


@pytest.mark.parametrize("type_", ["aws_sagemaker_training_job", "aws_sagemaker_processing_job", "aws_sagemaker_transform_job"])
def test_a_stated_job_without_a_type_is_unknown(stated, type_):
    found = stated(type_, {"monthly_hours": 1.0})
    assert found.status is Status.UNKNOWN
    assert "instance_type" in found.reason


def test_a_stated_job_takes_one_instance_and_the_preset_hours(stated, line):
    found = line(stated("aws_sagemaker_training_job", {"instance_type": TYPE}), "training instances")
    # 20 h x 0.23
    assert found.monthly_cost.expected == pytest.approx(4.60, abs=0.005)
    assert found.quantity_source is QuantitySource.PRESET


def test_a_processing_job_has_a_volume_of_its_own_price(stated, line):
    found = stated("aws_sagemaker_processing_job", {"instance_type": TYPE, "instance_count": 2.0, "monthly_hours": 73.0, "volume_size_gb": 50.0})
    # 2 x 73 h x 0.23 = 33.58; 2 x 50 GB x a tenth of a month x 0.10 = 1.00
    assert line(found, "processing instances").monthly_cost.expected == pytest.approx(33.58, abs=0.005)
    assert line(found, "processing job ML storage").monthly_cost.expected == pytest.approx(1.00, abs=0.005)


def test_a_batch_transform_is_its_instances_alone(stated, line):
    found = stated("aws_sagemaker_transform_job", {"instance_type": TYPE, "instance_count": 3.0, "monthly_hours": 10.0})
    assert line(found, "batch transform instances").monthly_cost.expected == pytest.approx(6.90, abs=0.005)
    assert len(found.lines) == 1


@pytest.mark.parametrize("declared", ["aws_sagemaker_training_job", TRAINING_JOB])
def test_a_declared_job_takes_the_usage_of_its_terraform_name_and_a_key_of_another_name_makes_a_job(stack_of, tmp_path, declared):
    path = tmp_path / "usage.yml"
    other = f"  aws_sagemaker_training_job.nightly: {{monthly_hours: 3, instance_type: {TYPE}}}"
    path.write_text(f"version: 0.1\nresource_usage:\n  {declared}.train: {{monthly_hours: 7}}\n{other}\n")
    result = estimate(stack_of(_job()), (load_usage(path),))
    hours = {(found.name, found.type): found.lines[0].quantity.expected for found in result.resources}
    # two instances of the declared job for seven hours, one of the other for three
    assert hours == {("train", TRAINING_JOB): 14, ("nightly", "aws_sagemaker_training_job"): 3}
    assert not [warning for warning in result.warnings if warning.startswith("usage file:")]


def test_a_declared_job_runs_once_within_its_time_limit(priced, line):
    found = line(priced(_job()), "training instances")
    # 2 instances x at most 10 h; the preset's 20 h are cut to the limit
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (0, 20, 20)


def test_a_declared_job_without_a_limit_may_run_a_day(priced, line):
    job = _job()
    found = line(priced((*job[:2], {key: value for key, value in job[2].items() if key != "stoppingCondition"})), "training instances")
    assert (found.quantity.expected, found.quantity.max) == (40, 48)


def test_stated_hours_of_a_declared_job_are_taken_as_they_are(priced, usage_of, line):
    found = line(priced(_job(), usage=usage_of("aws_sagemaker_training_job", {"monthly_hours": 30})), "training instances")
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (60, 60, 60)


def test_a_spot_job_without_a_stated_saving_takes_the_advisors(priced, usage_of, line):
    found = line(
        priced(_job(enableManagedSpotTraining=True), usage=usage_of("aws_sagemaker_training_job", {"monthly_hours": 10})), "training instances, managed spot"
    )
    assert 0 < found.quantity.expected < found.quantity.max == 20
    assert any("Spot Advisor" in note for note in found.assumptions)


def test_a_spot_job_of_a_type_without_advice_expects_on_demand(priced, usage_of, line, monkeypatch):
    monkeypatch.setattr("cost.estimate.prices.PriceBook.spot_advice", lambda *_: None)
    found = line(
        priced(_job(enableManagedSpotTraining=True), usage=usage_of("aws_sagemaker_training_job", {"monthly_hours": 10})), "training instances, managed spot"
    )
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == pytest.approx((2, 20, 20))


def test_a_warm_pool_is_kept_for_at_most_its_period(priced, line):
    resources = {"instanceType": TYPE, "instanceCount": 2, "volumeSizeInGb": 365, "keepAlivePeriodInSeconds": 1800}
    found = priced(_job(resourceConfig=resources))
    quantity = line(found, "warm pool instances").quantity
    assert (quantity.min, quantity.expected, quantity.max) == (0, 1, 1)
    # one instance hour of 365 GB is half a GB-month
    assert line(found, "warm pool ML storage").quantity.expected == pytest.approx(0.5)


def test_each_instance_group_of_a_heterogeneous_cluster_is_a_line(priced, usage_of, line):
    groups = [
        {"instanceGroupName": "gpu", "instanceType": "ml.g5.xlarge", "instanceCount": 1},
        {"instanceGroupName": "cpu", "instanceType": TYPE, "instanceCount": 3},
    ]
    found = priced(_job(resourceConfig={"instanceGroups": groups, "volumeSizeInGb": 30}), usage=usage_of("aws_sagemaker_training_job", {"monthly_hours": 10}))
    assert line(found, "training instances, gpu").quantity.expected == 10
    assert line(found, "training instances, cpu").monthly_cost.expected == pytest.approx(6.90, abs=0.005)
    assert line(found, "training job ML storage, cpu").quantity.expected == pytest.approx(30 * 30 / 730)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"resourceConfig": {"instanceType": UNKNOWN, "instanceCount": 1, "volumeSizeInGb": 1}}, "instanceType is known only after deployment"),
        ({"resourceConfig": {"instanceType": TYPE, "instanceCount": UNKNOWN, "volumeSizeInGb": 1}}, "instanceCount is known only after deployment"),
        ({"resourceConfig": {"instanceGroups": [UNKNOWN], "volumeSizeInGb": 1}}, "instance group is known only after deployment"),
        ({"resourceConfig": {"trainingPlanArn": "arn", "instanceType": TYPE}}, "training plan"),
        ({"serverlessJobConfig": {"jobType": "FineTuning"}}, "serverless customization"),
        ({"resourceConfig": {"instanceType": "ml.z9.mega"}}, "no training price for ml.z9.mega"),
    ],
)
def test_a_job_that_cannot_be_priced_says_why(priced, inputs, reason):
    found = priced(_job(**inputs))
    assert found.status is Status.UNKNOWN
    assert reason in found.reason


def _tuning(definition, **limits):
    limits = {"maxParallelTrainingJobs": 2, "maxNumberOfTrainingJobs": 10, **limits}
    return (TUNING, "tune", {"config": {"strategy": "Bayesian", "resourceLimits": limits}, "trainingJobDefinition": definition})


def test_a_tuning_job_is_at_most_all_its_jobs_at_their_limit(priced, line):
    resources = {"instanceType": TYPE, "instanceCount": 1, "volumeSizeInGb": 30}
    found = line(priced(_tuning({"resourceConfig": resources, "stoppingCondition": {"maxRuntimeInSeconds": 7200}})), "training instances")
    # 10 jobs x 2 h; the preset expects 20 h
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (0, 20, 20)


def test_a_tuning_job_that_may_take_several_types_is_a_range(priced, usage_of, line):
    configs = [{"instanceType": name, "instanceCount": 1, "volumeSizeInGb": 30} for name in ("ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.large")]
    definition = {"hyperParameterTuningResourceConfig": {"instanceConfigs": configs}, "stoppingCondition": {"maxRuntimeInSeconds": 7200}}
    usage = usage_of("aws_sagemaker_hyper_parameter_tuning_job", {"monthly_hours": 100})
    cost = line(priced(_tuning(definition), usage=usage), "training instances").monthly_cost
    # 100 h on ml.m5.large 0.115, ml.m5.xlarge 0.23, ml.m5.2xlarge 0.461
    assert (cost.min, cost.expected, cost.max) == pytest.approx((11.50, 23.00, 46.10), abs=0.005)


def test_the_hours_of_a_tuning_job_are_shared_by_its_definitions(priced, usage_of, line):
    shape = {"resourceConfig": {"instanceType": TYPE, "instanceCount": 1, "volumeSizeInGb": 1}, "stoppingCondition": {"maxRuntimeInSeconds": 7200}}
    type_, name, inputs = _tuning({})
    definitions = [{"definitionName": "trees", **shape}, {"definitionName": "nets", **shape}]
    inputs = {"config": inputs["config"], "trainingJobDefinitions": definitions}
    found = priced((type_, name, inputs), usage=usage_of("aws_sagemaker_hyper_parameter_tuning_job", {"monthly_hours": 100}))
    assert line(found, "training instances, trees").quantity.expected == line(found, "training instances, nets").quantity.expected == 50


def test_a_tuning_job_without_a_definition_is_unknown(priced):
    assert priced(_tuning({})).status is Status.UNKNOWN


CLUSTER = {"clusterConfig": {"instanceType": TYPE, "instanceCount": 2, "volumeSizeInGb": 73}}


def _definition(resource, **inputs):
    return resource(DEFINITION, "quality", {"name": "quality", "jobResources": CLUSTER, **inputs})


def _schedule(expression="cron(0 * ? * * *)", **config):
    schedule = {"scheduleExpression": expression} if expression else UNKNOWN
    return (SCHEDULE, "watch", {"monitoringScheduleConfig": {"monitoringType": "DataQuality", "scheduleConfig": schedule, **config}})


def test_a_monitoring_schedule_is_its_runs_by_their_minutes(priced, usage_of, line, resource):
    usage = usage_of("aws_sagemaker_monitoring_schedule", {"average_run_minutes": 12})
    found = priced(_schedule(monitoringJobDefinitionName="quality"), _definition(resource), usage=usage)
    # 730 runs x 12 min x 2 = 292 h x 0.23 = 67.16; 73 GB x 292 / 730 h x 0.10 = 2.92
    assert line(found, "processing instances").monthly_cost.expected == pytest.approx(67.16, abs=0.005)
    assert line(found, "processing job ML storage").monthly_cost.expected == pytest.approx(2.92, abs=0.005)


def test_a_run_of_unmeasured_length_is_the_presets_between_nothing_and_its_limit(priced, line, resource):
    found = line(priced(_schedule(monitoringJobDefinitionName="quality"), _definition(resource)), "processing instances")
    # 730 runs x 10 min x 2; an hourly run ends within its hour
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == pytest.approx((0, 243.33, 1460), abs=0.01)
    assert found.quantity_source is QuantitySource.PRESET


def test_a_run_ends_at_its_stopping_condition(priced, usage_of, line, resource):
    usage = usage_of("aws_sagemaker_monitoring_schedule", {"average_run_minutes": 50})
    definition = _definition(resource, stoppingCondition={"maxRuntimeInSeconds": 1800})
    assert line(priced(_schedule(monitoringJobDefinitionName="quality"), definition, usage=usage), "processing instances").quantity.expected == 730


def test_an_inline_monitoring_job_that_runs_now_runs_once(priced, usage_of, line):
    inline = {"monitoringResources": CLUSTER, "stoppingConditions": [{"maxRuntimeInSeconds": 3600}], "roleArn": "role"}
    usage = usage_of("aws_sagemaker_monitoring_schedule", {"average_run_minutes": 30})
    assert line(priced(_schedule("NOW", monitoringJobDefinition=inline), usage=usage), "processing instances").quantity.expected == 1


@pytest.mark.parametrize("config", [{}, {"monitoringJobDefinitionName": "elsewhere"}])
def test_a_schedule_whose_job_is_elsewhere_is_unknown(priced, config):
    assert priced(_schedule(**config)).status is Status.UNKNOWN


@pytest.mark.parametrize("expression", ["hourly", None])
def test_a_schedule_that_cannot_be_read_is_unknown(priced, resource, expression):
    assert priced(_schedule(expression, monitoringJobDefinitionName="quality"), _definition(resource)).status is Status.UNKNOWN


def test_a_job_definition_is_free(priced, resource):
    assert priced(_definition(resource)).status is Status.FREE


def test_the_stated_jobs_are_made_by_a_usage_files_keys():
    assert all(METERS[f"aws_sagemaker_{kind}_job"].usage_only for kind in ("training", "processing", "transform"))
