"""`forecast`: a bill to the end of its month and the months after, by group and service, with intervals that were tested on the bill.

Daily usage is forecast a series (a group's service) at a time by the model that the back-test found best for it; charges that come once a
month and commitments' fees are carried on as they are; tax follows the charges of its service. Every group and service is a sum of
these, so all of them add up. A bill of under four weeks gets its run rate.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from cost.bill.cost_kinds import check_cost_kind
from cost.bill.model import Bill
from cost.insight.contributions import Pair
from cost.insight.daily import daily, grouping
from cost.insight.forecast_backtest import LEARN, MOST, NORMAL, Tested, backtest, cleaned
from cost.insight.forecast_fit import WEEK, Fit, deviation, fit, one_thread
from cost.insight.forecast_history import History, Monthly, history_of
from cost.insight.forecast_model import Backtest, Forecast, ForecastDay, Interval, Known, MonthForecast, NodeForecast, NotForecast, SeriesModel
from cost.insight.windows import find_windows
from plinth.errors import UsageError

TABLE: Final = "forecast_daily"
NEEDED: Final = LEARN + WEEK
"""Days that a tested forecast takes: three weeks to learn from and one to test on."""
WIDE: Final = 0.25
"""The standard deviation of a run rate, as a share of it: a rule, not a measurement."""
FAR: Final = 0.1
"""Intervals that held this much less often than their level are said not to hold."""
MOST_MONTHS: Final = 12
WHY: Final = {
    "credit": "nobody knows from a bill how long a credit lasts",
    "adjustment": "refunds and corrections do not recur",
    "one_time": "one-time purchases, upfront fees among them, do not recur",
    "monthly": "charges of a month that were not billed again: taken to have ended",
    "commitment": "fees that stopped before the bill's last month of fees: taken to have ended",
    "tax": "tax without charges of its service that it could be a share of",
}
Floats = Any


@dataclass(frozen=True)
class _Span:
    """A month's days to come, as days ahead of the last one, from 1; none where `last` < `first`."""

    month: date
    days: int
    first: int
    last: int


@dataclass(frozen=True)
class _Made:
    """The forecast of each series: `fits` is empty for a run rate."""

    history: History
    spans: tuple[_Span, ...]
    fits: tuple[Fit, ...]
    ahead: Floats
    calibration: Mapping[int, float]


def forecast(bill: Bill, *, by: str = "team", cost: str = "amortized", months: int = 3) -> Forecast:
    """The bill to its month's end and `months` more, by the values of `by` (account, service, region or a tag) and by service.

    Raises UsageError for another cost kind or number of months, InputError where the bill has no daily usage or not the tag."""
    check_request(cost, months)
    key, engine = grouping(bill, by), bill.engine
    windows = find_windows(engine, bill.charges)
    expression = daily(bill.charges, key, windows.last_usage, resources=False)
    table = engine.store(TABLE, expression.schema(), expression)
    try:
        history = history_of(engine, table, cost, windows)
    finally:
        engine.drop(TABLE)
    with one_thread() if len(history.days) >= NEEDED else nullcontext():
        return _forecast(bill, history, key, cost, _spans(history.days[-1], months))


def check_request(cost: str, months: int) -> None:
    """Raise UsageError for what can be refused before a bill is read."""
    check_cost_kind(cost)
    if not 0 <= months <= MOST_MONTHS:
        raise UsageError("a forecast is of 0 to 12 months after the bill's last", where="--months", value=months, fix="give fewer months")


def _forecast(bill: Bill, history: History, by: str, cost: str, spans: tuple[_Span, ...]) -> Forecast:
    groups = sorted({pair[0] for pair in _pairs(history)})
    services = sorted({pair[1] for pair in _pairs(history)})
    tested = _tested(history, groups)
    made = _made(history, spans, tested)
    return Forecast(
        synthetic=bill.synthetic,
        files=tuple(str(path) for path in bill.files),
        currency=bill.currency,
        cost=cost,
        by=by,
        basis="models" if tested else "run_rate",
        history_first=history.days[0],
        history_last=history.days[-1],
        history_days=len(history.days),
        left_out=history.left_out,
        total=_node(made, "total", lambda pair: True),
        by_group=_by_size([_node(made, name, lambda pair, name=name: pair[0] == name) for name in groups]),
        by_service=_by_size([_node(made, name, lambda pair, name=name: pair[1] == name) for name in services]),
        daily=_daily(made),
        models=tuple(
            SeriesModel(group=pair[0], service=pair[1], model=model, wape=error)
            for pair, model, error in zip(history.names, tested.models if tested else (), tested.errors if tested else (), strict=False)
        ),
        backtest=tested.report if tested else None,
        known=_known(history),
        tax_rates={service: sum(rate for pair, rate in history.tax.items() if pair[1] == service) for service in sorted({pair[1] for pair in history.tax})},
        not_forecast=tuple(NotForecast(what=kind, amount=amount, why=WHY[kind]) for kind, amount in history.not_forecast.items() if amount),
        notes=_notes(history, tested),
        warnings=bill.warnings,
    )


def _pairs(history: History) -> set[Pair]:
    return {*history.names, *history.monthly, *history.commitments, *history.tax, *history.billed}


def _spans(last: date, months: int) -> tuple[_Span, ...]:
    spans: list[_Span] = []
    month = last.replace(day=1)
    for _ in range(months + 1):
        days = monthrange(month.year, month.month)[1]
        end = month + timedelta(days=days - 1)
        spans.append(_Span(month, days, max(1, (month - last).days), (end - last).days))
        month = end + timedelta(days=1)
    return tuple(spans)


def _tested(history: History, groups: Sequence[str]) -> Tested | None:
    if len(history.days) < NEEDED:
        return None
    shares = {name: np.array([float(pair[0] == name) for pair in history.names]) for name in groups}
    return backtest(history.days, history.values, {name: share for name, share in shares.items() if share.any()} if len(groups) > 1 else {})


def _made(history: History, spans: tuple[_Span, ...], tested: Tested | None) -> _Made:
    horizon = max(1, spans[-1].last)
    if tested is None:
        rate = history.values[:, -2 * WEEK :].mean(axis=1)
        return _Made(history, spans, (), np.repeat(rate[:, np.newaxis], horizon, axis=1), {})
    calm = cleaned(history.days, history.values)
    fits = tuple(fit(amounts, horizon, model) for amounts, model in zip(calm, tested.models, strict=True))
    calibration = {80: tested.report.calibration_80, 95: tested.report.calibration_95}
    return _Made(history, spans, fits, np.stack([each.forecast for each in fits]), calibration)


def _node(made: _Made, name: str, has: Any) -> NodeForecast:
    """The months of all series that it `has`, with the tax that stands in it."""
    return NodeForecast(name=name, months=tuple(_month(made, has, span) for span in made.spans))


def _month(made: _Made, has: Any, span: _Span) -> MonthForecast:
    history = made.history
    ahead = made.ahead[:, span.first - 1 : span.last].sum(axis=1) if span.last >= span.first else np.zeros(len(history.names))
    usage = {pair: float(amount) for pair, amount in zip(history.names, ahead, strict=True)}
    days = max(0, span.last - span.first + 1)
    monthly = {pair: sum(_due(each, span) for each in charges) for pair, charges in history.monthly.items()}
    fees = {pair: fee * days for pair, fee in history.commitments.items()}
    base = _by_service(usage, monthly, fees)
    tax = sum(rate * base.get(pair[1], 0.0) for pair, rate in history.tax.items() if has(pair))
    parts = [sum(amount for pair, amount in each.items() if has(pair)) for each in (usage, monthly, fees)]
    actual = sum(amount for pair, amount in history.billed.items() if has(pair)) if span.first == 1 and span.month <= history.days[-1] else 0.0
    total = actual + sum(parts) + tax
    return MonthForecast(
        month=span.month,
        days=span.days,
        days_actual=span.days - days,
        actual=actual,
        usage=parts[0],
        monthly=parts[1],
        commitments=parts[2],
        tax=tax,
        total=total,
        interval=_interval(made, _shares(made, has), span, total, actual + sum(parts[1:])),
    )


def _by_service(*amounts: Mapping[Pair, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for (_, service), amount in [item for each in amounts for item in each.items()]:
        found[service] = found.get(service, 0.0) + amount
    return found


def _due(charge: Monthly, span: _Span) -> float:
    """A monthly charge in a month: not again where it was billed, nor in a month that is over."""
    return 0.0 if span.last < span.first or span.month == charge.period else charge.amount


def _shares(made: _Made, has: Any) -> Floats:
    """How much of each series' error a node has: all of its own, and the rate of the tax that stands in it."""
    history = made.history
    taxes = [sum(rate for pair, rate in history.tax.items() if pair[1] == service and has(pair)) for _, service in history.names]
    return np.array([float(has(pair)) + tax for pair, tax in zip(history.names, taxes, strict=True)])


def _interval(made: _Made, shares: Floats, span: _Span, total: float, certain: float) -> Interval | None:
    """The interval of a sum of days; usage that was never below 0 does not fall below it."""
    if span.last < span.first:
        return Interval(low_80=total, high_80=total, low_95=total, high_95=total)
    if made.fits:
        spread = deviation(list(made.fits), shares, span.first, span.last)
    elif len(made.history.days) >= WEEK:
        spread = WIDE * abs(float(shares @ made.ahead[:, span.first - 1 : span.last].sum(axis=1)))
    else:
        return None
    least = certain if made.history.values.min() >= 0 else -np.inf
    half = {level: quantile * made.calibration.get(level, 1.0) * spread for level, quantile in NORMAL.items()}
    half[95] = max(half[95], half[80])
    bounds = {level: (max(total - width, min(least, total)), total + width) for level, width in half.items()}
    return Interval(low_80=bounds[80][0], high_80=bounds[80][1], low_95=bounds[95][0], high_95=bounds[95][1])


def _by_size(nodes: list[NodeForecast]) -> tuple[NodeForecast, ...]:
    return tuple(sorted(nodes, key=lambda node: (-abs(node.months[-1].total), node.name)))


def _daily(made: _Made) -> tuple[ForecastDay, ...]:
    """Daily usage of the whole bill: its history, and the days to come with their intervals."""
    history = made.history
    past = [
        ForecastDay(day=day, actual=float(amount), expected=None, interval=None) for day, amount in zip(history.days, history.values.sum(axis=0), strict=True)
    ]
    shares, whole = np.ones(len(history.names)), made.ahead.sum(axis=0)
    for number in range(made.spans[-1].last):
        span = _Span(history.days[-1], 1, number + 1, number + 1)
        interval = _interval(made, shares, span, float(whole[number]), 0.0)
        past.append(ForecastDay(day=history.days[-1] + timedelta(days=number + 1), actual=None, expected=float(whole[number]), interval=interval))
    return tuple(past)


def _known(history: History) -> tuple[Known, ...]:
    monthly = [Known(group=pair[0], service=pair[1], kind="monthly", amount=sum(each.amount for each in charges)) for pair, charges in history.monthly.items()]
    return (*monthly, *(Known(group=pair[0], service=pair[1], kind="commitment", amount=fee) for pair, fee in history.commitments.items()))


def _notes(history: History, tested: Tested | None) -> tuple[str, ...]:
    notes: list[str] = []
    if tested is None:
        notes.append(
            f"The bill has {len(history.days)} days of daily usage and a tested forecast takes {NEEDED}: this is the run rate of the last "
            f"{min(len(history.days), 2 * WEEK)} days" + (", with an interval that is wide by rule." if len(history.days) >= WEEK else ", without an interval.")
        )
    else:
        notes += _test_notes(tested.report)
    if history.left_out:
        notes.append(f"Not whole yet and left out: {', '.join(f'{day}' for day in history.left_out)}.")
    if history.missing:
        notes.append(f"{history.missing} days without any usage in the bill were filled with the same weekday of the week before.")
    notes.append("A forecast knows no plans: what is about to be started, bought or turned off is not in it.")
    return tuple(notes)


def _test_notes(tested: Backtest) -> list[str]:
    """What the back-test can't promise."""
    notes = ["The back-test is of daily usage: monthly charges, commitments' fees and tax are carried on untested."]
    if len(tested.origins) < 2:
        notes.append("One back-test only: the intervals are calibrated on it, and their coverage is not known.")
    measured = ((80, tested.coverage_80), (95, tested.coverage_95))
    missed = [f"{level} % intervals held {held:.0%}" for level, held in measured if held is not None and held < level / 100 - FAR]
    if missed:
        notes.append(f"In the back-tests {' and '.join(missed)}: the amounts may fall outside more often than they say.")
    if max(tested.calibration_80, tested.calibration_95) >= MOST:
        notes.append(f"The back-tests missed by more than {MOST:g} times the models' intervals, which are widened no further.")
    return notes
