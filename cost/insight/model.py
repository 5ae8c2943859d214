"""What the insights give, as data: frozen models that the report, its JSON and the commands are made of.

Money is in the bill's currency. One-figure fields are in the cost kind that was asked for; `Costs` has all of them.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from cost.bill.model import Costs

UNTAGGED: Final = "(untagged)"
"""Usage that could carry the tag and does not."""
SHARED: Final = "(shared)"
"""What no tag can be on: tax, credits, fees and purchases, the unused part of commitments, negation rows."""
OTHER: Final = "(other)"
"""All groups, services or resources beyond those listed, added up."""
SENTINELS: Final = (UNTAGGED, SHARED, OTHER)

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


class ResourceSpend(Part):
    """A resource of one group in one service; `resource` is empty for charges without one, `(other)` for `resources` of them added up."""

    group: str
    service: str
    resource: str
    detail: str
    resources: int
    total: Costs
    current: Costs
    previous: Costs | None


class Contribution(Part):
    """What one resource or usage type adds to a change."""

    name: str
    detail: str
    amount: float


class Mover(Part):
    """A group's service whose cost moved. `usage` + `rate` + `unexplained` = the change.

    `usage` is what more or less of it costs at the previous rate (all of it where it is new or gone); `rate` is the price per unit;
    `unexplained` is cost without quantities (tax, fees).
    """

    group: str
    service: str
    change: Change
    usage: float
    rate: float
    unexplained: float
    usage_types: tuple[Contribution, ...] = ()
    resources: tuple[Contribution, ...] = ()


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
    """A day of a series: its cost and what its weekday usually costs."""

    day: date
    actual: float
    expected: float


class Anomaly(Part):
    """Days on which a group's service cost more than its weekdays usually do. `score` is the largest deviation in robust standard deviations."""

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
