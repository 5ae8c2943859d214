"""What the insights give, as data: frozen models that the report, its JSON and the commands are made of.

Money is in the bill's currency. One-figure fields are in the cost kind that was asked for; `Costs` has all of them.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cost.bill.groups import OTHER as OTHER
from cost.bill.groups import SENTINELS as SENTINELS
from cost.bill.groups import SHARED as SHARED
from cost.bill.groups import UNTAGGED as UNTAGGED
from cost.bill.model import BillWarning, Costs

WindowName = Literal["current", "previous"]


class Part(BaseModel):
    """A frozen model."""

    model_config = ConfigDict(frozen=True)


class Window(Part):
    """Days that are compared: `first` to `last`, both included. `period` is the billing period where the window is all of one."""

    label: str
    first: date
    last: date
    days: int
    period: date | None = None


class Change(Part):
    """Current against previous on equal days. `percent` is None where previous is 0."""

    current: float
    previous: float
    amount: float
    percent: float | None


class GroupSpend(Part):
    """One value of the tag, or one service: all of the bill, the current window, and the previous one on equal days."""

    name: str
    total: Costs
    current: Costs
    previous: Costs | None


class DailySpend(Part):
    """A day of one group in one service. Charges longer than a day are spread evenly over their days.

    `on_equal_days` is what to compare with the current window; None outside the previous one."""

    day: date
    window: WindowName | None
    group: str
    service: str
    costs: Costs
    on_equal_days: Costs | None = None


class Contribution(Part):
    """What one resource or usage type adds to a change."""

    name: str
    detail: str
    amount: float


Presence = Literal["both", "new", "gone"]
"""In which windows something has cost or quantity: in both, in the current only, in the previous only."""


class UsageTypeChange(Part):
    """One usage type of a mover, on equal days. `usage` + `mix` + `rate` + `unexplained` = its change; a price is None without a quantity."""

    usage_type: str
    detail: str
    unit: str
    status: Presence
    previous: float
    current: float
    previous_quantity: float
    current_quantity: float
    previous_price: float | None
    current_price: float | None
    usage: float
    mix: float
    rate: float
    unexplained: float


class Mover(Part):
    """A group's service whose cost moved. `usage` + `mix` + `rate` + `unexplained` = the change.

    `usage` is what more or less of it costs at the previous average price (all of it where it is new or gone); `mix` is what moving
    between usage types of the same unit adds at previous prices; `rate` is the price per unit; `unexplained` is cost without quantities
    (tax, fees). `breakdown` has the usage types that changed most, `usage_types_not_listed` counts the others.
    """

    group: str
    service: str
    change: Change
    usage: float
    rate: float
    unexplained: float
    mix: float = 0.0
    status: Presence = "both"
    usage_types: tuple[Contribution, ...] = ()
    resources: tuple[Contribution, ...] = ()
    breakdown: tuple[UsageTypeChange, ...] = ()
    usage_types_not_listed: int = 0


class UntaggedResource(Part):
    """A resource without the tag, and who may know whose it is."""

    resource: str
    service: str
    detail: str
    account: str
    amount: float
    ask: str


class Untagged(Part):
    """Usage without the tag over the whole bill. `share` is of all usage; `shared` is what no tag can be on, `""` resources have no id."""

    amount: float
    share: float | None
    shared: float
    by_service: tuple[Contribution, ...]
    resources: tuple[UntaggedResource, ...]
    resources_not_listed: int


class SeriesPoint(Part):
    """A day of a series: its cost and what it usually costs on that weekday, judged by the days before."""

    day: date
    actual: float
    expected: float


AnomalyKind = Literal["spike", "step", "drop", "new", "vanished", "drift"]
"""spike: days above the usual, over again; step: a higher level that stays; drop: a lower level or days below; new: a series that was not
there; vanished: a series that is gone; drift: a slow rise or fall without a step."""


class Anomaly(Part):
    """Days on which a series (a group's service) did not cost what its days before make usual.

    `excess` is actual - expected over `first_day` to `last_day`, negative for what fell. A step lasts until it is the new level: after
    `established_day` nothing of it is flagged, and `per_day` says by how much the level changed. `ongoing` means that the last whole day
    of the bill still has it. `score` is the largest deviation in robust standard deviations.
    """

    group: str
    service: str
    first_day: date
    last_day: date
    actual: float
    expected: float
    excess: float
    score: float
    usage_types: tuple[Contribution, ...]
    resources: tuple[Contribution, ...]
    series: tuple[SeriesPoint, ...]
    kind: AnomalyKind = "spike"
    ongoing: bool = False
    per_day: float = 0.0
    established_day: date | None = None
    days_to_detect: int = 0


class Anomalies(Part):
    """What `plinth cost anomalies --json` prints: the dearest first; `note` says how they were looked for and what was not.

    Where the bill is too short `looked` is false: no anomalies then does not mean that there are none."""

    synthetic: bool
    files: tuple[str, ...]
    currency: str
    cost: str
    by: str
    since: date | None
    first_day: date
    last_day: date
    series: int
    minimum_per_day: float
    looked: bool
    anomalies: tuple[Anomaly, ...]
    note: str
    warnings: tuple[BillWarning, ...]
