"""What a bill may call a resource: its id and ARN where it is deployed, and the physical name that its program gives it."""

from __future__ import annotations

from collections.abc import Mapping

from plinth.stack import Resource, Source

PHYSICAL_NAMES = (
    "bucket", "name", "clusterName", "nodeGroupName", "functionName", "identifier", "clusterIdentifier", "domainName", "tableName", "streamName",
    "brokerName", "endpointName", "repositoryName", "topicName", "queueName", "workGroupName", "applicationName", "alarmName", "dashboardName",
)  # fmt: skip
"""Inputs that name a resource in AWS."""
DEPLOYED_NAMES = ("id", "arn", *PHYSICAL_NAMES)

POOL_TAGS: Mapping[str, str] = {
    "aws:eks/nodeGroup:NodeGroup": "eks:nodegroup-name",
    "aws:autoscaling/group:Group": "aws:autoscaling:groupName",
    "kubernetes:karpenter.sh/v1:NodePool": "karpenter.sh/nodepool",
}
"""The type of a pool -> the tag that names the pool on its instances. Sources: EKS user guide, managed node groups; EC2 Auto Scaling user guide,
tags; Karpenter documentation, NodeClasses, spec.tags."""


def identifiers(resource: Resource, source: Source) -> tuple[str, ...]:
    """The names by which a bill may know the resource; a secret is none. The recorder makes ids up, so a program's resources have declared names alone."""
    deployed = source is not Source.PROGRAM
    answers = [resource.id if deployed else None, *(resource.inputs.get(key) for key in PHYSICAL_NAMES)]
    answers += [resource.outputs.get(key) for key in DEPLOYED_NAMES] if deployed else []
    return tuple(dict.fromkeys(name for name in answers if isinstance(name, str) and name))
