"""What rules and splits did, as the allocation's model says it: how much each took, which did nothing, and what to be warned of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from cost.allocate.attribute import applies, lacking, rule_column, sets
from cost.allocate.cells import Cell
from cost.allocate.dimensions import Dimension
from cost.allocate.hierarchy import costs
from cost.allocate.model import Attributed, RuleResult, RuleStatus, Share, SplitResult
from cost.allocate.rules import AllocationRules, AttributionRule, Split, past
from cost.allocate.setting import Setting
from cost.allocate.shared import KINDS, NOTHING, Amounts, Moved, Path
from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.bill.model import BillWarning

AMORTIZED: Final = KINDS.index("amortized")
NAMED: Final = 5


def rule_results(engine: Engine, charges: Frame, table: Frame, setting: Setting, given: AllocationRules, cells: Sequence[Cell]) -> tuple[RuleResult, ...]:
    """What each stack and rule did, in the order in which they are tried."""
    won_rows, won = _won(cells)
    results = [
        RuleResult(
            name=name, kind="stack", status="applied" if won_rows[name] else "matched nothing", sets={}, rows=won_rows[name],
            matched_rows=won_rows[name], costs=costs(won[name]),
        )
        for name in setting.known.stacks
    ]  # fmt: skip
    shown = {dim.key for dim in setting.dims if dim.key}
    used = [rule for rule in setting.rules if shown & set(sets(rule, setting.keys))]
    matched = _matched(engine, charges, used, setting)
    for rule in given.rules:
        rows, alone = won_rows[rule.name], matched.get(rule.name, 0)
        status = _status(rule, rows, alone, setting.periods, used=rule in used)
        by = _winners(engine, table, rule, setting) if status == "shadowed" else ()
        results.append(
            RuleResult(
                name=rule.name, kind="rule", status=status, sets=sets(rule, setting.keys), rows=rows, matched_rows=alone, costs=costs(won[rule.name]),
                shadowed_by=by, reason=rule.reason, reviewer=rule.reviewer, expires=rule.expires,
            )
        )  # fmt: skip
    return tuple(results)


def _won(cells: Iterable[Cell]) -> tuple[dict[str, int], dict[str, Amounts]]:
    rows: dict[str, int] = defaultdict(int)
    amounts: dict[str, Amounts] = defaultdict(lambda: NOTHING)
    for cell in cells:
        for name in set(cell.rules.values()):
            rows[name] += cell.rows
            amounts[name] = tuple(old + new for old, new in zip(amounts[name], cell.costs, strict=True))
    return rows, amounts


def _matched(engine: Engine, charges: Frame, rules: Sequence[AttributionRule], setting: Setting) -> dict[str, int]:
    """The lines that each rule would attribute, were it the only one: one read of the charges for all."""
    if not rules:
        return {}
    measures = {
        f"rule_{number}": charges["x_lines"].sum(where=applies(charges, rule, setting.keys) & lacking(charges, rule, setting.dims, setting.keys))
        for number, rule in enumerate(rules)
    }
    row = engine.rows(charges.aggregate(**measures))[0]
    return {rule.name: int(row[f"rule_{number}"] or 0) for number, rule in enumerate(rules)}


def _status(rule: AttributionRule, rows: int, alone: int, periods: tuple[str, ...], *, used: bool) -> RuleStatus:
    if rule.is_over(periods):
        return "expired"
    if not used:
        return "not shown by this grouping"
    if rows:
        return "applied"
    return "shadowed" if alone else "matched nothing"


def _winners(engine: Engine, table: Frame, rule: AttributionRule, setting: Setting) -> tuple[str, ...]:
    """The rules that took what a shadowed rule would have."""
    places = [index for index, dim in enumerate(setting.dims) if dim.key in sets(rule, setting.keys)]
    rows = table.filter(applies(table, rule, setting.keys) & lacking(table, rule, setting.dims, setting.keys))
    names = engine.rows(rows.select(*(rule_column(place) for place in places)).distinct())
    return tuple(sorted({name for row in names for name in row.values() if name}))


def rule_warnings(results: Sequence[RuleResult], setting: Setting) -> Iterator[BillWarning]:
    """Rules that did nothing, and why; those that hold no more in a month of the bill; resources that two stacks claim."""
    known = setting.known
    for each in results:
        what = f"{each.name} is in no charge of the bill" if each.kind == "stack" else f"rule {each.name!r} matched nothing"
        if each.status == "matched nothing":
            yield BillWarning(code="rule_matched_nothing", message=f"{what} that lacks a tag shown here: mend it, or take it out")
        elif each.status == "shadowed":
            message = f"rule {each.name!r} never wins: {', '.join(each.shadowed_by[:NAMED])} took all that it matches first"
            yield BillWarning(code="rule_shadowed", message=message, rows=each.matched_rows)
        if over := past(each.expires, setting.periods):
            yield BillWarning(code="rule_expired", message=_expired(f"rule {each.name!r}", each.expires, over))
    if known.claimed_twice:
        named = ", ".join(known.claimed_twice[:NAMED])
        message = f"{len(known.claimed_twice)} resource(s) stand in two stacks with different tags; the first export counts: {named}"
        yield BillWarning(code="stack_claimed_twice", message=message)


def _expired(what: str, expires: date | None, periods: Sequence[str]) -> str:
    return f"{what} expired on {expires} and was not applied to {', '.join(periods)}: review it, or take it out"


def attributed(cells: Iterable[Cell], dims: Sequence[Dimension], width: int) -> tuple[Attributed, ...]:
    """Attributed cost by leaf and by the rules that did it, the largest amortized cost first."""
    found: dict[tuple[Path, tuple[tuple[str, str], ...]], list[Any]] = defaultdict(lambda: [0, NOTHING])
    for cell in cells:
        if not cell.rules:
            continue
        entry = found[cell.path[:width], tuple((dims[index].name, name) for index, name in sorted(cell.rules.items()))]
        entry[0] += cell.rows
        entry[1] = tuple(old + new for old, new in zip(entry[1], cell.costs, strict=True))
    ordered = sorted(found.items(), key=lambda item: (-abs(item[1][1][AMORTIZED]), item[0]))
    return tuple(Attributed(path=path, attributed_by=dict(rules), rows=rows, costs=costs(amounts)) for (path, rules), (rows, amounts) in ordered)


def split_result(split: Split, period: str, did: Moved, width: int) -> SplitResult:
    """One split in one period."""
    taken, given = _shares(did.taken, width), _shares(did.given, width)
    whole = sum(did.weights.values())
    return SplitResult(
        name=split.name,
        method=split.method.value,
        over=split.over,
        period=period,
        outcome="split" if did.why is None else "left" if did.taken else "nothing",
        why=did.why,
        amount=costs(tuple(sum(amounts[kind] for amounts in did.taken.values()) for kind in range(len(KINDS)))),
        taken=taken,
        given=given,
        weights={group: weight / whole for group, weight in did.weights.items()} if whole else {},
        notes=did.notes,
        reason=split.reason,
        reviewer=split.reviewer,
        expires=split.expires,
    )


def _shares(amounts: Mapping[Path, Amounts], width: int) -> tuple[Share, ...]:
    added: dict[Path, Amounts] = defaultdict(lambda: NOTHING)
    for path, each in amounts.items():
        added[path[:width]] = tuple(old + new for old, new in zip(added[path[:width]], each, strict=True))
    ordered = sorted(added.items(), key=lambda item: (-abs(item[1][AMORTIZED]), item[0]))
    return tuple(Share(path=path, costs=costs(each)) for path, each in ordered)


def split_warnings(splits: Sequence[Split], results: Sequence[SplitResult], periods: Sequence[str]) -> Iterator[BillWarning]:
    """Splits that left cost where it was, and why; splits that matched nothing, or hold no more in a month of the bill."""
    for split in splits:
        own = [result for result in results if result.name == split.name]
        if over := split.past(periods):
            yield BillWarning(code="split_expired", message=_expired(f"split {split.name!r}", split.expires, over))
        if own and all(result.outcome == "nothing" for result in own):
            yield BillWarning(code="split_matched_nothing", message=f"split {split.name!r} matched no cost: mend it, or take it out")
        for result in own:
            if result.outcome == "left":
                message = f"split {split.name!r} left its cost of {result.period} where it was: {result.why}"
                yield BillWarning(code="split_left", message=message, amount=getattr(result.amount, split.basis))
            for note in result.notes:
                yield BillWarning(code="split_note", message=f"split {split.name!r}, {result.period}: {note}")
