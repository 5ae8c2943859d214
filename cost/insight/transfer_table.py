"""Network spend as data: which usage types and operations belong to which class, each rule with its source. Order matters: the first match wins.

CUR: AWS Data Exports user guide, "Understanding data transfer charges" · VPC: Amazon VPC user guide, "Understand codes in billing and usage
reports" · ELB: Elastic Load Balancing, the same · S3: Amazon S3 user guide, "Understanding your billing and usage reports" · CloudFront:
developer guide, "Interpret your bill and usage reports" · BLOG: AWS Networking blog, "Understand AWS Data transfer details in depth from Cost and
Usage Report" (operations VPCPeering-In/Out, InterZone-In/Out, PublicIP-In/Out) · SAMPLE: usage types of the real bill in tests/data/bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TransferRule:
    """Lines of one class: all that is given must match. Patterns are regular expressions that DuckDB, Spark and Trino read alike."""

    name: str
    source: str
    usage_type: str = ""
    operation: str = ""
    products: tuple[str, ...] = ()
    units: str = ""


MEANINGS: Final = {
    "internet out": "from AWS to the internet",
    "internet in": "from the internet to AWS: free for most services",
    "cross-AZ": "between Availability Zones of a Region, or through public addresses within it: billed on both sides, so each GB is counted twice",
    "inter-Region": "between Regions: the sending side pays",
    "VPC peering": "over VPC peering connections",
    "same Region, free": "between Amazon S3 or DynamoDB and instances of the same Region",
    "NAT gateway data": "processed by NAT gateways, whatever its destination, on top of the transfer itself",
    "NAT gateway hours": "NAT gateways that are there",
    "interface endpoint data": "processed by interface and Gateway Load Balancer endpoints",
    "interface endpoint hours": "interface endpoints that are there; a gateway endpoint costs nothing and has no lines",
    "Transit Gateway": "attachments and data of transit gateways",
    "VPN": "VPN connections and what goes out through them",
    "Direct Connect": "ports and data out over Direct Connect",
    "CloudFront": "requests and data of CloudFront",
    "load balancer": "hours, capacity units and processed bytes of load balancers",
    "acceleration": "S3 Transfer Acceleration and Global Accelerator",
    "public IPv4": "public IPv4 addresses, in use or idle",
    "unclassified": "looks like network and matches no rule",
}
UNCLASSIFIED: Final = "unclassified"
BYTES_UNITS: Final = {"gb": 1.0, "gigabytes": 1.0, "gbytes": 1.0, "tb": 1024.0, "terabytes": 1024.0, "mb": 1 / 1024, "kb": 1 / 1024**2, "bytes": 1 / 1024**3}
"""A unit in lower case -> GB. Source: the pricing units of the AWS price list (`GB` for data; 1 TB = 1,024 GB in AWS's tiers)."""
HOURS_UNITS: Final = ("hrs", "hours", "hour", "hr")

RULES: Final = (
    TransferRule("CloudFront", "CloudFront", products=("AmazonCloudFront",)),
    TransferRule("Direct Connect", "CUR (product AWSDirectConnect)", products=("AWSDirectConnect",)),
    TransferRule("Direct Connect", "AWS price list (DataXfer-Out:dc.1, DataXfer-In:dc.3)", usage_type=r"DataXfer-(In|Out)"),
    TransferRule("acceleration", "S3 (ABytes: Transfer Acceleration)", usage_type=r"-(In|Out)-ABytes"),
    TransferRule("acceleration", "AWS price list (AWSGlobalAccelerator)", products=("AWSGlobalAccelerator",)),
    TransferRule("VPN", "BLOG (operation CreateVpnConnection)", operation=r"^CreateVpnConnection"),
    TransferRule("VPN", "VPC", usage_type=r"VPN-Usage-Hours|ClientVPN-"),
    TransferRule("VPC peering", "BLOG", operation=r"^VPCPeering"),
    TransferRule("NAT gateway data", "VPC", usage_type=r"NatGateway.*-Bytes"),
    TransferRule("NAT gateway hours", "VPC", usage_type=r"NatGateway.*-Hours"),
    TransferRule("NAT gateway data", "VPC (by its unit)", usage_type=r"NatGateway", units=r"^gb$|bytes"),
    TransferRule("NAT gateway hours", "VPC (by its unit)", usage_type=r"NatGateway", units=r"^(hrs?|hours?)$"),
    TransferRule("interface endpoint data", "VPC", usage_type=r"VpcEndpoint.*-Bytes"),
    TransferRule("interface endpoint hours", "VPC", usage_type=r"VpcEndpoint.*-Hours"),
    TransferRule("interface endpoint data", "VPC (by its unit)", usage_type=r"VpcEndpoint", units=r"^gb$|bytes"),
    TransferRule("interface endpoint hours", "VPC (by its unit)", usage_type=r"VpcEndpoint", units=r"^(hrs?|hours?)$"),
    TransferRule("Transit Gateway", "VPC", usage_type=r"TransitGateway|TGW-"),
    TransferRule("public IPv4", "VPC", usage_type=r"PublicIPv4|ElasticIP"),
    TransferRule("load balancer", "ELB", usage_type=r"LoadBalancerUsage|LCUUsage|IdleProvisionedLBCapacity|LoadBalancing"),
    TransferRule("load balancer", "ELB (Classic: DataProcessing-Bytes)", usage_type=r"DataProcessing-Bytes", products=("AWSELB", "AmazonEC2")),
    TransferRule("same Region, free", "S3", usage_type=r"C3DataTransfer-(In|Out)-Bytes"),
    TransferRule("cross-AZ", "CUR", usage_type=r"DataTransfer-Regional-Bytes"),
    TransferRule("cross-AZ", "SAMPLE (transfer types IntraRegion-xAZ-In and -Out)", usage_type=r"DataTransfer-xAZ-(In|Out)-Bytes"),
    TransferRule("inter-Region", "CUR", usage_type=r"AWS-(In|Out)-Bytes|S3RTC-(In|Out)-Bytes"),
    TransferRule("CloudFront", "S3", usage_type=r"CloudFront-(In|Out)-Bytes"),
    TransferRule("internet out", "CUR", usage_type=r"DataTransfer-Out-Bytes"),
    TransferRule("internet in", "CUR", usage_type=r"DataTransfer-In-Bytes"),
)  # fmt: skip

TRANSFER_TYPES: Final = (
    ("internet out", r"^AWS Outbound"),
    ("internet in", r"^AWS Inbound"),
    ("inter-Region", r"^InterRegion"),
    ("cross-AZ", r"^IntraRegion"),
    ("CloudFront", r"^CloudFront"),
)
"""What AWS itself calls a transfer (`product/transferType`), for usage types that no rule names. Source: SAMPLE and the AWS price list."""
CROSS_AZ: Final = r"Regional|xAZ"
"""Usage types that say that traffic within a Region crossed its zones. Source: CUR and SAMPLE."""
EXTERNAL: Final = "External"
"""The location that is the internet. Source: SAMPLE (`product/toLocation`)."""

NETWORK_PRODUCTS: Final = (
    "AWSDataTransfer", "AmazonVPC", "AWSELB", "AWSDirectConnect", "AmazonCloudFront", "AWSGlobalAccelerator", "AWSNetworkFirewall", "AmazonVPCLattice",
)  # fmt: skip
"""All usage of these products is network spend, known or not."""
NETWORK_USAGE: Final = r"DataTransfer|DataXfer|-(In|Out)-A?Bytes|NatGateway|VpcEndpoint|TransitGateway|VPN-|PublicIPv4|LoadBalancerUsage|LCUUsage"
NETWORK_FAMILIES: Final = (
    "Data Transfer", "NAT Gateway", "VpcEndpoint", "Transit Gateway",
    "Load Balancer", "Load Balancer-Application", "Load Balancer-Network", "Load Balancer-Gateway",
)  # fmt: skip
"""`product/productFamily` of network spend."""
