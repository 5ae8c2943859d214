"""What cost can be allocated by: tags, and columns of the charge table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from cost.bill.charge_table import Frame
from cost.bill.groups import NONE, quoted, tag_hint, tag_key
from cost.bill.tags import TagKey
from plinth.errors import UsageError

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("SubAccountId", "BillingAccountId"),
    "service": ("ServiceName",),
    "region": ("RegionId",),
    "resource": ("ResourceId",),
    "usage_type": ("x_usage_type",),
    "instance_type": ("x_instance_type",),
    "charge_category": ("ChargeCategory",),
    "line_item_type": ("x_line_item_type",),
    "purchase_option": ("x_purchase_option",),
}
"""A dimension that is no tag, and the columns whose first value it is."""
TAG_PREFIX: Final = "tag:"


@dataclass(frozen=True)
class Dimension:
    """One dimension: its name as asked for, and its tag key, None where it is a column."""

    name: str
    key: str | None = None

    def value(self, charges: Frame) -> Any:
        """The column's value, `(none)` where there is none; of a tag, see cost.allocate.attribute."""
        found: Any = ibis.coalesce(*(charges[column].nullif("") for column in COLUMNS[self.name]))
        return quoted(found).fill_null(NONE)


def dimension(name: str, keys: Sequence[TagKey]) -> Dimension:
    """`team` and `tag:service` are tags, `service` is a column. A tag's key is spelled as the bill's table has it."""
    if name in COLUMNS:
        return Dimension(name)
    return Dimension(name, tag_key(name.removeprefix(TAG_PREFIX), keys))


def dimensions(names: Iterable[str], keys: Sequence[TagKey]) -> tuple[Dimension, ...]:
    """The dimensions of a grouping. Raises UsageError where there is none, an empty one, or one twice."""
    asked = tuple(name.strip() for name in names)
    if not asked or not all(asked):
        raise UsageError("a grouping needs names", where="--by", value=",".join(asked), fix=f"name tags, or {', '.join(COLUMNS)}: --by team,service")
    found = tuple(dimension(name, keys) for name in asked)
    identities = [each.key or f" {each.name}" for each in found]
    if len(set(identities)) < len(identities):
        raise UsageError("a grouping names a dimension twice", where="--by", value=",".join(asked), fix="name each once")
    return found


def unknown_tag(each: Dimension, keys: Sequence[TagKey], set_by_rules: Iterable[str] = ()) -> str | None:
    """What to say of a tag that neither the bill nor a rule knows; None where it is known."""
    known = [key.key for key in keys] + list(set_by_rules)
    if each.key is None or each.key in known:
        return None
    return tag_hint(each.key, known, COLUMNS)
