"""Settings of an inference endpoint: what it serves, on how many instances of which type, and when a deployment is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.instances import hosting_instances, nearest_types
from infra.settings.base import Change, Problem, Settings, check, profile_check, setting
from infra.settings.profile import Profile

MIN_INSTANCES: Final = 2
"""Fewest instances in any environment: SageMaker spreads two or more over zones. Source: SageMaker guide, Best practices for deploying models."""

DEFAULT_VOLUME_GIB: Final = 30
MAX_VOLUME_GIB: Final = 512
"""The largest volume. Source: SageMaker API reference, ProductionVariant, VolumeSizeInGB."""


class RollbackThresholds(Settings):
    """What a new version must keep to; where it does not, SageMaker gives the traffic back to the old one."""

    server_error_rate: float = setting(change=Change.IN_PLACE, description="share of invocations answered 5xx", default=0.01, gt=0, le=1)
    model_error_rate: float = setting(change=Change.IN_PLACE, description="share of invocations that the container failed", default=0.01, gt=0, le=1)
    latency_p99_ms: int = setting(
        change=Change.IN_PLACE, description="99th percentile of the container's time to answer, in milliseconds", default=1000, ge=1, le=60000
    )
    bake_seconds: int = setting(
        change=Change.ROLLING,
        description="how long a canary is watched before the rest follows; part of the deployment, so that changing it deploys again",
        default=600,
        ge=300,
        le=3600,
    )


class EndpointSettings(Settings):
    """`plinth:endpoint`."""

    image: str = setting(
        change=Change.ROLLING,
        description="the serving container in ECR (SageMaker's contract: /ping and /invocations on port 8080), by tag or digest",
        pattern=r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$",
        max_length=255,
    )
    model_key: str = setting(
        change=Change.ROLLING,
        description="the model in the artifact bucket under models/: a .tar.gz, or a prefix that ends in /",
        pattern=r"^models/[A-Za-z0-9._/-]*(\.tar\.gz|/)$",
    )
    instance_type: str = setting(
        change=Change.FORBIDDEN, description="hosting type; AWS refuses a change while autoscaling is registered (docs/endpoints.md)", default="ml.m5.large"
    )
    volume_gib: int | None = setting(
        change=Change.ROLLING,
        description=f"size of each instance's volume in GiB, the model included; unset, {DEFAULT_VOLUME_GIB}, and none where the type has NVMe disks",
        default=None,
        ge=1,
        le=MAX_VOLUME_GIB,
    )
    min_instances: int | None = setting(change=Change.ROLLING, description="fewest instances; unset, the profile's minimum_replicas", default=None)
    max_instances: int = setting(change=Change.IN_PLACE, description="most instances: the ceiling of the bill", default=6, le=100)
    invocations_per_instance: int = setting(change=Change.IN_PLACE, description="requests a minute and instance that scaling aims at", default=600, ge=1)
    scale_out_cooldown_seconds: int = setting(change=Change.IN_PLACE, description="pause after growing", default=60, ge=0, le=3600)
    scale_in_cooldown_seconds: int = setting(change=Change.IN_PLACE, description="pause after shrinking", default=300, ge=0, le=3600)
    capture_percentage: int = setting(
        change=Change.ROLLING, description="share of requests and answers that is kept for monitoring, in percent", default=20, ge=0, le=100
    )
    utilization_alarm_percent: int = setting(change=Change.IN_PLACE, description="CPU in use, per core, that people are told of", default=85, ge=1, le=100)
    rollback: RollbackThresholds = setting(change=Change.IN_PLACE, description="what rolls a bad deployment back", default=RollbackThresholds())

    @property
    def volume_size_gib(self) -> int | None:
        """The volume to ask for in GiB; None for a type with NVMe disks of its own, for which SageMaker refuses a size."""
        return None if hosting_instances()[self.instance_type].local_storage else self.volume_gib or DEFAULT_VOLUME_GIB

    @check("image")
    def _image_is_pinned(self) -> Iterator[Problem]:
        if self.image.endswith(":latest"):
            yield Problem("image", self.image, "a version's tag or a digest: latest moves under a running endpoint", "give the @sha256: digest")

    @check("instance_type")
    def _type_is_for_hosting(self) -> Iterator[Problem]:
        if self.instance_type not in hosting_instances():
            limit = "a SageMaker hosting type (infra/data/sagemaker_hosting_instances.csv)"
            yield Problem("instance_type", self.instance_type, limit, f"nearest: {nearest_types(self.instance_type, hosting_instances())}")

    @check("instance_type", "volume_gib")
    def _volumes_are_for_types_without_disks(self) -> Iterator[Problem]:
        instance = hosting_instances().get(self.instance_type)
        if instance is not None and instance.local_storage and self.volume_gib is not None:
            limit = f"none on {self.instance_type}, which has NVMe disks of its own"
            yield Problem("volume_gib", self.volume_gib, limit, "remove it, or take a larger type of the family for larger disks")

    @check("min_instances")
    def _instances_span_zones(self) -> Iterator[Problem]:
        if self.min_instances is not None and self.min_instances < MIN_INSTANCES:
            limit = f"at least {MIN_INSTANCES}: one instance is one zone"
            yield Problem("min_instances", self.min_instances, limit, f"set it to {MIN_INSTANCES} or more, or leave it out")

    @check("min_instances", "max_instances")
    def _instances_are_in_order(self) -> Iterator[Problem]:
        fewest = self.min_instances or MIN_INSTANCES
        if self.max_instances < fewest:
            yield Problem("max_instances", self.max_instances, f"at least min_instances, {fewest}", f"raise it to {fewest} or more")

    @profile_check("min_instances", "max_instances")
    def _instances_keep_to_the_profile(self, profile: Profile) -> Iterator[Problem]:
        for key, count in (("min_instances", self.min_instances), ("max_instances", self.max_instances)):
            if count is not None and MIN_INSTANCES <= count < profile.minimum_replicas:
                limit = f"at least the profile's minimum_replicas, {profile.minimum_replicas}"
                yield Problem(key, count, limit, f"raise it to {profile.minimum_replicas} or more, or leave it out")
