"""The tags: the thread from a component to the bill to a team. Declared here once, enforced by a policy, read back by cost.

No Pulumi import here: the cost desk reads the same names from a bill.
"""

from __future__ import annotations

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
