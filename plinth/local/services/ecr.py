"""ECR: image repositories and their lifecycle policies. Operations: Amazon ECR API reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Listing, Read, Step

REPOSITORY = {"repositoryName": "name"}
OF_REPOSITORY = {"repositoryName": "repository"}


def _one(items: list[Any]) -> Any:
    """Encryption: a list of one in the provider's form, the mapping itself in AWS's."""
    return items[0]


def _encryptions(item: Mapping[str, Any]) -> list[Any]:
    return [item["encryptionConfiguration"]]


def _force(facts: Facts) -> bool:
    """Images go along where the program or a forced destroy says so; else ECR refuses, as on AWS."""
    return bool(facts.get("forceDelete") or facts.get("force"))


ENTRIES = (
    Entry(
        "aws:ecr/repository:Repository",
        "ecr",
        create=Step("create_repository", {}, {"name": "repositoryName", "encryptionConfigurations": Argument("encryptionConfiguration", _one)}),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "repository.repositoryArn", "registryId": "repository.registryId", "repositoryUrl": "repository.repositoryUri"},
        reads=(
            Read("describe_repositories", {"repositoryNames": ["name"]}, "repositories.0"),
            Read("list_tags_for_resource", {"resourceArn": "repositoryArn"}),
        ),
        echoes={"encryptionConfigurations": _encryptions},
        not_sent={"forceDelete": "it concerns the deletion"},
        deletes=(Call("delete_repository", {**REPOSITORY, "force": _force}),),
        listing=Listing("describe_repositories", "repositories", "repositoryName"),
    ),
    Entry(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "ecr",
        create=Step("put_lifecycle_policy", {}, {"repository": "repositoryName", "policy": "lifecyclePolicyText"}),
        id="repository",
        reads=(Read("get_lifecycle_policy", OF_REPOSITORY),),
        deletes=(Call("delete_lifecycle_policy", OF_REPOSITORY),),
    ),
)
