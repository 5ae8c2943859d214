"""One price: what a unit costs in a Region from a date on, and how far the figure may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

ON_DEMAND_PREFIX = "Linux on-demand "
SPOT_PREFIX = "Linux spot "
"""An EC2 type's component in the price book and in an override file: `Linux on-demand g5.xlarge`."""


PRICE_LIST = "price-list"
"""The confidence of a row that was read from AWS's own price list."""

TierScope = Literal["resource", "account"]
"""What AWS adds up before it applies a ladder of tiers: one resource's use, or all of the account's in the Region."""

STALE_AFTER = timedelta(days=90)
"""AWS's GPU prices fell by up to 44 % in June 2025 (p5.48xlarge): a table of the spring before was wrong within a season."""
HOME = "us-east-1"
"""The Region of most shipped prices."""
REMEMBERED = frozenset({"recalled", "inferred"})
"""Confidences of prices for which no public file was at hand (cost/prices/README.md, Confidence)."""

GLOBAL = "global"
"""The Region of a price that is the same wherever the resource is: Route 53's, CloudFront's."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD a unit for use from `tier_start` up to `tier_end` (None: no end), counted in the price's own unit."""

    service: str
    resource_type: str
    component: str
    unit: str
    usd_per_unit: float
    region: str
    effective_date: date
    source: str
    confidence: str
    tier_start: float = 0.0
    tier_end: float | None = None
    tier_scope: TierScope = "resource"
