"""AWS's names of the price book's components, both ways."""

from __future__ import annotations

import csv

import pytest

from cost.estimate import engine, estimate
from cost.estimate.meters.base import Charge
from cost.estimate.prices import TABLES
from cost.estimate.tiers import Pools
from cost.pricing.usage_types import AwsName, component_of, components_of, rows, service_codes, usage_type_of
from cost.regions import region_codes, split_region
from plinth.stack.load import load_stack

INSTANCE = "aws_instance"


@pytest.mark.parametrize(
    ("service", "usage_type", "operation", "resource_type", "component", "per"),
    [
        ("AmazonEC2", "BoxUsage:g5.xlarge", "RunInstances", INSTANCE, "Linux on-demand g5.xlarge", 1),
        ("AmazonEC2", "EUC1-BoxUsage:m5.metal", "RunInstances", INSTANCE, "Linux on-demand m5.metal", 1),
        ("AmazonEC2", "BoxUsage:m5.large", "RunInstances:0002", INSTANCE, "Windows on-demand m5.large", 1),
        ("AmazonRDS", "InstanceUsageIOOptimized:db.r6g.2xl", "CreateDBInstance:0021", "aws_rds_cluster_instance", "db.r6g.2xlarge, I/O-Optimized", 1),
        ("AmazonEC2", "USW2-SpotUsage:p5.48xlarge", "RunInstances:SV003", INSTANCE, "Linux spot p5.48xlarge", 1),
        ("AmazonEC2", "USE1-NatGateway-Hours", "NatGateway", "aws_nat_gateway", "gateway hours", 1),
        ("AmazonEC2", "EU-EBS:VolumeUsage", "CreateVolume", "aws_ebs_volume", "standard (magnetic) storage", 1),
        ("AmazonEC2", "EBS:VolumeUsage.gp2", "CreateVolume-Gp2", "aws_ebs_volume", "gp2 storage", 1),
        ("AmazonS3", "USE1-Requests-Tier1", "PutObject", "aws_s3_bucket", "Standard PUT/COPY/POST/LIST requests", 1000),
        ("AmazonS3", "EUN1-TimedStorage-GIR-ByteHrs", "", "aws_s3_bucket", "Glacier Instant Retrieval storage", 1),
        ("AmazonECR", "TimedStorage-ByteHrs", "", "aws_ecr_repository", "storage", 1),
        ("awskms", "sa-east-1-KMS-Requests", "Decrypt", "aws_kms_key", "symmetric requests", 10_000),
        ("AmazonSageMaker", "USE1-Host:ml.g5.2xlarge", "RunInstance", "aws_sagemaker_endpoint_configuration", "hosting ml.g5.2xlarge", 1),
        ("AWSQueueService", "APN1-Requests-RBP", "Send", "aws_sqs_queue", "standard queue requests", 1_000_000),
        ("AmazonRDS", "USE2-Multi-AZUsage:db.r5.2xl", "CreateDBInstance:0014", "aws_db_instance", "PostgreSQL Multi-AZ db.r5.2xlarge", 1),
        ("AmazonRDS", "InstanceUsage:db.t3.medium", "CreateDBInstance:0021", "aws_rds_cluster_instance", "db.t3.medium", 1),
        ("AWSELB", "LCUUsage", "LoadBalancing:Network", "aws_lb", "network load balancer capacity units", 1),
        ("AWSELB", "USE1-LoadBalancerUsage", "LoadBalancing", "aws_elb", "classic load balancer hours", 1),
        ("AmazonS3", "EUC1-DataTransfer-Out-Bytes", "GetObject", "aws_data_transfer", "internet out", 1),
        ("AmazonEC2", "USE1-USE2-AWS-Out-Bytes", "", "aws_data_transfer", "inter-region out (us-east-1 to us-east-2)", 1),
        ("AmazonStates", "USE1-StepFunctions-GB-Second", "", "aws_sfn_state_machine", "express workflow duration", 3600),
    ],
)
def test_a_usage_type_is_its_component(service: str, usage_type: str, operation: str, resource_type: str, component: str, per: float):
    found = component_of(service, usage_type, operation)
    assert found is not None
    assert (found.resource_type, found.component, found.per) == (resource_type, component, per)


@pytest.mark.parametrize(
    ("service", "usage_type", "operation"),
    [
        ("AmazonEC2", "BoxUsage:m5.large", "RunInstances:0010"),
        ("AmazonEC2", "BoxUsage:m5.large", ""),
        ("AmazonEC2", "DedicatedUsage:m5.large", "RunInstances"),
        ("AmazonEC2", "RegionalNatGateway-Hours", "NatGateway"),
        ("AmazonCloudFront", "EU-DataTransfer-Out-Bytes", "GET"),
        ("AmazonS3", "US-Requests-Tier1", ""),
        ("AmazonMSK", "Kafka.Storage.Express", ""),
        ("NoSuchService", "BoxUsage:m5.large", "RunInstances"),
    ],
)
def test_what_is_another_product_is_no_component(service: str, usage_type: str, operation: str):
    assert component_of(service, usage_type, operation) is None


def test_one_usage_type_may_price_two_components():
    assert [found.resource_type for found in components_of("AmazonEC2", "EBS:VolumeUsage.gp2")] == ["aws_ebs_volume", "aws_instance"]


def test_io2_iops_are_one_ladder_of_three_usage_types():
    tiers = [found.row.tier for name in ("", ".tier2", ".tier3") for found in components_of("AmazonEC2", f"EBS:VolumeP-IOPS.io2{name}")]
    assert tiers == [(0, 32000), (32000, 64000), (64000, None)]


@pytest.mark.parametrize(
    ("resource_type", "component", "region", "name"),
    [
        ("aws_nat_gateway", "gateway hours", "eu-west-1", AwsName("AmazonEC2", "EU-NatGateway-Hours", ())),
        (INSTANCE, "Linux on-demand p5.48xlarge", "us-west-2", AwsName("AmazonEC2", "USW2-BoxUsage:p5.48xlarge", ("RunInstances",))),
        ("aws_kms_key", "customer managed key", "sa-east-1", AwsName("awskms", "sa-east-1-KMS-Keys", ())),
        ("aws_route53_zone", "hosted zone", "eu-west-1", AwsName("AmazonRoute53", "HostedZone", ())),
    ],
)
def test_a_component_has_awss_name_in_a_region(resource_type: str, component: str, region: str, name: AwsName):
    assert usage_type_of(resource_type, component, region) == name


def test_a_component_or_region_that_is_not_known_has_no_name():
    assert usage_type_of("aws_nat_gateway", "gateway hours", "mars-1") is None
    assert usage_type_of("aws_nat_gateway", "gateway minutes", "us-east-1") is None


@pytest.mark.parametrize("region", region_codes())
def test_every_region_goes_there_and_back(region: str):
    name = usage_type_of("aws_nat_gateway", "data processed", region)
    assert name is not None
    assert split_region(name.usage_type) == (region, "NatGateway-Bytes")
    found = component_of(name.service_code, name.usage_type)
    assert found is not None and found.component == "data processed"


def test_every_row_goes_there_and_back_and_stands_in_the_price_book():
    book: set[tuple[str, str]] = set()
    for path in (TABLES / "unit").glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            book |= {(row["resource_type"], row["component"]) for row in csv.DictReader(file)}
    for row in rows():
        component = row.of_type("m5.large")
        assert "{" in row.component or (row.resource_type, component) in book, component
        operation = row.operations[0].replace("*", "") if row.operations else ""
        usage_type = row.usage_types[0].replace("{type}", "m5.large").replace("{code}", "EUC1").replace("*", "")
        found = components_of(row.service_code, f"EU-{usage_type}", operation)
        assert (row.resource_type, component) in {(each.resource_type, each.component) for each in found}, usage_type


def test_billing_codes_are_of_one_region_each():
    codes = [code for found in region_codes().values() for code in found]
    assert len(codes) == len(set(codes))
    assert "AmazonEC2" in service_codes()


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_charge_of_our_environments_has_awss_name(environment: str, monkeypatch: pytest.MonkeyPatch):
    seen: set[tuple[str, str]] = set()

    class Recorder(Pools):
        def add(self, charge: Charge, region: str) -> None:
            seen.add((charge.price_type, charge.component))
            super().add(charge, region)

    monkeypatch.setattr(engine, "Pools", Recorder)
    estimate(load_stack(environment))
    assert len(seen) > 10
    assert [key for key in sorted(seen) if usage_type_of(*key, "us-east-1") is None] == []
