"""Splitting shared cost over groups: pure arithmetic on exact amounts, in whole units of 1e-18 of the currency.

Nothing is lost in rounding: what is left after dividing goes to the largest remainders. Splits run in their order; a split by nothing
but a tag's value also passes on what earlier splits gave to that value (the step-down method), and no later split gives to it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Final

from cost.allocate.rules import Method
from cost.bill.charge_table import COST_KINDS
from cost.bill.groups import SENTINELS, SPLIT

KINDS: Final = tuple(COST_KINDS)
NOTHING: Final = (0,) * len(KINDS)
UNIT: Final = 18
"""Amounts are whole numbers of 10**-18: the scale of the charge table's money."""
EXACT: Final = Context(prec=80)
UNPOOLED: Final = -1
NAMED: Final = 10

Path = tuple[str, ...]
Amounts = tuple[int, ...]
"""One amount per cost kind, in the order of KINDS."""


@dataclass(frozen=True)
class Plan:
    """One split, ready to run in one period: `over` is its dimension's place in a path, `basis` its cost kind's in KINDS.

    `empties` says which leaves it empties; None where it takes only charges that it picked. `weights` are a fixed split's or a metric's, by group.
    """

    name: str
    method: Method
    over: int
    basis: int
    to: tuple[str, ...] | None = None
    weights: Mapping[str, int] | None = None
    empties: Callable[[Path], bool] | None = None


@dataclass(frozen=True)
class Moved:
    """What a split did in one period: taken from where, given to where; `why` says why it left all in place, None where it split."""

    taken: Mapping[Path, Amounts]
    given: Mapping[Path, Amounts]
    weights: Mapping[str, int]
    why: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Leaves:
    """The state of a period's leaves while its splits run."""

    direct: dict[Path, Amounts]
    pools: dict[int, dict[Path, Amounts]]
    pending: dict[Path, Amounts] = field(default_factory=dict)
    """What splits gave to a leaf and no split has passed on."""
    net: dict[Path, Amounts] = field(default_factory=dict)
    """Received less given away, of every leaf."""

    def add(self, where: dict[Path, Amounts], path: Path, amounts: Amounts, sign: int = 1) -> None:
        """Add to a leaf's amounts."""
        where[path] = tuple(old + sign * new for old, new in zip(where.get(path, NOTHING), amounts, strict=True))


def leaves_of(cells: Mapping[tuple[Path, int], Amounts]) -> Leaves:
    """The leaves of one period from its cells: by path and by the split that picked them (UNPOOLED: none)."""
    leaves = Leaves(direct={}, pools=defaultdict(dict))
    for (path, pool), amounts in cells.items():
        leaves.add(leaves.direct, path, amounts)
        leaves.add(leaves.pools[pool], path, amounts)
    return leaves


def run(leaves: Leaves, plans: Sequence[Plan]) -> tuple[Moved, ...]:
    """Run the splits in their order; `leaves.net` then has what moved. What each did, in order."""
    in_place = dict(leaves.direct)
    emptied: list[Callable[[Path], bool]] = []
    results: list[Moved] = []
    for number, plan in enumerate(plans):
        if plan.empties:
            emptied.append(plan.empties)
        results.append(_split(leaves, in_place, plan, number, emptied))
    return tuple(results)


def _split(leaves: Leaves, in_place: dict[Path, Amounts], plan: Plan, number: int, emptied: Sequence[Callable[[Path], bool]]) -> Moved:
    picked = leaves.pools.get(number, {})
    received = {path: amounts for path, amounts in leaves.pending.items() if plan.empties and plan.empties(path) and any(amounts)}
    if not picked and not received:
        return Moved({}, {}, {}, why="it matches no cost")
    base = {path: amounts[plan.basis] - picked.get(path, NOTHING)[plan.basis] for path, amounts in in_place.items()}
    groups = _groups(base, plan, emptied)
    weights, notes = _weights(plan, groups, base)
    taken: dict[Path, Amounts] = dict(picked)
    for path, amounts in received.items():
        leaves.add(taken, path, amounts)
    if not any(weights.values()):
        return Moved(taken, {}, {}, why=_nobody(plan, groups), notes=notes)
    whole = tuple(sum(amounts[kind] for amounts in taken.values()) for kind in range(len(KINDS)))
    given = _given(whole, weights, groups, base, plan.over, len(next(iter(taken))))
    for path, amounts in picked.items():
        leaves.add(in_place, path, amounts, -1)
    for path in received:
        leaves.pending[path] = NOTHING
    for path, amounts in taken.items():
        leaves.add(leaves.net, path, amounts, -1)
    for path, amounts in given.items():
        leaves.add(leaves.pending, path, amounts)
        leaves.add(leaves.net, path, amounts)
    return Moved(taken, given, weights, notes=notes)


def _groups(base: Mapping[Path, int], plan: Plan, emptied: Sequence[Callable[[Path], bool]]) -> dict[str, list[Path]]:
    """The leaves that may receive, by group: none of our own groups, none that a split has emptied; the groups that the plan names are always there."""
    groups: dict[str, list[Path]] = {name: [] for name in sorted(plan.weights or plan.to or ()) if name not in SENTINELS}
    chosen = plan.to if plan.weights is None or plan.method is not Method.FIXED else tuple(plan.weights)
    closed: set[str] = set()
    for path in sorted(base):
        group = path[plan.over]
        if group in SENTINELS or (chosen is not None and group not in chosen):
            continue
        if any(empty(path) for empty in emptied):
            closed.add(group)
        else:
            groups.setdefault(group, []).append(path)
    return {group: paths for group, paths in groups.items() if (paths or group not in closed) and (plan.to is None or group in plan.to)}


def _weights(plan: Plan, groups: Mapping[str, Sequence[Path]], base: Mapping[Path, int]) -> tuple[dict[str, int], tuple[str, ...]]:
    if plan.weights is not None:
        return {group: plan.weights.get(group, 0) for group in groups}, tuple(_metric_notes(plan, groups))
    if plan.method is Method.EVEN:
        return dict.fromkeys(groups, 1), ()
    direct = {group: sum(base[path] for path in paths) for group, paths in groups.items()}
    negative = sorted(group for group, amount in direct.items() if amount < 0)
    notes = (f"with a negative direct cost (credits), so without a share: {', '.join(negative[:NAMED])}",) if negative else ()
    return {group: max(0, amount) for group, amount in direct.items()}, notes


def _metric_notes(plan: Plan, groups: Mapping[str, Sequence[Path]]) -> list[str]:
    weights = plan.weights or {}
    without = sorted(group for group, paths in groups.items() if paths and not weights.get(group))
    new = sorted(group for group, paths in groups.items() if not paths and weights.get(group))
    closed = sorted(group for group in weights if group not in groups and weights[group])
    found = (
        ("not in the metric, so without a share", without if plan.method is not Method.FIXED else []),
        ("without cost of its own in this month, its share stands alone", new),
        ("in the metric, and not among the groups that may receive, so without a share", closed),
    )
    return [f"{what}: {', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}" for what, names in found if names]


def _nobody(plan: Plan, groups: Mapping[str, Sequence[Path]]) -> str:
    if not groups:
        return "there is no group to give it to"
    if plan.weights is not None:
        return "the metric has no value above zero for a group that may receive"
    return "no group has direct cost to be in proportion to"


def _given(
    whole: Amounts, weights: Mapping[str, int], groups: Mapping[str, Sequence[Path]], base: Mapping[Path, int], over: int, width: int
) -> dict[Path, Amounts]:
    """The whole by group, and in each group by leaf in proportion to its direct cost; on a leaf of its own where no leaf has any."""
    names = [group for group, weight in weights.items() if weight]
    by_kind = [apportion(amount, [weights[name] for name in names]) for amount in whole]
    given: dict[Path, Amounts] = {}
    for index, name in enumerate(names):
        shares = [column[index] for column in by_kind]
        paths = [path for path in groups[name] if base[path] > 0]
        if not paths:
            own = groups[name][0] if len(groups[name]) == 1 else tuple(name if place == over else SPLIT for place in range(width))
            given[own] = tuple(shares)
            continue
        parts = [apportion(amount, [base[path] for path in paths]) for amount in shares]
        given |= {path: tuple(column[place] for column in parts) for place, path in enumerate(paths)}
    return given


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights of zero or more, not all zero: whole numbers that add up to it exactly.

    Largest remainder (Hare): each gets its quotient rounded down, and the units left over go one each to the largest remainders, the first before the later.
    """
    whole, sign = sum(weights), -1 if amount < 0 else 1
    parts = [divmod(abs(amount) * weight, whole) for weight in weights]
    result = [quotient for quotient, _ in parts]
    left = abs(amount) - sum(result)
    for index in sorted(range(len(parts)), key=lambda place: -parts[place][1])[:left]:
        result[index] += 1
    return [sign * each for each in result]


def units(amount: Decimal) -> int:
    """An amount in whole units of 1e-18."""
    return int(EXACT.scaleb(amount, UNIT))


def money(amount: int) -> float:
    """Units of 1e-18 as a float: the last step of every figure."""
    return amount / 10**UNIT
