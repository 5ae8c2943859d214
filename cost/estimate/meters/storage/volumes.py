"""EBS volumes of nodes: capacity, and provisioned IOPS and throughput a volume, times the number of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Charge, Item, UndecidableError, Unpriced, as_number, constant
from cost.estimate.model import Range
from plinth.stack import has_unknown

PRICE_TYPE = "aws_ebs_volume"
ROOT_GIB = 20.0
"""Root volume of a managed Linux node where nothing says its size. Source: EKS API, CreateNodegroup diskSize."""
DEFAULT_TYPE = "gp3"
DEFAULT_TYPE_NOTE = "volume type not declared: gp3, as EKS's and Karpenter's AL2023 images have it"
STORAGE = {
    "gp2": "gp2 storage",
    "gp3": "gp3 storage",
    "io1": "io1 storage",
    "io2": "io2 storage",
    "st1": "st1 storage",
    "sc1": "sc1 storage",
    "standard": "standard (magnetic) storage",
}
IOPS = {"gp3": "gp3 provisioned IOPS (above 3000 included)", "io1": "io1 provisioned IOPS", "io2": "io2 provisioned IOPS"}
LARGEST_GIB = {"gp2": 16_384, "gp3": 65_536, "io1": 16_384, "io2": 65_536, "st1": 16_384, "sc1": 16_384, "standard": 1024}
"""Source: EBS user guide, Amazon EBS volume types, Volume size; gp3's 64 TiB since September 2025."""
IOPS_REQUIRED = ("io1", "io2")
THROUGHPUT = {"gp3": "gp3 provisioned throughput (above 125 MB/s included)"}


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume of a node: GiB, IOPS and MiB/s; None where its type's baseline holds."""

    device: str
    type: str
    size_gib: float
    iops: float | None = None
    throughput: float | None = None


def volume_charges(volume: Volume, count: Range, assumptions: tuple[str, ...]) -> Iterable[Item]:
    """The charges of `count` such volumes; tiers apply to each volume on its own."""
    if volume.type not in STORAGE:
        yield Unpriced(f"EBS {volume.device}", f"no price for volume type {volume.type}")
        return
    if (reason := too_large(volume.type, volume.size_gib)) is not None:
        yield Unpriced(f"EBS {STORAGE[volume.type]}, {volume.device}", reason)
        return
    if volume.type in IOPS_REQUIRED and volume.iops is None:
        yield Unpriced(f"EBS {IOPS[volume.type]}, {volume.device}", f"{volume.type} is charged by its IOPS, which are not declared")
    wanted = (
        (STORAGE[volume.type], volume.size_gib),
        (IOPS.get(volume.type), volume.iops),
        (THROUGHPUT.get(volume.type), volume.throughput),
    )
    for component, quantity in wanted:
        if component is not None and quantity is not None:
            label = component if volume.device == "volume" else f"EBS {component}, {volume.device}"
            yield Charge(PRICE_TYPE, component, constant(quantity), count, assumptions=assumptions, label=label)


def too_large(volume_type: str, size_gib: float) -> str | None:
    """Why there is no volume of this size; None where there may be one."""
    largest = LARGEST_GIB.get(volume_type)
    if largest is None or size_gib <= largest:
        return None
    return f"{volume_type} volumes hold {largest:,} GiB at most, and {size_gib:,.12g} are declared"


def volumes_of(mappings: Any) -> Iterable[tuple[Volume, tuple[str, ...]] | Unpriced]:
    """The volumes in EC2 block device mappings (a launch template's), with their assumptions; empty where the image's own stand."""
    for mapping in mappings or ():
        if not isinstance(mapping, Mapping) or has_unknown(mapping.get("ebs")):
            yield Unpriced("EBS volume", "its block device mapping is known only after deployment")
            continue
        ebs, device = mapping.get("ebs"), str(mapping.get("deviceName", "device"))
        if isinstance(ebs, Mapping):
            yield _volume(device, ebs)


def _volume(device: str, ebs: Mapping[str, Any]) -> tuple[Volume, tuple[str, ...]] | Unpriced:
    try:
        size = gib(ebs.get("volumeSize", ROOT_GIB))
        iops, throughput = (None if ebs.get(key) is None else as_number(key, ebs[key]) for key in ("iops", "throughput"))
    except UndecidableError as error:
        return Unpriced(f"EBS volume {device}", str(error))
    notes = [] if "volumeType" in ebs else [DEFAULT_TYPE_NOTE]
    notes += [] if "volumeSize" in ebs else [f"volume size not declared: {ROOT_GIB:g} GiB"]
    return Volume(device, str(ebs.get("volumeType", DEFAULT_TYPE)), size, iops, throughput), tuple(notes)


def gib(value: Any) -> float:
    """A volume size in GiB, from a number of GiB or a Kubernetes quantity (`100Gi`, `1Ti`)."""
    if isinstance(value, str):
        for suffix, factor in (("Ti", 1024.0), ("Gi", 1.0), ("Mi", 1 / 1024), ("T", 1e12 / 2**30), ("G", 1e9 / 2**30)):
            if value.endswith(suffix):
                return as_number("volumeSize", value.removesuffix(suffix)) * factor
    return as_number("volumeSize", value)
