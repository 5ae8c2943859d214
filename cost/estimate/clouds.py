"""Resources of other clouds than AWS: they are named as such, and a stack of nothing else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plinth.errors import InputError
from plinth.stack import Stack

AWS_PACKAGES = frozenset({"aws", "aws-native"})
CLOUDS: Mapping[str, str] = {
    "azure": "Azure",
    "azure-native": "Azure",
    "azuread": "Azure",
    "azuredevops": "Azure",
    "gcp": "Google Cloud",
    "google-native": "Google Cloud",
    "oci": "Oracle Cloud",
    "ibm": "IBM Cloud",
    "alicloud": "Alibaba Cloud",
    "tencentcloud": "Tencent Cloud",
    "volcengine": "Volcano Engine",
    "yandex": "Yandex Cloud",
    "digitalocean": "DigitalOcean",
    "linode": "Linode",
    "hcloud": "Hetzner Cloud",
    "ovh": "OVHcloud",
    "scaleway": "Scaleway",
    "vultr": "Vultr",
    "civo": "Civo",
    "openstack": "OpenStack",
    "exoscale": "Exoscale",
    "upcloud": "UpCloud",
}
"""A provider's package in the Pulumi Registry, and the cloud whose resources it makes."""


def cloud_of(type_: str) -> str | None:
    """The other cloud that a resource type belongs to; None for AWS's, and for what is no cloud's."""
    return CLOUDS.get(type_.split(":", 1)[0])


def other_cloud_reason(type_: str) -> str | None:
    """Why a resource of another cloud has no price here; None for any other resource."""
    cloud = cloud_of(type_)
    return None if cloud is None else f"Plinth prices AWS; this is {cloud}'s"


def refuse_other_clouds(stack: Stack, where: Path | None) -> None:
    """Raise InputError for a stack that has resources of other clouds and none of AWS's: an estimate of 0.00 would be no answer."""
    packages = {resource.provider_package for resource in stack.custom}
    clouds = sorted({cloud for resource in stack.custom if (cloud := cloud_of(resource.type)) is not None})
    if clouds and not packages & AWS_PACKAGES:
        raise InputError(
            f"the stack's resources are {' and '.join(clouds)}'s, and Plinth prices AWS",
            where=where or f"{stack.project}/{stack.name}",
            value=", ".join(sorted({resource.type for resource in stack.custom if cloud_of(resource.type)})[:3]),
            fix="give a stack that has AWS resources",
        )
