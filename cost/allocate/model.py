"""What an allocation is, as data: the documented JSON of `plinth cost allocate`. Money is in the bill's currency, in every cost kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cost.allocate.chargeback import Chargeback
from cost.bill.model import BillWarning, Costs


class Part(BaseModel):
    """A frozen model."""

    model_config = ConfigDict(frozen=True)


class Node(Part):
    """One group: `path` has a value for each of the first dimensions; a leaf has one for all of them, other nodes add up those below.

    `direct` is what its charges cost; `shared` what splits gave it less what they took from it; direct + shared = total.
    """

    path: tuple[str, ...]
    leaf: bool
    rows: int
    direct: Costs
    shared: Costs
    total: Costs


RuleStatus = Literal["applied", "matched nothing", "shadowed", "expired", "not shown by this grouping"]


class RuleResult(Part):
    """What one stack export or rule did. `rows` and `costs` are what it attributed; `matched_rows` what it would have, were it the only one."""

    name: str
    kind: Literal["stack", "rule"]
    status: RuleStatus
    sets: Mapping[str, str]
    rows: int
    matched_rows: int
    costs: Costs
    shadowed_by: tuple[str, ...] = ()
    reason: str | None = None
    reviewer: str | None = None
    expires: date | None = None


class Attributed(Part):
    """Cost of one leaf that has its tags from rules: `attributed_by` names the rule of each tag that the bill did not have."""

    path: tuple[str, ...]
    attributed_by: Mapping[str, str]
    rows: int
    costs: Costs


class Share(Part):
    """An amount at one path."""

    path: tuple[str, ...]
    costs: Costs


class SplitResult(Part):
    """What one split did in one billing period: `taken` and `given` add up to `amount` each; `weights` are the groups' parts of 1.

    `left`: everything stays where it was, and `why` says why. `nothing`: it matched no cost.
    """

    name: str
    method: str
    over: str
    period: str
    outcome: Literal["split", "left", "nothing"]
    why: str | None
    amount: Costs
    taken: tuple[Share, ...]
    given: tuple[Share, ...]
    weights: Mapping[str, float]
    notes: tuple[str, ...]
    reason: str | None = None
    reviewer: str | None = None
    expires: date | None = None


class Allocation(Part):
    """Who pays for what. The leaves' direct costs, and their totals, each add up to `total` in every cost kind; their shared costs to nothing.

    `untagged` is what is left of usage without the grouping's first tag, `shared` what is left of cost that this tag can't be on and no split
    moved: both are in the leaves too, and both are nothing where the grouping has no tag.
    `chargeback` tells the money of pods, GPUs and ML work again where it was asked for.
    `conservation` is the difference between the leaves' totals and the bill's, by cost kind. `cost` is the cost kind that one-figure outputs show.
    """

    synthetic: bool
    files: tuple[str, ...]
    format: str
    currency: str
    periods: tuple[str, ...]
    rows: int
    by: tuple[str, ...]
    cost: str
    total: Costs
    nodes: tuple[Node, ...]
    untagged: Costs
    shared: Costs
    rules: tuple[RuleResult, ...]
    attributed: tuple[Attributed, ...]
    splits: tuple[SplitResult, ...]
    conservation: Mapping[str, float]
    chargeback: Chargeback | None = None
    warnings: tuple[BillWarning, ...]
