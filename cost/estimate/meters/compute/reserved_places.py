"""The places of this stack's capacity reservations, shared by what runs in them in stack order: a place is taken once."""

from __future__ import annotations

from dataclasses import dataclass, field

from cost.estimate.meters.base import Context, UndecidableError, as_number
from cost.estimate.model import ZERO, Range
from plinth.stack import Resource, Stack


@dataclass(slots=True)
class _Places:
    """Who took how many places of which reservation, by URN: meters run in stack order, so an earlier one is served first."""

    stack: Stack
    taken: dict[str, dict[str, Range]] = field(default_factory=dict[str, dict[str, Range]])


@dataclass(frozen=True, slots=True)
class Share:
    """The places that a resource gets, and who has some of the others."""

    places: Range
    note: str = ""


def take_places(context: Context, reservation: Resource, wanted: Range) -> Share:
    """Take up to `wanted` places of a reservation for the context's resource, of those that no earlier resource has.

    Raises UndecidableError where the number of places is not known.
    """
    declared = reservation.input("instanceCount")
    if not declared.known:
        raise UndecidableError(f"the instances of {reservation.name} that it runs in are known only after deployment")
    count = as_number("instanceCount", declared.value)
    ledger = context.references.once(_Places)
    users = ledger.taken.setdefault(reservation.urn, {})
    others = {urn: taken for urn, taken in users.items() if urn != context.resource.urn and max(figure for _, figure in taken) > 0}
    left = {name: max(0.0, count - sum(getattr(taken, name) for taken in others.values())) for name, _ in ZERO}
    users[context.resource.urn] = found = Range(**{name: min(figure, left[name]) for name, figure in wanted})
    names = ", ".join(ledger.stack.by_urn[urn].name for urn in others)
    return Share(found, f"{names} came first for the {count:g} places of capacity reservation {reservation.name}" if names else "")
