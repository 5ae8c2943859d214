"""EKS: the API endpoint, secrets, control-plane logs, zones, and the launch template of node groups."""

from __future__ import annotations

from collections.abc import Iterator

from plinth.stack import Resource, State
from policies.judge import is_unknown, items, must_have_own_key, peeled, said, shown, unknown, violation
from policies.model import Context, Problem, Rule, Scope, Severity, frameworks
from policies.references import referred
from policies.rules.network import SUBNET, is_world, too_few_zones

CLUSTER, NODE_GROUP = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"
CONTROL_PLANE_LOGS = frozenset({"api", "audit", "authenticator", "controllerManager", "scheduler"})


def encrypts_secrets(cluster: Resource, context: Context) -> Iterator[Problem]:
    """Kubernetes secrets are envelope-encrypted with a customer-managed key."""
    path = "encryptionConfig.provider.keyArn"
    yield from must_have_own_key(cluster, path, "secrets are encrypted with a key that AWS owns")
    found = cluster.input("encryptionConfig.resources")
    if found.known and "secrets" not in found.value:
        yield violation("encryptionConfig.resources", f"encryptionConfig.resources is {shown(found.value)}: it must hold 'secrets'")


def keeps_api_private(cluster: Resource, context: Context) -> Iterator[Problem]:
    """In staging and prod the API has no public endpoint; in dev a public one names the networks that may reach it."""
    found = cluster.input("vpcConfig.endpointPublicAccess")
    if found.state is State.UNKNOWN:
        yield unknown("vpcConfig.endpointPublicAccess")
    elif found.value is False:
        return
    elif context.environment != "dev":
        yield violation(
            "vpcConfig.endpointPublicAccess",
            f"endpointPublicAccess is {said(found)} (the default is True): the API answers the internet",
        )
    else:
        yield from _named_networks(cluster)


def _named_networks(cluster: Resource) -> Iterator[Problem]:
    state, networks = items(cluster, "vpcConfig.publicAccessCidrs")
    if state.state is State.UNKNOWN:
        yield unknown("vpcConfig.publicAccessCidrs")
    elif not networks:
        yield violation("vpcConfig.publicAccessCidrs", "publicAccessCidrs is not set: the API answers 0.0.0.0/0")
    for path, cidr in networks:
        if is_unknown(cidr):
            yield unknown(path)
        elif isinstance(peeled(cidr), str) and is_world(peeled(cidr)):
            yield violation(path, f"{peeled(cidr)} may reach the API")


def logs_control_plane(cluster: Resource, context: Context) -> Iterator[Problem]:
    """All five kinds of control-plane log are on."""
    found = cluster.input("enabledClusterLogTypes")
    if found.state is State.UNKNOWN or (found.known and any(is_unknown(kind) for kind in found.value)):
        yield unknown("enabledClusterLogTypes")
    elif missing := CONTROL_PLANE_LOGS - set(found.value or ()):
        yield violation("enabledClusterLogTypes", f"enabledClusterLogTypes is {said(found)}: it lacks {', '.join(sorted(missing))}")


def spans_zones(cluster: Resource, context: Context) -> Iterator[Problem]:
    """The cluster's subnets stand in at least three zones."""
    found = referred(context.stack, cluster, "vpcConfig.subnetIds", SUBNET)
    yield from too_few_zones("vpcConfig.subnetIds", found.found, found.complete, "the cluster's subnets stand")


def has_launch_template(group: Resource, context: Context) -> Iterator[Problem]:
    """A node group has a launch template, where its volumes and its metadata service are decided."""
    if not group.input("launchTemplate").present:
        yield violation("launchTemplate", "launchTemplate is not set: EKS makes one with the account's default volume encryption and no tags on instances")


RULES = (
    Rule(
        id="PLN-EKS-001",
        title="Kubernetes secrets are encrypted with a customer-managed key",
        severity=Severity.HIGH,
        types=(CLUSTER,),
        check=encrypts_secrets,
        frameworks=frameworks(fsbp="EKS.3", checkov="CKV_AWS_58", trivy="AVD-AWS-0039", hipaa="164.308(a)(4)(ii)(A) 164.312(a)(2)(iv) 164.312(e)(2)(ii)"),
        remediation="Set encryptionConfig with resources [secrets] and the keyArn of your own key. It can't be taken back on a running cluster.",
    ),
    Rule(
        id="PLN-EKS-002",
        title="The cluster's API is not open to the internet",
        severity=Severity.CRITICAL,
        types=(CLUSTER,),
        check=keeps_api_private,
        controls=("cluster_api_private",),
        frameworks=frameworks(fsbp="EKS.1", checkov="CKV_AWS_38 CKV_AWS_39", trivy="AVD-AWS-0040 AVD-AWS-0041"),
        remediation="Set endpointPrivateAccess on and endpointPublicAccess off; in dev, list the networks that may reach it in publicAccessCidrs.",
    ),
    Rule(
        id="PLN-EKS-003",
        title="All control-plane logs are on",
        severity=Severity.MEDIUM,
        types=(CLUSTER,),
        check=logs_control_plane,
        frameworks=frameworks(fsbp="EKS.8", checkov="CKV_AWS_37", trivy="AVD-AWS-0038"),
        remediation="Set enabledClusterLogTypes to api, audit, authenticator, controllerManager and scheduler.",
    ),
    Rule(
        id="PLN-EKS-004",
        title="A cluster spans at least three availability zones",
        severity=Severity.HIGH,
        types=(CLUSTER,),
        check=spans_zones,
        scope=Scope.STACK,
        reads=(SUBNET,),
        remediation="Give vpcConfig.subnetIds a subnet in each of three zones.",
    ),
    Rule(
        id="PLN-EKS-005",
        title="A node group has its own launch template",
        severity=Severity.MEDIUM,
        types=(NODE_GROUP,),
        check=has_launch_template,
        remediation="Make an aws.ec2.LaunchTemplate with encrypted volumes, IMDSv2 and tag specifications, and name it in launchTemplate.",
    ),
)
