from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.allocate.ml_model import MlKind
from cost.allocate.ml_names import Named, last_part, model_of, named

SAGEMAKER = "arn:aws:sagemaker:eu-central-1:000000000001:"
BEDROCK = "arn:aws:bedrock:us-east-1:000000000001:"


def of(resource_id: str = "", usage_type: str = "", service: str = "", *, bedrock: bool = False, sagemaker: bool = False, kind: MlKind = "other") -> Named:
    return named(resource_id, usage_type=usage_type, usage_kind=kind, service=service, bedrock=bedrock, sagemaker=sagemaker)


@pytest.mark.parametrize(
    ("arn", "kind", "name"),
    [
        (f"{SAGEMAKER}training-job/fit-1", "training", "fit-1"),
        (f"{SAGEMAKER}processing-job/clean", "processing", "clean"),
        (f"{SAGEMAKER}transform-job/score", "transform", "score"),
        (f"{SAGEMAKER}endpoint/ranker", "endpoint", "ranker"),
        (f"{SAGEMAKER}notebook-instance/nb", "notebook", "nb"),
        (f"{SAGEMAKER}hyper-parameter-tuning-job/tune", "tuning", "tune"),
        (f"{SAGEMAKER}cluster/abc", "hyperpod", "abc"),
        ("arn:aws-cn:sagemaker:cn-north-1:1:endpoint/x", "endpoint", "x"),
    ],
)
def test_a_sagemaker_arn_names_the_job_or_endpoint(arn: str, kind: str, name: str):
    assert of(arn, sagemaker=True) == Named(kind, name)  # pyright: ignore[reportArgumentType]


def test_a_studio_app_is_its_users_and_a_space_is_nobodys():
    assert of(f"{SAGEMAKER}app/d-1/ada/JupyterLab/default") == Named("studio", "ada/JupyterLab/default", user="ada")
    assert of(f"{SAGEMAKER}user-profile/d-1/ada") == Named("studio", "ada", user="ada")
    assert of(f"{SAGEMAKER}space/d-1/shared") == Named("studio", "shared")


def test_a_bedrock_arn_names_the_model_and_a_profile_has_the_one_that_is_charged():
    assert of(f"{BEDROCK}foundation-model/meta.llama", bedrock=True) == Named("model call", "meta.llama", model="meta.llama")
    profile = of(f"{BEDROCK}application-inference-profile/abc", "USE1-Nova-Lite-input-tokens", bedrock=True)
    assert profile == Named("model call", "abc", model="Nova-Lite")


def test_what_no_arn_names_is_what_its_usage_type_says():
    assert of("", "USE1-Train:ml.g5.xlarge", sagemaker=True, kind="training") == Named("training", "(no resource) USE1-Train:ml.g5.xlarge")
    assert of("arn:odd", sagemaker=True, kind="endpoint") == Named("endpoint", "arn:odd")


def test_a_models_name_is_the_usage_type_less_region_and_tokens_or_the_marketplaces_service():
    assert model_of("USE1-Nova-Lite-input-tokens", "Amazon Bedrock") == "Nova-Lite"
    assert model_of("APN1-Claude3Sonnet-output-tokens-batch", "Amazon Bedrock") == "Claude3Sonnet"
    assert model_of("USE1-MP:USE1_InputTokenCount-Units", "Claude Sonnet (Amazon Bedrock Edition)") == "Claude Sonnet"


def test_an_eks_cluster_is_no_hyperpod_cluster():
    assert of("arn:aws:eks:us-east-1:1:cluster/ml").kind == "tagged resource"


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_the_naming_and_none_is_lost(resource_id: str, usage_type: str):
    for flags in ({}, {"bedrock": True}, {"sagemaker": True}):
        found = of(resource_id, usage_type, **flags)
        assert found.name or found.kind == "model call"
    assert last_part(resource_id) in resource_id
