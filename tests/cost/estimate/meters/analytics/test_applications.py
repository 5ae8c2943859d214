from __future__ import annotations

import pytest

CACHE = "aws:appsync/apiCache:ApiCache"
USER = "aws:quicksight/user:User"
RULE = "aws:iot/topicRule:TopicRule"


def test_an_api_costs_by_operations_updates_and_minutes(priced, usage_of):
    fields = {"monthly_operations": 2_000_000, "monthly_real_time_updates": 5_000_000, "monthly_connection_minutes": 10_000_000}
    found = priced(("aws:appsync/graphQLApi:GraphQLApi", "api", {"authenticationType": "API_KEY"}), usage=usage_of("aws_appsync_graphql_api", fields))
    # 2 x 4.00 + 5 x 2.00 + 10 x 0.08
    assert found.monthly_cost.expected == pytest.approx(18.8)


@pytest.mark.parametrize(("size", "cost"), [("SMALL", 32.12), ("LARGE_2X", 826.36)])
def test_a_cache_costs_by_its_size(priced, size, cost):
    assert priced((CACHE, "cache", {"apiId": "a", "type": size, "ttl": 60, "apiCachingBehavior": "FULL_REQUEST_CACHING"})).monthly_cost.expected == (
        pytest.approx(cost)
    )


def test_a_cache_of_another_type_has_no_price(priced):
    assert priced((CACHE, "cache", {"apiId": "a", "type": "R4_LARGE"})).status.value == "unknown"


@pytest.mark.parametrize(("role", "cost"), [("READER", 3.0), ("AUTHOR", 24.0), ("ADMIN", 24.0), ("READER_PRO", 20.0), ("ADMIN_PRO", 40.0)])
def test_a_user_costs_by_role(priced, role, cost):
    assert priced((USER, "ann", {"email": "ann@example.com", "identityType": "QUICKSIGHT", "userRole": role})).monthly_cost.expected == cost


def test_a_role_that_is_not_known_has_no_price(priced):
    assert priced((USER, "ann", {"userRole": "RESTRICTED_READER"})).status.value == "unknown"


def test_a_timestream_table_costs_by_writes_and_both_stores(priced, usage_of):
    fields = {"monthly_writes": 10_000_000, "memory_store_gb_hours": 730, "magnetic_store_gb": 100}
    found = priced(("aws:timestreamwrite/table:Table", "metrics", {"databaseName": "d", "tableName": "t"}), usage=usage_of("aws_timestreamwrite_table", fields))
    # 10 x 0.50 + 730 x 0.036 + 100 x 0.03
    assert found.monthly_cost.expected == pytest.approx(34.28)


def test_a_rule_pays_for_each_match_and_each_action(priced, usage_of):
    usage = usage_of("aws_iot_topic_rule", {"monthly_rules_triggered": 10_000_000})
    inputs = {"sql": "SELECT *", "sqlVersion": "2016-03-23", "enabled": True, "lambdas": [{"functionArn": "f"}], "kineses": [{"streamName": "s"}]}
    # 10 x 0.15 + 2 actions x 10 x 0.15
    assert priced((RULE, "rule", inputs), usage=usage).monthly_cost.expected == pytest.approx(4.5)
    assert priced((RULE, "rule", {**inputs, "enabled": False}), usage=usage).monthly_cost.expected == 0


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:datazone/domain:Domain", {"domainExecutionRole": "r"}),
        ("aws:timestreaminfluxdb/dbInstance:DbInstance", {"dbInstanceType": "db.influx.medium", "allocatedStorage": 20}),
        ("aws:timestreaminfluxdb/dbCluster:DbCluster", {"dbInstanceType": "db.influx.medium", "allocatedStorage": 20}),
    ],
)
def test_what_the_book_has_no_price_for_is_unknown_with_the_reason(priced, token, inputs):
    found = priced((token, "example", inputs))
    assert found.status.value == "unknown"
    assert "no price" in (found.reason or "")
