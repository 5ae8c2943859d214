"""Extended support of database and cache engines: which versions AWS charges extra for on a day, and at which year's price."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from cost.estimate.prices import TABLES

TABLE = "engine_support.csv"


@dataclass(frozen=True, slots=True)
class ExtendedSupport:
    """When a major version's extended support starts to be charged, when its third-year price starts, and when AWS upgrades what is left."""

    charged_from: date
    third_year_from: date | None
    ends: date


OPTED_OUT = "open-source-rds-extended-support-disabled"
"""`engineLifecycleSupport` of a database that AWS upgrades at the end of standard support instead of charging for it."""

FIRST_YEARS, THIRD_YEAR = "extended support, years 1 and 2", "extended support, year 3"


@cache
def support() -> Mapping[str, Mapping[str, ExtendedSupport]]:
    """Every engine's major versions that have extended support, with its days; each row's source is in the table."""
    found: dict[str, dict[str, ExtendedSupport]] = {}
    with (TABLES / TABLE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            third = row["third_year_from"]
            days = ExtendedSupport(date.fromisoformat(row["charged_from"]), date.fromisoformat(third) if third else None, date.fromisoformat(row["ends"]))
            found.setdefault(row["engine"], {})[row["major"]] = days
    return found


def support_component(engine: str, version: str, on: date) -> str | None:
    """The price book's component for a version's extended support on a day, or None where none is charged."""
    majors = support().get(engine, {})
    found = next((days for major, days in majors.items() if version == major or version.startswith(f"{major}.")), None)
    if found is None or not found.charged_from <= on <= found.ends:
        return None
    return THIRD_YEAR if found.third_year_from is not None and on >= found.third_year_from else FIRST_YEARS
