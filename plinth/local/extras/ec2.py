"""EC2 beyond moto: placement groups, which pools with a fabric need."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2 import urls
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from plinth.local.extras.memory import asked, memory


class Ec2Extras(EC2Response):
    """moto's EC2 with placement groups."""

    def create_placement_group(self) -> ActionResult:
        """CreatePlacementGroup."""
        name = self._get_param("GroupName")
        if name in self._groups:
            raise EC2ClientError("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")
        identity = f"pg-{uuid.uuid4().hex[:17]}"
        self._groups[name] = {
            "GroupName": name,
            "State": "available",
            "GroupId": identity,
            "GroupArn": f"arn:{self.partition}:ec2:{self.region}:{self.current_account}:placement-group/{name}",
            "Tags": [{"Key": key, "Value": value} for key, value in self._parse_tag_specification("placement-group").get("placement-group", {}).items()],
            **asked(self, "Strategy", "PartitionCount", "SpreadLevel"),
        }
        return ActionResult({"PlacementGroup": self._groups[name]})

    def describe_placement_groups(self) -> ActionResult:
        """DescribePlacementGroups, all or by name."""
        names = self._get_param("GroupNames", []) or sorted(self._groups)
        return ActionResult({"PlacementGroups": [self._one(name) for name in names]})

    def delete_placement_group(self) -> ActionResult:
        """DeletePlacementGroup."""
        self._one(self._get_param("GroupName"))
        del self._groups[self._get_param("GroupName")]
        return EmptyResult()

    @property
    def _groups(self) -> dict[str, Any]:
        return memory(self.ec2_backend, "placement-group")

    def _one(self, name: str) -> dict[str, Any]:
        if name not in self._groups:
            raise EC2ClientError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
        return self._groups[name]


def install() -> None:
    """Route EC2 to the extended class."""
    for path in urls.url_paths:
        urls.url_paths[path] = Ec2Extras.dispatch
