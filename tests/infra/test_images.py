"""infra.images: a repository for each container, scanned, under tags that don't move, under our key; and who pulls from which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.images import REPOSITORIES

REPOSITORY = "aws:ecr/repository:Repository"
ROOT = Path(__file__).resolve().parents[2]


def test_every_container_with_a_dockerfile_has_a_repository(stack):
    assert set(REPOSITORIES) == {path.parent.name for path in (ROOT / "workloads").glob("*/Dockerfile")}
    assert {found.inputs["name"] for found in stack.of_type(REPOSITORY)} == {f"plinth-{stack.name}/{container}" for container in REPOSITORIES}


def test_images_are_scanned_keep_their_tags_and_are_encrypted_with_the_artifacts_key(stack):
    for repository in stack.of_type(REPOSITORY):
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": stack.outputs["artifact_key_arn"]}]


def test_what_no_tag_names_expires_and_what_an_endpoint_may_run_does_not(stack):
    policies = stack.of_type("aws:ecr/lifecyclePolicy:LifecyclePolicy")
    assert {policy.inputs["repository"] for policy in policies} == {found.inputs["name"] for found in stack.of_type(REPOSITORY)}
    for policy in policies:
        (rule,) = json.loads(policy.inputs["policy"])["rules"]
        assert (rule["selection"]["tagStatus"], rule["selection"]["countNumber"], rule["action"]) == ("untagged", 14, {"type": "expire"})


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("staging", True), ("prod", True)])
def test_repositories_are_protected_by_profile_and_kept_and_never_emptied_in_any(recorded, environment, protected):
    for repository in recorded(environment).of_type(REPOSITORY):
        assert (repository.options.protect, repository.options.retain_on_delete) == (protected, True)
        assert not repository.inputs["forceDelete"]


def test_a_destroy_empties_them_with_the_opt_ins_that_empty_the_buckets(altered):
    exemption = {"control": "data_destruction", "reason": "the environment is given up", "expires": "2027-01-31", "approved_by": "Ada Lovelace"}
    stack = altered("dev", {"plinth:storage": {"destroy_data": True}, "plinth:exemptions": [exemption]})
    assert all(found.inputs["forceDelete"] and not found.options.retain_on_delete for found in stack.of_type(REPOSITORY))


@pytest.mark.parametrize(("role", "container"), [("endpoint", "serving"), ("training", "training")])
def test_a_role_pulls_its_own_container_only(stack, named, statements, role, container):
    pulls = [statement for statement in statements(named(stack, f"identity-{role}-policy")) if "ecr:BatchGetImage" in statement["Action"]]
    own, aws = pulls[0]["Resource"]
    assert len(pulls) == 1 and own == named(stack, f"images-{container}").outputs["arn"]
    assert ":763104351884:" in aws, "AWS's Deep Learning Containers"


def test_the_urls_are_outputs_to_push_to_and_the_shipped_endpoints_image_lies_in_one(stack):
    assert stack.outputs["serving_repository_url"].endswith(f".dkr.ecr.us-east-1.amazonaws.com/plinth-{stack.name}/serving")
    (model,) = stack.of_type("aws:sagemaker/model:Model")
    image = model.inputs["primaryContainer"]["image"]
    assert image.partition("/")[2].rpartition(":")[0] == stack.outputs["serving_repository_url"].partition("/")[2]
