"""EKS clusters: the control plane by the Kubernetes version's support and its tier, Auto Mode, hybrid nodes; and EKS Capabilities."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.meters.compute.instances import instance_line, offers
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.estimate.model import PurchaseOption, Range
from cost.units import MONTH_HOURS
from plinth.stack import State

PRICE_TYPE = "aws_eks_cluster"
STANDARD = "control plane, standard Kubernetes version support"
EXTENDED = "control plane, extended Kubernetes version support (whole price, not an addition)"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LOG_FIELD = "monthly_control_plane_logs_gb"
HYBRID = "hybrid nodes"
HYBRID_FIELD = "monthly_hybrid_vcpu_hours"
CAPABILITY = "aws_eks_capability"
CAPABILITIES = {"ARGOCD": ("Argo CD", "Application"), "ACK": ("ACK", "managed resource"), "KRO": ("kro", "ResourceGraphDefinition instance")}
"""An EKS Capability's type, its name and what it is charged for beside its own hours. Source: EKS pricing, EKS Capabilities."""


def cluster(context: Context) -> Iterable[Item]:
    """The control plane, and what the cluster's own settings add: a provisioned tier, Auto Mode nodes, hybrid nodes."""
    yield from _control_plane(context)
    tier = context.text("controlPlaneScalingConfig.tier", "standard")
    if tier != "standard":
        size = tier.removeprefix("tier-").upper()
        yield Charge(PRICE_TYPE, f"provisioned control plane, {size} (added to the cluster's hours)", constant(MONTH_HOURS))
    if context.get("computeConfig.enabled", False):
        yield from _auto_mode(context)
    if context.resource.input("remoteNetworkConfig").present:
        charges = list(used_charge(context, PRICE_TYPE, Used(HYBRID_FIELD, HYBRID)))
        yield from charges or [Unpriced(HYBRID, f"vCPU-hours of on-premises nodes: state {HYBRID_FIELD} in a usage file")]
    yield from _logs(context)


def _logs(context: Context) -> Iterable[Item]:
    """Control-plane logs go to a log group that EKS makes where none of its name is declared: the ingestion is billed (EKS user guide, control plane logs)."""
    found = context.resource.input("enabledClusterLogTypes")
    if found.state is not State.UNKNOWN and not found.value:
        return
    name = context.resource.output("name")
    if name.known and context.references.named(LOG_GROUP, "name", f"/aws/eks/{name.value}/cluster"):
        return
    row = Used(LOG_FIELD, "logs data ingested (standard class)")
    yield from used_or_unpriced(context, "aws_cloudwatch_log_group", row, label="control plane logs ingested")


def _control_plane(context: Context) -> Iterable[Item]:
    """Standard or extended support, by the version's dates on the day the estimate is for and by the upgrade policy."""
    version = context.get("version")
    if version is None:
        yield _hours(STANDARD, "no version declared: AWS takes its newest, which is in standard support")
        return
    if _number(str(version)) < min(map(_number, context.prices.eks_versions)):
        raise UndecidableError(f"Kubernetes {version} is past extended support, and AWS upgrades such a cluster by itself; state the version that it has now")
    dates = context.prices.eks_versions.get(str(version))
    if dates is None:
        raise UndecidableError(f"the support dates of Kubernetes {version} are not in cost/prices/eks_versions.csv: standard or extended price")
    if context.as_of <= dates.end_of_standard_support:
        yield _hours(STANDARD, f"Kubernetes {version} is in standard support until {dates.end_of_standard_support}")
    elif context.get("upgradePolicy.supportType", "EXTENDED") == "STANDARD":
        yield _hours(STANDARD, f"support type STANDARD: AWS upgrades {version} since {dates.end_of_standard_support}")
    else:
        yield _hours(EXTENDED, f"Kubernetes {version} is in extended support since {dates.end_of_standard_support}")


def _number(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 1.9 is before 1.28; no version there is stands for one that can't be read."""
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        return (sys.maxsize,)


def _hours(component: str, note: str) -> Charge:
    return Charge(PRICE_TYPE, component, constant(MONTH_HOURS), assumptions=(note,))


def _auto_mode(context: Context) -> Iterable[Item]:
    """Auto Mode's nodes, which EKS launches for pending pods: what the usage file says of them, with the management fee of their type."""
    stated, instance_type = context.usage.get("auto_mode_instances"), context.texts.get("auto_mode_instance_type")
    pools = [pool for pool in context.items("computeConfig.nodePools") if isinstance(pool, str)]
    if stated is None or instance_type is None:
        if pools:
            reason = f"EKS launches them for pending pods ({', '.join(pools)}): state auto_mode_instances and auto_mode_instance_type in a usage file"
            yield Unpriced("Auto Mode nodes", reason)
        return
    found, missing = offers(context, [instance_type], PurchaseOption.ON_DEMAND)
    nodes = constant(stated.value)
    for offer in found:
        yield instance_line("Auto Mode instances", found, offer, nodes, stated.source, (usage_assumption("auto_mode_instances", stated),))
    yield from missing
    yield from management_fee(context, instance_type, nodes)


def management_fee(context: Context, instance_type: str, nodes: Range) -> Iterable[Item]:
    """The fee on top of an Auto Mode node's EC2 price, by its type; discounts and Spot do not lower it. Source: EKS pricing, EKS Auto Mode."""
    component = f"Auto Mode management {instance_type}"
    if context.prices.ladder(PRICE_TYPE, component, context.region):
        yield Charge(PRICE_TYPE, component, constant(MONTH_HOURS), nodes, label="Auto Mode management", instance_type=instance_type)
    else:
        reason = f"the price book has no fee for {instance_type} in {context.region}: add {component!r} with --prices"
        yield Unpriced("Auto Mode management", reason)


def capability(context: Context) -> Iterable[Item]:
    """An EKS Capability's hours, and what it manages by usage."""
    kind = context.text("type", "").upper()
    if kind not in CAPABILITIES:
        raise UndecidableError(f"no price for an EKS Capability of type {kind}")
    name, counted = CAPABILITIES[kind]
    yield Charge(CAPABILITY, f"{name} capability", constant(MONTH_HOURS))
    managed = list(used_charge(context, CAPABILITY, Used("managed_resources", f"{name} {counted}s"), factor=MONTH_HOURS))
    yield from managed or [Unpriced(f"{name} {counted}s", "state managed_resources, their average number, in a usage file")]


METERS = {
    "aws:eks/cluster:Cluster": Meter(
        PRICE_TYPE, measure=cluster, extra_fields=(HYBRID_FIELD, LOG_FIELD, "auto_mode_instances"), texts={"auto_mode_instance_type": ()}
    ),
    "aws:eks/capability:Capability": Meter(CAPABILITY, measure=capability, extra_fields=("managed_resources",)),
}
