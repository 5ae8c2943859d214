"""RDS Extended Support: which engine versions AWS charges extra for on a day, and how much a vCPU."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ExtendedSupport:
    """When a major version's extended support starts to be charged, when its third-year price starts, and when AWS upgrades what is left."""

    charged_from: date
    third_year_from: date | None
    ends: date


POSTGRES = {
    "11": ExtendedSupport(date(2024, 4, 1), date(2026, 4, 1), date(2027, 3, 31)),
    "12": ExtendedSupport(date(2025, 3, 1), date(2027, 3, 1), date(2028, 2, 29)),
    "13": ExtendedSupport(date(2026, 3, 1), date(2028, 3, 1), date(2029, 2, 28)),
}
SUPPORT = {
    "mysql": {
        "5.7": ExtendedSupport(date(2024, 3, 1), date(2026, 3, 1), date(2027, 2, 28)),
        "8.0": ExtendedSupport(date(2026, 8, 1), date(2028, 8, 1), date(2029, 7, 31)),
    },
    "postgres": POSTGRES,
    "aurora-postgresql": POSTGRES,
    "aurora-mysql": {"5.7": ExtendedSupport(date(2024, 12, 1), None, date(2027, 2, 28))},
}
"""Source: RDS user guide, Supported MySQL and PostgreSQL major versions; Aurora user guide, Amazon Aurora major versions. Written from memory."""

OPTED_OUT = "open-source-rds-extended-support-disabled"
"""`engineLifecycleSupport` of a database that AWS upgrades at the end of standard support instead of charging for it."""

FIRST_YEARS, THIRD_YEAR = "extended support, years 1 and 2", "extended support, year 3"


def support_component(engine: str, version: str, on: date) -> str | None:
    """The price book's component for a version's extended support on a day, or None where none is charged."""
    found = next((support for major, support in SUPPORT.get(engine, {}).items() if version == major or version.startswith(f"{major}.")), None)
    if found is None or not found.charged_from <= on <= found.ends:
        return None
    return THIRD_YEAR if found.third_year_from is not None and on >= found.third_year_from else FIRST_YEARS
