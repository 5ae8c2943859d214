"""SageMaker: endpoint instances and their encryption, and models inside the VPC."""

from __future__ import annotations

from collections.abc import Iterator

from infra.instances import hosting_instances
from plinth.stack import Resource, State
from policies.judge import at, is_unknown, items, must_have_own_key, said, unknown, violation
from policies.model import Context, Problem, Rule, Severity, frameworks

ENDPOINT_CONFIGURATION, MODEL = "aws:sagemaker/endpointConfiguration:EndpointConfiguration", "aws:sagemaker/model:Model"
SCALING_TARGET = "aws:appautoscaling/target:Target"
INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
"""The scalable dimension of a variant's instances (Application Auto Scaling API Reference, RegisterScalableTarget)."""
MINIMUM_INSTANCES = 2


def encrypts_volumes(configuration: Resource, context: Context) -> Iterator[Problem]:
    """Volumes take a customer-managed key, unless a variant's type has NVMe disks: those encrypt themselves, and SageMaker refuses a key."""
    state, variants = items(configuration, "productionVariants")
    types = [at(variant, "instanceType") for _, variant in variants]
    hosting = hosting_instances()
    if configuration.input("kmsKeyArn").present or not any(found.known and found.value in hosting and hosting[found.value].local_storage for found in types):
        hidden = State.UNKNOWN in (state.state, *(found.state for found in types))
        if hidden and not configuration.input("kmsKeyArn").present:
            yield unknown("kmsKeyArn", "a variant's instance type, which may take no key, is known only after a deployment")
        else:
            yield from must_have_own_key(configuration, "kmsKeyArn", "volumes are encrypted with a key that AWS manages")


def has_two_instances(configuration: Resource, context: Context) -> Iterator[Problem]:
    """Every production variant that is not serverless starts with at least two instances, and its own scaling leaves as many."""
    state, variants = items(configuration, "productionVariants")
    if state.state is State.UNKNOWN:
        yield unknown("productionVariants")
    elif not variants:
        yield violation("productionVariants", "productionVariants is not set: nothing serves")
    for path, variant in variants:
        if is_unknown(variant):
            yield unknown(path)
        elif not at(variant, "serverlessConfig").present:
            for key in ("initialInstanceCount", "managedInstanceScaling.minInstanceCount"):
                yield from _count(variant, path, key)


def _count(variant: object, path: str, key: str) -> Iterator[Problem]:
    found = at(variant, key)
    if found.state is State.UNKNOWN:
        yield unknown(f"{path}.{key}")
    elif found.present and found.value < MINIMUM_INSTANCES:
        yield violation(f"{path}.{key}", f"{key} is {found.value}: at least {MINIMUM_INSTANCES} are needed to outlive a zone")
    elif not found.present and key == "initialInstanceCount":
        yield violation(f"{path}.{key}", f"{key} is not set: SageMaker starts one instance, and at least {MINIMUM_INSTANCES} are needed")


def scales_in_to_two(target: Resource, context: Context) -> Iterator[Problem]:
    """Scaling of a variant's instances leaves at least two; what else SageMaker scales (serverless concurrency, model copies) is no instance."""
    dimension, minimum = target.input("scalableDimension"), target.input("minCapacity")
    if dimension.known and dimension.value != INSTANCE_COUNT:
        return
    if State.UNKNOWN in (minimum.state, dimension.state):
        yield unknown("minCapacity" if minimum.state is State.UNKNOWN else "scalableDimension")
    elif not minimum.present or minimum.value < MINIMUM_INSTANCES:
        yield violation("minCapacity", f"minCapacity is {said(minimum)}: it scales in below {MINIMUM_INSTANCES} instances, too few to outlive a zone")


def keeps_two_instances(resource: Resource, context: Context) -> Iterator[Problem]:
    """An endpoint starts with at least two instances, and no scaling takes it below."""
    yield from (scales_in_to_two if resource.type == SCALING_TARGET else has_two_instances)(resource, context)


def runs_in_vpc(model: Resource, context: Context) -> Iterator[Problem]:
    """The model's containers have network interfaces in the VPC."""
    for key in ("vpcConfig.subnets", "vpcConfig.securityGroupIds"):
        found = model.input(key)
        if not found.present or (found.known and not found.value):
            yield violation(key, f"{key} is {said(found)}: the containers reach the internet past the VPC")


RULES = (
    Rule(
        id="PLN-SGM-001",
        title="An endpoint's volumes are encrypted with a customer-managed key",
        severity=Severity.HIGH,
        types=(ENDPOINT_CONFIGURATION,),
        check=encrypts_volumes,
        frameworks=frameworks(checkov="CKV_AWS_98"),
        remediation="Set kmsKeyArn. Instance types with NVMe disks of their own encrypt those in hardware and refuse a key; the rule knows them.",
    ),
    Rule(
        id="PLN-SGM-002",
        title="An endpoint has at least two instances",
        severity=Severity.HIGH,
        types=(ENDPOINT_CONFIGURATION, SCALING_TARGET),
        check=keeps_two_instances,
        controls=("minimum_replicas",),
        frameworks=frameworks(fsbp="SageMaker.4"),
        remediation="Set initialInstanceCount, and the minCapacity of its scaling target, to 2 or more: SageMaker spreads them over zones.",
    ),
    Rule(
        id="PLN-SGM-003",
        title="A model runs inside the VPC",
        severity=Severity.MEDIUM,
        types=(MODEL,),
        check=runs_in_vpc,
        remediation="Give the model a vpcConfig with private subnets and a security group; reach S3 by a gateway endpoint.",
    ),
)
