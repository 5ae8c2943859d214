"""What the bill says of containers, as Ibis: instances by day, pods by day with their split cost, and the shares that come of them.

Split cost rows carry amounts of the amortized kind (SplitCost, UnusedCost) or of the net one (NetSplitCost, NetUnusedCost). Source: AWS Data
Exports user guide, "Understanding split cost allocation data" (cost "based on the amortized cost of the instance") and "Split line item
details" (Net…: "after all discounts"). They count 0 in the bill's cost columns; here they are proportions of their instance's cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import ibis

from cost.bill.charge_table import COST_KINDS, MONEY, ZERO, Frame
from cost.bill.line_items import SPLIT_COST_OPERATIONS

NET_KINDS: Final = ("billed", "net_amortized")
"""Cost kinds after discounts: their proportions come from the Net… columns."""
INSTANCE_USAGE: Final = ("BoxUsage", "SpotUsage", "DedicatedUsage", "HostUsage", "UnusedBox", "UnusedDed")
"""Parts of the usage types that an instance's hours are billed under; whatever else is billed on an instance is attached to it."""
CLUSTER_TAGS: Final = (
    "aws:eks_cluster_name", "eks_cluster_name", "eks_eks_cluster_name", "aws:ecs_cluster_name", "kubernetes_cluster", "elbv2_k8s_aws_cluster",
    "cluster_k8s_amazonaws_com_name",
)  # fmt: skip
"""Normalised tag keys that name a resource's cluster: EKS and ECS themselves, the EBS CSI driver, the load balancer controller, the VPC CNI."""
NAMESPACE_TAGS: Final = ("aws:eks_namespace",)
WORKLOAD_TAGS: Final = ("aws:eks_workload_name", "aws:eks_deployment", "aws:ecs_service_name")
Basis = Literal["amortized", "net_amortized"]


def basis_of(cost: str) -> Basis:
    """The kind in which the split rows are for this cost kind."""
    return "net_amortized" if cost in NET_KINDS else "amortized"


def first_tag(charges: Frame, keys: Sequence[str]) -> Any:
    """The value of the first of these tags that a row carries, else empty."""
    return ibis.coalesce(*(charges["Tags"].get(key).nullif("") for key in keys), "")


def is_split(charges: Frame) -> Any:
    """Whether a row is a split cost row."""
    return charges["x_operation"].fill_null("").isin(SPLIT_COST_OPERATIONS)


def is_instance_time(charges: Frame) -> Any:
    """Whether a row bills an instance's hours."""
    usage_type = charges["x_usage_type"].fill_null("")
    return ibis.or_(*(usage_type.contains(part) for part in INSTANCE_USAGE))


def is_own_container(charges: Frame) -> Any:
    """Whether a row bills a pod or task by itself, as Fargate does: it needs no share of an instance."""
    resource = charges["ResourceId"].fill_null("")
    return resource.contains(":pod/") | resource.contains(":task/")


def split_by_day(charges: Frame, cost: str, tags: Sequence[str]) -> Frame:
    """One row per node, day, pod and resource: split and unused cost in the basis kind, hours allocated, and how many lines."""
    rows = charges.filter(is_split(charges), charges["x_split_parent_resource_id"].fill_null("") != "")
    net = basis_of(cost) == "net_amortized"
    used = ibis.coalesce(rows["x_split_net_cost"], rows["x_split_cost"]) if net else rows["x_split_cost"]
    unused = ibis.coalesce(rows["x_split_net_unused_cost"], rows["x_split_unused_cost"]) if net else rows["x_split_unused_cost"]
    usage_type = rows["x_usage_type"].fill_null("")
    resource = ibis.cases(
        (usage_type.contains("vCPU"), "cpu"), (usage_type.contains("GB-Hours"), "memory"), (usage_type.contains("Accelerator"), "gpu"), else_="other"
    )
    # An ECS parent may be an ARN; an instance's own rows carry its bare id.
    node = rows["x_split_parent_resource_id"].re_replace("^.*/", "")
    keyed = rows.mutate(
        node=node,
        day=rows["ChargePeriodStart"].date(),
        pod=rows["ResourceId"].fill_null(""),
        resource=resource,
        used=used.fill_null(ZERO),
        unused=unused.fill_null(ZERO),
        cluster=first_tag(rows, CLUSTER_TAGS),
        namespace=first_tag(rows, NAMESPACE_TAGS),
        workload=first_tag(rows, WORKLOAD_TAGS),
        **{f"tag_{number}": rows["Tags"].get(key).fill_null("") for number, key in enumerate(tags)},
    )
    return keyed.group_by("node", "day", "pod", "resource").aggregate(
        used=keyed["used"].sum(),
        unused=keyed["unused"].sum(),
        hours=keyed["x_split_usage"].sum(),
        lines=keyed["x_lines"].sum(),
        **{name: keyed[name].max() for name in ("cluster", "namespace", "workload", *(f"tag_{number}" for number in range(len(tags))))},
    )


def instances_by_day(charges: Frame, cost: str, pods: Frame, listed: Sequence[str]) -> Frame:
    """One row per node and day: cost of its time (also in the basis kind), cost attached, hours billed, first and last moment.

    Nodes are the parents of split rows, the ones listed, and instances whose tags name a cluster.
    """
    parents = pods.select(parent="node").distinct()
    rows = charges.filter(~is_split(charges), charges["ResourceId"].fill_null("") != "")
    rows = rows.mutate(cluster=first_tag(rows, CLUSTER_TAGS))
    joined = rows.left_join(parents, rows["ResourceId"] == parents["parent"])
    tagged = (joined["cluster"] != "") & joined["ResourceId"].startswith("i-")
    named = joined["ResourceId"].isin(list(listed)) if listed else ibis.literal(False)
    kept = joined.filter(joined["parent"].notnull() | tagged | named)
    time = is_instance_time(kept)
    hours = kept["ConsumedQuantity"].cast("float64")
    return kept.group_by(node=kept["ResourceId"], day=kept["ChargePeriodStart"].date()).aggregate(
        cost=kept[COST_KINDS[cost]].sum(where=time).fill_null(ZERO),
        basis=kept[COST_KINDS[basis_of(cost)]].sum(where=time).fill_null(ZERO),
        attached=kept[COST_KINDS[cost]].sum(where=~time).fill_null(ZERO),
        hours=hours.sum(where=time).fill_null(0.0),
        start=kept["ChargePeriodStart"].min(where=time),
        end=kept["ChargePeriodEnd"].max(where=time),
        instance_type=kept["x_instance_type"].max(where=time).fill_null(""),
        cluster=kept["cluster"].max(),
        account=kept["SubAccountId"].fill_null(kept["BillingAccountId"]).max(),
    )


def covered_days(nodes: Frame, pods: Frame) -> Frame:
    """Per node and day the split rows' sum, and which part of the instance's cost they cover: at most all of it.

    A split assumes full hours: of an instance that ran for a part of one, the pods' amounts come out too low and are divided by the instance's
    share of the hours (billed hours / hours with split lines). What they lack beyond that is time without pod data. Where they come out
    too high they are scaled down. Sources: facts/cost.md 3.5 and CID pull request 797.
    """
    lines = pods.group_by("node", "day", "pod", "resource").aggregate(lines=pods["lines"].sum())
    most = lines.group_by("node", "day").aggregate(lines=lines["lines"].max())
    sums = pods.group_by("node", "day").aggregate(split=(pods["used"] + pods["unused"]).sum().cast("float64"))
    split = sums.join(most, ["node", "day"])
    joined = nodes.left_join(split, ["node", "day"])
    basis, total = joined["basis"].cast("float64"), joined["split"].fill_null(0.0)
    hours_share = joined["lines"].fill_null(0) / joined["hours"].nullif(0.0)
    raised = total * ibis.greatest(1.0, hours_share.fill_null(1.0))
    share = ibis.cases((total <= 0.0, 0.0), (basis <= 0.0, 1.0), else_=ibis.least(1.0, raised / basis.nullif(0.0)))
    picked = ("node", "day", "cost", "attached", "hours", "start", "end", "instance_type", "cluster", "account")
    return joined.select(*picked, split=total, covered=share)


def money(amount: Any) -> Any:
    """A share of money as exact money: sums of it depend on no order."""
    return amount.cast(MONEY)


def node_sums(days: Frame, pods: Frame) -> Frame:
    """Per node with split rows: workload, idle, uncovered and attached cost, each summed on its own."""
    parts = pods.group_by("node", "day").aggregate(used=pods["used"].sum().cast("float64"), unused=pods["unused"].sum().cast("float64"))
    of_split = days.semi_join(pods.select("node").distinct(), "node")
    joined = of_split.left_join(parts, ["node", "day"])
    whole = joined["cost"].cast("float64") * joined["covered"]
    per = joined["split"].nullif(0.0)
    rows = joined.mutate(
        workload=money((whole * joined["used"] / per).fill_null(0.0)),
        idle=money((whole * joined["unused"] / per).fill_null(0.0)),
        uncovered=money(joined["cost"].cast("float64") * (1.0 - joined["covered"])),
    )
    return rows.group_by("node").aggregate(**{name: rows[name].sum() for name in ("workload", "idle", "uncovered")})


def pod_sums(days: Frame, pods: Frame, tags: Sequence[str]) -> Frame:
    """Per pod, node and resource: workload and idle cost and hours allocated."""
    known = days.select("node", "day", "cost", "covered", "split")
    joined = pods.join(known, ["node", "day"])
    whole = joined["cost"].cast("float64") * joined["covered"] / joined["split"].nullif(0.0)
    rows = joined.mutate(
        workload_cost=money((whole * joined["used"].cast("float64")).fill_null(0.0)),
        idle_cost=money((whole * joined["unused"].cast("float64")).fill_null(0.0)),
    )
    texts = ("cluster", "namespace", "workload", *(f"tag_{number}" for number in range(len(tags))))
    return rows.group_by("node", "pod", "resource").aggregate(
        workload_cost=rows["workload_cost"].sum(),
        idle_cost=rows["idle_cost"].sum(),
        hours=rows["hours"].sum(),
        **{name: rows[name].max() for name in texts},
    )


def cluster_rows(charges: Frame, cost: str, nodes: Frame) -> Frame:
    """Per cluster and kind: what is billed on its control plane and on resources that are tagged with it and are no node."""
    rows = charges.filter(~is_split(charges) & ~is_own_container(charges))
    resource, code = rows["ResourceId"].fill_null(""), rows["x_service_code"].fill_null("")
    control = (code == "AmazonEKS") & resource.contains(":cluster/")
    tag = first_tag(rows, CLUSTER_TAGS)
    usage_type = rows["x_usage_type"].fill_null("")
    kind = ibis.cases((control, "control plane"), (usage_type.contains("EBS:"), "volumes"), (code == "AWSELB", "load balancers"), else_="other")
    keyed = rows.mutate(kind=kind, resource=resource, cluster=control.ifelse(resource.re_replace("^.*:cluster/", ""), tag))
    ids = nodes.select(known="node").distinct()
    joined = keyed.left_join(ids, keyed["resource"] == ids["known"])
    kept = joined.filter(joined["known"].isnull(), joined["cluster"] != "")
    return kept.group_by("cluster", "kind").aggregate(cost=kept[COST_KINDS[cost]].sum().fill_null(ZERO), resources=kept["resource"].nunique())


def tag_values(row: Mapping[str, Any], tags: Sequence[str]) -> dict[str, str]:
    """The asked tags that a row of sums carries."""
    return {key: row[f"tag_{number}"] for number, key in enumerate(tags) if row[f"tag_{number}"]}
