from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

MSK = "aws:msk/cluster:Cluster"
CONNECTOR = "aws:mskconnect/connector:Connector"
MQ = "aws:mq/broker:Broker"


def _msk(instance="kafka.m5.large", **storage):
    group = {"clientSubnets": ["a", "b", "c"], "instanceType": instance, "securityGroups": ["sg"]}
    if storage:
        group["storageInfo"] = {"ebsStorageInfo": storage}
    return {"kafkaVersion": "3.8.x", "numberOfBrokerNodes": 3, "brokerNodeGroupInfo": group}


def test_a_cluster_costs_by_its_brokers_and_their_volumes(priced):
    # 3 x 0.21 x 730 + 3 x 1000 GB x 0.10
    assert priced((MSK, "events", _msk(volumeSize=1000))).monthly_cost.expected == pytest.approx(459.90 + 300)


def test_storage_throughput_is_billed_above_250_a_broker(priced, line):
    throughput = {"enabled": True, "volumeThroughput": 300}
    found = priced((MSK, "events", _msk("kafka.m5.4xlarge", volumeSize=1000, provisionedThroughput=throughput)))
    # 3 x 50 MB/s x 0.08
    assert line(found, "provisioned storage throughput").monthly_cost.expected == pytest.approx(12.0)


def test_storage_scales_up_to_its_targets_ceiling(priced, resource, line):
    cluster = resource(MSK, "events", _msk(volumeSize=1000), id="arn:aws:kafka:us-east-1:111122223333:cluster/events/1")
    target = {"resourceId": cluster.id, "scalableDimension": "kafka:broker-storage:VolumeSize", "serviceNamespace": "kafka"}
    scaling = ("aws:appautoscaling/target:Target", "storage", {**target, "minCapacity": 1, "maxCapacity": 4000})
    cost = line(priced(cluster, scaling), "broker storage").monthly_cost
    assert (cost.expected, cost.max) == (pytest.approx(300), pytest.approx(1200))


def test_express_brokers_pay_for_what_they_take_in_and_store(priced, usage_of):
    usage = usage_of("aws_msk_cluster", {"monthly_data_in_gb": 1000, "storage_gb": 500})
    # 3 x 0.408 x 730 + 1000 x 0.01 + 500 x 0.10
    assert priced((MSK, "events", _msk("express.m7g.large")), usage=usage).monthly_cost.expected == pytest.approx(893.52 + 10 + 50)


def test_tiered_storage_is_usage(priced, usage_of, line):
    usage = usage_of("aws_msk_cluster", {"tiered_storage_gb": 1000, "monthly_tiered_retrieval_gb": 1000})
    found = priced((MSK, "events", {**_msk(volumeSize=100), "storageMode": "TIERED"}), usage=usage)
    assert line(found, "tiered storage retrieval").monthly_cost.expected == pytest.approx(1.5)
    assert [charge.monthly_cost.expected for charge in found.lines if charge.component == "tiered storage"] == [pytest.approx(60.0)]


@pytest.mark.parametrize("inputs", [_msk(volumeSize=UNKNOWN), {**_msk(volumeSize=10), "numberOfBrokerNodes": UNKNOWN}])
def test_a_size_known_later_is_unknown(priced, inputs):
    assert priced((MSK, "events", inputs)).status.value == "unknown"


def test_a_serverless_cluster_costs_by_hours_partitions_data_and_storage(priced, usage_of):
    fields = {"partitions": 100, "monthly_data_in_gb": 100, "monthly_data_out_gb": 200, "storage_gb": 50}
    found = priced(("aws:msk/serverlessCluster:ServerlessCluster", "events", {"clusterName": "e"}), usage=usage_of("aws_msk_serverless_cluster", fields))
    # 730 x 0.75 + 100 x 730 x 0.0015 + 100 x 0.10 + 200 x 0.05 + 50 x 0.10
    assert found.monthly_cost.expected == pytest.approx(547.5 + 109.5 + 10 + 10 + 5)


def test_a_connector_costs_by_its_workers_units(priced):
    inputs = {"capacity": {"provisionedCapacity": {"mcuCount": 2, "workerCount": 3}}}
    assert priced((CONNECTOR, "sink", inputs)).monthly_cost.expected == pytest.approx(6 * 730 * 0.11)


def test_a_connectors_auto_scaling_is_its_range(priced, usage_of):
    inputs = {"capacity": {"autoscaling": {"mcuCount": 1, "minWorkerCount": 1, "maxWorkerCount": 4}}}
    cost = priced((CONNECTOR, "sink", inputs), usage=usage_of("aws_mskconnect_connector", {"workers": 2})).monthly_cost
    assert (cost.min, cost.expected, cost.max) == (pytest.approx(80.3), pytest.approx(160.6), pytest.approx(321.2))
    assert priced((CONNECTOR, "sink", inputs)).monthly_cost.expected == pytest.approx(80.3)


def test_a_connector_without_capacity_is_unknown(priced):
    assert priced((CONNECTOR, "sink", {"capacity": {}})).status.value == "unknown"


def test_a_replicator_costs_by_the_hour_and_the_gigabyte(priced, usage_of):
    usage = usage_of("aws_msk_replicator", {"monthly_data_replicated_gb": 100})
    # 730 x 0.30 + 100 x 0.08
    assert priced(("aws:msk/replicator:Replicator", "dr", {"replicatorName": "dr"}), usage=usage).monthly_cost.expected == pytest.approx(227.0)


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        # The figures of Infracost's golden for mq_broker: one, a pair, three; EFS once, EBS on each
        ({"engineType": "RabbitMQ", "hostInstanceType": "mq.m5.xlarge"}, 420.48 + 1.0),
        ({"engineType": "RabbitMQ", "hostInstanceType": "mq.m5.xlarge", "deploymentMode": "CLUSTER_MULTI_AZ"}, 1261.44 + 3.0),
        ({"engineType": "ActiveMQ", "hostInstanceType": "mq.m5.large", "deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}, 420.48 + 3.0),
        ({"engineType": "ActiveMQ", "hostInstanceType": "mq.t2.micro", "storageType": "ebs"}, 21.90 + 1.0),
    ],
)
def test_a_broker_costs_by_its_deployment_and_storage(priced, usage_of, inputs, cost):
    usage = usage_of("aws_mq_broker", {"storage_size_gb": 10})
    assert priced((MQ, "broker", {"engineVersion": "x", **inputs}), usage=usage).monthly_cost.expected == pytest.approx(cost)


def test_a_deployment_that_is_not_known_has_no_price(priced):
    assert priced((MQ, "broker", {"hostInstanceType": "mq.m5.large", "deploymentMode": "RING"})).status.value == "unknown"


def test_a_broker_that_runs_office_hours_costs_them(priced, usage_of, line):
    usage = usage_of("aws_mq_broker", {"storage_size_gb": 0, "monthly_hours": 200})
    assert line(priced((MQ, "b", {"engineType": "RabbitMQ", "hostInstanceType": "mq.m5.large"}), usage=usage), "mq.m5.large").monthly_cost.expected == (
        pytest.approx(57.6)
    )
