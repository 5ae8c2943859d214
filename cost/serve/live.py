"""A bill that stays open: read once, asked by one request at a time, read again on demand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Final

import ibis

from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Bill
from cost.bill.tags import normalise_tag_key
from cost.insight.daily import group_of
from cost.report import Asked, Report, build_report
from cost.report.facts import LIMITS
from plinth.errors import UsageError

KEPT: Final = 32
"""So many reports are kept: months and teams that people look at again."""


@dataclass(frozen=True)
class Choices:
    """What can be chosen: months, the newest first, and the tag's values, the dearest first."""

    months: Mapping[str, date]
    teams: tuple[str, ...]


class UnknownChoiceError(UsageError):
    """A month or a team that the bill does not have."""


class LiveBill:
    """A bill behind a lock: DuckDB's connection and the report's stored tables take one question at a time.

    `asked` is what each report has beside what changed, as in cost.report.build_report."""

    def __init__(self, read: Callable[[], Bill], *, tag: str = "team", cost: str = "amortized", asked: Asked | None = None) -> None:
        self._read, self._tag, self._cost, self._asked = read, tag, cost, asked
        self._lock = Lock()
        self._reports: OrderedDict[tuple[str, str], Report] = OrderedDict()
        self.bill = read()
        self.choices = self._find_choices()
        self.read_at = datetime.now(UTC)

    def report(self, month: str = "", team: str = "") -> Report:
        """The report of one month (the newest where it is empty) and one team (all where it is empty). Raises UnknownChoiceError."""
        with self._lock:
            chosen = self._checked(month, team)
            if chosen not in self._reports:
                self._reports[chosen] = build_report(self._part(*chosen), tag=self._tag, cost=self._cost, asked=self._asked)
            self._reports.move_to_end(chosen)
            while len(self._reports) > KEPT:
                self._reports.popitem(last=False)
            return self._reports[chosen]

    def reload(self) -> None:
        """Read the files again. Where that fails the bill stays as it was, and the error says why."""
        with self._lock:
            before, self.bill = self.bill, self._read()
            self._reports.clear()
            self.choices, self.read_at = self._find_choices(), datetime.now(UTC)
            before.engine.close()

    def close(self) -> None:
        """Let go of the bill."""
        with self._lock:
            self.bill.engine.close()

    def _checked(self, month: str, team: str) -> tuple[str, str]:
        if month and month not in self.choices.months:
            raise UnknownChoiceError("the bill does not have this month", where="month", value=month, fix=f"use one of {', '.join(self.choices.months)}")
        if team and team not in self.choices.teams:
            raise UnknownChoiceError(f"the bill does not have this {self._tag}", where="team", value=team, fix="choose one on the page")
        return month or next(iter(self.choices.months)), team

    def _part(self, month: str, team: str) -> Bill:
        """The bill up to a month, of one team: what the report of that month would have been."""
        charges = self.bill.charges
        if month != next(iter(self.choices.months)):
            charges = charges.filter(charges["BillingPeriodStart"].date() <= ibis.literal(self.choices.months[month]))
        if team:
            charges = charges.filter(group_of(charges, self._key()) == team)
        if not self.bill.engine.rows(charges.aggregate(count=charges.count()))[0]["count"]:
            raise UnknownChoiceError(f"this {self._tag} has no charges up to this month", where="team", value=team, fix="choose a later month")
        return replace(self.bill, charges=charges)

    def _key(self) -> str:
        return self._tag if self._tag in {each.key for each in self.bill.tag_keys} else normalise_tag_key(self._tag)

    def _find_choices(self) -> Choices:
        charges, engine = self.bill.charges, self.bill.engine
        periods = charges.select(period=charges["BillingPeriodStart"].date()).distinct()
        months = [row["period"] for row in engine.rows(periods.order_by(ibis.desc("period")))]
        sized = charges.group_by(team=group_of(charges, self._key())).aggregate(size=charges[COST_KINDS[self._cost]].abs().sum())
        teams = engine.rows(sized.order_by(ibis.desc("size"), "team").limit(LIMITS["group"]))
        return Choices({f"{month:%Y-%m}": month for month in months}, tuple(row["team"] for row in teams))
