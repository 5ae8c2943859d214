from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.allocate import containers_rows
from cost.allocate.container_model import ContainerAllocation, NodeCost, PodCost, UnitWeights, Weights
from cost.allocate.containers import pod_costs, pod_name
from cost.allocate.containers_groups import group_costs, pod_weights
from cost.allocate.containers_requests import read_requests
from cost.bill.charge_table import COST_KINDS, SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
DAY = date(2026, 10, 5)
NEXT = DAY + timedelta(days=1)
EKS = {"aws:eks_cluster_name": "ml"}
KINDS = dict(zip(COST_KINDS.values(), (Decimal(n) for n in (40, 48, 44, 36, 24, 20, -1, 2)), strict=True))
REQUESTS = "cluster,node,namespace,workload,pod,cpu_request,memory_request_gib,gpu_request,start,end,cpu_used,tag:team\n"
ASKED = REQUESTS + "".join(
    f"{line}\n"
    for line in (
        "ml,i-asked,train,fit,fit-1,1,4,,2026-10-05T00:00:00Z,2026-10-05T12:00:00Z,0.5,vision",
        "ml,i-asked,train,fit,fit-2,1,4,,2026-10-05T02:00:00+02:00,2026-10-05T12:00:00Z,2,",
        "ml,i-full,a,w,twice,4,16,,2026-10-05,,,",
        "ml,i-gone,a,w,p,1,1,,2026-10-05,,,",
        "ml,i-odd,a,w,p,4,16,,2026-10-05,,,",
        "ml,i-crowd,a,w,p,4,16,,2026-10-05,,,",
        "ml,i-crowd,a,w,q,4,16,,2026-10-05,,,",
        "ml,i-gpu,a,w,gpus,0,0,4,2026-10-05,,,",
    )
)


def arn(pod: str, namespace: str = "train", cluster: str = "ml") -> str:
    return f"arn:aws:eks:us-east-1:000000000001:pod/{cluster}/{namespace}/{pod}/uid-{pod}"


class Maker:
    """Builders of an instance's row and of a pod's split rows."""

    def __init__(self, row: Row):
        self.row = row

    def instance(self, node: str, cost: float | str = 24, *, day: date = DAY, hours: float = 24.0, kind: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
        filled: dict[str, Any] = {"ResourceId": node, "ConsumedQuantity": hours, "x_instance_type": kind, "x_usage_type": f"USE1-BoxUsage:{kind}"}
        return self.row(day, cost, **(filled | more))

    def split(
        self, node: str, pod: str, used: float | str, unused: float | str = 0, *, day: date = DAY, lines: int = 24, what: str = "vCPU", **more: Any
    ) -> dict[str, Any]:
        filled: dict[str, Any] = {
            "ResourceId": arn(pod),
            "x_operation": "EKSPod-EC2",
            "x_usage_type": f"USE1-EKS-EC2-{what}-Hours",
            "x_split_parent_resource_id": node,
            "x_split_cost": Decimal(str(used)),
            "x_split_unused_cost": Decimal(str(unused)),
            "x_split_usage": 24.0,
            "x_lines": lines,
            "Tags": EKS | {"aws:eks_workload_name": pod.split("-")[0], "team": "vision"},
        }
        return self.row(day, 0, **(filled | more))


def scene(make: Maker) -> list[dict[str, Any]]:
    """One bill with a node for each thing that can happen to one."""
    net = {"x_split_net_cost": Decimal(15), "x_split_net_unused_cost": Decimal(5)}
    task = {"ResourceId": "arn:aws:ecs:us-east-1:1:task/web/abc", "x_operation": "ECSTask-EC2", "Tags": {"aws:ecs_service_name": "api"}}
    lb = {"Tags": {"elbv2_k8s_aws_cluster": "ml"}, "x_service_code": "AWSELB", "x_usage_type": "LoadBalancerUsage"}
    return [
        make.instance("i-full"),
        make.instance("i-full", "0.9", x_usage_type="USE1-DataTransfer-Regional-Bytes", ConsumedQuantity=90.0, x_instance_type=None),
        make.split("i-full", "a-1", 12, 3),
        make.split("i-full", "b-1", 4, 1),
        make.split("i-full", "b-1", 3, 1, what="GB"),
        # 2 hours have split lines, 1.5 were billed: the split, made for full hours, comes to 1.125 of 1.5.
        make.instance("i-part", "1.5", hours=1.5),
        make.split("i-part", "part-1", "0.75", "0.375", lines=2),
        make.instance("i-above", "0.5", hours=0.5),
        make.split("i-above", "above-1", "0.6", "0.4", lines=1, Tags=EKS),
        make.instance("i-gap"),
        make.instance("i-gap", day=NEXT),
        make.split("i-gap", "gap-1", 4, 2, lines=6),
        make.instance("i-kinds", **KINDS),
        make.split("i-kinds", "gross-1", 6, 6, x_split_net_cost=Decimal(5), x_split_net_unused_cost=Decimal(5)),
        make.split("i-kinds", "gross-2", 9, 3, x_split_net_cost=Decimal(10), x_split_net_unused_cost=Decimal(0)),
        make.instance("i-net", x_net_amortized_cost=Decimal(20), BilledCost=Decimal(40)),
        make.split("i-net", "net-1", 6, 18, **net),
        make.instance("i-zero"),
        make.split("i-zero", "zero-1", 0, 0),
        make.instance("i-bare", Tags=EKS),
        make.split("i-lost", "lost-1", 7, 1),
        make.instance("i-ecs"),
        make.split("arn:aws:ec2:::instance/i-ecs", "x-1", 20, 4, **task),
        make.instance("i-asked"),
        make.instance("i-odd", kind="x99.large"),
        make.instance("i-crowd"),
        make.instance("i-gpu", 240, kind="p3.16xlarge"),
        make.instance("i-alone"),
        make.row(DAY, "2.4", ResourceId="arn:aws:eks:us-east-1:1:cluster/ml", x_service_code="AmazonEKS", x_usage_type="USE1-AmazonEKS-Hours:perCluster"),
        make.row(DAY, "0.5", ResourceId="vol-1", Tags={"kubernetes_cluster": "ml"}, x_usage_type="EBS:VolumeUsage.gp3"),
        make.row(DAY, "0.7", ResourceId="lb/1", **lb),
        make.row(DAY, "5", ResourceId="vol-2", x_usage_type="EBS:VolumeUsage.gp3"),
        make.row(DAY, "1.1", ResourceId=arn("fargate"), Tags=EKS, x_service_code="AmazonEKS", x_usage_type="USE1-Fargate-vCPU-Hours:perCPU"),
    ]


def bill_from(engine: Engine, rows: list[dict[str, Any]], name: str = "charges") -> Bill:
    charges = engine.backend.create_table(name, schema=SCHEMA)
    engine.backend.con.register(f"{name}_made", pa.Table.from_pylist(rows, schema=SCHEMA.to_pyarrow()))
    engine.backend.raw_sql(f"INSERT INTO {name} BY NAME SELECT * FROM {name}_made")
    return Bill(charges=charges, engine=engine, files=(Path("m"),), format="made by hand", rows=len(rows), currency="USD", tag_keys=(), synthetic=False)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def bill(engine: Engine, row: Row) -> Bill:
    return bill_from(engine, scene(Maker(row)))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("requests") / "requests.csv"
    path.write_text(ASKED, encoding="utf-8")
    return read_requests(path)


@pytest.fixture(scope="module")
def found(bill: Bill, asked: Any) -> ContainerAllocation:
    return pod_costs(bill, requests=asked)


@pytest.fixture(scope="module")
def net(bill: Bill) -> ContainerAllocation:
    return pod_costs(bill, cost="net_amortized")


@pytest.fixture(scope="module")
def billed(bill: Bill) -> ContainerAllocation:
    return pod_costs(bill, cost="billed")


def node_of(found: ContainerAllocation, name: str) -> NodeCost:
    return next(node for node in found.nodes if node.node == name)


def pod_of(found: ContainerAllocation, name: str) -> PodCost:
    return next(pod for pod in found.pods if pod.pod == name)


def parts(found: ContainerAllocation, name: str) -> tuple[float, float, float]:
    node = node_of(found, name)
    return node.workload, node.idle, node.overhead


def consistent(found: ContainerAllocation) -> None:
    """Every identity that an allocation states."""
    for node in found.nodes:
        assert node.workload + node.idle + node.overhead == pytest.approx(node.cost, abs=1e-6), node.node
        assert node.uncovered + node.attached == pytest.approx(node.overhead, abs=1e-6)
        pods = [pod for pod in found.pods if pod.node == node.node]
        assert sum(pod.workload_cost for pod in pods) == pytest.approx(node.workload, abs=1e-6)
        assert sum(pod.idle_cost for pod in pods) + node.idle_unassigned == pytest.approx(node.idle, abs=1e-6)
    for pod in found.pods:
        assert pod.cpu_cost + pod.memory_cost + pod.gpu_cost + pod.other_cost == pytest.approx(pod.workload_cost, abs=1e-6)
    totals = found.totals
    assert totals.workload + totals.idle + totals.overhead == pytest.approx(totals.node_cost, abs=1e-6)


def test_workload_idle_and_overhead_are_what_the_bill_says_each_node_costs(found: ContainerAllocation, net: ContainerAllocation, billed: ContainerAllocation):
    for each in (found, net, billed):
        consistent(each)
    assert sum(node.cost for node in found.nodes) == pytest.approx(24 * 11 + 0.9 + 1.5 + 0.5 + 240)


def test_split_rows_share_their_instances_money_and_add_none(found: ContainerAllocation):
    assert parts(found, "i-full") == pytest.approx((19, 5, 0.9))
    assert (pod_of(found, "a-1").workload_cost, pod_of(found, "a-1").idle_cost) == pytest.approx((12, 3))
    pod = pod_of(found, "b-1")
    assert (pod.cpu_cost, pod.memory_cost, pod.vcpu_hours, pod.gib_hours, pod.gpu_hours) == (pytest.approx(4), pytest.approx(3), 24, 24, None)
    assert (pod.cluster, pod.namespace, pod.workload, pod.tags, pod.source) == ("ml", "train", "b", {"team": "vision"}, "split")


def test_pods_of_an_instance_that_ran_for_parts_of_hours_add_up_to_the_instance(found: ContainerAllocation):
    assert parts(found, "i-part") == pytest.approx((1.0, 0.5, 0.0))


def test_split_amounts_above_the_instances_cost_are_scaled_down_to_it(found: ContainerAllocation):
    assert parts(found, "i-above") == pytest.approx((0.3, 0.2, 0.0))


def test_hours_and_days_without_split_lines_are_overhead_and_are_not_laid_on_the_pods(found: ContainerAllocation):
    assert parts(found, "i-gap") == pytest.approx((4, 2, 42))


def test_what_is_billed_on_an_instance_beside_its_hours_is_overhead(found: ContainerAllocation):
    node = node_of(found, "i-full")
    assert (node.cost, node.attached, node.uncovered, node.instance_hours) == pytest.approx((24.9, 0.9, 0.0, 24.0))


@pytest.mark.parametrize(("kind", "share"), [("amortized", 6 / 24), ("net_amortized", 5 / 20), ("billed", 5 / 20)])
def test_the_splits_proportions_hold_in_every_cost_kind(
    kind: str, share: float, found: ContainerAllocation, net: ContainerAllocation, billed: ContainerAllocation
):
    each = {"amortized": found, "net_amortized": net, "billed": billed}[kind]
    amount = float(KINDS[COST_KINDS[kind]])
    assert node_of(each, "i-kinds").cost == pytest.approx(amount)
    assert pod_of(each, "gross-1").workload_cost == pytest.approx(amount * share)
    assert each.scaled_from == ("amortized" if kind == "amortized" else "net_amortized")


def test_net_kinds_use_the_net_split_columns(found: ContainerAllocation, net: ContainerAllocation, billed: ContainerAllocation):
    assert [pod_of(each, "net-1").workload_cost for each in (found, net, billed)] == pytest.approx([6, 15, 30])


def test_a_clusters_control_plane_volumes_and_load_balancers_are_its_overhead(found: ContainerAllocation):
    shown = {(each.cluster, each.kind): each.cost for each in found.cluster_overheads}
    assert shown == {("ml", "control plane"): 2.4, ("ml", "volumes"): 0.5, ("ml", "load balancers"): 0.7}
    assert found.totals.total_cost == pytest.approx(found.totals.node_cost + 3.6)


def test_what_could_not_be_told_is_named_with_its_money(found: ContainerAllocation):
    said = {warning.code: (warning.rows, warning.amount) for warning in found.warnings}
    assert said == {
        "split_wins": (1, pytest.approx(24.9)),
        "node_without_cost": (1, 8.0),
        "node_not_in_bill": (1, None),
        "instance_type_unknown": (1, 24.0),
        "requests_above_capacity": (1, 24.0),
        "no_pod_data": (1, 24.0),
        "split_of_nothing": (1, 24.0),
    }
    assert [parts(found, name) for name in ("i-zero", "i-bare", "i-odd")] == [(0, 0, 24)] * 3
    assert (node_of(found, "i-bare").source, node_of(found, "i-bare").cluster) == ("none", "ml")
    assert not [pod for pod in found.pods if pod.node == "i-lost"]
    assert not [node for node in found.nodes if node.node == "i-alone"], "an instance that runs no containers is no node"


def test_ecs_tasks_are_read_and_named(found: ContainerAllocation):
    pod = pod_of(found, "abc")
    assert (pod.cluster, pod.workload, pod.node, pod.workload_cost) == ("web", "api", "i-ecs", pytest.approx(20))


def test_groups_by_namespace_workload_and_tag_add_up_to_the_pods(found: ContainerAllocation):
    whole = found.totals.workload + found.totals.idle - sum(node.idle_unassigned for node in found.nodes)
    for by in ("cluster", "namespace", "workload", "team"):
        assert sum(group.cost for group in group_costs(found, by)) == pytest.approx(whole)
    teams = {group.name: group for group in group_costs(found, "team")}
    assert set(teams) == {"vision", "(none)"}
    assert "above-1" in {pod.pod for pod in found.pods if not pod.tags}


def test_pods_weigh_a_split_by_namespace_or_label_and_values_may_be_renamed(found: ContainerAllocation):
    by_team = {group.name: group.cost for group in group_costs(found, "team")}
    assert pod_weights(found, "label:team") == {"vision": pytest.approx(by_team["vision"] * 1e6, abs=20)}
    renamed = pod_weights(found, "namespace", {"train": "vision", "a": "vision"})
    assert set(renamed) == {"vision"}


def test_a_node_without_split_rows_is_shared_by_requests(found: ContainerAllocation):
    # m5.xlarge, 4 vCPU and 16 GiB, 24 USD a day, pods for half of it: CPU is 36/52 of the cost, memory 16/52.
    first, second = pod_of(found, "fit-1"), pod_of(found, "fit-2")
    assert (node_of(found, "i-asked").source, node_of(found, "i-asked").uncovered) == ("requests", pytest.approx(12))
    assert (first.cpu_cost, first.memory_cost, first.tags) == (pytest.approx(12 * 36 / 52 / 4), pytest.approx(12 * 16 / 52 / 4), {"team": "vision"})
    assert second.cpu_cost == pytest.approx(12 * 36 / 52 / 2), "it used more than it requested"
    assert node_of(found, "i-asked").idle == pytest.approx(12 * (36 / 52 / 4 + 16 / 52 / 2))
    assert (second.vcpu_hours, second.gib_hours) == (24.0, 48.0)


def test_where_a_node_has_both_the_split_wins(found: ContainerAllocation):
    assert {pod.pod for pod in found.pods if pod.node == "i-full"} == {"a-1", "b-1"}


def test_pods_above_a_nodes_capacity_are_scaled_down(found: ContainerAllocation):
    assert [pod.workload_cost for pod in found.pods if pod.node == "i-crowd"] == pytest.approx([12, 12])


def test_capacity_that_no_pod_has_any_of_is_idle_of_no_pod(found: ContainerAllocation):
    node, pod = node_of(found, "i-gpu"), pod_of(found, "gpus")
    gpu = 72 / (72 + 48.8 + 57.6)
    assert (pod.gpu_cost, pod.idle_cost, pod.gpu_hours) == pytest.approx((240 * gpu / 2, 240 * gpu / 2, 96))
    assert node.idle_unassigned == pytest.approx(240 * (1 - gpu))


def test_other_weights_move_cost_between_resources_and_lose_none(bill: Bill, asked: Any):
    other = Weights(accelerated=UnitWeights(cpu=0, memory=0, gpu=1), plain=UnitWeights(cpu=0, memory=1, gpu=0))
    found = pod_costs(bill, requests=asked, weights=other, tags=())
    consistent(found)
    assert (pod_of(found, "gpus").gpu_cost, node_of(found, "i-gpu").idle_unassigned) == pytest.approx((120, 0))
    assert (pod_of(found, "fit-2").cpu_cost, pod_of(found, "fit-2").memory_cost) == pytest.approx((0, 3))
    assert pod_of(found, "a-1").workload_cost == pytest.approx(12), "split rows come with AWS's own weights"


def test_an_unknown_cost_kind_is_refused(bill: Bill):
    with pytest.raises(UsageError, match="no such cost kind"):
        pod_costs(bill, cost="cheap")


def test_pod_names_are_read_from_the_arn_and_hostile_ones_do_no_harm():
    assert pod_name(arn("p")) == ("ml", "train", "p")
    assert pod_name("arn:aws:ecs:us-east-1:1:task/web/abc") == ("web", "", "abc")
    for text in ("", "/", "arn:aws:eks:x:1:pod/", "=cmd()/a/b/c", "{}" * 5000):
        assert pod_name(text) == ("", "", "")


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_nodes_pods_and_days_of_any_kind_conserve_every_node(engine: Engine, row: Row, data: st.DataObject):
    amount = st.decimals(min_value=0, max_value=1000, places=6)
    make, rows = Maker(row), []
    for number in range(12):
        for day in (DAY, NEXT)[: data.draw(st.integers(1, 2))]:
            costs = {column: data.draw(amount) for column in COST_KINDS.values()}
            rows.append(make.instance(f"i-{number}", day=day, hours=data.draw(st.floats(0, 24)), **costs))
            for pod in range(data.draw(st.integers(0, 2))):
                what, lines = data.draw(st.sampled_from(("vCPU", "GB", "Accelerator", "new"))), data.draw(st.integers(1, 24))
                rows.append(make.split(f"i-{number}", f"p-{pod}", data.draw(amount), data.draw(amount), day=day, lines=lines, what=what))
    kind = data.draw(st.sampled_from(tuple(COST_KINDS)))
    found = pod_costs(bill_from(engine, rows, f"drawn_{abs(hash(str(rows)))}"), cost=kind)
    consistent(found)
    with_split = {row["x_split_parent_resource_id"] for row in rows if row.get("x_operation")}
    expected = sum(row[COST_KINDS[kind]] for row in rows if row["ResourceId"] in with_split)
    assert found.totals.node_cost == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    pods = containers_rows.split_by_day(charges, "amortized", ("team",))
    days = containers_rows.covered_days(containers_rows.instances_by_day(charges, "billed", pods, ["i-1"]), pods)
    made = (containers_rows.node_sums(days, pods), containers_rows.pod_sums(days, pods, ("team",)), containers_rows.cluster_rows(charges, "list", days))
    for expression in made:
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
