"""Instances and launch templates: encrypted volumes, the metadata service, public addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plinth.stack import Resource, State
from policies.judge import at, is_aws_managed_key, is_unknown, items, must_be, shown, unknown, violation
from policies.model import Context, Problem, Rule, Severity, frameworks

TEMPLATE, INSTANCE, VOLUME = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance", "aws:ebs/volume:Volume"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
DEVICES = {TEMPLATE: "blockDeviceMappings", INSTANCE: "ebsBlockDevices", NODE_CLASS: "spec.blockDeviceMappings"}
KEYS = {NODE_CLASS: "kmsKeyID"}
"""What the key's property is called, where that is not `kmsKeyId`."""
TRUE = (True, "true")
"""Launch templates write booleans as text (pulumi-aws LaunchTemplateBlockDeviceMappingEbs.encrypted)."""


def encrypts_volumes(resource: Resource, context: Context) -> Iterator[Problem]:
    """Every volume is encrypted with a customer-managed key; a template that names no root volume leaves it to the image."""
    if resource.type == VOLUME:
        yield from _volume(resource, "")
        return
    path = DEVICES[resource.type]
    state, devices = items(resource, path)
    if state.state is State.UNKNOWN:
        yield unknown(path)
    if resource.type == INSTANCE:
        if resource.input("rootBlockDevice").present:
            yield from _volume(resource, "rootBlockDevice.")
        else:
            yield violation("rootBlockDevice", "rootBlockDevice is not set: the image decides, and most are unencrypted")
    elif not devices and state.state is not State.UNKNOWN:
        yield violation(path, f"{path} is not set: the image decides, and most are unencrypted")
    for where, device in devices:
        if is_unknown(device):
            yield unknown(where)
        elif resource.type == INSTANCE:
            yield from _volume(resource, f"{where}.")
        elif at(device, "ebs").present:
            yield from _volume(resource, f"{where}.ebs.")


def _volume(resource: Resource, prefix: str) -> Iterator[Problem]:
    name = KEYS.get(resource.type, "kmsKeyId")
    encrypted, key = resource.input(f"{prefix}encrypted"), resource.input(f"{prefix}{name}")
    if encrypted.state is State.UNKNOWN:
        yield unknown(f"{prefix}encrypted")
    elif encrypted.value not in TRUE:
        yield violation(f"{prefix}encrypted", f"encrypted is {shown(encrypted.value)}: the volume holds plain data")
    if not key.present:
        yield violation(f"{prefix}{name}", f"{name} is not set: the volume takes the account's default key")
    elif key.known and is_aws_managed_key(key.value):
        yield violation(f"{prefix}{name}", f"{name} is {shown(key.value)}, a key that AWS manages")


def requires_imdsv2(resource: Resource, context: Context) -> Iterator[Problem]:
    """The metadata service takes session tokens only."""
    yield from _metadata_option(resource, "httpTokens", "required", "IMDSv1 answers any request that reaches it")


def stops_after_one_hop(resource: Resource, context: Context) -> Iterator[Problem]:
    """A metadata answer does not leave the instance, so that a pod can't take its role."""
    yield from _metadata_option(resource, "httpPutResponseHopLimit", 1, "an image with ImdsSupport v2.0 makes it 2, which reaches pods")


def _metadata_option(resource: Resource, key: str, wanted: Any, otherwise: str) -> Iterator[Problem]:
    """The option has this value, unless the service is off. A Karpenter node class has both safe values by default (its v1 API)."""
    options = f"{'spec.' if resource.type == NODE_CLASS else ''}metadataOptions"
    unset_is_safe = resource.type == NODE_CLASS and not resource.input(f"{options}.{key}").present
    if resource.input(f"{options}.httpEndpoint").value != "disabled" and not unset_is_safe:
        yield from must_be(resource, f"{options}.{key}", wanted, otherwise)


def has_no_public_address(resource: Resource, context: Context) -> Iterator[Problem]:
    """No instance gets a public address."""
    if resource.type == INSTANCE:
        yield from _public(resource, "associatePublicIpAddress")
    state, interfaces = items(resource, "networkInterfaces")
    if state.state is State.UNKNOWN:
        yield unknown("networkInterfaces")
    for where, interface in interfaces:
        if is_unknown(interface):
            yield unknown(where)
        else:
            yield from _public(resource, f"{where}.associatePublicIpAddress")


def _public(resource: Resource, path: str) -> Iterator[Problem]:
    found = resource.input(path)
    if found.state is State.UNKNOWN:
        yield unknown(path)
    elif found.value in TRUE:
        yield violation(path, f"associatePublicIpAddress is {shown(found.value)}: the instance is on the internet")


RULES = (
    Rule(
        id="PLN-EC2-001",
        title="Every volume is encrypted with a customer-managed key",
        severity=Severity.HIGH,
        types=(TEMPLATE, INSTANCE, VOLUME, NODE_CLASS),
        check=encrypts_volumes,
        frameworks=frameworks(
            fsbp="EC2.3",
            checkov="CKV_AWS_3 CKV_AWS_8 CKV_AWS_189",
            trivy="AVD-AWS-0026 AVD-AWS-0027 AVD-AWS-0131 AVD-AWS-0008",
            cis="6.1.1",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv)",
            soc2="PI1.5",
        ),
        remediation="Name every volume, the root one too, with encrypted on and the kmsKeyId of your own key.",
    ),
    Rule(
        id="PLN-EC2-002",
        title="The metadata service requires IMDSv2",
        severity=Severity.HIGH,
        types=(TEMPLATE, INSTANCE, NODE_CLASS),
        check=requires_imdsv2,
        frameworks=frameworks(fsbp="EC2.8 AutoScaling.3", checkov="CKV_AWS_79", trivy="AVD-AWS-0028 AVD-AWS-0130", cis="6.7", soc2="CC7.2"),
        remediation="Set metadataOptions.httpTokens to required.",
    ),
    Rule(
        id="PLN-EC2-003",
        title="The metadata service answers one hop away at most",
        severity=Severity.MEDIUM,
        types=(TEMPLATE, INSTANCE, NODE_CLASS),
        check=stops_after_one_hop,
        frameworks=frameworks(fsbp="AutoScaling.4", checkov="CKV_AWS_341"),
        remediation="Set metadataOptions.httpPutResponseHopLimit to 1, and give pods their own roles by EKS Pod Identity or IRSA.",
    ),
    Rule(
        id="PLN-EC2-004",
        title="No instance has a public address",
        severity=Severity.HIGH,
        types=(TEMPLATE, INSTANCE),
        check=has_no_public_address,
        frameworks=frameworks(
            fsbp="EC2.9 EC2.25", checkov="CKV_AWS_88", trivy="AVD-AWS-0009", hipaa="164.308(a)(1)(ii)(B) 164.308(a)(3)(i) 164.312(a)(1)", soc2="CC6.6"
        ),
        remediation="Leave associatePublicIpAddress off; reach instances by Session Manager, and the internet by a NAT gateway.",
    ),
)
