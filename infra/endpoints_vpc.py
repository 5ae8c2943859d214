"""The VPC's endpoints: gateway ones for S3 and DynamoDB (free), interface ones by profile, each with a policy."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.interface_endpoints import ACTION_PREFIXES, ESSENTIAL, FULL
from infra.place import Place
from infra.policy_documents import Statement, allow, document
from infra.settings.network import NetworkSettings
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD = "network"
S3_OBJECT_ACTIONS = ("s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:GetObject*", "s3:List*", "s3:PutObject*", "s3:RestoreObject")
S3_BUCKET_ACTIONS = ("s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration")


@dataclass(frozen=True)
class EndpointsArgs:
    """What VpcEndpoints needs."""

    settings: NetworkSettings
    profile: Profile
    place: Place
    tags: Tags
    vpc_id: pulumi.Input[str]
    subnet_ids: list[pulumi.Output[str]]
    route_table_ids: list[pulumi.Output[str]]


class VpcEndpoints(ComponentResource):
    """The endpoints of one VPC, and the security group that lets only the VPC in, on 443."""

    services: tuple[str, ...]
    security_group_id: pulumi.Output[str]
    s3_prefix_list_id: pulumi.Output[str]

    def __init__(self, name: str, args: EndpointsArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:VpcEndpoints", name, None, opts)
        self._name, self._args = name, args
        self.services = interface_services(args.settings, args.profile)
        s3 = self._gateway("s3", [_own_buckets(args.place), _public_buckets(args.place)])
        self._gateway("dynamodb", [_own_principals("DynamoDB", ("dynamodb:*",), args.place)])
        group = self._security_group()
        for service in self.services:
            self._interface(service, group)
        self.security_group_id, self.s3_prefix_list_id = group.id, s3.prefix_list_id
        self.register_outputs({"services": list(self.services)})

    def _tags(self, name: str) -> dict[str, str]:
        return tags_for(self._args.tags, workload=WORKLOAD, name=name)

    def _service_name(self, service: str) -> pulumi.Output[str]:
        return pulumi.Output.format("com.amazonaws.{0}.{1}", self._args.place.region, service)

    def _gateway(self, service: str, statements: list[Statement]) -> aws.ec2.VpcEndpoint:
        name = f"{self._name}-{service}"
        return aws.ec2.VpcEndpoint(
            name,
            vpc_id=self._args.vpc_id,
            service_name=self._service_name(service),
            vpc_endpoint_type="Gateway",
            route_table_ids=self._args.route_table_ids,
            policy=document(*statements),
            tags=self._tags(name),
            opts=ResourceOptions(parent=self),
        )

    def _security_group(self) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-group"
        group = aws.ec2.SecurityGroup(
            name, vpc_id=self._args.vpc_id, description="Interface endpoints: HTTPS from the VPC", tags=self._tags(name), opts=ResourceOptions(parent=self)
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="HTTPS from inside the VPC",
            cidr_ipv4=str(self._args.settings.cidr),
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=self._tags(f"{name}-https"),
            opts=ResourceOptions(parent=self),
        )
        return group

    def _interface(self, service: str, group: aws.ec2.SecurityGroup) -> None:
        name = f"{self._name}-{service.replace('.', '-')}"
        aws.ec2.VpcEndpoint(
            name,
            vpc_id=self._args.vpc_id,
            service_name=self._service_name(service),
            vpc_endpoint_type="Interface",
            subnet_ids=self._args.subnet_ids,
            security_group_ids=[group.id],
            private_dns_enabled=True,
            policy=document(_own_principals("OwnPrincipals", (f"{ACTION_PREFIXES[service]}:*",), self._args.place)),
            tags=self._tags(name),
            opts=ResourceOptions(parent=self),
        )


def interface_services(settings: NetworkSettings, profile: Profile) -> tuple[str, ...]:
    """The interface endpoints of an environment: its profile's and its own."""
    return tuple(dict.fromkeys([*(FULL if profile.full_interface_endpoints else ESSENTIAL), *settings.extra_interface_endpoints]))


def _own_principals(sid: str, actions: tuple[str, ...], place: Place) -> Statement:
    """Only this account's identities pass: credentials brought in from elsewhere can't carry data out."""
    return allow(sid, actions, ["*"], {"StringEquals": {"aws:PrincipalAccount": place.account_id}}, "*")


def _own_buckets(place: Place) -> Statement:
    accounts = {"aws:PrincipalAccount": place.account_id, "aws:ResourceAccount": place.account_id}
    return allow("OwnBuckets", (*S3_OBJECT_ACTIONS, *S3_BUCKET_ACTIONS), ["*"], {"StringEquals": accounts}, "*")


def _public_buckets(place: Place) -> Statement:
    """What nodes read from public buckets: ECR's image layers, the package repository, and the layers of registry.k8s.io.

    That registry sends clients on AWS to a bucket of their region. Sources: Amazon ECR user guide, interface VPC endpoints (minimum
    S3 bucket permissions); AL2023 user guide, S3 gateway endpoints; kubernetes/registry.k8s.io#245, prometheus-community/helm-charts#2421.
    """
    layers = pulumi.Output.format("arn:{0}:s3:::prod-{1}-starport-layer-bucket/*", place.partition, place.region)
    packages = pulumi.Output.format("arn:{0}:s3:::al2023-repos-{1}-de612dc2/*", place.partition, place.region)
    kubernetes = pulumi.Output.format("arn:{0}:s3:::prod-registry-k8s-io-{1}/*", place.partition, place.region)
    return allow("PublicBuckets", ("s3:GetObject",), [layers, packages, kubernetes], None, "*")
