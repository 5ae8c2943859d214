"""The image repositories: one for each container that the platform runs, scanned on push, under tags that never move."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD: Final = "images"
REPOSITORIES: Final = ("serving", "training")
"""The containers, each with a Dockerfile in `workloads`. The endpoint's role pulls the first, the training role the second."""
UNTAGGED_DAYS: Final = 14


@dataclass(frozen=True)
class ImagesArgs:
    """What Images needs. `destroy_data` lets a destroy empty the repositories, as it lets one empty the buckets."""

    place: Place
    profile: Profile
    tags: Tags
    key_arn: pulumi.Input[str]
    destroy_data: bool


class Images(ComponentResource):
    """The repositories, `plinth-dev/serving` say; `urls` by container."""

    urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ImagesArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Images", name, None, opts)
        self._name, self._args = name, args
        self.urls = {container: self._repository(container) for container in REPOSITORIES}
        self.register_outputs({"urls": self.urls})

    def _repository(self, container: str) -> pulumi.Output[str]:
        args, name = self._args, f"{self._name}-{container}"
        # As the buckets: what was pushed stays when the stack goes, unless destroying data was opted in to (law 3).
        opts = ResourceOptions(parent=self, protect=args.profile.deletion_protection, retain_on_delete=not args.destroy_data)
        repository = aws.ecr.Repository(
            name,
            name=f"{args.place.prefix}/{container}",
            # A tag that moves changes what runs with the next instance, and nothing in the plan says so.
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn)],
            force_delete=args.destroy_data,
            tags=tags_for(args.tags, workload=WORKLOAD, data_class="internal"),
            opts=opts,
        )
        aws.ecr.LifecyclePolicy(f"{name}-lifecycle", repository=repository.name, policy=json.dumps({"rules": [untagged_expire()]}), opts=opts)
        return repository.repository_url


def untagged_expire() -> dict[str, Any]:
    """Drop what no tag names. Tagged images stay: a rule by age or number would also take the one that an endpoint starts its instances from."""
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": UNTAGGED_DAYS}
    return {"rulePriority": 1, "description": "images without a tag", "selection": selection, "action": {"type": "expire"}}
