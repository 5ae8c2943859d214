"""Which tags a Pulumi stack gives the resources that it knows, from `pulumi stack export` as plain JSON.

A resource is known by its ARN, by an id that AWS made (`i-0abc…`; of the types that have such ids), or, a bucket, by its name: no other
name tells one account's resource from another's. Tags are the resource's `tagsAll` (the provider's default tags included), else its `tags`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cost.bill.tags import normalise_tag_key
from plinth.errors import InputError
from plinth.files import read_json

ID_PREFIXES: Final = (
    "ami", "cr", "cvpn-endpoint", "eipalloc", "eni", "fs", "h", "i", "igw", "lt", "nat", "snap", "subnet", "tgw", "tgw-attach", "vol", "vpc", "vpce", "vpn",
)  # fmt: skip
"""What the ids of resources that a bill can name start with (EC2 User Guide, "Resource IDs"; `fs`: EFS and FSx)."""
AWS_ID: Final = f"(?:{'|'.join(ID_PREFIXES)})-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})"
"""An id that AWS made, of 8 digits or, since 2016, of 17: `i-0123456789abcdef0`. People give no such names to resources of TYPES_WITH_IDS."""
ID_SERVICES: Final = ("ec2", "elasticfilesystem", "fsx")
"""The services in whose ARNs such ids stand."""
TYPES_WITH_IDS: Final = re.compile(r"aws(?:-native)?:(?:ebs|ec2|ec2clientvpn|ec2transitgateway|efs|fsx)[/:]")
"""The types whose Pulumi id is such an id."""
NAMED_BY_THEMSELVES: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
"""Types whose plain id is unique in AWS and is what a bill calls them."""
CHILD_IDS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:ec2/instance:Instance": ("rootBlockDevice.volumeId", "ebsBlockDevices.volumeId", "primaryNetworkInterfaceId"),
    "aws:ec2/natGateway:NatGateway": ("networkInterfaceId",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("networkInterfaceIds",),
    "aws:lb/loadBalancer:LoadBalancer": ("subnetMappings.networkInterfaceId",),
}
"""Outputs that name what a resource made for itself, which has no resource of its own in the stack."""
_AWS_ID = re.compile(AWS_ID)


@dataclass(frozen=True)
class KnownResource:
    """One id of the bill, the stack that knows it, and the tags that it gives it, by normalised key."""

    id: str
    stack: str
    tags: Mapping[str, str]
    account: str = ""
    region: str = ""
    """Both as the ARN of the resource, or of its maker, says; empty where there is no ARN, or it says none."""


@dataclass(frozen=True)
class KnownResources:
    """What several exports know: the first to name an id wins, a resource of its own before another's child."""

    resources: Mapping[str, KnownResource]
    stacks: tuple[str, ...]
    claimed_twice: tuple[str, ...]


def read_stacks(paths: Sequence[Path]) -> KnownResources:
    """The resources of these exports. Raises InputError where a file is no stack export."""
    resources: dict[str, KnownResource] = {}
    children: dict[str, KnownResource] = {}
    stacks: list[str] = []
    twice: set[str] = set()
    for path in paths:
        exported = _resources(path)
        name = _stack_name(path, exported)
        stacks.append(name)
        for each in exported:
            tags, (account, region) = _tags(each), _place(each)
            for found, ids in ((resources, _own_ids(each)), (children, _child_ids(each))):
                for id in ids if tags else ():
                    known = found.setdefault(id, KnownResource(id, name, tags, account, region))
                    if known.stack != name and known.tags != tags:
                        twice.add(id)
    return KnownResources(children | resources, tuple(dict.fromkeys(stacks)), tuple(sorted(twice)))


def _resources(path: Path) -> list[Mapping[str, Any]]:
    document = read_json(path)
    deployment = document.get("deployment") if isinstance(document, Mapping) else None
    found = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if not isinstance(found, list):
        raise InputError("the file is no stack export: it has no deployment.resources", where=path, fix="write one with: pulumi stack export --file stack.json")
    return [each for each in found if isinstance(each, Mapping)]


def _stack_name(path: Path, resources: Sequence[Mapping[str, Any]]) -> str:
    """`stack:project/stack` from the first URN, the file's name where there is none."""
    urn = next((each["urn"] for each in resources if isinstance(each.get("urn"), str)), "")
    parts = urn.split("::")
    return f"stack:{parts[1]}/{parts[0].removeprefix('urn:pulumi:')}" if len(parts) > 2 else f"stack:{path.stem}"


def _tags(resource: Mapping[str, Any]) -> dict[str, str]:
    for where in ("outputs", "inputs"):
        properties = resource.get(where)
        for name in ("tagsAll", "tags"):
            tags = properties.get(name) if isinstance(properties, Mapping) else None
            if isinstance(tags, Mapping) and tags:
                return {normalise_tag_key(str(key)): value for key, value in tags.items() if isinstance(value, str) and value}
    return {}


def _arn(resource: Mapping[str, Any]) -> str:
    """The resource's ARN, the empty text where it has none."""
    outputs = resource.get("outputs")
    found = (outputs.get("arn") if isinstance(outputs, Mapping) else None, resource.get("id"))
    return next((text for text in found if isinstance(text, str) and text.startswith("arn:")), "")


def _place(resource: Mapping[str, Any]) -> tuple[str, str]:
    """The account and the Region in the resource's ARN."""
    parts = _arn(resource).split(":", 5)
    return (parts[4], parts[3]) if len(parts) == 6 else ("", "")


def _own_ids(resource: Mapping[str, Any]) -> Iterator[str]:
    id, type_ = resource.get("id"), str(resource.get("type"))
    by_aws = isinstance(id, str) and TYPES_WITH_IDS.match(type_) and _AWS_ID.fullmatch(id)
    if isinstance(id, str) and (id.startswith("arn:") or by_aws or type_ in NAMED_BY_THEMSELVES):
        yield id
    if arn := _arn(resource):
        yield arn
    outputs = resource.get("outputs")
    bucket = outputs.get("bucket") if isinstance(outputs, Mapping) and type_ in NAMED_BY_THEMSELVES else None
    if isinstance(bucket, str) and bucket:
        yield bucket


def _child_ids(resource: Mapping[str, Any]) -> Iterator[str]:
    for place in CHILD_IDS.get(str(resource.get("type")), ()):
        yield from (id for id in _at(resource.get("outputs"), place.split(".")) if _AWS_ID.fullmatch(id))


def _at(value: Any, place: Sequence[str]) -> Iterator[str]:
    """The texts at a path of names, through lists."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, place)
    elif place and isinstance(value, Mapping):
        yield from _at(value.get(place[0]), place[1:])
    elif not place and isinstance(value, str):
        yield value
