"""AWS's Regions and the codes that a bill writes before a usage type, from `cost/prices/region_codes.csv`."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from plinth.errors import InputError

TABLE = Path(__file__).parent / "prices" / "region_codes.csv"
BARE_REGION = "us-east-1"
"""A usage type without a billing code is of this Region. Source: AWS S3 User Guide, usage report ("USE1 (or no prefix)")."""


@cache
def region_codes() -> Mapping[str, tuple[str, ...]]:
    """Every Region's billing codes, the one of today first."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["region"]: tuple(row["billing_codes"].split("|")) for row in csv.DictReader(file)}


def split_region(usage_type: str) -> tuple[str, str]:
    """A usage type's Region and the rest: `EUC1-NatGateway-Hours` is eu-central-1's; one without a prefix is us-east-1's."""
    head, dash, rest = usage_type.partition("-")
    region = _regions_by_code().get(head)
    if dash and region is not None:
        return region, rest
    named = next((name for name in region_codes() if usage_type.startswith(f"{name}-")), None)
    return (BARE_REGION, usage_type) if named is None else (named, usage_type[len(named) + 1 :])


def check_region(region: str, *, where: str | Path | None = None, others: tuple[str, ...] = ()) -> str:
    """The Region's name, where it is one or one of `others`. Raises InputError with the nearest name."""
    known = (*region_codes(), *others)
    if region in known:
        return region
    raise InputError("there is no such AWS Region", where=where, value=region, fix=nearest_region(region, others=others))


def nearest_region(region: str, *, others: tuple[str, ...] = ()) -> str:
    """The way out of a Region's name that is not known."""
    close = difflib.get_close_matches(region, [*region_codes(), *others], n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else "use a name such as us-east-1; cost/prices/region_codes.csv lists them"


@cache
def _regions_by_code() -> Mapping[str, str]:
    return {code: region for region, found in region_codes().items() for code in found}
