"""EKS control planes: the hourly price by the Kubernetes version's support."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, constant
from cost.units import MONTH_HOURS

STANDARD = "control plane, standard Kubernetes version support"
EXTENDED = "control plane, extended Kubernetes version support (whole price, not an addition)"


def cluster(context: Context) -> Iterable[Item]:
    """Standard or extended support, by the version's dates on the day the estimate is for and by the upgrade policy."""
    if context.get("computeConfig.enabled", False):
        raise UndecidableError("EKS Auto Mode: its nodes and their management fee are not priced yet")
    version = context.get("version")
    if version is None:
        yield _hours(STANDARD, "no version declared: AWS takes its newest, which is in standard support")
        return
    dates = context.prices.eks_versions.get(str(version))
    if dates is None:
        raise UndecidableError(f"the support dates of Kubernetes {version} are not in cost/prices/eks_versions.csv: standard or extended price")
    if context.as_of <= dates.end_of_standard_support:
        yield _hours(STANDARD, f"Kubernetes {version} is in standard support until {dates.end_of_standard_support}")
    elif context.get("upgradePolicy.supportType", "EXTENDED") == "STANDARD":
        yield _hours(STANDARD, f"support type STANDARD: AWS upgrades {version} since {dates.end_of_standard_support}")
    else:
        yield _hours(EXTENDED, f"Kubernetes {version} is in extended support since {dates.end_of_standard_support}")


def _hours(component: str, note: str) -> Charge:
    return Charge("aws_eks_cluster", component, constant(MONTH_HOURS), assumptions=(note,))


METERS = {"aws:eks/cluster:Cluster": Meter("aws_eks_cluster", measure=cluster)}
