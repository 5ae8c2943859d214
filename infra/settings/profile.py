"""The profiles: what dev, staging and prod fix for safety, how a value may be loosened, and the exemption that loosening needs.

Every control is written so that a higher value is safer, which makes "loosened" one comparison. The program has no clock: an exemption's
date is exported with the stack and judged by `plinth plan` and `plinth check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

from infra.settings.base import Change, Settings, setting

LogRetention = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""The days that CloudWatch Logs takes. Source: PutRetentionPolicy in botocore's model of `logs`."""


class ProfileName(StrEnum):
    """The three kinds of environment."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class Profile(Settings):
    """The safety of an environment; a higher value is safer in every field."""

    nat_per_zone: bool = setting(change=Change.IN_PLACE, description="one NAT gateway in every zone, or one for all: a zone's outage then cuts all off")
    full_interface_endpoints: bool = setting(
        change=Change.IN_PLACE, description="every interface endpoint, or only those of image pulls and role sessions (each costs by the hour and zone)"
    )
    cluster_api_private: bool = setting(change=Change.IN_PLACE, description="the cluster's API answers only inside the VPC")
    deletion_protection: bool = setting(change=Change.IN_PLACE, description="stateful resources refuse to be deleted")
    minimum_replicas: int = setting(change=Change.ROLLING, description="fewest instances behind an endpoint", ge=2)
    key_deletion_window_days: int = setting(change=Change.IN_PLACE, description="days in which a key's deletion can be taken back", ge=7, le=30)
    backup_retention_days: int = setting(change=Change.IN_PLACE, description="days that overwritten and deleted objects stay restorable", ge=1)
    log_retention_days: LogRetention = setting(change=Change.IN_PLACE, description="days that logs are kept")


class ControlOverrides(Settings):
    """`controls` of `plinth:environment`: tightening is free, loosening needs an exemption of the same name."""

    nat_per_zone: bool | None = setting(change=Change.IN_PLACE, description="see Profile.nat_per_zone", default=None)
    full_interface_endpoints: bool | None = setting(change=Change.IN_PLACE, description="see Profile.full_interface_endpoints", default=None)
    cluster_api_private: bool | None = setting(change=Change.IN_PLACE, description="see Profile.cluster_api_private", default=None)
    deletion_protection: bool | None = setting(change=Change.IN_PLACE, description="see Profile.deletion_protection", default=None)
    minimum_replicas: int | None = setting(change=Change.ROLLING, description="see Profile.minimum_replicas", default=None, ge=2)
    key_deletion_window_days: int | None = setting(change=Change.IN_PLACE, description="see Profile.key_deletion_window_days", default=None, ge=7, le=30)
    backup_retention_days: int | None = setting(change=Change.IN_PLACE, description="see Profile.backup_retention_days", default=None, ge=1)
    log_retention_days: LogRetention | None = setting(change=Change.IN_PLACE, description="see Profile.log_retention_days", default=None)

    @property
    def given(self) -> dict[str, Any]:
        """The controls that the environment sets itself."""
        return self.model_dump(exclude_none=True)


PROFILES: Final[Mapping[ProfileName, Profile]] = MappingProxyType(
    {
        ProfileName.DEV: Profile(
            nat_per_zone=False,
            full_interface_endpoints=False,
            cluster_api_private=False,
            deletion_protection=False,
            minimum_replicas=2,
            key_deletion_window_days=7,
            backup_retention_days=7,
            log_retention_days=90,
        ),
        ProfileName.STAGING: Profile(
            nat_per_zone=True,
            full_interface_endpoints=True,
            cluster_api_private=True,
            deletion_protection=True,
            minimum_replicas=2,
            key_deletion_window_days=14,
            backup_retention_days=35,
            log_retention_days=180,
        ),
        ProfileName.PROD: Profile(
            nat_per_zone=True,
            full_interface_endpoints=True,
            cluster_api_private=True,
            deletion_protection=True,
            minimum_replicas=3,
            key_deletion_window_days=30,
            backup_retention_days=90,
            log_retention_days=365,
        ),
    }
)

DATA_DESTRUCTION: Final = "data_destruction"
"""The control that `plinth:storage.destroy_data` loosens, in every profile."""


class Exemption(Settings):
    """A written, dated permission to loosen one control; reported until it expires."""

    control: str = setting(
        change=Change.IN_PLACE,
        description="a control of the profile, data_destruction, or a policy rule's id",
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]{1,63}$",
    )
    reason: str = setting(change=Change.IN_PLACE, description="why the control can't be kept", min_length=10, max_length=500)
    expires: date = setting(change=Change.IN_PLACE, description="the last day it holds, YYYY-MM-DD")
    approved_by: str = setting(change=Change.IN_PLACE, description="the person who answers for it", min_length=3, max_length=100)


def effective_profile(name: ProfileName, overrides: ControlOverrides) -> Profile:
    """The profile with the environment's own controls laid over it."""
    return PROFILES[name].model_copy(update=overrides.given)


def loosened(name: ProfileName, overrides: ControlOverrides) -> dict[str, Any]:
    """The overrides that are less safe than the profile."""
    return {control: value for control, value in overrides.given.items() if value < getattr(PROFILES[name], control)}
