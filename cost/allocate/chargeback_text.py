"""A chargeback as tables for the terminal: plain titles, columns and rows, so that a command only prints them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cost.allocate.chargeback import Chargeback
from cost.allocate.container_model import ContainerAllocation, ContainerGroup
from cost.allocate.gpu import GpuAllocation
from cost.allocate.ml_model import MlAllocation, UnitCost
from cost.bill.groups import UNTAGGED
from cost.bill.model import BillWarning
from plinth.console import printable

SHOWN: Final = 15
WIDEST: Final = 44
UNKNOWN: Final = "unknown"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Table:
    """One table: its title, its columns, its rows as text, and which columns are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]


def tables(made: Chargeback) -> tuple[Table, ...]:
    """The tables of the parts that the bill has anything of."""
    return tuple(table for part in (_containers(made), _gpu(made.gpu), _ml(made.ml)) for table in part if table.rows)


def warnings(made: Chargeback) -> tuple[BillWarning, ...]:
    """Every part's warnings."""
    return (*made.containers.warnings, *made.gpu.warnings, *made.ml.warnings)


def _containers(made: Chargeback) -> Iterator[Table]:
    if not made.containers.nodes:
        return
    yield _nodes(made.containers)
    for name, groups in (("Team", made.by_team), ("Namespace", made.by_namespace), ("Workload", made.by_workload)):
        yield _groups(name, groups, made.containers)


def _nodes(found: ContainerAllocation) -> Table:
    totals = found.totals
    rows = [
        (shortened(node.node), node.instance_type, node.source, *_amounts(node.workload, node.idle, node.overhead, node.cost))
        for node in _first(sorted(found.nodes, key=lambda node: -node.cost))
    ]
    rows += _rest(len(found.nodes), 7)
    rows.append(("all nodes", "", "", *_amounts(totals.workload, totals.idle, totals.overhead, totals.node_cost)))
    rows += [(shortened(f"{each.cluster}: {each.kind}"), "", "", "", "", *_amounts(each.cost, each.cost)) for each in _first(found.cluster_overheads)]
    right = ("workload", "idle", "overhead", found.currency)
    return Table(f"Container nodes: workload + idle + overhead, {found.cost}", ("node", "type", "pods from", *right), tuple(rows), right)


def _groups(name: str, groups: Sequence[ContainerGroup], found: ContainerAllocation) -> Table:
    """The pods by group; with what is no pod's the rows add up to all nodes."""
    rows = [(shortened(group.name), f"{group.pods:,}", _hours(group.gpu_hours), *_amounts(group.workload, group.idle, group.cost)) for group in _first(groups)]
    rows += _rest(len(groups), 6)
    unassigned, overhead = sum(node.idle_unassigned for node in found.nodes), found.totals.overhead
    rows += [("(idle, no pod's)", "", "", "", *_amounts(unassigned, unassigned))] if unassigned else []
    rows += [("(overhead)", "", "", "", "", *_amounts(overhead))] if overhead else []
    rows.append(("all nodes", "", "", *_amounts(found.totals.workload, found.totals.idle, found.totals.node_cost)))
    right = ("pods", "GPU hours", "used", "idle", found.currency)
    return Table(f"{name}s' pods" if name == "Team" else f"Pods by {name.lower()}", (name.lower(), *right), tuple(rows), right)


def _gpu(found: GpuAllocation) -> Iterator[Table]:
    if not found.uses:
        return
    totals = found.totals
    rows = [
        (
            shortened(" / ".join(value or UNTAGGED for value in use.tags.values())),
            use.instance_type,
            *_decimals(use.gpu_hours, use.used_gpu_hours, use.idle_gpu_hours, use.unknown_gpu_hours),
            *(UNKNOWN if amount is None else f"{amount:,.2f}" for amount in (use.gpu_cost, use.rest_cost)),
        )
        for use in _first(found.uses)
    ]
    rows += _rest(len(found.uses), 8)
    hours = _decimals(totals.gpu_hours, totals.used_gpu_hours, totals.idle_gpu_hours, totals.unknown_gpu_hours)
    rows.append(("all GPUs", "", *hours, *_amounts(totals.gpu_cost, totals.rest_cost)))
    right = ("GPU hours", "used", "idle", "no data", f"GPU {found.currency}", f"rest {found.currency}")
    yield Table(f"GPUs, {found.cost}; {found.weight}", (" / ".join(found.uses[0].tags), "type", *right), tuple(rows), right)


def _ml(found: MlAllocation) -> Iterator[Table]:
    resources = [
        (each.kind, shortened(each.name), shortened(each.team), "" if each.hours is None else f"{each.hours:,.1f}", f"{each.cost:,.2f}")
        for each in _first(found.resources)
    ]
    right = ("hours", found.currency)
    yield Table(f"ML jobs, endpoints and models, {found.cost}", ("kind", "name", "team", *right), (*resources, *_rest(len(found.resources), 5)), right)
    for name, groups in (("experiment", found.by_experiment), ("model", found.by_model), ("user", found.by_user)):
        if any(group.name != "(unknown)" for group in groups):
            rows = [(shortened(group.name), f"{group.resources:,}", f"{group.cost:,.2f}") for group in _first(groups)]
            yield Table(f"ML cost by {name}", (name, "resources", found.currency), (*rows, *_rest(len(groups), 3)), ("resources", found.currency))
    yield _units(found.unit_costs, found.currency)


def _units(units: Sequence[UnitCost], currency: str) -> Table:
    rows = [
        (
            shortened(each.subject),
            "not counted" if each.count is None else f"{each.count:,.0f}",
            f"{each.cost if each.count is not None else each.uncounted_cost:,.2f}",
            _idle(each),
            UNKNOWN if each.unit_cost is None else f"{each.unit_cost:,.4f} per {each.per}",
        )
        for each in _first(units)
    ]
    right = ("count", currency, "of it idle", "unit cost")
    return Table("Cost per prediction and training run", ("counted", *right), (*rows, *_rest(len(units), 5)), right)


def _idle(unit: UnitCost) -> str:
    """What an endpoint cost on days without predictions; a training run has no such days."""
    if unit.metric == "training_runs":
        return ""
    return UNKNOWN if unit.idle_cost is None else f"{unit.idle_cost:,.2f}"


def shortened(name: str) -> str:
    """A name without characters that steer a terminal, its start and its end where it is long."""
    text = printable(name[: WIDEST * 100])
    return text if len(text) <= WIDEST else f"{text[: WIDEST // 2]}…{text[-(WIDEST // 2 - 1) :]}"


def _amounts(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:,.2f}" for value in values)


def _decimals(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:,.1f}" for value in values)


def _hours(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def _first(items: Iterable[Item]) -> list[Item]:
    return list(items)[:SHOWN]


def _rest(count: int, columns: int) -> list[tuple[str, ...]]:
    return [(f"… {count - SHOWN:,} more with --json", *("" for _ in range(columns - 1)))] if count > SHOWN else []
