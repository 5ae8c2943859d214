"""AWS's units in the price book's: what `per` of the table of usage types says, and the units that are larger than the one it counts in."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from cost.pricing.usage_types import Component

UNIT_SCALES: Final = {"gibps-mo": Decimal(1) / Decimal(1024)}
"""Units of the price list that are larger than the one that `per` counts in: gp3 throughput is listed by the GiB/s in some Regions."""


def units_in_ours(component: Component, unit: str) -> Decimal:
    """How many of AWS's units, as a bill's line or the price list names them, one unit of the price book has."""
    return Decimal(str(component.per)) * UNIT_SCALES.get(unit.lower(), Decimal(1))
