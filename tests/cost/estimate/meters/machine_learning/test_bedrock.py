from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import Status
from cost.estimate.usage import NamedUsage
from plinth.stack import UNKNOWN

THROUGHPUT = "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput"
GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
RUNTIME = "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime"
EXPRESS = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-express-v1"


def _throughput(arn=EXPRESS, **inputs):
    return (THROUGHPUT, "units", {"provisionedModelName": "units", "modelArn": arn, "modelUnits": 2, **inputs})


@pytest.mark.parametrize(
    ("commitment", "expected"), [({}, 29_930.00), ({"commitmentDuration": "OneMonth"}, 26_864.00), ({"commitmentDuration": "SixMonths"}, 21_608.00)]
)
def test_model_units_cost_by_commitment(priced, commitment, expected):
    # 2 x 730 h x 20.50, 18.40, 14.80
    assert priced(_throughput(**commitment)).monthly_cost.expected == pytest.approx(expected, abs=0.005)


def test_a_custom_models_units_cost_what_its_base_models_do(priced):
    arn = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.titan-text-express-v1:0:8k/abc123"
    assert priced(_throughput(arn)).monthly_cost.expected == pytest.approx(29_930.00, abs=0.005)


@pytest.mark.parametrize("inputs", [{"arn": UNKNOWN}, {"arn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-9"}, {"modelUnits": UNKNOWN}])
def test_throughput_without_a_price_is_unknown(priced, inputs):
    assert priced(_throughput(**inputs)).status is Status.UNKNOWN


@pytest.fixture
def invoked(stack_of):
    def make(fields):
        usage = Usage(by_type={}, named=(NamedUsage("aws_bedrock_model_invocation", "chat", "aws_bedrock_model_invocation.chat", fields),))
        return estimate(stack_of(), (usage,)).resources[0]

    return make


def test_tokens_cost_by_model_in_and_out(invoked):
    found = invoked({"model_id": "amazon.nova-lite-v1:0", "monthly_input_tokens": 100e6, "monthly_output_tokens": 10e6})
    # 100 M x 0.06 + 10 M x 0.24 = 8.40
    assert found.monthly_cost.expected == pytest.approx(8.40, abs=0.005)


@pytest.mark.parametrize(
    "fields", [{"monthly_input_tokens": 1.0}, {"model_id": "amazon.nova-lite-v1:0"}, {"model_id": "nobody.model", "monthly_input_tokens": 1.0}]
)
def test_tokens_without_a_model_a_count_or_a_price_are_unknown(invoked, fields):
    assert invoked(fields).status is Status.UNKNOWN


def test_a_guardrail_is_billed_for_the_policies_that_it_has(priced, usage_of):
    policies = {
        "contentPolicyConfig": {"filtersConfigs": []},
        "contextualGroundingPolicyConfig": {"filtersConfigs": []},
        "wordPolicyConfig": {"wordsConfigs": []},
    }
    fields = {f"monthly_{name}_text_units": 1_000_000 for name in ("content_filter", "contextual_grounding", "denied_topic", "sensitive_information")}
    found = priced((GUARDRAIL, "rail", {"name": "rail", **policies}), usage=usage_of("aws_bedrock_guardrail", fields))
    # 1 M units x 0.15 and x 0.10 a thousand
    assert found.monthly_cost.expected == pytest.approx(250.00, abs=0.005)


def test_a_guardrail_of_words_alone_is_free(priced):
    assert priced((GUARDRAIL, "rail", {"name": "rail", "wordPolicyConfig": {"wordsConfigs": []}})).status is Status.FREE


@pytest.mark.parametrize(("inputs", "expected"), [({}, 9.89), ({"platformVersion": "V1"}, 9.89), ({"platformVersion": "V2"}, 14.45)])
def test_an_agent_runtime_is_the_cpu_and_memory_of_its_version(priced, usage_of, inputs, expected):
    usage = usage_of("aws_bedrockagentcore_agent_runtime", {"monthly_vcpu_hours": 100, "monthly_memory_gb_hours": 100})
    # V1: 8.95 + 0.945; V2: 12.76 + 1.69
    assert priced((RUNTIME, "agent", {"agentRuntimeName": "agent", "roleArn": "role", **inputs}), usage=usage).monthly_cost.expected == pytest.approx(
        expected, abs=0.0051
    )


@pytest.mark.parametrize("type_", ["aws:bedrock/agentcoreBrowser:AgentcoreBrowser", "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter"])
def test_an_agents_tool_is_priced_by_the_preset_where_nobody_measured(priced, type_):
    assert priced((type_, "tool", {"name": "tool"})).monthly_cost.expected > 0


def test_a_flow_is_its_node_transitions(priced, usage_of):
    found = priced(
        ("aws:bedrock/agentFlow:AgentFlow", "flow", {"name": "flow"}), usage=usage_of("aws_bedrockagent_flow", {"monthly_node_transitions": 1_000_000})
    )
    assert found.monthly_cost.expected == pytest.approx(35.00, abs=0.005)


CALLERS = ("agentAgent:AgentAgent", "agentKnowledgeBase:AgentKnowledgeBase", "evaluationJob:EvaluationJob")


@pytest.mark.parametrize("type_", [*(f"aws:bedrock/{name}" for name in CALLERS)])
def test_what_only_calls_a_model_says_where_its_tokens_are_stated(priced, type_):
    found = priced((type_, "caller", {}))
    assert found.status is Status.FREE
    assert "aws_bedrock_model_invocation" in found.reason


def test_a_customization_has_no_price(priced):
    found = priced(("aws:bedrock/customModel:CustomModel", "tuned", {"customModelName": "tuned"}))
    assert found.status is Status.UNKNOWN
    assert "training tokens" in found.reason


@pytest.mark.parametrize(("kind", "status"), [("VECTOR", Status.FREE), ("SQL", Status.UNKNOWN), ("KENDRA", Status.UNKNOWN), (UNKNOWN, Status.UNKNOWN)])
def test_a_knowledge_base_is_free_where_its_store_is_elsewhere(priced, kind, status):
    found = priced(("aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase", "kb", {"name": "kb", "knowledgeBaseConfiguration": {"type": kind}}))
    assert found.status is status


def test_a_batch_jobs_tokens_are_listed_and_not_free(priced):
    found = priced(("aws:bedrockmodel/invocationJob:InvocationJob", "batch", {"modelId": "amazon.nova-lite-v1:0"}))
    assert found.status is Status.UNKNOWN
    assert "half the on-demand price" in found.reason


@pytest.mark.parametrize(("modalities", "listed"), [(["TEXT"], False), (["TEXT", "IMAGE"], True)])
def test_filters_on_images_are_listed(stack_of, modalities, listed):
    policy = {"filtersConfigs": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH", "inputModalities": modalities}]}
    result = estimate(stack_of((GUARDRAIL, "rail", {"name": "rail", "contentPolicyConfig": policy})))
    assert ("content filters, image" in str([found.reason for found in result.resources] + [item.component for item in result.unknown])) is listed
