"""Which IAM actions can name a resource: AWS's own table, for the services that an ML platform uses (policies/data/iam_actions.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache
from pathlib import Path

NEEDS_EVERY_RESOURCE = frozenset({"cloudwatch:describealarms", "logs:describeloggroups"})
"""Scopable in the table, yet AWS asks for every one. DescribeAlarms: a narrower scope hides composite alarms (CloudWatch API Reference).
DescribeLogGroups: it is authorized on a log group without a name, which no named one matches (hashicorp/terraform-provider-aws#8804)."""
MAKES: Mapping[str, tuple[str, ...]] = {
    "ec2:runinstances": ("instance", "volume", "network-interface", "spot-instances-request"),
    "ec2:createfleet": ("fleet", "instance", "volume", "network-interface", "spot-instances-request"),
    "ec2:createlaunchtemplate": ("launch-template",),
    "ec2:createnetworkinterface": ("network-interface",),
    "ec2:createsnapshot": ("snapshot",),
    "ec2:createvolume": ("volume",),
}
"""The resources that an action makes and EC2 then names: a policy can't name them (EC2 User Guide, "Example policies", RunInstances).

Such a call is refused unless every resource that takes part in it is allowed, so it is narrowed where what it makes is.
"""

TABLE = Path(__file__).parent / "data" / "iam_actions.json"


@cache
def _services() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))["services"]


@cache
def scopable(action: str) -> str | None:
    """The first action that a pattern (`ec2:Describe*`) matches and that can name a resource; None where it needs Resource `*`.

    A service that the table does not know, or a name that matches nothing in it, counts as scopable: the safe answer.
    """
    if action.lower() in NEEDS_EVERY_RESOURCE:
        return None
    service, _, name = action.partition(":")
    known = _services().get(service.lower())
    if known is None:
        return action
    pattern = re.compile(translate(name.replace("[", "[[]")), re.IGNORECASE)
    found = next((each for each in known["scopable"] if pattern.fullmatch(each)), None)
    if found is not None:
        return f"{service}:{found}"
    return None if any(pattern.fullmatch(each) for each in known["unscopable"]) else action
