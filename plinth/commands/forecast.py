"""`plinth cost forecast PATH…`: to the month's end and the months after, with intervals and the back-test that they come from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths

if TYPE_CHECKING:
    from cost.insight.forecast_model import Backtest, Forecast, NodeForecast

SHOWN = 12
WIDEST = 28


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forecast")(forecast)


def forecast(
    paths: BillPaths,
    by: Annotated[str, typer.Option(help="The groups: account, service, region or a tag.")] = "team",
    months: Annotated[int, typer.Option(help="Months after the bill's last one.")] = 3,
    cost: Annotated[str, typer.Option(help="The cost kind: unblended, amortized, net_amortized, …")] = "amortized",
    as_json: Annotated[bool, typer.Option("--json", help="Print the forecast as JSON.")] = False,
) -> None:
    """What a bill will be at its month's end and in the months after, with intervals tested on the bill itself; two to three months of it are best."""
    from cost.bill import read_bill
    from cost.insight.forecast import check_request
    from cost.insight.forecast import forecast as forecast_of
    from plinth.console import print_json, progress

    check_request(cost, months)
    with progress("Reading the bill"):
        bill = read_bill(paths)
    try:
        with progress("Testing models and forecasting"):
            made = forecast_of(bill, by=by, cost=cost, months=months)
    finally:
        bill.engine.close()
    if as_json:
        print_json(made)
    else:
        show(made)


def show(made: Forecast) -> None:
    """Print the forecast's months, groups, services and back-test."""
    from cost.report.text import figure, money
    from plinth.console import console, table

    out = console()
    if made.synthetic:
        out.print(SYNTHETIC)
    out.print(f"{made.cost} cost in {made.currency}, from {made.history_days} days to {made.history_last}\n")
    columns = ("month", "billed", "to come", "total", "80 of 100 cases", "95 of 100 cases")
    rows = [
        (f"{each.month:%b %Y}", figure(each.actual), figure(each.total - each.actual), figure(each.total), _range(each.interval, 80), _range(each.interval, 95))
        for each in made.total.months
    ]
    out.print(table("The whole bill", columns, rows, right=columns[1:]))
    for title, nodes in ((f"By {made.by}", made.by_group), ("By service", made.by_service)):
        out.print(_nodes(title, nodes))
    if made.backtest:
        _show_backtest(out, made.backtest)
        chosen = Counter(each.model for each in made.models)
        out.print(f"Models chosen: {', '.join(f'{name} for {count} series' for name, count in chosen.most_common())}.")
    for each in made.not_forecast:
        out.print(f"Not forecast: {each.what.replace('_', ' ')}, {money(each.amount, made.currency)} in this bill: {each.why}.")
    for note in made.notes:
        out.print(note)


def _range(interval: Any, level: int) -> str:
    from cost.report.text import figure

    return "unknown" if interval is None else f"{figure(getattr(interval, f'low_{level}'))} to {figure(getattr(interval, f'high_{level}'))}"


def _nodes(title: str, nodes: tuple[NodeForecast, ...]) -> Any:
    """A row a group: each month's total, and the 80 % interval of the last one."""
    from cost.report.text import figure, group_name
    from plinth.console import printable, table

    months = nodes[0].months[:4]
    columns = ("", *(f"{each.month:%b %Y}" for each in months), f"{months[-1].month:%b}, 80 of 100")
    rows = []
    for node in nodes[:SHOWN]:
        name = printable(group_name(node.name))
        shown = node.months[: len(months)]
        rows.append((name if len(name) <= WIDEST else f"{name[: WIDEST - 1]}…", *(figure(each.total) for each in shown), _range(shown[-1].interval, 80)))
    if nodes[SHOWN:]:
        rows.append((f"{len(nodes) - SHOWN} more", *(figure(sum(node.months[number].total for node in nodes[SHOWN:])) for number in range(len(months))), ""))
    return table(title, columns, rows, right=columns[1:])


def _show_backtest(out: Any, tested: Backtest) -> None:
    from cost.report.text import percent, plural
    from plinth.console import table

    columns = ("daily usage, the whole bill", "WAPE", "MAPE", "MASE", "error of the span")
    rows = [
        (each.model.replace("_", " "), percent(each.wape), percent(each.mape), "unknown" if each.mase is None else f"{each.mase:.2f}", percent(each.sum_error))
        for each in tested.total
    ]
    out.print(table(f"Back-test: {plural(len(tested.origins), 'forecast')} of up to {plural(tested.horizon_days, 'day')}", columns, rows, right=columns[1:]))
    out.print(
        f"Of {tested.intervals} sums of weeks, {percent(tested.coverage_80)} fell in their 80 % interval and {percent(tested.coverage_95)} in their 95 % one.",
        markup=False,
    )
