from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

DOMAIN = "aws:opensearch/domain:Domain"
COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection"
INDEX = "aws:kendra/index:Index"


def test_a_domain_costs_by_its_nodes_and_their_volumes(priced):
    cluster = {"instanceType": "r7g.large.search", "instanceCount": 3, "dedicatedMasterEnabled": True, "dedicatedMasterType": "m7g.large.search"}
    inputs = {"clusterConfig": {**cluster, "dedicatedMasterCount": 3}, "ebsOptions": {"ebsEnabled": True, "volumeType": "gp3", "volumeSize": 100}}
    # 3 x 730 x (0.178 + 0.135) + 3 x 100 GB x 0.122
    assert priced((DOMAIN, "logs", inputs)).monthly_cost.expected == pytest.approx(685.47 + 36.6)


def test_masters_and_warm_nodes_count_only_where_they_are_enabled(priced):
    cluster = {"instanceType": "r7g.large.search", "dedicatedMasterType": "m7g.large.search", "dedicatedMasterCount": 3, "warmCount": 2}
    assert priced((DOMAIN, "logs", {"clusterConfig": cluster})).monthly_cost.expected == pytest.approx(0.178 * 730)


def test_warm_and_cold_storage_are_usage(priced, usage_of, line):
    cluster = {"instanceType": "i3.large.search", "warmEnabled": True, "warmType": "ultrawarm1.medium.search", "warmCount": 2}
    inputs = {"clusterConfig": {**cluster, "coldStorageOptions": {"enabled": True}}}
    found = priced((DOMAIN, "logs", inputs), usage=usage_of("aws_opensearch_domain", {"warm_storage_gb": 1000, "cold_storage_gb": 2000}))
    assert line(found, "UltraWarm nodes").monthly_cost.expected == pytest.approx(347.48)
    assert sum(charge.monthly_cost.expected for charge in found.lines if "managed storage" in charge.component) == pytest.approx(72.0)


def test_provisioned_iops_of_io1_are_priced_and_those_of_gp3_listed(priced, stack_of, line):
    from cost.estimate import estimate

    volume = {"ebsEnabled": True, "volumeSize": 100, "iops": 4000}
    cluster = {"instanceType": "m5.large.search", "instanceCount": 2}
    io1 = priced((DOMAIN, "logs", {"clusterConfig": cluster, "ebsOptions": {**volume, "volumeType": "io1"}}))
    assert line(io1, "io1 provisioned IOPS").monthly_cost.expected == pytest.approx(2 * 4000 * 0.088)
    gp3 = estimate(stack_of((DOMAIN, "logs", {"clusterConfig": cluster, "ebsOptions": {**volume, "volumeType": "gp3"}})))
    assert [item.component for item in gp3.unknown] == ["gp3 provisioned IOPS and throughput"]


def test_an_elasticsearch_domain_has_the_prices_of_opensearch(priced):
    cluster = {"instanceType": "c4.2xlarge.elasticsearch", "instanceCount": 3}
    inputs = {"clusterConfig": cluster, "ebsOptions": {"ebsEnabled": True, "volumeType": "gp2", "volumeSize": 400 / 3}}
    # Infracost's golden for elasticsearch_domain: 1,285.53 and 54.00
    assert priced(("aws:elasticsearch/domain:Domain", "logs", inputs)).monthly_cost.expected == pytest.approx(1285.53 + 54.0)


def test_a_node_count_known_later_is_unknown(priced):
    assert priced((DOMAIN, "logs", {"clusterConfig": {"instanceType": "m5.large.search", "instanceCount": UNKNOWN}})).status.value == "unknown"


@pytest.mark.parametrize(("replicas", "cost"), [("ENABLED", 350.40), ("DISABLED", 175.20)])
def test_a_collection_never_costs_less_than_its_floor(priced, usage_of, replicas, cost):
    usage = usage_of("aws_opensearchserverless_collection", {"storage_gb": 0})
    found = priced((COLLECTION, "rag", {"name": "rag", "type": "VECTORSEARCH", "standbyReplicas": replicas}), usage=usage)
    # 2 or 1 OCUs x 730 x 0.24
    assert found.monthly_cost.min == found.monthly_cost.expected == pytest.approx(cost)


def test_collections_of_a_kind_share_one_floor_and_vector_collections_have_their_own(stack_of):
    from cost.estimate import estimate

    kinds = (("a", "SEARCH"), ("b", "TIMESERIES"), ("c", "VECTORSEARCH"), ("d", "VECTORSEARCH"))
    result = estimate(stack_of(*((COLLECTION, name, {"name": name, "type": kind}) for name, kind in kinds)))
    ocus = {found.name: next(line.quantity.expected for line in found.lines if "OCU" in line.component) for found in result.resources}
    assert ocus == {"a": 1460, "b": 0, "c": 1460, "d": 0}


def test_ocus_that_usage_states_and_the_accounts_limit(priced, usage_of):
    usage = usage_of("aws_opensearchserverless_collection", {"storage_gb": 0, "monthly_ocu_hours": 3000, "maximum_ocus": 10})
    cost = priced((COLLECTION, "rag", {"name": "rag", "type": "SEARCH"}), usage=usage).monthly_cost
    assert (cost.min, cost.expected, cost.max) == (pytest.approx(350.40), pytest.approx(720.0), pytest.approx(1752.0))


def test_a_collection_group_sets_floor_and_ceiling(priced, line):
    limits = {"minIndexingCapacityInOcu": 1, "maxIndexingCapacityInOcu": 4, "minSearchCapacityInOcu": 1, "maxSearchCapacityInOcu": 8}
    group = ("aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup", "ml", {"name": "ml", "standbyReplicas": "ENABLED", "capacityLimits": limits})
    found = line(priced((COLLECTION, "rag", {"name": "rag", "type": "SEARCH", "collectionGroupName": "ml"}), group), "serverless OCU")
    assert (found.quantity.min, found.quantity.max) == (2 * 730, 12 * 730)


def test_a_pipeline_is_between_its_least_and_most_units(priced, usage_of):
    inputs = {"minUnits": 1, "maxUnits": 4, "pipelineName": "p", "pipelineConfigurationBody": "x"}
    token = "aws:opensearchingest/pipeline:Pipeline"
    cost = priced((token, "p", inputs), usage=usage_of("aws_osis_pipeline", {"units": 2})).monthly_cost
    assert (cost.min, cost.expected, cost.max) == (pytest.approx(175.2), pytest.approx(350.4), pytest.approx(700.8))


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        ({"edition": "DEVELOPER_EDITION"}, 821.25),  # 1.125 x 730
        ({}, 1022.0),  # Enterprise where none is declared
        ({"capacityUnits": {"queryCapacityUnits": 1, "storageCapacityUnits": 2}}, 1022.0 + 3 * 0.7 * 730),
    ],
)
def test_an_index_costs_by_its_edition(priced, inputs, cost):
    assert priced((INDEX, "docs", {"roleArn": "r", **inputs})).monthly_cost.expected == pytest.approx(cost)


def test_an_edition_that_is_not_known_has_no_price(priced):
    assert priced((INDEX, "docs", {"roleArn": "r", "edition": "MINI"})).status.value == "unknown"
