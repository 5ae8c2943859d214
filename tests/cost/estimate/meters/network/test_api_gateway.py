from __future__ import annotations

import pytest

from cost.estimate.model import Status

REST = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
API = "aws:apigatewayv2/api:Api"


def test_rest_requests_climb_the_accounts_tiers(priced, usage_of):
    # 333 x 3.50 + 667 x 2.80 + 19,000 x 2.38 (millions)
    usage = usage_of("aws_api_gateway_rest_api", {"monthly_requests": 20e9})
    assert priced((REST, "api", {}), usage=usage).monthly_cost.expected == pytest.approx(333 * 3.5 + 667 * 2.8 + 19_000 * 2.38)


@pytest.mark.parametrize(("size_kb", "metered"), [(1, 1), (512, 1), (513, 2), (1024, 2), (0, 1)])
def test_an_http_request_is_metered_in_steps_of_512_kb(priced, usage_of, size_kb, metered):
    usage = usage_of("aws_apigatewayv2_api", {"monthly_requests": 1e6, "request_size_kb": size_kb})
    assert priced((API, "api", {"protocolType": "HTTP"}), usage=usage).monthly_cost.expected == pytest.approx(1.0 * metered)


@pytest.mark.parametrize(("size_kb", "metered"), [(32, 1), (33, 2)])
def test_a_websocket_message_is_metered_in_steps_of_32_kb(priced, usage_of, size_kb, metered):
    usage = usage_of("aws_apigatewayv2_api", {"monthly_messages": 2e6, "message_size_kb": size_kb, "monthly_connection_mins": 4e6})
    found = priced((API, "chat", {"protocolType": "WEBSOCKET"}), usage=usage)
    # 2 M messages x 1.00 each step, 4 M minutes x 0.25
    assert found.monthly_cost.expected == pytest.approx(2.0 * metered + 1.0)


def test_websocket_messages_above_a_billion_cost_less(priced, usage_of):
    usage = usage_of("aws_apigatewayv2_api", {"monthly_messages": 1.5e9, "monthly_connection_mins": 10e6})
    # 1,000 x 1.00 + 500 x 0.80 + 10 x 0.25 (infracost apigatewayv2_api_test)
    assert priced((API, "chat", {"protocolType": "WEBSOCKET"}), usage=usage).monthly_cost.expected == pytest.approx(1402.50)


@pytest.mark.parametrize(("inputs", "cost"), [({"cacheClusterSize": "237"}, 2774.0), ({"cacheClusterSize": "1.6"}, 27.74), ({}, 14.60)])
def test_a_stages_cache_costs_by_its_size(priced, inputs, cost):
    found = priced((STAGE, "prod", {"cacheClusterEnabled": True, **inputs}))
    assert found.monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_stage_without_a_cache_is_free(priced):
    assert priced((STAGE, "prod", {"stageName": "prod"})).status is Status.FREE


def test_a_cache_of_a_size_that_aws_does_not_sell_is_unknown(priced):
    assert priced((STAGE, "prod", {"cacheClusterEnabled": True, "cacheClusterSize": "99"})).status is Status.UNKNOWN
