"""`allocate`: the charges attributed and grouped once, the splits run a period at a time, the leaves added up to a tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cost.allocate import outcome
from cost.allocate.attribute import KNOWN_TABLE, with_known, with_values
from cost.allocate.cells import MAX_LEAVES, Cell, read_cells, whole
from cost.allocate.containers_requests import PodRequests
from cost.allocate.dimensions import unknown_tag
from cost.allocate.hierarchy import Total, costs, nodes
from cost.allocate.model import Allocation, SplitResult
from cost.allocate.patterns import matches_text
from cost.allocate.pools import Metric, container_metric, in_month, in_period, pool_of, quantities, source_tags
from cost.allocate.rule_files import RuleFiles, read_rule_files
from cost.allocate.rules import AllocationRules, Method, Split
from cost.allocate.setting import Setting, setting_of
from cost.allocate.shared import KINDS, NOTHING, UNPOOLED, Amounts, Leaves, Moved, Path, Plan, leaves_of, money, run
from cost.bill.charge_table import Frame
from cost.bill.completeness import label
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.groups import OTHER, SHARED, UNTAGGED
from cost.bill.model import Bill, BillWarning
from plinth.errors import InputError

SHARE_UNITS: Final = 10**12


def allocate(
    bill: Bill,
    *,
    by: Sequence[str] = ("team",),
    rules: AllocationRules | None = None,
    cost: str = "amortized",
    period: str | None = None,
    files: RuleFiles | None = None,
    requests: PodRequests | None = None,
) -> Allocation:
    """The bill by these dimensions, each within the one before, in every cost kind.

    `files` are what the rules' files hold, where they have been read already. `requests` (containers_requests.read_requests) serves splits by
    containers, for nodes without split cost rows. Raises UsageError for a cost kind or a grouping that is none, InputError for a period that the
    bill has not and for a stack export or a metric that can't be read.
    """
    check_cost_kind(cost)
    given = rules or AllocationRules()
    held = files or read_rule_files(given)
    periods = _periods(bill, period)
    charges = in_month(bill.charges, period) if period else bill.charges
    setting = setting_of(bill, by, given, held.known, periods)
    table, known = with_known(bill.engine, charges, tuple(setting.known.resources.values()), setting.dims)
    try:
        return _allocation(bill, charges, table, setting, given, held, cost, requests, known=known)
    finally:
        if known:
            bill.engine.drop(KNOWN_TABLE)


def _periods(bill: Bill, period: str | None) -> tuple[str, ...]:
    """The billing periods that are allocated, in order."""
    starts = bill.engine.rows(bill.charges.select("BillingPeriodStart").distinct().order_by("BillingPeriodStart"))
    months = tuple(dict.fromkeys(label(row["BillingPeriodStart"]) for row in starts))
    if period is None:
        return months
    if period not in months:
        raise InputError("the bill has nothing of this month", where="--period", value=period, fix=f"use one of {', '.join(months)}")
    return (period,)


def _allocation(
    bill: Bill, charges: Frame, known_table: Frame, setting: Setting, given: AllocationRules, held: RuleFiles, cost: str,
    requests: PodRequests | None, *, known: bool,
) -> Allocation:  # fmt: skip
    engine = bill.engine
    table = with_values(known_table, setting.dims, setting.rules, setting.keys, known=known)
    table = table.mutate(pool=pool_of(table, setting.splits, setting.dims, setting.keys))
    cells, folded = read_cells(engine, table, setting.dims, _foldable(setting))
    by_period: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_period[cell.period].append(cell)
    months = {period: in_month(charges, period) for period in sorted(by_period)}
    metrics = {split.name: _metric(bill, table, split, setting, held, months, requests) for split in setting.splits}
    totals: dict[Path, Total] = defaultdict(Total)
    results: list[SplitResult] = []
    for period in sorted(by_period):
        leaves, moved = _split_period(by_period[period], setting, metrics, period)
        _add_up(totals, by_period[period], leaves, len(setting.by))
        results += [outcome.split_result(split, period, did, len(setting.by)) for split, did in moved]
    total, rows = whole(engine, charges)
    added = tuple(sum(leaf.whole()[kind] for leaf in totals.values()) for kind in range(len(KINDS)))
    rule_results = outcome.rule_results(engine, known_table, table, setting, given, cells)
    warnings = (
        *_tag_warnings(bill, setting, given),
        *outcome.rule_warnings(rule_results, setting),
        *outcome.split_warnings(given.splits, results, setting.periods),
        *([_folded_warning(folded)] if folded else []),
        *bill.warnings,
    )
    return Allocation(
        synthetic=bill.synthetic,
        files=tuple(str(path) for path in bill.files),
        format=bill.format,
        currency=bill.currency,
        periods=tuple(sorted(by_period)),
        rows=rows,
        by=tuple(dim.name for dim in setting.by),
        cost=cost,
        total=costs(total),
        nodes=nodes(totals, cost),
        untagged=costs(_left(totals, setting, UNTAGGED)),
        shared=costs(_left(totals, setting, SHARED)),
        rules=rule_results,
        attributed=outcome.attributed(cells, setting.dims, len(setting.by)),
        splits=tuple(results),
        conservation={kind: money(one - other) for kind, one, other in zip(KINDS, added, total, strict=True)},
        warnings=warnings,
    )


def _foldable(setting: Setting) -> tuple[int, ...]:
    """The places that may be folded: asked for, and needed by no split."""
    needed = {setting.place(split.over) for split in setting.splits}
    needed |= {index for index, dim in enumerate(setting.dims) for split in setting.splits if dim.key in source_tags(split.source, setting.keys)}
    return tuple(index for index in range(len(setting.by)) if index not in needed)


def _metric(
    bill: Bill, table: Frame, split: Split, setting: Setting, held: RuleFiles, months: Mapping[str, Frame], requests: PodRequests | None
) -> Metric | None:
    """What a split is weighed by, by period; None where it weighs by direct cost or evenly."""
    if split.shares is not None:
        return {None: {group: int(share * SHARE_UNITS) for group, share in split.shares.items()}}
    if split.method is Method.CONTAINERS:
        return container_metric(bill, split, months, requests)
    if split.usage is None:
        return None
    if split.usage.file:
        return held.metrics[split.usage.file]
    return quantities(bill.engine, table, split.usage.usage_type or (), setting.place(split.over))


def _split_period(cells: Iterable[Cell], setting: Setting, metrics: Mapping[str, Metric | None], period: str) -> tuple[Leaves, tuple[tuple[Split, Moved], ...]]:
    """One period's leaves after the splits that hold in it, and what each did."""
    held = [number for number, split in enumerate(setting.splits) if not split.is_over((period,))]
    places = {number: place for place, number in enumerate(held)}
    amounts: dict[tuple[Path, int], Amounts] = defaultdict(lambda: NOTHING)
    for cell in cells:
        key = cell.path, places.get(cell.pool, UNPOOLED)
        old = amounts[key]
        amounts[key] = tuple(one + other for one, other in zip(old, cell.costs, strict=True))
    leaves = leaves_of(amounts)
    splits = [setting.splits[number] for number in held]
    moved = run(leaves, [_plan(split, setting, metrics[split.name], period) for split in splits])
    return leaves, tuple(zip(splits, moved, strict=True))


def _plan(split: Split, setting: Setting, metric: Metric | None, period: str) -> Plan:
    tags = source_tags(split.source, setting.keys)
    own = {"account"} if split.over == "account" else set[str]()
    by_group_alone = set(split.source.model_dump(exclude_none=True)) <= {"tags", "untagged"} | own
    places = [(next(index for index, dim in enumerate(setting.dims) if dim.key == key), patterns) for key, patterns in tags.items()]
    if own and split.source.account:
        places.append((setting.place("account"), split.source.account))

    def empties(path: Path) -> bool:
        return all(matches_text(path[place], patterns) for place, patterns in places)

    return Plan(
        name=split.name,
        method=split.method,
        over=setting.place(split.over),
        basis=KINDS.index(split.basis),
        to=split.to,
        weights=None if metric is None else in_period(metric, period),
        empties=empties if by_group_alone else None,
    )


def _add_up(totals: dict[Path, Total], cells: Iterable[Cell], leaves: Leaves, width: int) -> None:
    for cell in cells:
        totals[cell.path[:width]].add(cell.rows, cell.costs, NOTHING)
    for path, amounts in leaves.net.items():
        totals[path[:width]].add(0, NOTHING, amounts)


def _left(totals: Mapping[Path, Total], setting: Setting, sentinel: str) -> list[int]:
    """What is left in a group of ours of the first tag that is asked for; nothing where no tag is."""
    place = next((index for index, dim in enumerate(setting.by) if dim.key), None)
    found = [total.whole() for path, total in totals.items() if place is not None and path[place] == sentinel]
    return [sum(amounts[kind] for amounts in found) for kind in range(len(KINDS))]


def _tag_warnings(bill: Bill, setting: Setting, given: AllocationRules) -> Iterable[BillWarning]:
    known = (*given.tags_set(), *(key for resource in setting.known.resources.values() for key in resource.tags))
    for dim in setting.dims:
        hint = unknown_tag(dim, bill.tag_keys, dict.fromkeys(known))
        if hint:
            yield BillWarning(code="tag_not_found", message=f"no charge of this bill has a tag {dim.name!r}: {hint}", rows=bill.rows)


def _folded_warning(folded: int) -> BillWarning:
    message = f"the {folded:,} smallest groups beyond {MAX_LEAVES:,} are added up as {OTHER}: ask for fewer dimensions to see them"
    return BillWarning(code="groups_folded", message=message)
