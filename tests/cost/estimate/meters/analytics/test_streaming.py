from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

STREAM = "aws:kinesis/stream:Stream"
CONSUMER = "aws:kinesis/streamConsumer:StreamConsumer"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
FLINK = "aws:kinesisanalyticsv2/application:Application"


def test_a_provisioned_stream_costs_by_the_shard_and_the_put_unit(priced, usage_of):
    usage = usage_of("aws_kinesis_stream", {"monthly_provisioned_put_units": 100_000_000})
    # 4 x 730 x 0.015 + 100 M x 0.014
    assert priced((STREAM, "clicks", {"shardCount": 4}), usage=usage).monthly_cost.expected == pytest.approx(43.80 + 1.40)


@pytest.mark.parametrize(("hours", "cost"), [(24, 0.0), (25, 58.40), (168, 58.40)])
def test_retention_above_a_day_costs_by_the_shard_hour(priced, hours, cost):
    found = priced((STREAM, "clicks", {"shardCount": 4, "retentionPeriod": hours}))
    extended = sum(charge.monthly_cost.expected for charge in found.lines if "extended retention" in charge.component)
    assert extended == pytest.approx(cost)


def test_gigabytes_of_retention_that_the_stream_does_not_declare_are_a_warning(stack_of, usage_of):
    from cost.estimate import estimate

    usage = usage_of("aws_kinesis_stream", {"monthly_provisioned_extended_retention_gb": 100})
    assert any("retentionPeriod is 24 h" in warning for warning in estimate(stack_of((STREAM, "clicks", {"shardCount": 1})), (usage,)).warnings)


def test_an_on_demand_stream_costs_by_the_hour_and_the_gigabyte(priced, usage_of):
    fields = {"monthly_on_demand_data_in_gb": 100, "monthly_on_demand_data_out_gb": 300, "monthly_on_demand_efo_data_out_gb": 10}
    found = priced((STREAM, "clicks", {"streamModeDetails": {"streamMode": "ON_DEMAND"}}), usage=usage_of("aws_kinesis_stream", fields))
    # 730 x 0.04 + 100 x 0.08 + 300 x 0.04 + 10 x 0.05
    assert found.monthly_cost.expected == pytest.approx(29.20 + 8 + 12 + 0.5)


def test_a_shard_count_known_later_is_unknown(priced):
    assert priced((STREAM, "clicks", {"shardCount": UNKNOWN})).status.value == "unknown"


def test_a_consumer_costs_by_each_shard_of_its_stream(priced, resource):
    stream = resource(STREAM, "clicks", {"shardCount": 4}, id="arn:aws:kinesis:us-east-1:111122223333:stream/clicks")
    consumer = (CONSUMER, "reader", {"streamArn": stream.id, "name": "reader"})
    # 4 shards x 730 h x 0.015
    assert priced(consumer, stream).monthly_cost.expected == pytest.approx(43.80)
    assert priced((CONSUMER, "reader", {"streamArn": "arn:elsewhere", "name": "reader"}), stream).status.value == "unknown"


def test_consumer_hours_by_usage_count_only_where_no_consumer_is_declared(priced, resource, usage_of):
    stream = resource(STREAM, "clicks", {"shardCount": 4}, id="arn:aws:kinesis:us-east-1:111122223333:stream/clicks")
    usage = usage_of("aws_kinesis_stream", {"monthly_provisioned_efo_consumer_hours": 100})
    alone = priced(stream, usage=usage)
    assert [charge.monthly_cost.expected for charge in alone.lines if "fan-out consumer" in charge.component] == [pytest.approx(6.0)]
    beside = priced(stream, (CONSUMER, "reader", {"streamArn": stream.id, "name": "reader"}), usage=usage)
    assert not [charge for charge in beside.lines if "fan-out consumer" in charge.component]


def test_an_on_demand_streams_consumer_is_free(priced, resource):
    stream = resource(STREAM, "clicks", {"streamModeDetails": {"streamMode": "ON_DEMAND"}}, id="arn:stream")
    assert priced((CONSUMER, "reader", {"streamArn": "arn:stream", "name": "reader"}), stream).status.value == "free"


@pytest.mark.parametrize(("size", "billed"), [(5, 100), (2, 250), (6, 100 * 10 / 6)])
def test_firehose_bills_each_record_in_steps_of_5_kb(priced, usage_of, size, billed):
    usage = usage_of("aws_kinesis_firehose_delivery_stream", {"monthly_data_ingested_gb": 100, "average_record_kb": size})
    found = priced((FIREHOSE, "lake", {"destination": "extended_s3", "extendedS3Configuration": {"bucketArn": "b", "roleArn": "r"}}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(billed * 0.029)


def test_firehose_options_cost_by_the_same_gigabytes(priced, usage_of):
    usage = usage_of("aws_kinesis_firehose_delivery_stream", {"monthly_data_ingested_gb": 1000, "monthly_objects_delivered": 50_000})
    lake = {
        "bucketArn": "b",
        "roleArn": "r",
        "dataFormatConversionConfiguration": {"inputFormatConfiguration": {}, "outputFormatConfiguration": {}, "schemaConfiguration": {}},
        "dynamicPartitioningConfiguration": {"enabled": True},
    }
    found = priced((FIREHOSE, "lake", {"destination": "extended_s3", "extendedS3Configuration": lake}), usage=usage)
    # 1000 x (0.029 + 0.018 conversion + 0.02 partitioning) + 50,000 objects x 0.005 a thousand
    assert found.monthly_cost.expected == pytest.approx(67.0 + 0.25)


def test_firehose_into_a_vpc_costs_by_the_zone(priced, usage_of):
    usage = usage_of("aws_kinesis_firehose_delivery_stream", {"monthly_data_ingested_gb": 100})
    vpc = {"roleArn": "r", "securityGroupIds": ["sg"], "subnetIds": ["a", "b", "c"]}
    found = priced((FIREHOSE, "logs", {"destination": "opensearch", "opensearchConfiguration": {"indexName": "i", "vpcConfig": vpc}}), usage=usage)
    # 100 x (0.029 + 0.01) + 3 zones x 730 x 0.01
    assert found.monthly_cost.expected == pytest.approx(3.9 + 21.9)


def test_firehose_from_msk_has_no_price_in_the_book(priced):
    found = priced((FIREHOSE, "topic", {"destination": "extended_s3", "mskSourceConfiguration": {"topicName": "t"}}))
    assert found.status.value == "unknown"


def _flink(**parallelism):
    flink = {"parallelismConfiguration": {"configurationType": "CUSTOM", **parallelism}}
    return {"runtimeEnvironment": "FLINK-1_20", "applicationConfiguration": {"flinkApplicationConfiguration": flink}}


def test_a_flink_application_pays_for_one_kpu_more_than_its_parallelism_needs(priced, line):
    found = priced((FLINK, "enrich", _flink(parallelism=7, parallelismPerKpu=2)))
    # 4 KPUs and one for orchestration x 730 x 0.11; 4 x 50 GB x 0.10
    assert line(found, "Kinesis Processing Unit").monthly_cost.expected == pytest.approx(401.5)
    assert line(found, "running application storage").monthly_cost.expected == pytest.approx(20.0)


def test_kpus_that_usage_states_stand_above_the_parallelism(priced, usage_of, line):
    usage = usage_of("aws_kinesisanalyticsv2_application", {"kinesis_processing_units": 9, "durable_application_backup_gb": 100})
    found = priced((FLINK, "enrich", _flink(parallelism=1)), usage=usage)
    assert line(found, "Kinesis Processing Unit").monthly_cost.expected == pytest.approx(10 * 730 * 0.11)
    assert line(found, "durable application backups").monthly_cost.expected == pytest.approx(2.3)


@pytest.mark.parametrize(("runtime", "kpus"), [("FLINK-1_20", 2), ("ZEPPELIN-FLINK-3_0", 3), ("SQL-1_0", 1)])
def test_orchestration_depends_on_the_runtime(priced, line, runtime, kpus):
    found = priced((FLINK, "enrich", {"runtimeEnvironment": runtime}))
    assert line(found, "Kinesis Processing Unit").monthly_cost.expected == pytest.approx(kpus * 730 * 0.11)


@pytest.mark.parametrize(
    ("token", "terraform_type", "fields", "cost"),
    [
        ("aws:kinesis/analyticsApplication:AnalyticsApplication", "aws_kinesis_analytics_application", {"kinesis_processing_units": 2}, 160.6),
        (
            "aws:kinesisanalyticsv2/applicationSnapshot:ApplicationSnapshot",
            "aws_kinesisanalyticsv2_application_snapshot",
            {"durable_application_backup_gb": 100},
            2.3,
        ),
        # 100 x 0.0085 in, 200 x 0.0085 out, 10 x 0.023 stored
        (
            "aws:kinesis/videoStream:VideoStream",
            "aws_kinesis_video_stream",
            {"monthly_data_ingested_gb": 100, "monthly_data_consumed_gb": 200, "storage_gb": 10},
            2.78,
        ),
    ],
)
def test_what_costs_by_usage_alone(priced, usage_of, token, terraform_type, fields, cost):
    assert priced((token, "example", {}), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(cost)
