"""In-cluster meters: what Kubernetes objects make AWS create, priced from what they ask for. Karpenter NodePools by their limits.

A load balancer, a volume or a node that a controller creates is no resource of the stack, so the object that asks for it is priced in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import (
    Charge,
    Context,
    Free,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_mapping,
    as_number,
    constant,
    used_charge,
)
from cost.estimate.meters.compute.karpenter import PENDING, node_pool
from cost.estimate.meters.network.load_balancers import APPLICATION, NETWORK, Capacity
from cost.estimate.meters.storage.volumes import Volume, gib, volume_charges
from cost.estimate.model import Range
from cost.units import MONTH_HOURS
from plinth.stack import Resource, Stack, has_unknown

STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
EBS_DRIVERS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
FILE_DRIVERS = ("efs.csi.aws.com", "fsx.csi.aws.com", "s3.csi.aws.com")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
SERVICE = "service.beta.kubernetes.io/aws-load-balancer-"
NETWORK_CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
NETWORK_TYPES = ("external", "nlb", "nlb-ip")
APPLICATION_CONTROLLERS = ("ingress.k8s.aws/alb", "eks.amazonaws.com/alb")
LB_FIELDS = ("new_connections", "active_connections", "processed_bytes_gb", "rule_evaluations", "monthly_data_processed_gb")


def service(context: Context) -> Iterable[Item]:
    """A ClusterIP or NodePort service is free; a LoadBalancer service is the load balancer that its controller creates.

    Network where a class or annotation says so, else the Classic one of Kubernetes' own cloud provider (AWS Load Balancer Controller docs, Service).
    """
    kind = context.get("spec.type", "ClusterIP")
    if kind != "LoadBalancer":
        yield Free(f"a {kind} service runs on nodes that are priced with their group")
        return
    annotations = _annotations(context)
    network = context.get("spec.loadBalancerClass") in NETWORK_CLASSES or annotations.get(f"{SERVICE}type") in NETWORK_TYPES
    if not network:
        note = "no load balancer class: a Classic Load Balancer, unless the AWS Load Balancer Controller takes new services as Network ones"
        yield Charge("aws_elb", "classic load balancer hours", constant(MONTH_HOURS), assumptions=(note,))
        yield from used_charge(context, "aws_elb", Used("monthly_data_processed_gb", "classic load balancer data processed"))
        return
    yield Charge("aws_lb", "network load balancer hours", constant(MONTH_HOURS), assumptions=("created by a controller for this service",))
    yield from _capacity_units(context, "network load balancer capacity units", NETWORK["tcp"])
    if annotations.get(f"{SERVICE}scheme") == "internet-facing":
        yield Unpriced("public IPv4 addresses", "one an Availability Zone; the controller chooses the subnets")


def ingress(context: Context) -> Iterable[Item]:
    """An ALB ingress's Application Load Balancer, which the ingresses of a group share; other classes run on pods."""
    annotations = _annotations(context)
    class_name = context.get("spec.ingressClassName") or annotations.get("kubernetes.io/ingress.class")
    if class_name != "alb" and not _is_alb_class(context, class_name):
        yield Free(f"the ingress class {class_name or 'of the cluster'} runs on pods, whose nodes are priced")
        return
    group = annotations.get("alb.ingress.kubernetes.io/group.name")
    first = _first_of_group(context, group) if isinstance(group, str) and group else context.resource
    if first is not context.resource:
        yield Free(f"shares the load balancer of ingress group {group}, priced with {first.name}")
        return
    yield Charge("aws_lb", "application load balancer hours", constant(MONTH_HOURS), assumptions=("created by a controller for this ingress",))
    yield from _capacity_units(context, "application load balancer capacity units", APPLICATION)
    if annotations.get("alb.ingress.kubernetes.io/scheme") == "internet-facing":
        yield Unpriced("public IPv4 addresses", "one an Availability Zone at least; the controller chooses the subnets")


def _is_alb_class(context: Context, name: Any) -> bool:
    classes = context.references.named("kubernetes:networking.k8s.io/v1:IngressClass", "metadata.name", name)
    return any(found.input("spec.controller").value in APPLICATION_CONTROLLERS for found in classes)


def _first_of_group(context: Context, group: str) -> Resource:
    return context.references.once(_ingress_groups)[group]


def _ingress_groups(stack: Stack) -> dict[str, Resource]:
    """The first ingress, by URN, of each group."""
    found: dict[str, Resource] = {}
    for other in sorted(stack.of_type(INGRESS), key=lambda other: other.urn):
        annotations = other.input("metadata.annotations").value
        group = annotations.get("alb.ingress.kubernetes.io/group.name") if isinstance(annotations, Mapping) else None
        if isinstance(group, str):
            found.setdefault(group, other)
    return found


def _annotations(context: Context) -> Mapping[str, Any]:
    return as_mapping("metadata.annotations", context.get("metadata.annotations"))


def _capacity_units(context: Context, component: str, capacity: Capacity) -> Iterable[Item]:
    """The largest dimension of what the usage file states."""
    units = capacity.units(context.usage)
    if not units:
        yield Unpriced(component, f"state one of {', '.join(LB_FIELDS[:4])} in a usage file")
        return
    name = max(units, key=lambda field: units[field])
    note = f"{units[name]:.4g} units an hour, from {name}; peaks within the month cost more"
    yield Charge("aws_lb", component, constant(units[name] * MONTH_HOURS), source=context.usage[name].source, assumptions=(note,))


def claim(context: Context) -> Iterable[Item]:
    """A claim's volume, by its storage class's driver and parameters."""
    yield from _claimed(context, as_mapping("spec", context.get("spec")), constant(1.0))


def stateful_set(context: Context) -> Iterable[Item]:
    """A volume for each claim template and replica; the pods run on nodes that are priced with their group."""
    templates = context.items("spec.volumeClaimTemplates")
    if not templates:
        yield Free("its pods run on nodes that are priced with their group, and it claims no volume")
        return
    replicas = constant(context.number("spec.replicas", 1.0))
    for template in templates:
        declared = as_mapping("volumeClaimTemplates", template)
        name = as_mapping("metadata", declared.get("metadata")).get("name", "claimed")
        yield from _claimed(context, as_mapping("spec", declared.get("spec")), replicas, str(name))


def _claimed(context: Context, spec: Mapping[str, Any], count: Range, device: str = "claimed") -> Iterable[Item]:
    if has_unknown(spec.get("storageClassName")) or has_unknown(spec.get("resources")):
        raise UndecidableError("its storage class or size is known only after deployment")
    storage = _storage_class(context, spec.get("storageClassName"))
    driver = str(storage.input("provisioner").value)
    if driver in FILE_DRIVERS:
        yield Free(f"a share of a file system ({driver}), which is priced itself")
        return
    if driver not in EBS_DRIVERS:
        raise UndecidableError(f"no price for volumes of the driver {driver}")
    size = as_mapping("requests", as_mapping("resources", spec.get("resources")).get("requests")).get("storage")
    if size is None:
        raise UndecidableError("it asks for no storage")
    parameters = storage.input("parameters")
    if parameters.present and not parameters.known:
        raise UndecidableError(f"the parameters of storage class {storage.name} are known only after deployment")
    yield from _volume(gib(size), as_mapping("parameters", parameters.value), count, storage.name, device)


def _volume(size: float, parameters: Mapping[str, Any], count: Range, name: str, device: str) -> Iterable[Item]:
    """The EBS volume that a class's parameters make; gp3 where they name no type. Source: EBS CSI driver docs, parameters.md."""
    for key in ("type", "iops", "throughput", "iopsPerGB"):
        if has_unknown(parameters.get(key)):
            raise UndecidableError(f"the storage class's {key} is known only after deployment")
    kind = str(parameters.get("type", "gp3"))
    iops, throughput, per_gib = (None if parameters.get(key) is None else as_number(key, parameters[key]) for key in ("iops", "throughput", "iopsPerGB"))
    volume = Volume(device, kind, size, iops if iops is not None else per_gib * size if per_gib is not None else None, throughput)
    yield from volume_charges(volume, count, (f"of storage class {name}",))


def _storage_class(context: Context, name: Any) -> Resource:
    """The storage class of this stack that a claim names, or the default one where it names none."""
    for found in context.stack.of_type(STORAGE_CLASS):
        annotations = found.input("metadata.annotations").value or {}
        default = isinstance(annotations, Mapping) and annotations.get(DEFAULT_CLASS) == "true"
        if found.input("metadata.name").value == name or (name is None and default):
            return found
    what = f"its storage class {name}" if name else "it names no storage class, and a default one"
    raise UndecidableError(f"{what} is not in this stack: the volume's type is not known")


METERS = {
    "kubernetes:karpenter.sh/v1:NodePool": Meter("karpenter_node_pool", measure=node_pool, extra_fields=("instances", *PENDING)),
    "kubernetes:core/v1:Service": Meter("kubernetes_service", measure=service, extra_fields=LB_FIELDS),
    INGRESS: Meter("kubernetes_ingress", measure=ingress, extra_fields=LB_FIELDS),
    "kubernetes:core/v1:PersistentVolumeClaim": Meter("kubernetes_persistent_volume_claim", measure=claim),
    "kubernetes:apps/v1:StatefulSet": Meter("kubernetes_stateful_set", measure=stateful_set),
}
