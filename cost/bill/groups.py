"""What charges are grouped by: a tag as the bill spells it, which charges could carry it, and what stands where a charge has no value."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, Final

import ibis

from cost.bill.charge_table import ChargeCategory, CommitmentStatus, Frame
from cost.bill.tags import TagKey, normalise_tag_key

UNTAGGED: Final = "(untagged)"
"""Usage that could carry the tag and does not."""
SHARED: Final = "(shared)"
"""What no tag can be on: tax, credits, fees and purchases, the unused part of commitments, negation rows."""
NONE: Final = "(none)"
"""A charge without a region, a resource or a usage type; a pod without the label."""
OTHER: Final = "(other)"
"""All groups, services or resources beyond those listed, added up."""
SPLIT: Final = "(split)"
"""Below a group: what splits gave to it where none of its leaves has direct cost that the share could follow."""
TAGS_NAMED: Final = 20
SENTINELS: Final = (UNTAGGED, SHARED, NONE, OTHER, SPLIT)


def tag_key(name: str, keys: Iterable[TagKey]) -> str:
    """A tag's key as the bill's table has it: as spelled where the bill has that, else in its normal form."""
    return name if any(each.key == name for each in keys) else normalise_tag_key(name)


def tag_hint(key: str, known: Collection[str], others: Iterable[str] = ()) -> str:
    """What to say of a tag that is not among the `known` keys: the nearest of them and of what else it may have meant, else what there is."""
    nearest = get_close_matches(key, [*known, *others], 3)
    if nearest:
        return f"did you mean {' or '.join(nearest)}?"
    more = f" and {len(known) - TAGS_NAMED} more" if len(known) > TAGS_NAMED else ""
    return f"its tags are {', '.join([*known][:TAGS_NAMED])}{more}" if known else "it has no tags at all"


def quoted(value: Any) -> Any:
    """A value that reads like one of our own groups is put in quotes."""
    return value.isin(SENTINELS).ifelse(ibis.literal("'") + value + ibis.literal("'"), value)


def resource_usage(charges: Frame) -> Any:
    """What resources used, each quantity once: taggable usage without split cost rows, which repeat their instance's."""
    return taggable(charges) & charges["x_split_parent_resource_id"].isnull()


def taggable(charges: Frame) -> Any:
    """Usage that a resource made: not the unused part of a commitment, nor a negation row."""
    unused = charges["CommitmentDiscountStatus"].fill_null("") == CommitmentStatus.UNUSED.value
    return (charges["ChargeCategory"] == ChargeCategory.USAGE.value) & ~unused & ~charges["x_folded"]
