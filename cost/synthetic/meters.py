"""An estimate's priced lines as meters: what a Cost and Usage Report calls each, at which rate, for whom."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cost.estimate.identity import POOL_TAGS
from cost.estimate.model import Estimate, EstimateLine, PurchaseOption, ResourceEstimate
from cost.estimate.prices import ENDPOINT_CONFIGURATION, INSTANCE
from cost.pricing.usage_types import AwsName, component_of, usage_type_of
from cost.units import MONTH_HOURS
from infra.tags import TEAM

ACCOUNT: Final = "000123456789"
DEFAULT_REGION: Final = "us-east-1"

PRODUCTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "Amazon EC2": ("AmazonEC2", "Amazon Elastic Compute Cloud", "RunInstances"),
    "Amazon EBS": ("AmazonEC2", "Amazon Elastic Compute Cloud", "CreateVolume"),
    "Amazon EKS": ("AmazonEKS", "Amazon Elastic Kubernetes Service", "CreateOperation"),
    "Amazon ECR": ("AmazonECR", "Amazon EC2 Container Registry", "TimedStorage"),
    "Amazon SageMaker": ("AmazonSageMaker", "Amazon SageMaker", "RunInstance"),
    "Amazon VPC": ("AmazonVPC", "Amazon Virtual Private Cloud", "VpcEndpoint"),
    "AWS Data Transfer": ("AWSDataTransfer", "AWS Data Transfer", "DataTransfer"),
    "Amazon S3": ("AmazonS3", "Amazon Simple Storage Service", "StandardStorage"),
    "Amazon EFS": ("AmazonEFS", "Amazon Elastic File System", "Storage"),
    "AWS KMS": ("awskms", "AWS Key Management Service", "Unknown"),
    "AWS Secrets Manager": ("AWSSecretsManager", "AWS Secrets Manager", "SecretStorage"),
    "Amazon CloudWatch": ("AmazonCloudWatch", "AmazonCloudWatch", "PutLogEvents"),
    "AWS CloudTrail": ("AWSCloudTrail", "AWS CloudTrail", "None"),
    "Amazon SNS": ("AmazonSNS", "Amazon Simple Notification Service", "Publish"),
    "Amazon SQS": ("AWSQueueService", "Amazon Simple Queue Service", "Send"),
    "Elastic Load Balancing": ("AWSELB", "Elastic Load Balancing", "LoadBalancing"),
}
"""The estimate's service name -> product code, product name and operation in a bill."""

USAGE_PREFIXES: Final[Mapping[str, str]] = {"us-east-1": "USE1", "us-east-2": "USE2", "us-west-2": "USW2", "eu-west-1": "EU", "eu-central-1": "EUC1"}
LOCATIONS: Final[Mapping[str, str]] = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
}
ACCELERATED_FAMILIES: Final = ("g", "p", "trn", "inf")


@dataclass(frozen=True)
class Meter:
    """One line of the estimate as a bill meters it. `rate` is USD a unit; `monthly` is the quantity of a
    730-hour month, as the estimate expects it."""

    urn: str
    resource: str
    service: str
    product_code: str
    product_name: str
    operation: str
    usage_type: str
    description: str
    unit: str
    region: str
    instance_type: str | None
    spot: bool
    rate: float
    monthly: float
    tags: Mapping[str, str]

    @property
    def hourly(self) -> bool:
        """Whether the line is counted in hours, so that a longer month costs more."""
        return "hour" in self.unit.lower()

    @property
    def instances(self) -> bool:
        """Whether the line is instances by the hour."""
        return self.hourly and self.instance_type is not None

    @property
    def accelerated(self) -> bool:
        """Whether the line is GPU or accelerator instances."""
        family = (self.instance_type or "").removeprefix("ml.")
        return self.instances and family.split(".")[0].rstrip("0123456789aden").startswith(ACCELERATED_FAMILIES)

    @property
    def covered(self) -> bool:
        """Whether a compute savings plan can cover it: on-demand EC2 instances. Source: facts/cost.md 3.3, SP-eligible."""
        return self.instances and not self.spot and self.product_code == "AmazonEC2"

    @property
    def pool_tags(self) -> Mapping[str, str]:
        """The tags that AWS puts on a pool's instances, not the account's own."""
        return {key: value for key, value in self.tags.items() if key in POOL_TAGS.values()}

    @property
    def tagged(self) -> bool:
        """Whether the line carries a tag of the account's own."""
        return len(self.tags) > len(self.pool_tags)

    @property
    def cost(self) -> float:
        """USD of a 730-hour month."""
        return self.rate * self.monthly

    def resource_id(self, number: int) -> str:
        """The id of the line's n-th resource, the same every time."""
        if self.instances and self.product_code == "AmazonEC2":
            return f"i-{digest(self.urn, self.usage_type, str(number))[:17]}"
        suffix = f"/{number}" if number else ""
        if self.product_code == "AmazonSageMaker":
            return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:endpoint/{self.resource}{suffix}"
        return f"arn:aws:{self.product_code.lower()}:{self.region}:{ACCOUNT}:{self.resource}{suffix}"

    def quantity(self, hours: int) -> float:
        """The quantity in a month of so many hours."""
        return self.monthly * hours / MONTH_HOURS if self.hourly else self.monthly


def digest(*parts: str) -> str:
    """A hexadecimal name made from the parts, the same on every run."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def meters_of(estimate: Estimate, teams: Mapping[str, str]) -> list[Meter]:
    """A meter for each priced line with an expected cost, in the estimate's order, at the line's effective rate."""
    return [
        _meter(resource, line, teams)
        for resource in estimate.resources
        for line in resource.lines
        if line.quantity.expected > 0 and line.monthly_cost.expected > 0
    ]


def team_of(name: str, teams: Mapping[str, str]) -> str | None:
    """The team of a resource: that of the longest key which its name starts with."""
    keys = [key for key in teams if name.startswith(key)]
    return teams[max(keys, key=len)] if keys else None


def _meter(resource: ResourceEstimate, line: EstimateLine, teams: Mapping[str, str]) -> Meter:
    fallback = (line.service.replace(" ", ""), line.service, "Unknown")
    code, name, operation = PRODUCTS.get(line.service, fallback)
    region = resource.region or DEFAULT_REGION
    spot = line.purchase_option is PurchaseOption.SPOT
    team = team_of(resource.name, teams)
    aws_name, per = _component(line, code, region, spot) or (None, 1.0)
    words = "".join(word.capitalize() for word in line.component.split())
    pool = {POOL_TAGS[resource.type]: resource.name} if resource.type in POOL_TAGS and line.instance_type else {}
    return Meter(
        urn=resource.urn,
        resource=resource.name,
        service=line.service,
        product_code=code,
        product_name=name,
        operation=(_operation(aws_name) if aws_name else None) or operation,
        usage_type=aws_name.usage_type if aws_name else f"{USAGE_PREFIXES.get(region, region.upper())}-{words}",
        description=_description(line, region, spot),
        unit=line.unit,
        region=region,
        instance_type=line.instance_type,
        spot=spot,
        rate=line.monthly_cost.expected / line.quantity.expected / per,
        monthly=line.quantity.expected * per,
        tags=dict(resource.tags) | ({TEAM: team} if team else {}) | pool,
    )


def _component(line: EstimateLine, code: str, region: str, spot: bool) -> tuple[AwsName, float] | None:
    """What AWS calls the line, and how many of AWS's units one of ours has, where the table of usage types says so for the product."""
    price_type, component = line.price_type, line.price_component
    if line.instance_type is not None and not component:
        hosting = line.instance_type.startswith("ml.")
        price_type = ENDPOINT_CONFIGURATION if hosting else INSTANCE
        component = f"hosting {line.instance_type}" if hosting else f"Linux {'spot' if spot else 'on-demand'} {line.instance_type}"
    name = usage_type_of(price_type, component, region)
    found = name and component_of(code, name.usage_type, _operation(name) or "")
    return (name, found.per) if name and found else None


def _operation(name: AwsName) -> str | None:
    return next((operation.replace("*", "") for operation in name.operations), None)


def _description(line: EstimateLine, region: str, spot: bool) -> str:
    place = LOCATIONS.get(region, region)
    if spot and line.instance_type:
        return f"{line.instance_type} Linux/UNIX Spot Instance-hour in {place} in VPC Zone #1"
    if line.instance_type:
        return f"${line.unit_price:g} per {line.instance_type} instance-hour in {place}"
    return f"${line.unit_price:g} per {line.unit} - {line.component} in {place}"


def without_some_tags(meters: Sequence[Meter], share: float, rng: np.random.Generator) -> tuple[list[Meter], tuple[str, ...]]:
    """The meters with some resources' tags taken off, about `share` of the cost and at least one resource; and which those are.

    The tags that AWS puts on a pool's instances stay: nobody can forget them.
    """
    costs: dict[str, float] = {}
    for meter in meters:
        costs[meter.urn] = costs.get(meter.urn, 0.0) + meter.cost
    limit = share * sum(costs.values())
    chosen: set[str] = set()
    spent = 0.0
    for urn in rng.permutation(sorted(costs)):
        if spent + costs[urn] <= limit:
            chosen.add(str(urn))
            spent += costs[urn]
    if not chosen and share > 0 and costs:
        chosen.add(min(costs, key=lambda urn: (costs[urn], urn)))
    return [replace(meter, tags=meter.pool_tags) if meter.urn in chosen else meter for meter in meters], tuple(sorted(chosen))
