"""Who pays: a bill by tag, account, service, region or resource, nested; untagged cost attributed by rules; shared cost split.

The functions load Ibis and YAML when they are called, not when this package is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cost.allocate.containers_requests import PodRequests
    from cost.allocate.model import Allocation
    from cost.allocate.rule_files import RuleFiles
    from cost.allocate.rules import AllocationRules
    from cost.bill.model import Bill

__all__ = ["allocate", "read_rule_files", "read_rules"]


def allocate(
    bill: Bill,
    *,
    by: Sequence[str] = ("team",),
    rules: AllocationRules | None = None,
    cost: str = "amortized",
    period: str | None = None,
    files: RuleFiles | None = None,
    requests: PodRequests | None = None,
) -> Allocation:
    """The bill by these dimensions, each within the one before, in every cost kind. Raises UsageError for a name that is none."""
    from cost.allocate.engine import allocate as allocated

    return allocated(bill, by=by, rules=rules, cost=cost, period=period, files=files, requests=requests)


def read_rules(path: Path) -> AllocationRules:
    """The rules in a reviewed YAML file. Raises one InputError that lists every problem with its line."""
    from cost.allocate.rules import read_rules as read

    return read(path)


def read_rule_files(rules: AllocationRules) -> RuleFiles:
    """What the files that the rules name hold. Raises InputError for one that can't be read."""
    from cost.allocate.rule_files import read_rule_files as read

    return read(rules)
