"""Names that FOCUS requires and a bill lacks, as data: AWS Regions' display names, and resource types by how an id begins.

Sources: AWS General Reference, "AWS Regions and endpoints" (display names); EC2 and VPC API references (id prefixes).
"""

from __future__ import annotations

from typing import Final

REGION_NAMES: Final = {
    "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
    "af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)", "ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)", "ap-south-2": "Asia Pacific (Hyderabad)", "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)", "ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)", "ap-southeast-6": "Asia Pacific (New Zealand)", "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)", "ca-west-1": "Canada West (Calgary)", "cn-north-1": "China (Beijing)", "cn-northwest-1": "China (Ningxia)",
    "eu-central-1": "Europe (Frankfurt)", "eu-central-2": "Europe (Zurich)", "eu-north-1": "Europe (Stockholm)", "eu-south-1": "Europe (Milan)",
    "eu-south-2": "Europe (Spain)", "eu-west-1": "Europe (Ireland)", "eu-west-2": "Europe (London)", "eu-west-3": "Europe (Paris)",
    "il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)", "me-south-1": "Middle East (Bahrain)", "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)", "us-gov-east-1": "AWS GovCloud (US-East)", "us-gov-west-1": "AWS GovCloud (US-West)",
}  # fmt: skip

RESOURCE_TYPES: Final = (
    ("i-", "Instance"),
    ("vol-", "Volume"),
    ("snap-", "Snapshot"),
    ("ami-", "Image"),
    ("nat-", "NAT Gateway"),
    ("eni-", "Network Interface"),
    ("eipalloc-", "Elastic IP Address"),
    ("vpce-", "VPC Endpoint"),
    ("tgw-", "Transit Gateway"),
    ("vpn-", "VPN Connection"),
    ("fs-", "File System"),
    ("cr-", "Capacity Reservation"),
    ("sir-", "Spot Instance Request"),
)
"""How an EC2 or VPC resource id begins, and its type."""

ARN_TYPE: Final = r"^arn:[^:]*:([^:]+):[^:]*:[^:]*:([A-Za-z][A-Za-z0-9-]*)[/:]"
"""An ARN's service and resource type: `arn:aws:sagemaker:us-east-1:1:training-job/x` is of `sagemaker:training-job`."""
SERVICE_RESOURCES: Final = {"AmazonS3": "Bucket", "AWSQueueService": "Queue", "AmazonSNS": "Topic"}
"""The resource type of services whose ids do not tell it."""
