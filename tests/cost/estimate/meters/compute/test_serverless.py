from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

FUNCTION = "aws:lambda/function:Function"
CONCURRENCY = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
MACHINE = "aws:sfn/stateMachine:StateMachine"


def _usage(type_="aws_lambda_function", **fields):
    return Usage(by_type={type_: fields}, source=QuantitySource.USAGE_FILE)


def test_a_function_costs_its_requests_and_gb_seconds(priced, line):
    found = priced((FUNCTION, "f", {"memorySize": 512, "architectures": ["arm64"]}), usage=_usage(monthly_requests=1e6, request_duration_ms=100.4))
    assert line(found, "requests").monthly_cost.expected == pytest.approx(0.20)
    # a million x 101 ms (rounded up) x 0.5 GB
    assert line(found, "duration, arm64").quantity.expected == pytest.approx(50_500)
    assert line(found, "duration, arm64").monthly_cost.expected == pytest.approx(50_500 * 0.0000133334)


def test_a_function_has_128_mb_and_x86_where_it_says_nothing(priced, line):
    found = priced((FUNCTION, "f", {}))
    # preset small: 100,000 requests of 500 ms at 0.125 GB
    assert line(found, "duration, x86").quantity.expected == pytest.approx(6_250)
    assert line(found, "duration, x86").quantity_source is QuantitySource.PRESET


def test_duration_climbs_its_tiers_over_the_whole_account(stack_of):
    heavy = _usage(monthly_requests=4e6, request_duration_ms=1e6)
    result = estimate(stack_of((FUNCTION, "a", {"memorySize": 1024}), (FUNCTION, "b", {"memorySize": 1024})), (heavy,))
    # together 8 billion GB-seconds: six at 0.0000166667, two at 0.000015
    duration = sum(item.monthly_cost.expected for found in result.resources for item in found.lines if item.component.startswith("duration"))
    assert duration == pytest.approx(6e9 * 0.0000166667 + 2e9 * 0.000015)


@pytest.mark.parametrize(("runtime", "components"), [("python3.13", 2), ("java21", 0), ("java21.al2023", 0)])
def test_snap_start_costs_nothing_for_java(priced, runtime, components):
    found = priced((FUNCTION, "f", {"memorySize": 1024, "runtime": runtime, "snapStart": {"applyOn": "PublishedVersions"}}))
    assert sum("SnapStart" in item.component for item in found.lines) == components


@pytest.mark.parametrize("key", ["capacityProviderConfig", "durableConfig"])
def test_what_has_no_price_is_listed(stack_of, key):
    result = estimate(stack_of((FUNCTION, "f", {key: {"executionTimeout": 1}})))
    assert len(result.unknown) == 1
    assert result.resources[0].status is Status.PRICED


@pytest.mark.parametrize("inputs", [{"memorySize": UNKNOWN}, {"architectures": UNKNOWN}, {"architectures": ["riscv"]}, {"ephemeralStorage": {"size": UNKNOWN}}])
def test_a_function_that_is_not_known_is_unknown(priced, inputs):
    assert priced((FUNCTION, "f", inputs)).status is Status.UNKNOWN


def test_provisioned_concurrency_takes_its_functions_memory_and_architecture(priced, line, resource):
    function = resource(FUNCTION, "f", {"memorySize": 2048, "architectures": ["arm64"]}, outputs={"name": "f-1"})
    usage = _usage("aws_lambda_provisioned_concurrency_config", monthly_duration_hrs=100.0)
    found = priced((CONCURRENCY, "warm", {"functionName": "f-1", "provisionedConcurrentExecutions": 5, "qualifier": "1"}), function, usage=usage)
    # 5 x 2 GB x 100 h x 3,600 s
    assert line(found, "provisioned concurrency, arm64").quantity.expected == pytest.approx(3_600_000)
    assert line(found, "duration under provisioned concurrency, arm64").quantity.expected == pytest.approx(100_000 * 0.35 * 2)


def test_provisioned_concurrency_is_on_all_month_unless_stated(priced, line, resource):
    function = resource(FUNCTION, "f", {"memorySize": 1024}, outputs={"name": "f-1"})
    found = priced((CONCURRENCY, "warm", {"functionName": "f-1", "provisionedConcurrentExecutions": 1, "qualifier": "1"}), function)
    assert line(found, "provisioned concurrency, x86").quantity.expected == 730 * 3600


@pytest.mark.parametrize(("function_name", "instances", "memory"), [("elsewhere", 1, 1024), ("f-1", UNKNOWN, 1024), ("f-1", 1, UNKNOWN)])
def test_provisioned_concurrency_that_is_not_known_is_unknown(priced, resource, function_name, instances, memory):
    function = resource(FUNCTION, "f", {"memorySize": memory}, outputs={"name": "f-1"})
    inputs = {"functionName": function_name, "provisionedConcurrentExecutions": instances, "qualifier": "1"}
    assert priced((CONCURRENCY, "warm", inputs), function).status is Status.UNKNOWN


def test_polling_is_free_unless_pollers_are_provisioned(priced, line):
    assert priced((MAPPING, "m", {"functionName": "f", "eventSourceArn": "arn:aws:sqs:us-east-1:1:q"})).status is Status.FREE
    sqs = priced((MAPPING, "m", {"functionName": "f", "provisionedPollerConfig": {"minimumPollers": 4}}))
    kafka = priced((MAPPING, "m", {"functionName": "f", "topics": ["t"], "provisionedPollerConfig": {"minimumPollers": 11}}))
    assert line(sqs, "event poller units, SQS").monthly_cost.expected == pytest.approx(4 * 730 * 0.00925)
    # a unit carries ten pollers of a Kafka source
    assert line(kafka, "event poller units, Kafka").monthly_cost.expected == pytest.approx(2 * 730 * 0.185)


def test_a_standard_workflow_costs_its_transitions(priced):
    assert priced((MACHINE, "m", {}), usage=_usage("aws_sfn_state_machine", monthly_transitions=40_000.0)).monthly_cost.expected == pytest.approx(1.00)


def test_an_express_workflow_is_rounded_up_to_100_ms_and_64_mb(priced, line):
    usage = _usage("aws_sfn_state_machine", monthly_requests=3.6e6, workflow_duration_ms=101.0, memory_mb=65.0)
    found = priced((MACHINE, "m", {"type": "EXPRESS"}), usage=usage)
    # 3.6 million x 0.2 s x 0.125 GB / 3,600
    assert line(found, "express workflow duration").quantity.expected == pytest.approx(25)
    assert line(found, "express workflow requests").monthly_cost.expected == pytest.approx(3.60)


def test_a_workflow_of_an_unknown_type_is_unknown(priced):
    assert priced((MACHINE, "m", {"type": UNKNOWN})).status is Status.UNKNOWN
