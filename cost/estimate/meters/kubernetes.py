"""In-cluster meters: what Kubernetes objects make AWS create. Karpenter NodePools by their limits; Services and claims by what they ask for."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Free, Item, Meter, UndecidableError
from cost.estimate.meters.karpenter import node_pool


def service(context: Context) -> Iterable[Item]:
    """A ClusterIP or NodePort service is free; a load balancer's is created by a controller and not priced yet."""
    kind = context.get("spec.type", "ClusterIP")
    if kind == "LoadBalancer":
        raise UndecidableError("the load balancer that a controller creates for it is not priced yet")
    yield Free(f"a {kind} service runs on nodes that are priced with their group")


def claim(context: Context) -> Iterable[Item]:
    """A claim's volume is created by the CSI driver, by its storage class."""
    raise UndecidableError("the volume that its storage class creates is not priced yet")


METERS = {
    "kubernetes:karpenter.sh/v1:NodePool": Meter("karpenter_node_pool", measure=node_pool, extra_fields=("instances",)),
    "kubernetes:core/v1:Service": Meter("kubernetes_service", measure=service),
    "kubernetes:core/v1:PersistentVolumeClaim": Meter("kubernetes_persistent_volume_claim", measure=claim),
}
