from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.lookup import References
from cost.estimate.model import Status
from cost.estimate.price import Price
from cost.estimate.prices import PriceBook
from cost.reconcile.probe import Probe
from plinth.stack import UNKNOWN

TABLE = "aws:dynamodb/table:Table"
TARGET = "aws:appautoscaling/target:Target"
PROVISIONED = {"name": "features", "hashKey": "id", "readCapacity": 30, "writeCapacity": 20}
ON_DEMAND = {"name": "features", "hashKey": "id", "billingMode": "PAY_PER_REQUEST"}
INDEX = {"name": "by-day", "hashKey": "day", "projectionType": "ALL", "readCapacity": 5, "writeCapacity": 5}
WRITES = "on-demand write request units"
QUIET = {"storage_gb": 0, "monthly_write_request_units": 0, "monthly_read_request_units": 0}


@pytest.fixture
def table(priced, usage_of):
    def make(inputs, *others, **fields):
        return priced((TABLE, "features", inputs), *others, usage=usage_of("aws_dynamodb_table", {**QUIET, **fields}))

    return make


def scaling(what, low, high, path="table/features"):
    dimension = f"dynamodb:{'index' if '/index/' in path else 'table'}:{what}CapacityUnits"
    inputs = {"minCapacity": low, "maxCapacity": high, "resourceId": path, "scalableDimension": dimension, "serviceNamespace": "dynamodb"}
    return (TARGET, f"{what}-{path}", inputs)


def test_a_provisioned_table_pays_its_units_all_month(table):
    # Infracost's golden: 20 x 730 x 0.00065 = 9.49; 30 x 730 x 0.00013 = 2.85
    assert table(PROVISIONED).monthly_cost.expected == pytest.approx(12.337, abs=0.0005)


def test_an_on_demand_table_pays_requests_storage_and_backups(table):
    # Infracost's golden: 1.875 + 1.00 + 57.50 + 460.00 + 46.00 + 34.50 + 0.40
    found = table(
        {**ON_DEMAND, "pointInTimeRecovery": {"enabled": True}, "streamEnabled": True},
        monthly_write_request_units=3_000_000,
        monthly_read_request_units=8_000_000,
        storage_gb=230,
        pitr_backup_storage_gb=2300,
        on_demand_backup_storage_gb=460,
        monthly_data_restored_gb=230,
        monthly_streams_read_request_units=2_000_000,
    )
    assert found.monthly_cost.expected == pytest.approx(601.275, abs=0.0005)


def test_the_infrequent_access_class_stores_for_less_and_writes_for_more(table, line):
    found = table({**ON_DEMAND, "tableClass": "STANDARD_INFREQUENT_ACCESS"}, storage_gb=1000, monthly_write_request_units=1_000_000)
    assert line(found, "storage, Standard-IA class").monthly_cost.expected == pytest.approx(100.00)
    assert line(found, "Standard-IA on-demand write").monthly_cost.expected == pytest.approx(0.78)


def test_point_in_time_recovery_without_a_figure_is_charged_by_the_tables_size(table, line):
    found = line(table({**ON_DEMAND, "pointInTimeRecovery": {"enabled": True}}, storage_gb=100), "point-in-time recovery")
    assert found.monthly_cost.expected == pytest.approx(20.00)
    assert "by the size of the table" in found.assumptions[1]


def test_autoscaling_is_a_range_around_what_is_declared(table, line):
    found = line(table(PROVISIONED, scaling("Write", 10, 100)), "provisioned write capacity unit")
    assert [round(figure / 730, 6) for _, figure in found.quantity] == [10, 20, 100]
    assert found.assumptions == ("autoscaled between 10 and 100 units",)


@pytest.mark.parametrize(("low", "high", "expected"), [(25, 100, 25), (1, 15, 15)])
def test_what_is_declared_is_held_between_the_scaling_limits(table, line, low, high, expected):
    found = line(table(PROVISIONED, scaling("Write", low, high)), "provisioned write capacity unit")
    assert found.quantity.expected == pytest.approx(expected * 730)


def test_another_tables_scaling_is_not_this_ones(table, line):
    found = line(table(PROVISIONED, scaling("Write", 10, 100, "table/other")), "provisioned write capacity unit")
    assert found.quantity.max == pytest.approx(20 * 730)


def test_scaling_limits_that_are_unknown_leave_the_table_unknown(table):
    assert "known only after deployment" in table(PROVISIONED, scaling("Write", UNKNOWN, 100)).reason


def test_an_index_has_capacity_of_its_own(table, line):
    index = {"name": "by-day", "hashKey": "day", "projectionType": "ALL", "readCapacity": 5, "writeCapacity": 5}
    found = table({**PROVISIONED, "globalSecondaryIndexes": [index]}, scaling("Read", 5, 50, "table/features/index/by-day"))
    assert line(found, "provisioned write capacity unit, index by-day").quantity.expected == pytest.approx(5 * 730)
    assert line(found, "provisioned read capacity unit, index by-day").quantity.max == pytest.approx(50 * 730)


def test_a_replica_is_priced_where_it_is_or_listed(stack_of, usage_of):
    inputs = {**PROVISIONED, "replicas": [{"regionName": "us-east-2"}, {"regionName": "us-west-1"}]}
    result = estimate(stack_of((TABLE, "features", inputs)), (usage_of("aws_dynamodb_table", QUIET),))
    lines = {line.component: line.monthly_cost.expected for line in result.resources[0].lines}
    # Infracost's golden: 20 x 730 x 0.00065 = 9.49 in us-east-2; 20 x 730 x 0.000725 = 10.59 in us-west-1
    assert lines["provisioned write capacity unit, replica in us-east-2"] == pytest.approx(9.49, abs=0.005)
    assert lines["provisioned write capacity unit, replica in us-west-1"] == pytest.approx(10.585, abs=0.005)
    listed = {item.component for item in result.unknown}
    assert "provisioned read capacity unit, replica in us-west-1" in listed, "a price that the book lacks is never taken from another Region"


def test_a_replicas_use_climbs_the_tiers_of_its_own_region(stack_of, usage_of):
    def tier(rate, start, end, region):
        return Price("Amazon DynamoDB", "aws_dynamodb_table", WRITES, "1M WRU", rate, region, date(2026, 1, 1), "a contract", "override", start, end, "account")

    ladders = [tier(rate, start, end, region) for region in ("us-east-1", "us-east-2") for rate, start, end in ((0.20, 0.0, 100.0), (0.10, 100.0, None))]
    inputs = {**ON_DEMAND, "replicas": [{"regionName": "us-east-2"}]}
    usage = usage_of("aws_dynamodb_table", {**QUIET, "monthly_write_request_units": 150_000_000})
    result = estimate(stack_of((TABLE, "features", inputs)), (usage,), PriceBook(ladders))
    copied = [line for line in result.resources[0].lines if line.component.startswith(f"{WRITES}, replica in us-east-2")]
    assert sum(line.monthly_cost.expected for line in copied) == pytest.approx(100 * 0.20 + 50 * 0.10)


def test_a_replicas_use_is_never_taken_for_the_tables_own(table):
    found = table({**ON_DEMAND, "replicas": [{"regionName": "us-east-2"}]}, monthly_write_request_units=4_000_000)
    own = [line for line in found.lines if line.price_component == WRITES]
    assert [line.quantity.expected for line in own] == [4.0], "the replica's line has another Region's name on the bill"


def test_a_bills_writes_are_those_of_the_tables_own_region(stack_of):
    stack = stack_of((TABLE, "features", {**ON_DEMAND, "replicas": [{"regionName": "us-east-2"}]}))
    book = PriceBook()
    probe = Probe(stack, stack.of_type(TABLE)[0], book, References(stack), {}, book.newest)
    assert probe.effects("monthly_write_request_units", {})["aws_dynamodb_table", WRITES].factor == pytest.approx(1e-6)


def test_an_index_of_its_own_has_its_tables_class(priced):
    cold = (TABLE, "features", {**PROVISIONED, "name": "features", "tableClass": "STANDARD_INFREQUENT_ACCESS"})
    inputs = {"indexName": "by-day", "tableName": "features", "provisionedThroughput": {"readCapacityUnits": 5, "writeCapacityUnits": 5}}
    index = ("aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex", "by-day", inputs)
    assert priced(index, cold).monthly_cost.expected == pytest.approx(5 * 730 * (0.00081 + 0.00016))


def test_an_index_whose_table_is_elsewhere_says_which_class_it_is_taken_for(priced):
    inputs = {"indexName": "by-day", "tableName": "elsewhere", "provisionedThroughput": {"readCapacityUnits": 5, "writeCapacityUnits": 5}}
    found = priced(("aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex", "by-day", inputs))
    assert all("Standard class" in line.assumptions[0] for line in found.lines)


@pytest.mark.parametrize("warm", [{"warmThroughput": {"readUnitsPerSecond": 20_000}}, {"globalSecondaryIndexes": [{**INDEX, "warmThroughput": {}}]}])
def test_warm_throughput_is_listed(stack_of, usage_of, warm):
    result = estimate(stack_of((TABLE, "features", {**PROVISIONED, **warm})), (usage_of("aws_dynamodb_table", QUIET),))
    assert "warm throughput" in {item.component for item in result.unknown}


def test_a_tables_capacity_that_is_unknown_leaves_it_unknown(table):
    assert table({**PROVISIONED, "writeCapacity": UNKNOWN}).reason == "writeCapacity is known only after deployment"


def test_a_replica_of_its_own_pays_by_use(priced, usage_of):
    fields = {"monthly_write_request_units": 2_000_000, "monthly_read_request_units": 4_000_000, "storage_gb": 100}
    replica = ("aws:dynamodb/tableReplica:TableReplica", "east", {"globalTableArn": "arn:aws:dynamodb:us-west-2:1:table/features"})
    found = priced(replica, usage=usage_of("aws_dynamodb_table_replica", fields))
    assert found.monthly_cost.expected == pytest.approx(1.25 + 0.50 + 25.00)


@pytest.mark.parametrize(
    ("type_", "terraform_type", "inputs", "fields", "expected"),
    [
        (
            "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination",
            "aws_dynamodb_kinesis_streaming_destination",
            {"streamArn": "arn", "tableName": "features"},
            {"monthly_change_data_capture_units": 10_000_000},
            1.00,
        ),
        ("aws:dynamodb/tableExport:TableExport", "aws_dynamodb_table_export", {"tableArn": "arn", "s3Bucket": "lake"}, {"exported_gb": 230}, 23.00),
        # 3 nodes x 730 x 0.255
        (
            "aws:dax/cluster:Cluster",
            "aws_dax_cluster",
            {"clusterName": "fast", "iamRoleArn": "arn", "nodeType": "dax.r5.large", "replicationFactor": 3},
            {},
            558.45,
        ),
        # 5 x 730 x (0.00065 + 0.00013)
        (
            "aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex",
            "",
            {"indexName": "by-day", "tableName": "features", "provisionedThroughput": {"readCapacityUnits": 5, "writeCapacityUnits": 5}},
            {},
            2.847,
        ),
    ],
)
def test_what_is_beside_a_table(priced, usage_of, type_, terraform_type, inputs, fields, expected):
    found = priced((type_, "beside", inputs), usage=usage_of(terraform_type, fields) if fields else None)
    assert found.monthly_cost.expected == pytest.approx(expected, abs=0.0005), found.reason


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:dynamodb/contributorInsights:ContributorInsights", {"tableName": "features"}),
        ("aws:dynamodb/globalSecondaryIndex:GlobalSecondaryIndex", {"indexName": "by-day", "tableName": "features"}),
    ],
)
def test_what_cannot_be_priced_has_its_reason(priced, type_, inputs):
    found = priced((type_, "beside", inputs))
    assert (found.status, bool(found.reason)) == (Status.UNKNOWN, True)
