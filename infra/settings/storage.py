"""The settings of the buckets: when objects move to cheaper storage, and whether data may be destroyed."""

from __future__ import annotations

from collections.abc import Iterator

from infra.settings.base import Change, Problem, Settings, check, setting

DAYS_IN_INFREQUENT_ACCESS = 30
"""Fewest days between the two transitions. Source: Amazon S3 user guide, Lifecycle transitions: minimum days."""


class Tiers(Settings):
    """When a bucket's objects move to cheaper storage, in days since they were written."""

    infrequent_access_after_days: int = setting(change=Change.IN_PLACE, description="to Standard-IA", ge=30, le=3650)
    archive_after_days: int = setting(change=Change.IN_PLACE, description="to Glacier Instant Retrieval, which still answers in milliseconds", ge=60, le=3650)

    @property
    def in_order(self) -> bool:
        """Whether the second move leaves S3's minimum after the first."""
        return self.archive_after_days >= self.infrequent_access_after_days + DAYS_IN_INFREQUENT_ACCESS


class StorageSettings(Settings):
    """`plinth:storage`."""

    lake: Tiers = setting(change=Change.IN_PLACE, description="the lake's storage tiers")
    artifacts: Tiers = setting(change=Change.IN_PLACE, description="the artifacts' storage tiers: models, checkpoints, container contexts")
    access_log_retention_days: int = setting(change=Change.IN_PLACE, description="days that the buckets' access logs are kept", default=400, ge=90, le=3650)
    destroy_data: bool = setting(
        change=Change.IN_PLACE,
        description="let destroy take buckets, their objects and the keys; needs an exemption for data_destruction too",
        default=False,
    )

    @check("lake", "artifacts")
    def _tiers_are_in_order(self) -> Iterator[Problem]:
        for key, tiers in (("lake", self.lake), ("artifacts", self.artifacts)):
            if not tiers.in_order:
                least = tiers.infrequent_access_after_days + DAYS_IN_INFREQUENT_ACCESS
                limit = f"at least {DAYS_IN_INFREQUENT_ACCESS} days after infrequent_access_after_days, {tiers.infrequent_access_after_days}"
                yield Problem(f"{key}.archive_after_days", tiers.archive_after_days, limit, f"set it to {least} or more")
