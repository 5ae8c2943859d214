"""A row of sums of the ML part of a bill: its kind and name, and the value of each dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cost.allocate import ml_rows
from cost.allocate.ml_names import Named, last_part, named

PREFIXES: Final = ("experiment", "model", "workload", "team")
"""The dimensions that a counts file can name a value of: `experiment:NAME`."""


@dataclass(frozen=True)
class MlCharge:
    """One row of sums with its name and its dimension values; an empty value is not known."""

    row: Mapping[str, Any]
    named: Named
    values: Mapping[str, str]
    cost: float

    def subjects(self) -> set[str]:
        """What a count can call it: its resource's id and name, and the values that these very charges have; nothing where it has no resource."""
        if not self.row["resource"]:
            return set()
        return {self.row["resource"], self.named.name, *(f"{prefix}:{self.values[prefix]}" for prefix in PREFIXES if self.values[prefix])}


def charge_of(row: Mapping[str, Any]) -> MlCharge:
    """A row of ml_rows.by_resource or ml_rows.by_day."""
    flags = {"sagemaker": row["sagemaker"], "bedrock": row["bedrock"]}
    found = named(row["resource"], usage_type=row["usage_type"], usage_kind=row["usage_kind"], service=row["service"], **flags)
    values = {name: row[f"tag_{name}"] for name in ml_rows.DIMENSIONS}
    values["model"] = values["model"] or found.model
    values["user"] = _user(row, found)
    return MlCharge(row, found, values, float(row["cost"]))


def _user(row: Mapping[str, Any], found: Named) -> str:
    """Who: AWS's own user identifier, else the user tag, Studio's profile, the calling principal, and last the owner that the tags declare."""
    asked = (row["user_identifier"], row["tag_user"], last_part(row["tag_profile"]), found.user, last_part(row["principal"]), row["tag_owner"])
    return next((text for text in asked if text), "")
