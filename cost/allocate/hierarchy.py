"""Leaves to a tree of nested totals: every node after its parent, the largest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cost.allocate.model import Node
from cost.allocate.shared import KINDS, NOTHING, Amounts, Path, money
from cost.bill.model import Costs


@dataclass
class Total:
    """What a path's leaves add up to, exactly."""

    rows: int = 0
    direct: list[int] = field(default_factory=lambda: list(NOTHING))
    shared: list[int] = field(default_factory=lambda: list(NOTHING))

    def add(self, rows: int, direct: Amounts, shared: Amounts) -> None:
        """Add a leaf's amounts."""
        self.rows += rows
        self.direct = [old + new for old, new in zip(self.direct, direct, strict=True)]
        self.shared = [old + new for old, new in zip(self.shared, shared, strict=True)]

    def whole(self) -> Amounts:
        """Direct plus shared."""
        return tuple(direct + shared for direct, shared in zip(self.direct, self.shared, strict=True))


def costs(amounts: Iterable[int]) -> Costs:
    """Exact amounts as the floats of a model."""
    return Costs(**{kind: money(amount) for kind, amount in zip(KINDS, amounts, strict=True)})


def nodes(leaves: Mapping[Path, Total], cost: str) -> tuple[Node, ...]:
    """Every group of the hierarchy: a parent before its children, siblings by what they cost in one cost kind, the largest first."""
    totals: dict[Path, Total] = defaultdict(Total)
    children: dict[Path, set[Path]] = defaultdict(set)
    for path, leaf in leaves.items():
        for depth in range(1, len(path) + 1):
            totals[path[:depth]].add(leaf.rows, tuple(leaf.direct), tuple(leaf.shared))
            children[path[: depth - 1]].add(path[:depth])
    kind = KINDS.index(cost)

    def size(path: Path) -> tuple[int, Path]:
        return -abs(totals[path].whole()[kind]), path

    result: list[Node] = []
    waiting = sorted(children[()], key=size, reverse=True)
    while waiting:
        path = waiting.pop()
        found = totals[path]
        below = sorted(children.get(path, ()), key=size, reverse=True)
        waiting += below
        result.append(Node(path=path, leaf=not below, rows=found.rows, direct=costs(found.direct), shared=costs(found.shared), total=costs(found.whole())))
    return tuple(result)
