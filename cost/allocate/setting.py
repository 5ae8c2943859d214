"""One allocation's question: what is asked for, and what of the rules holds in the bill's months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cost.allocate.dimensions import Dimension, dimension, dimensions
from cost.allocate.pools import source_tags
from cost.allocate.rules import AllocationRules, AttributionRule, Split
from cost.allocate.stacks import KnownResources
from cost.bill.model import Bill
from cost.bill.tags import TagKey


@dataclass(frozen=True)
class Setting:
    """One allocation's question: the dimensions asked for and, after them, those that rules need; the rules and splits that hold in any of its periods."""

    by: tuple[Dimension, ...]
    dims: tuple[Dimension, ...]
    rules: tuple[AttributionRule, ...]
    splits: tuple[Split, ...]
    keys: tuple[TagKey, ...]
    known: KnownResources
    periods: tuple[str, ...]

    def place(self, name: str) -> int:
        """A dimension's place in a path."""
        wanted = dimension(name, self.keys)
        return next(index for index, dim in enumerate(self.dims) if same(dim, wanted))


def same(one: Dimension, other: Dimension) -> bool:
    """Whether two dimensions are one, however they were named."""
    return one.key == other.key and (one.key is not None or one.name == other.name)


def setting_of(bill: Bill, by: Sequence[str], given: AllocationRules, known: KnownResources, periods: tuple[str, ...]) -> Setting:
    """The setting of an allocation of these billing periods. Raises UsageError for a grouping that is none."""
    keys, asked = bill.tag_keys, dimensions(by, bill.tag_keys)
    splits = tuple(split for split in given.splits if not split.is_over(periods))
    needed = [dimension(split.over, keys) for split in splits] + [Dimension(key, key) for split in splits for key in source_tags(split.source, keys)]
    dims = list(asked)
    for each in needed:
        if not any(same(each, dim) for dim in dims):
            dims.append(each)
    return Setting(asked, tuple(dims), tuple(rule for rule in given.rules if not rule.is_over(periods)), splits, keys, known, periods)
