"""The tags: the thread from a component to the bill to a team. Declared here once, enforced by a policy, read back by cost.

No Pulumi import here: the cost desk reads the same names from a bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROJECT: Final = "project"
ENVIRONMENT: Final = "environment"
TEAM: Final = "team"
COST_CENTER: Final = "cost-center"
WORKLOAD: Final = "workload"
OWNER: Final = "owner"
DATA_CLASS: Final = "data-class"
MANAGED_BY: Final = "managed-by"

REQUIRED_TAGS: Final = (PROJECT, ENVIRONMENT, TEAM, COST_CENTER, WORKLOAD, OWNER, DATA_CLASS, MANAGED_BY)
"""Every taggable resource carries each of these; `data-class` is `none` where a resource holds no data."""

MAX_TAG_VALUE_LENGTH: Final = 256
"""Characters. Source: AWS Tagging guide, Tag naming limits."""

SHARED_TEAM: Final = "platform"
"""The team that pays for what every team shares: network, keys, cluster control plane."""

NO_DATA: Final = "none"
"""The data class of a resource that holds no data."""

MANAGER: Final = "pulumi"
"""The value of `managed-by`."""


@dataclass(frozen=True)
class Tags:
    """What all resources of an environment have in common; `tags_for` makes one resource's mapping of it."""

    environment: str
    owner: str
    cost_center: str
    project: str = "plinth"
    team: str = SHARED_TEAM


def tags_for(base: Tags, *, workload: str, team: str | None = None, data_class: str = NO_DATA, name: str | None = None) -> dict[str, str]:
    """One resource's tags: every required one, and `Name` where the console shows it (VPCs, subnets, gateways).

    `team` defaults to the environment's; `data_class` says what data the resource holds (`none`, `internal`, `confidential`).
    """
    tags = {
        PROJECT: base.project,
        ENVIRONMENT: base.environment,
        TEAM: team or base.team,
        COST_CENTER: base.cost_center,
        WORKLOAD: workload,
        OWNER: base.owner,
        DATA_CLASS: data_class,
        MANAGED_BY: MANAGER,
    }
    return tags if name is None else {**tags, "Name": name}
