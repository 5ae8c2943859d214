"""A browser, and the report's page in it: made by hand from a charge table, opened once a width."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.bill.tags import TagKey
from cost.report import Asked, Report, build_report, render_html

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
FORMULA = "=1+cmd|' /C calc'!A0"
HOSTILE = "<img src=x onerror=window.hacked=1></script><script>window.hacked=1</script><!--"
SPIKE = ("vision", "Amazon EC2", 13, 15)
MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
SHARED_COLUMNS: Mapping[str, Any] = {
    "BillingAccountId": "000000000001", "BillingAccountType": "x", "BillingCurrency": "USD", "ChargeFrequency": "Usage-Based", "InvoiceIssuerName": "AWS",
    "ProviderName": "AWS", "PublisherName": "AWS", "ServiceCategory": "Compute", "ServiceSubcategory": "x", "x_folded": False, "x_purchase_option": "OnDemand",
    "x_service_code": "x", "x_file": "f", "x_lines": 24, "ConsumedUnit": "Hrs", "InvoiceId": "INV",
}  # fmt: skip
RESOURCES = (
    # team, service, account, resource, instance type, cost a day
    ("vision", "Amazon EC2", "000000000001", "i-0aaa", "g5.xlarge", 24.5),
    ("vision", "Amazon EC2", "000000000002", "i-0bbb", "g5.xlarge", 24.25),
    ("vision", "Amazon S3", "000000000002", "arn:aws:s3:::vision-lake", None, 3.1),
    ("language", "Amazon EC2", "000000000001", "i-0ccc", "m6i.large", 2.3),
    ("language", "Amazon SageMaker", "000000000001", "endpoint/ranker", "ml.g5.xlarge", 33.8),
    (FORMULA, "Amazon S3", "000000000002", FORMULA, None, 1.0),
    (HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.5),
    ("two\nlines\t\x01" + "long" * 2500, "Amazon EC2", "000000000001", "x" * 3000, "t3.micro", 0.75),
    (None, "Amazon EC2", "000000000002", "i-0nobody", "t3.micro", 0.25),
)


def charges() -> list[dict[str, Any]]:
    """Three months of daily charges with a spike, a new resource and a month's tax."""
    made = []
    for month in MONTHS:
        after = (month + timedelta(days=32)).replace(day=1)
        for number in range((after - month).days):
            for team, service, account, resource, kind, cost in RESOURCES:
                spikes = (team, service) == SPIKE[:2] and month.month == 10 and SPIKE[2] <= number + 1 <= SPIKE[3]
                more = 1.5 if month.month == 10 and service == "Amazon SageMaker" else 1.0
                names = {"ServiceName": service, "SubAccountId": account, "ResourceId": resource, "x_instance_type": kind, "x_usage_type": f"use:{kind}"}
                tags = {"Tags": [("team", team)] if team else []}
                made.append(charge(month, after, month + timedelta(days=number), cost * more * (4 if spikes else 1), quantity=24 * more) | names | tags)
        tax = {"ChargeCategory": "Tax", "ServiceName": "Amazon EC2", "SubAccountId": "000000000001", "Tags": [], "x_line_item_type": "Tax"}
        made.append(charge(month, after, month, 60, days=(after - month).days) | tax)
    return made


def charge(month: date, after: date, day: date, cost: float, *, days: int = 1, quantity: float | None = None) -> dict[str, Any]:
    start = datetime(day.year, day.month, day.day)
    amounts = {column: Decimal(str(round(cost, 6))) for column in SCHEMA if column in MONEY}
    return {
        **SHARED_COLUMNS,
        **amounts,
        "ListCost": Decimal(str(round(cost * 1.2, 6))),
        "x_trueup_cost": Decimal(0),
        "x_upfront_cost": Decimal(0),
        "ConsumedQuantity": quantity,
        "ChargeCategory": "Usage",
        "x_line_item_type": "Usage",
        "BillingPeriodStart": datetime(month.year, month.month, 1),
        "BillingPeriodEnd": datetime(after.year, after.month, 1),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(days=days),
    }


MONEY = {"BilledCost", "ContractedCost", "EffectiveCost", "x_unblended_cost", "x_net_unblended_cost", "x_amortized_cost", "x_net_amortized_cost"}


@pytest.fixture(scope="session")
def bill() -> Iterator[Bill]:
    engine = Engine()
    rows = charges()
    engine.backend.con.register("made", pa.Table.from_pylist(rows, schema=SCHEMA.to_pyarrow()))
    stored = engine.store("charges", SCHEMA, "SELECT * FROM made")
    keys = (TagKey(key="team", columns=(), spelling="team"),)
    yield Bill(charges=stored, engine=engine, files=(Path(HOSTILE),), format="made", rows=len(rows), currency="USD", tag_keys=keys, synthetic=True)
    engine.close()


@pytest.fixture(scope="session")
def report(bill: Bill) -> Report:
    return build_report(bill, asked=Asked())


@pytest.fixture(scope="session")
def page_file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(report), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("the browser tests need Chromium: install it, so that `chromium` or `google-chrome` is on PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


class Opened:
    """A page that is ready, with what it asked for and what it complained of."""

    def __init__(self, browser: Any, path: Path, width: int, **context: Any) -> None:
        self.address = path.as_uri()
        self.page = browser.new_page(viewport={"width": width, "height": 844}, **context)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.go("")

    def go(self, hash: str) -> None:
        """Open the page anew at an address: a new document, so that nothing is left of the last one."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}{hash}")
        self.ready()

    def afresh(self) -> None:
        """The page as it opens, without loading it again: no filter, nothing open."""
        self.page.evaluate("""() => {
            document.querySelectorAll("details").forEach((each) => (each.open = false));
            history.replaceState(null, "", location.pathname);
            window.dispatchEvent(new HashChangeEvent("hashchange"));
        }""")
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_function("document.documentElement.dataset.ready === 'true'")

    def choose(self, name: str, value: str) -> None:
        self.page.select_option(f"#filter-{name}", value)
        self.ready()

    def search(self, text: str) -> None:
        self.page.fill("#filter-query", text)
        self.ready()

    def reset(self) -> None:
        self.page.click("text=Reset filters")
        self.ready()

    def rows(self, table: str) -> list[list[str]]:
        """The visible rows of a table, as text."""
        texts = "(rows) => rows.filter((row) => !row.hidden).map((row) => [...row.cells].map((cell) => cell.textContent))"
        return self.page.locator(f"#{table} tbody tr").evaluate_all(texts)

    def hash(self) -> str:
        return self.page.evaluate("location.hash")


@pytest.fixture(scope="module")
def pages(browser: Any, page_file: Path) -> Iterator[dict[int, Opened]]:
    """The page at both widths; at the module's end it has asked for nothing, complained of nothing and run nothing of the bill."""
    made = {width: Opened(browser, page_file, width) for width in (1280, 390)}
    yield made
    for each in made.values():
        assert each.complaints == []
        assert {url.split(":")[0] for url in each.requests} <= {"file", "data", "blob", "about"}
        assert {url.split("#")[0] for url in each.requests if url.startswith("file:")} == {page_file.as_uri()}
        assert each.page.evaluate("window.hacked") is None
        each.page.close()


@pytest.fixture(params=[1280, 390])
def opened(request: pytest.FixtureRequest, pages: dict[int, Opened]) -> Opened:
    """The page without filters."""
    pages[request.param].afresh()
    return pages[request.param]


@pytest.fixture
def wide(pages: dict[int, Opened]) -> Opened:
    """The wide page without filters."""
    pages[1280].afresh()
    return pages[1280]
