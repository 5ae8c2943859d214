"""Bills for tests: lines of every type."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cost.bill import read_bill
from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Bill
from cost.bill.summary import cost_measures

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"

BASE = {
    "identity/TimeInterval": "2026-09-01T00:00:00Z/2026-09-01T01:00:00Z",
    "bill/InvoiceId": "INV-1",
    "bill/InvoicingEntity": "Amazon Web Services, Inc.",
    "bill/BillingEntity": "AWS",
    "bill/PayerAccountId": "000000000001",
    "bill/BillingPeriodStartDate": "2026-09-01T00:00:00.000Z",
    "bill/BillingPeriodEndDate": "2026-10-01T00:00:00.000Z",
    "lineItem/UsageAccountId": "000000000002",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-09-01T00:00:00.000Z",
    "lineItem/UsageEndDate": "2026-09-01T01:00:00.000Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "BoxUsage:m5.large",
    "lineItem/Operation": "RunInstances",
    "lineItem/UsageAmount": "1",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "1.0",
    "lineItem/LineItemDescription": "",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/servicecode": "AmazonEC2",
    "pricing/publicOnDemandCost": "1.0",
    "pricing/unit": "Hrs",
}
"""One plain usage line."""


def write_bill(path: Path, lines: Sequence[Mapping[str, str]], *, without: Sequence[str] = ()) -> Path:
    """A legacy csv of these lines: each overrides BASE, and the header holds every column that any of them has, but for `without`."""
    filled = [BASE | {"identity/LineItemId": f"line{number:05}"} | dict(each) for number, each in enumerate(lines)]
    header = [name for name in dict.fromkeys(name for each in filled for name in each) if name not in without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(filled)
    return path


@pytest.fixture
def bill_of(tmp_path: Path) -> Iterator[Callable[..., Bill]]:
    """Read a bill of these lines."""
    opened: list[Bill] = []

    def read(*lines: Mapping[str, str], without: Sequence[str] = ()) -> Bill:
        path = write_bill(tmp_path / f"bill{len(opened)}.csv", lines, without=without)
        opened.append(read_bill([path], by_line=True))
        return opened[-1]

    yield read
    for each in opened:
        each.engine.close()


PLAN = "arn:aws:savingsplans::000000000001:savingsplan/abc"
RESERVATION = "arn:aws:ec2:us-east-1:000000000001:reserved-instances/abc"


def plan_lines(on_demand: Decimal, effective: Decimal, total: Decimal, amortized_upfront: Decimal = Decimal(0)) -> list[dict[str, str]]:
    """A savings plan's lines of an hour: covered usage, its negation and the recurring fee."""
    plan = {"savingsPlan/SavingsPlanARN": PLAN}
    return [
        plan
        | {
            "lineItem/LineItemType": "SavingsPlanCoveredUsage",
            "lineItem/UnblendedCost": str(on_demand),
            "savingsPlan/SavingsPlanEffectiveCost": str(effective),
        },
        plan | {"lineItem/LineItemType": "SavingsPlanNegation", "lineItem/UnblendedCost": str(-on_demand), "pricing/publicOnDemandCost": "0"},
        plan
        | {
            "lineItem/LineItemType": "SavingsPlanRecurringFee",
            "lineItem/ProductCode": "ComputeSavingsPlans",
            "product/servicecode": "",
            "lineItem/UnblendedCost": str(total - amortized_upfront),
            "savingsPlan/TotalCommitmentToDate": str(total),
            "savingsPlan/UsedCommitment": str(effective),
            "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": str(amortized_upfront),
            "savingsPlan/RecurringCommitmentForBillingPeriod": str(total - amortized_upfront),
            "pricing/publicOnDemandCost": "0",
        },
    ]


def reservation_lines(effective: Decimal, upfront: Decimal, recurring: Decimal, unused_share: Decimal) -> list[dict[str, str]]:
    """A reservation's lines: used at its effective cost, and the recurring fee with the unused part."""
    reservation = {"reservation/ReservationARN": RESERVATION}
    used_share = 1 - unused_share
    return [
        reservation
        | {
            "lineItem/LineItemType": "DiscountedUsage",
            "lineItem/UnblendedCost": "0",
            "reservation/EffectiveCost": str((upfront + recurring) * used_share),
            "pricing/publicOnDemandCost": str(effective),
        },
        reservation
        | {
            "lineItem/LineItemType": "RIFee",
            "lineItem/UnblendedCost": str(recurring),
            "reservation/AmortizedUpfrontFeeForBillingPeriod": str(upfront),
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": str(upfront * unused_share),
            "reservation/UnusedRecurringFee": str(recurring * unused_share),
            "pricing/publicOnDemandCost": "0",
        },
    ]


def read_cases(path: Path, cases: Mapping[str, Sequence[Mapping[str, str]]]) -> Bill:
    """Many small bills read as one, line by line: each case's lines are of a payer and an account of its name."""
    lines = [{"bill/PayerAccountId": name, "lineItem/UsageAccountId": name} | dict(line) for name, case in cases.items() for line in case]
    return read_bill([write_bill(path, lines)], by_line=True)


def costs_of(bill: Bill) -> dict[str, dict[str, dict[str, float]]]:
    """Per case and line item type the costs of every kind; under "" those of the whole case."""
    keys = {"case": bill.charges["SubAccountId"], "type": bill.charges["x_line_item_type"]}
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for by, key in ((keys, "type"), ({"case": keys["case"]}, "")):
        for row in bill.engine.rows(bill.charges.group_by(**by).aggregate(**cost_measures(bill.charges))):
            found[row["case"]][row[key] if key else ""] = {kind: float(row[kind]) for kind in COST_KINDS}
    return found


def rows_of(bill: Bill, *columns: str, **only: str) -> list[dict[str, Any]]:
    """The charges' columns in the bill's order, where these columns have these values."""
    charges = bill.charges
    for column, value in only.items():
        charges = charges.filter(charges[column] == value)
    return bill.engine.rows(charges.order_by("x_line_item_id", "x_charge_part").select(*columns))


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The builders above, for tests: fixtures are what importlib mode lets tests share."""
    return SimpleNamespace(
        write=write_bill,
        plan=plan_lines,
        reservation=reservation_lines,
        rows=rows_of,
        cases=read_cases,
        costs=costs_of,
        PLAN=PLAN,
        RESERVATION=RESERVATION,
        BASE=BASE,
    )


@pytest.fixture(scope="session")
def sample() -> Iterator[Bill]:
    """The real sample, read once."""
    bill = read_bill([SAMPLE])
    yield bill
    bill.engine.close()
