"""What a forecast is, as data: what `plinth cost forecast --json` prints. Money is in the bill's currency and in the cost kind `cost`."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import Field

from cost.bill.model import BillWarning
from cost.insight.model import Part

ModelName = Literal["naive", "seasonal_naive", "ets", "damped"]
MODELS: Final[tuple[ModelName, ...]] = ("naive", "seasonal_naive", "ets", "damped")
"""From the simplest on: the last day; the same weekday of the last week; exponential smoothing with weekdays; the same with a damped trend."""


class Interval(Part):
    """The bounds that the amount is expected between, in 80 and in 95 of 100 cases."""

    low_80: float
    high_80: float
    low_95: float
    high_95: float


class MonthForecast(Part):
    """A calendar month: `total` = `actual` (billed so far) + `usage` + `monthly` + `commitments` + `tax` (still to come)."""

    month: date
    days: int
    days_actual: int
    actual: float
    usage: float
    monthly: float
    commitments: float
    tax: float
    total: float
    interval: Interval | None = Field(description="of the total; None where the bill is too short for one")


class NodeForecast(Part):
    """The whole bill, a group or a service, month by month: the month of the last day first."""

    name: str
    months: tuple[MonthForecast, ...]


class ForecastDay(Part):
    """The bill's daily usage: `actual` for a day of the bill, `expected` and its interval for a day to come."""

    day: date
    actual: float | None
    expected: float | None
    interval: Interval | None


class SeriesModel(Part):
    """Which model the back-test chose for a group's service. `wape` is its error there, None where the series cost nothing in the tests."""

    group: str
    service: str
    model: ModelName
    wape: float | None


class Score(Part):
    """Errors of daily usage over all origins. `wape` = sum of absolute errors / sum of amounts; `mape` = mean of absolute error / amount;
    `mase` = mean absolute error / that of last week's weekday within the history (Hyndman and Koehler, 2006); `sum_error` = absolute
    error of the whole tested span / its amount, which is what a month's total suffers. None where the amounts are 0."""

    model: ModelName | Literal["chosen"]
    wape: float | None
    mape: float | None
    mase: float | None
    sum_error: float | None


class Backtest(Part):
    """The forecast made from earlier days of the same bill, as if the later ones were not known (rolling origin; Tashman, 2000).

    `chosen` picks each series' model by the earlier origins only. `coverage` counts how many sums of 7, 14, 21 and 28 days, of the whole
    and of the groups, fell inside their interval; an origin's interval is calibrated on the other origins."""

    origins: tuple[date, ...] = Field(description="the last day that each test knew")
    horizon_days: int
    total: tuple[Score, ...]
    groups: tuple[Score, ...]
    intervals: int
    coverage_80: float | None
    coverage_95: float | None
    calibration_80: float = Field(description="what the model's 80 % interval was multiplied by")
    calibration_95: float


class Known(Part):
    """A charge that is carried on without a model: `amount` a month, or a day for commitments."""

    group: str
    service: str
    kind: Literal["monthly", "commitment"]
    amount: float


class NotForecast(Part):
    """What the bill has and the forecast leaves out, and why. `amount` is of the whole bill."""

    what: str
    amount: float
    why: str


class Forecast(Part):
    """What `plinth cost forecast --json` prints. Groups and services add up to the total in every month; their intervals do not, as
    errors of different series cancel in part."""

    synthetic: bool
    files: tuple[str, ...]
    currency: str
    cost: str
    by: str
    basis: Literal["models", "run_rate"]
    history_first: date
    history_last: date
    history_days: int
    left_out: tuple[date, ...] = Field(description="the last days of the bill, not whole yet: forecast, not taken as billed")
    total: NodeForecast
    by_group: tuple[NodeForecast, ...]
    by_service: tuple[NodeForecast, ...]
    daily: tuple[ForecastDay, ...]
    models: tuple[SeriesModel, ...]
    backtest: Backtest | None
    known: tuple[Known, ...]
    tax_rates: dict[str, float] = Field(description="by service: tax / charges in the months that have tax")
    not_forecast: tuple[NotForecast, ...]
    notes: tuple[str, ...]
    warnings: tuple[BillWarning, ...]
