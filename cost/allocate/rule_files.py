"""What the files that a rules file names hold: stack exports and metrics, so that they can be read before a bill is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cost.allocate.pools import Metric, read_metric
from cost.allocate.rules import AllocationRules
from cost.allocate.stacks import KnownResources, read_stacks


@dataclass(frozen=True)
class RuleFiles:
    """The resources that the stack exports know, and each split's metric by its file's name."""

    known: KnownResources
    metrics: Mapping[str, Metric]


def read_rule_files(rules: AllocationRules) -> RuleFiles:
    """What the rules' files hold, each read once. Raises InputError for one that can't be read."""
    names = dict.fromkeys(split.usage.file for split in rules.splits if split.usage and split.usage.file)
    return RuleFiles(read_stacks([Path(path) for path in rules.stacks]), {name: read_metric(Path(name)) for name in names})
