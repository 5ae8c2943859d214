"""The inference endpoint: a model in the VPC on two instances or more, scaled by load, and rolled back by alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.settings.endpoint import EndpointSettings


@dataclass(frozen=True)
class InferenceEndpointArgs:
    """What the endpoint needs from the other components. `endpoint_name` is the fixed physical name that callers use."""

    settings: EndpointSettings
    tags: Mapping[str, str]
    endpoint_name: str
    minimum_replicas: int
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    vpc_endpoints_security_group_id: pulumi.Input[str]
    s3_prefix_list_id: pulumi.Input[str]
    execution_role_arn: pulumi.Input[str]
    model_bucket: pulumi.Input[str]
    capture_bucket: pulumi.Input[str]
    volumes_key_arn: pulumi.Input[str]
    data_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arns: Sequence[pulumi.Input[str]] = ()
