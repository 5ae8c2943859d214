"""What changed between two resources' lines, component by component, and why: its type, price, tier, count, size or usage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cost.estimate.model import ChangeKind, ChangeReason, EstimateLine, LineChange, LineFigures, QuantitySource, Range, ResourceEstimate, tier_suffix, total

TOLERANCE = 1e-9
COUNTED_UNITS = frozenset(
    {
        "hour", "shard-hour", "consumer-shard-hour", "partition-hour", "parameter-hour", "stream-hour", "key-month", "secret-month", "alarm metric-month",
        "alarm-month", "dashboard-month", "rule-month", "group-month", "zone-month", "CA-month", "ACL-month", "bucket-month", "pipeline-month", "resource",
    }
)  # fmt: skip
"""Units whose quantity grows with the number of things, not with the size of one."""


@dataclass(frozen=True)
class Component:
    """A component of one resource: its line, or its lines where the quantity climbs several tiers."""

    name: str
    lines: tuple[EstimateLine, ...]

    @property
    def first(self) -> EstimateLine:
        """The line of the lowest tier: unit, type, purchase option and source are the same in all."""
        return self.lines[0]

    @cached_property
    def quantity(self) -> Range:
        """The quantity over all tiers."""
        return total(line.quantity for line in self.lines)

    @cached_property
    def cost(self) -> Range:
        """The monthly cost over all tiers."""
        return total(line.monthly_cost for line in self.lines)

    @property
    def unit_price(self) -> float:
        """USD a unit before discounts; on average where there are several tiers."""
        if len(self.lines) == 1 or not self.quantity.expected:
            return self.first.unit_price
        return sum(line.quantity.expected * line.unit_price for line in self.lines) / self.quantity.expected

    @property
    def rates(self) -> dict[float, float]:
        """The price of each tier, by where it starts."""
        return {line.tier_start: line.unit_price for line in self.lines}

    @property
    def pool(self) -> Range | None:
        """How much of the component the account uses, where the rate is the average of tiers that several resources share."""
        return self.first.account_quantity

    @property
    def offered(self) -> frozenset[str]:
        """The instance types that a pool of several may take."""
        return frozenset(offer.instance_type for offer in self.first.offers)

    def figures(self) -> LineFigures:
        """This side of a changed line."""
        return LineFigures(
            quantity=self.quantity,
            unit_price=self.unit_price,
            monthly_cost=self.cost,
            instance_type=self.first.instance_type,
            quantity_source=self.first.quantity_source,
        )


Pair = tuple[Component | None, Component | None]


def components(resource: ResourceEstimate) -> dict[str, Component]:
    """A resource's components by name, each with the lines of all its tiers."""
    grouped: defaultdict[str, list[EstimateLine]] = defaultdict(list)
    for line in resource.lines:
        grouped[line.component.removesuffix(tier_suffix(line.tier_start))].append(line)
    return {name: Component(name, tuple(lines)) for name, lines in grouped.items()}


def _same_pool(old: Component, new: Component) -> bool:
    return old.pool is not None and new.pool is not None and same(old.pool, new.pool)


def line_changes(before: ResourceEstimate | None, after: ResourceEstimate | None) -> Iterator[tuple[LineChange, tuple[str, ...]]]:
    """Each component that differs, with its reasons, and with the same in words."""
    earlier, later = ({} if side is None else components(side) for side in (before, after))
    pairs = list(_paired(earlier, later))
    counted = [(old, new) for old, new in pairs if old and new and old.first.instance_type and new.first.instance_type]
    for old, new in pairs:
        found = tuple(_differences(old, new, counted))
        if found:
            yield _line_change(old, new, tuple(dict.fromkeys(reason for reason, _ in found))), tuple(text for _, text in found)


def same(one: Range, other: Range) -> bool:
    """Whether two ranges are equal but for the noise of binary fractions."""
    return all(_close(figure, getattr(other, name)) for name, figure in one)


def _paired(earlier: dict[str, Component], later: dict[str, Component]) -> Iterator[Pair]:
    """Components of one name; then what came for what went: the only two of a unit, where nobody's usage decided it (gp2 for gp3, Spot for on demand)."""
    gone = [component for name, component in earlier.items() if name not in later]
    come = [component for name, component in later.items() if name not in earlier]
    exchanged = {old.name: new for old, new in _exchanged(gone, come)}
    taken = {new.name for new in exchanged.values()}
    for name in dict.fromkeys([*earlier, *later]):
        if name in exchanged:
            yield earlier[name], exchanged[name]
        elif name not in taken:
            yield earlier.get(name), later.get(name)


def _exchanged(gone: Sequence[Component], come: Sequence[Component]) -> Iterator[tuple[Component, Component]]:
    for old in gone:
        alike = [new for new in come if _like(old, new)]
        if len(alike) == 1 and sum(1 for other in gone if _like(other, alike[0])) == 1:
            yield old, alike[0]


def _like(old: Component, new: Component) -> bool:
    if old.first.unit != new.first.unit or bool(old.first.instance_type) is not bool(new.first.instance_type):
        return False
    return bool(old.first.instance_type) or old.first.quantity_source is new.first.quantity_source is QuantitySource.DECLARED


def _line_change(old: Component | None, new: Component | None, reasons: tuple[ChangeReason, ...]) -> LineChange:
    one = new or old
    assert one is not None
    return LineChange(
        kind=ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED,
        component=one.name,
        unit=one.first.unit,
        reasons=reasons,
        before=old.figures() if old else None,
        after=new.figures() if new else None,
    )


def _differences(old: Component | None, new: Component | None, counted: list[tuple[Component, Component]]) -> Iterator[tuple[ChangeReason, str]]:
    if old is None or new is None:
        one = old or new
        assert one is not None
        yield ChangeReason.COMPONENT, f"{one.name} {'added' if old is None else 'removed'}"
        return
    kinds = [_kind(old), _kind(new)]
    rate = None if kinds[0] != kinds[1] else _rate_reason(old, new)
    if kinds[0] != kinds[1]:
        yield ChangeReason.TYPE, _typed(old, new)
    elif rate is not None:
        yield rate, f"{old.name}: {old.unit_price:g} -> {new.unit_price:g} USD a {old.first.unit}"
    if not same(old.quantity, new.quantity):
        yield _quantity_reason(old, new, counted), f"{new.name}: {figures(old.quantity)} -> {figures(new.quantity)} {new.first.unit}"
    elif rate is None and kinds[0] == kinds[1] and not same(old.cost, new.cost):
        yield _cost_reason(old, new)


def _kind(component: Component) -> tuple[object, ...]:
    return component.name, component.first.instance_type, component.first.purchase_option


def _typed(old: Component, new: Component) -> str:
    if old.name != new.name:
        return f"{_named(old)} -> {_named(new)}"
    return f"{old.name}: {old.first.instance_type} -> {new.first.instance_type}"


def _named(component: Component) -> str:
    type_ = component.first.instance_type
    return component.name if type_ is None or type_ in component.name else f"{component.name} ({type_})"


def _rate_reason(old: Component, new: Component) -> ChangeReason | None:
    """Price where a tier's price moved; tier where several resources share the tiers and their sum did."""
    if old.pool or new.pool:
        moved = not _close(old.unit_price, new.unit_price)
        return (ChangeReason.PRICE if _same_pool(old, new) else ChangeReason.TIER) if moved else None
    rates = new.rates
    moved = any(start in rates and not _close(price, rates[start]) for start, price in old.rates.items())
    return ChangeReason.PRICE if moved else None


def _cost_reason(old: Component, new: Component) -> tuple[ChangeReason, str]:
    """Why an equal quantity at an equal first rate costs another sum."""
    if old.offered != new.offered:
        return ChangeReason.TYPE, f"{old.name}: other candidate types"
    if old.first.discounts != new.first.discounts:
        return ChangeReason.PRICE, f"{old.name}: other discounts"
    reason = ChangeReason.PRICE if old.pool is new.pool is None or _same_pool(old, new) else ChangeReason.TIER
    return reason, f"{old.name}: other prices of its {'candidate types' if old.offered else 'tiers'}"


def _quantity_reason(old: Component, new: Component, counted: list[tuple[Component, Component]]) -> ChangeReason:
    """Usage or count where the line is so itself, or where it moves in step with the resource's instances; else size."""
    for one, other in [(old, new), *(pair for pair in counted if _in_step(old, new, *pair))]:
        sources = {one.first.quantity_source, other.first.quantity_source}
        if sources != {QuantitySource.DECLARED}:
            return ChangeReason.USAGE
        if other.first.unit in COUNTED_UNITS:
            return ChangeReason.COUNT
    return ChangeReason.SIZE


def _in_step(old: Component, new: Component, old_count: Component, new_count: Component) -> bool:
    """Whether a line grew by the same factor as a count did, in every figure: nodes' volumes follow their number."""
    return all(
        _close(figure * getattr(new_count.quantity, name), getattr(new.quantity, name) * getattr(old_count.quantity, name)) for name, figure in old.quantity
    )


def figures(quantity: Range) -> str:
    """`0/2,920/5,840`, or one figure where floor, expected and ceiling are the same."""
    return "/".join(dict.fromkeys(f"{figure:,.10g}" for _, figure in quantity))


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))


def reasons_of(changes: Iterable[LineChange]) -> tuple[ChangeReason, ...]:
    """The reasons of several lines, each once, the costliest line's first."""
    ordered = sorted(changes, key=lambda change: -_moved(change))
    return tuple(dict.fromkeys(reason for change in ordered for reason in change.reasons))


def _moved(change: LineChange) -> float:
    before, after = (side.monthly_cost.expected if side else 0.0 for side in (change.before, change.after))
    return abs(after - before)
