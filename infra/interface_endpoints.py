"""The interface endpoints that Plinth knows: their service names and the IAM prefix of what goes through them. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ACTION_PREFIXES: Final[Mapping[str, str]] = {
    "athena": "athena",
    "autoscaling": "autoscaling",
    "bedrock-runtime": "bedrock",
    "ec2": "ec2",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "eks": "eks",
    "eks-auth": "eks-auth",
    "elasticloadbalancing": "elasticloadbalancing",
    "fsx": "fsx",
    "glue": "glue",
    "kinesis-streams": "kinesis",
    "kms": "kms",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "states",
    "sts": "sts",
}
"""Service name without `com.amazonaws.<region>.` → IAM action prefix. Source: AWS PrivateLink guide, services that integrate."""

ESSENTIAL: Final = ("ecr.api", "ecr.dkr", "sts")
"""Those that dev keeps: image pulls and role sessions do not hang on its one NAT gateway. The others go through that gateway."""

FULL: Final = (*ESSENTIAL, "ec2", "eks", "eks-auth", "kms", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "secretsmanager", "ssm")
"""Those of staging and prod: nothing the platform calls leaves the VPC. Each costs by the hour in each zone, which is why dev has few."""
