"""Amazon Bedrock meters: provisioned model throughput, tokens that a usage file states, guardrails, flows, and AgentCore.

Sources: Amazon Bedrock pricing page, "Provisioned Throughput", "Guardrails", "Flows"; Amazon Bedrock AgentCore pricing page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost.estimate.meters.base import (
    Charge,
    Context,
    Free,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_list,
    as_mapping,
    constant,
    usage_assumption,
    used_charge,
)
from cost.estimate.meters.machine_learning.ml_instances import month_share
from cost.estimate.meters.usage_fields import MONTHLY_HOURS
from cost.units import MILLION, THOUSAND
from plinth.stack import State

INVOCATION = "aws_bedrock_model_invocation"
THROUGHPUT = "aws_bedrock_provisioned_model_throughput"
GUARDRAIL = "aws_bedrock_guardrail"
MODEL = "model_id"
INPUT, OUTPUT = "monthly_input_tokens", "monthly_output_tokens"
AGENTCORE = "aws_bedrockagentcore"
VCPU_HOURS, GB_HOURS = "monthly_vcpu_hours", "monthly_memory_gb_hours"
DEFAULT_PLATFORM = "V1"
"""Source: aws_bedrockagentcore_agent_runtime, Argument Reference, platform_version."""
VECTOR, IMAGE = "VECTOR", "IMAGE"
NO_COMMITMENT = "no commitment"
COMMITMENTS = {"OneMonth": "one month", "SixMonths": "six months"}
GUARDED = (
    ("content_filter_text_units", "contentPolicyConfig", "content filters, text"),
    ("denied_topic_text_units", "topicPolicyConfig", "denied topics"),
    ("sensitive_information_text_units", "sensitiveInformationPolicyConfig.piiEntitiesConfigs", "sensitive information filters"),
    ("contextual_grounding_text_units", "contextualGroundingPolicyConfig", "contextual grounding checks"),
)
"""Usage field, the policy that makes it cost, the price's component. Word filters and regular expressions carry no charge (pricing page, Guardrails)."""


def throughput(context: Context) -> Iterable[Item]:
    """Model units an hour, by model and commitment; they are billed until they are deleted, and at least for their commitment."""
    arn = context.resource.input("modelArn")
    if arn.state is State.UNKNOWN:
        raise UndecidableError("modelArn is known only after deployment, and a model unit's price is its model's")
    model = _base_model(str(arn.value))
    commitment = context.text("commitmentDuration", NO_COMMITMENT)
    term = COMMITMENTS.get(commitment, commitment)
    units, month = context.number("modelUnits"), month_share(context)
    component = f"model units, {model}, {term}"
    yield Charge(THROUGHPUT, component, month.quantity.scaled(units), source=month.source, assumptions=(f"{units:g} model units", *month.notes))


def _base_model(arn: str) -> str:
    """The foundation model of an ARN, a custom model's too: its units cost what the base model's do (pricing page, Provisioned Throughput)."""
    for kind in ("foundation-model/", "custom-model/"):
        if kind in arn:
            return arn.split(kind, 1)[1].split("/", 1)[0].split(":", 1)[0]
    return arn


def invocation(context: Context) -> Iterable[Item]:
    """On-demand tokens of one model, in and out."""
    model = context.texts.get(MODEL)
    if model is None:
        raise UndecidableError(f"the usage file states no {MODEL}")
    if context.usage.get(INPUT) is None and context.usage.get(OUTPUT) is None:
        raise UndecidableError(f"the usage file states no {INPUT} or {OUTPUT}")
    yield from used_charge(context, INVOCATION, Used(INPUT, f"input tokens, {model}", MILLION))
    yield from used_charge(context, INVOCATION, Used(OUTPUT, f"output tokens, {model}", MILLION))


def guardrail(context: Context) -> Iterable[Item]:
    """Text units (of 1,000 characters) by policy that the guardrail has."""
    policies = [(field, component) for field, path, component in GUARDED if context.resource.input(path).present]
    if not policies:
        yield Free("its policies carry no charge: word filters and regular expressions")
    if IMAGE in _content_modalities(context):
        yield Unpriced("content filters, image", "images are billed by the image; the price book has no price for it")
    for field, component in policies:
        stated = context.usage.get(f"monthly_{field}")
        if stated is None:
            yield Unpriced(component, f"no monthly_{field} in the usage file")
        else:
            note = usage_assumption(f"monthly_{field}", stated)
            yield Charge(GUARDRAIL, component, constant(stated.value / THOUSAND), source=stated.source, assumptions=(note,))


def _content_modalities(context: Context) -> set[Any]:
    """What the content filters look at: text alone where no modality is declared."""
    policy = as_mapping("contentPolicyConfig", context.get("contentPolicyConfig"))
    filters = [as_mapping("filtersConfigs", each) for each in as_list("filtersConfigs", policy.get("filtersConfigs"))]
    return {modality for each in filters for key in ("inputModalities", "outputModalities") for modality in as_list(key, each.get(key))}


def tokens_elsewhere(_: Context) -> Iterable[Item]:
    """What costs only by the tokens of the model that it calls."""
    yield Free(f"it carries no charge of its own: its model's tokens do; state them as {INVOCATION}")


def batch_inference(_: Context) -> Iterable[Item]:
    """A batch job's tokens: half the on-demand price for most models (Bedrock pricing page, Batch), which the book has for none."""
    yield Unpriced("batch tokens", "batch inference has a price of its own by model, for most half the on-demand price; the price book has none")


def knowledge_base(context: Context) -> Iterable[Item]:
    """A vector knowledge base costs its model's tokens and its vector store; one that generates SQL or asks Kendra is billed by itself."""
    kind = context.get("knowledgeBaseConfiguration.type", VECTOR)
    if kind == VECTOR:
        yield from tokens_elsewhere(context)
    else:
        yield Unpriced("queries", f"the price book has no price of a {kind} knowledge base's queries")


def customization(_: Context) -> Iterable[Item]:
    """A fine-tuned model: its training tokens, its storage and the throughput to use it."""
    yield Unpriced("customization", "training tokens and model storage are priced by base model; the price book has none")


def evaluation(_: Context) -> Iterable[Item]:
    """A model evaluation."""
    yield Free(f"an automatic evaluation carries no charge of its own; the tokens do: state them as {INVOCATION}")


def agent_runtime(context: Context) -> Iterable[Item]:
    """The CPU and memory that an agent's sessions use, at its platform version's prices; a new runtime is of V1 where none is declared."""
    yield from _session(context, f"runtime {context.text('platformVersion', DEFAULT_PLATFORM)}")


def agent_tool(context: Context) -> Iterable[Item]:
    """The CPU and memory that a browser's or code interpreter's sessions use."""
    yield from _session(context, "tools")


def _session(context: Context, kind: str) -> Iterable[Item]:
    yield from used_charge(context, AGENTCORE, Used(VCPU_HOURS, f"{kind}, vCPU"))
    yield from used_charge(context, AGENTCORE, Used(GB_HOURS, f"{kind}, memory"))


SESSION = (VCPU_HOURS, GB_HOURS)

METERS = {
    "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput": Meter(THROUGHPUT, measure=throughput, extra_fields=(MONTHLY_HOURS,)),
    INVOCATION: Meter(INVOCATION, measure=invocation, extra_fields=(INPUT, OUTPUT), texts={MODEL: ()}, usage_only=True),
    "aws:bedrock/guardrail:Guardrail": Meter(GUARDRAIL, measure=guardrail, extra_fields=tuple(f"monthly_{field}" for field, _, _ in GUARDED)),
    "aws:bedrock/agentAgent:AgentAgent": Meter("aws_bedrockagent_agent", measure=tokens_elsewhere),
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": Meter("aws_bedrockagent_knowledge_base", measure=knowledge_base),
    "aws:bedrock/agentFlow:AgentFlow": Meter("aws_bedrockagent_flow", used=(Used("monthly_node_transitions", "flow node transitions", THOUSAND),)),
    "aws:bedrock/customModel:CustomModel": Meter("aws_bedrock_custom_model", measure=customization),
    "aws:bedrock/evaluationJob:EvaluationJob": Meter("aws_bedrock_evaluation_job", measure=evaluation),
    "aws:bedrockmodel/invocationJob:InvocationJob": Meter("aws_bedrock_model_invocation_job", measure=batch_inference),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": Meter(f"{AGENTCORE}_agent_runtime", measure=agent_runtime, extra_fields=SESSION),
    "aws:bedrock/agentcoreBrowser:AgentcoreBrowser": Meter(f"{AGENTCORE}_browser", measure=agent_tool, extra_fields=SESSION),
    "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter": Meter(f"{AGENTCORE}_code_interpreter", measure=agent_tool, extra_fields=SESSION),
}
