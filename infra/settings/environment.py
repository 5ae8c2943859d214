"""The settings of an environment as a whole: its name, its profile, who owns it and pays for it."""

from __future__ import annotations

from typing import Any

from infra.settings.base import AccountId, Change, Settings, setting
from infra.settings.profile import ControlOverrides, ProfileName
from infra.tags import MAX_TAG_VALUE_LENGTH, SHARED_TEAM

TAG_VALUE = r"^[A-Za-z0-9 _.:/=+@-]+$"
"""Characters that every service takes in a tag value. Source: AWS Tagging guide, Tag naming limits."""


TAG: dict[str, Any] = {"pattern": TAG_VALUE, "max_length": MAX_TAG_VALUE_LENGTH}


class EnvironmentSettings(Settings):
    """`plinth:environment`."""

    name: str = setting(
        change=Change.FORBIDDEN, description="the environment's name, the stack's name too; part of every resource's name", pattern=r"^[a-z][a-z0-9-]{1,11}$"
    )
    profile: ProfileName = setting(change=Change.ROLLING, description="dev, staging or prod: what the environment fixes for safety")
    controls: ControlOverrides = setting(change=Change.ROLLING, description="controls that this environment sets itself", default=ControlOverrides())
    owner: str = setting(change=Change.ROLLING, description="tag: who to ask", **TAG)
    cost_center: str = setting(change=Change.ROLLING, description="tag: who pays", **TAG)
    team: str = setting(change=Change.ROLLING, description="tag: the team that runs it", default=SHARED_TEAM, **TAG)
    alarm_emails: tuple[str, ...] = setting(change=Change.IN_PLACE, description="who is told of alarms; each confirms by mail", default=())
    account_id: AccountId | None = setting(
        change=Change.FORBIDDEN, description="the only account that the program may run against; unset, any account", default=None
    )
