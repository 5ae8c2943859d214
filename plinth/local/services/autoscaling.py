"""EC2 Auto Scaling: the tags that a cluster autoscaler reads on a node group's group. Operations: EC2 Auto Scaling API reference."""

from __future__ import annotations

from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Read, Step


def _tag(facts: Facts) -> list[dict[str, Any]]:
    return [{"ResourceId": facts["autoscalingGroupName"], "ResourceType": "auto-scaling-group", **facts["tag"]}]


def _filters(facts: Facts) -> list[dict[str, Any]]:
    return [{"Name": "auto-scaling-group", "Values": [facts["autoscalingGroupName"]]}, {"Name": "key", "Values": [facts["tag"]["key"]]}]


ENTRIES = (
    Entry(
        "aws:autoscaling/tag:Tag",
        "autoscaling",
        create=Step("create_or_update_tags", {"Tags": _tag}, {"autoscalingGroupName": Argument(""), "tag": Argument("")}),
        id=lambda facts: f"{facts['autoscalingGroupName']},{facts['tag']['key']}",
        reads=(Read("describe_tags", {"Filters": _filters}, "Tags.0"),),
        echoes={
            "autoscalingGroupName": "ResourceId",
            "tag": lambda item: {"key": item["Key"], "value": item["Value"], "propagateAtLaunch": item["PropagateAtLaunch"]},
        },
        deletes=(Call("delete_tags", {"Tags": _tag}),),
    ),
)
