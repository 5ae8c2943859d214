"""The report's page in Chromium, from a file: filters, drill-down by keyboard, csv, no request, no error, no overflow."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cost.bill import read_bill
from cost.estimate.model import Estimate, EstimateLine, PriceDates, PurchaseOption, Range, ResourceEstimate, Status
from cost.report import build_report, render_html
from cost.synthetic import generate_bill
from cost.units import MONTH_HOURS

pytestmark = pytest.mark.browser
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
FORMULA = "=1+cmd|' /C calc'!A0"
HOSTILE = "<img src=x onerror=window.hacked=1></script><script>window.hacked=1</script>"


def resource(name: str, service: str, quantity: float, price: float, kind: str | None = None) -> ResourceEstimate:
    amounts = Range(min=quantity, expected=quantity, max=quantity)
    line = EstimateLine(
        component=kind or name,
        service=service,
        unit="hour",
        quantity=amounts,
        unit_price=price,
        price_source="made up for a test",
        price_date=date(2026, 1, 1),
        confidence="test",
        monthly_cost=amounts.scaled(price),
        purchase_option=PurchaseOption.ON_DEMAND,
        instance_type=kind,
    )
    return ResourceEstimate(
        urn=f"urn:{name}", type="t", name=name, region="us-east-1", status=Status.PRICED, tags={"team": "platform"}, lines=(line,), monthly_cost=amounts
    )


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    resources = (
        resource("cluster", "Amazon EKS", MONTH_HOURS, 0.10),
        resource("gpu", "Amazon EC2", 2 * MONTH_HOURS, 1.006, "g5.xlarge"),
        resource("system", "Amazon EC2", 2 * MONTH_HOURS, 0.096, "m6i.large"),
        resource("endpoint", "Amazon SageMaker", 2 * MONTH_HOURS, 1.408, "ml.g5.xlarge"),
        resource("odd", "Amazon VPC", MONTH_HOURS, 0.045),
    )
    estimate = Estimate(prices=PriceDates(oldest=None, newest=None), resources=resources, by_component={}, by_tag={}, total=Range(min=0, expected=1, max=1))
    bill = read_bill(generate_bill(estimate, folder, teams={"gpu": "vision", "endpoint": FORMULA, "odd": HOSTILE}).files)
    path = folder / "report.html"
    path.write_text(render_html(build_report(bill)), encoding="utf-8")
    bill.engine.close()
    return path


@pytest.fixture(scope="module")
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

    def __init__(self, browser: Any, path: Path, width: int) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 844})
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_function("document.documentElement.dataset.ready === 'true'")


@pytest.fixture(params=[1280, 390])
def opened(request: pytest.FixtureRequest, browser: Any, page_file: Path) -> Iterator[Opened]:
    """The page at both widths; at the end it has asked for nothing and complained of nothing."""
    made = Opened(browser, page_file, request.param)
    yield made
    assert made.complaints == []
    assert {url.split(":")[0] for url in made.requests} <= {"file", "data", "blob"}
    assert [url for url in made.requests if url.startswith("file:")] == [page_file.as_uri()]
    assert made.page.evaluate("window.hacked") is None
    made.page.close()


def test_every_chart_is_drawn_and_nothing_overflows(opened: Opened):
    page = opened.page
    assert page.locator(".chart").count() == page.locator(".chart svg").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for box in page.evaluate("[...document.querySelectorAll('.chart svg')].map((svg) => svg.getBoundingClientRect().right)"):
        assert box <= page.viewport_size["width"]


def test_charts_follow_the_width(browser: Any, page_file: Path):
    page = Opened(browser, page_file, 1280).page
    wide = page.evaluate("document.querySelector('#movers-chart svg').getBoundingClientRect().width")
    page.set_viewport_size({"width": 600, "height": 844})
    page.wait_for_function(f"document.querySelector('#movers-chart svg').getBoundingClientRect().width < {wide / 2 + 100}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_filters_change_the_figures_and_reset_brings_them_back(opened: Opened):
    page = opened.page
    total, drill = page.locator("#filter-total"), page.locator("#drill tbody tr:visible")
    whole = total.inner_text()
    page.select_option("#filter-group", label="vision")
    assert total.inner_text().startswith("vision, amortized:")
    assert drill.count() == 1
    by_team = total.inner_text()
    page.select_option("#filter-kind", label="unblended")
    assert total.inner_text() != by_team
    page.click("text=Reset filters")
    page.wait_for_function("(text) => document.getElementById('filter-total').textContent === text", arg=whole)
    assert drill.count() > 3


def test_a_choice_without_charges_says_so_in_place_of_charts_and_tables(opened: Opened):
    page = opened.page
    assert not page.locator("#nothing").is_visible()
    page.select_option("#filter-group", label="vision")
    page.select_option("#filter-service", label="Amazon SageMaker")
    assert page.locator("#nothing").inner_text().startswith("Nothing for this choice")
    assert page.locator("#spend .chart:visible, #spend table:visible").count() == 0
    assert page.locator("#export-daily").is_disabled()
    assert page.locator("#export-resources").is_disabled()
    page.select_option("#filter-service", label="all")
    page.wait_for_function("document.querySelector('#group-chart svg').getBoundingClientRect().width > 100")
    assert not page.locator("#nothing").is_visible()
    assert page.locator("#drill tbody tr:visible").count() == 1
    assert page.locator("#export-daily").is_enabled()


def test_the_bars_figures_are_inside_their_chart(opened: Opened):
    inside = """[...document.querySelectorAll('#movers-chart svg text')].map((text) => {
        const box = text.getBoundingClientRect(), chart = text.closest('svg').getBoundingClientRect();
        return [text.textContent, box.left >= chart.left && box.right <= chart.right];
    })"""
    found = opened.page.evaluate(inside)
    assert [text for text, _ in found if text.startswith("+")]
    assert [text for text, fits in found if not fits] == []


def test_a_phone_shows_wide_tables_row_by_row(opened: Opened):
    page = opened.page
    wide = page.viewport_size["width"] > 520
    cell = page.locator("#changed table.stack tbody td").first
    assert cell.evaluate("(cell) => getComputedStyle(cell.parentElement).display") == ("table-row" if wide else "flex")
    assert cell.evaluate("(cell) => getComputedStyle(cell, '::before').content") == ("none" if wide else '"team "')
    cut = """[...document.querySelectorAll('.scroll:has(> table.stack, > table.fit)')]
        .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)"""
    assert page.evaluate(cut) == []


def test_the_table_under_a_chart_follows_the_filters(opened: Opened):
    page = opened.page
    page.click("summary:has-text('daily spend by team')")
    head = page.locator("#group-table thead th")
    assert head.count() > 3
    page.select_option("#filter-group", label="vision")
    assert head.all_inner_texts() == ["day", "vision"]
    assert page.locator("#group-table tbody tr").count() == 61


def test_the_drill_down_works_by_keyboard(opened: Opened):
    page = opened.page
    rows = page.locator("#drill tbody tr:visible")
    before = rows.count()
    team = page.locator("#drill button", has_text="vision").first
    team.focus()
    page.keyboard.press("Enter")
    assert team.get_attribute("aria-expanded") == "true"
    assert rows.count() == before + 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Amazon Elastic Compute Cloud"
    page.keyboard.press("Space")
    assert page.locator("#drill .resource:visible", has_text="i-").count() >= 6
    team.focus()
    page.keyboard.press("Enter")
    assert rows.count() == before


def exported(page: Any, button: str) -> list[list[str]]:
    with page.expect_download() as download:
        page.click(f"#{button}")
    return list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))


def test_the_csv_holds_the_filtered_days_and_no_formula(opened: Opened):
    page = opened.page
    rows = exported(page, "export-daily")
    assert rows[0][:3] == ["day", "team", "service"]
    assert rows[0][-1] == "note"
    assert {row[-1] for row in rows[1:]} == {"synthetic"}
    assert f"'{FORMULA}" in {row[1] for row in rows}
    assert not [cell for row in rows for cell in row[:3] if cell[:1] in "=+-@\t"]
    page.select_option("#filter-group", label="vision")
    only = exported(page, "export-daily")
    assert {row[1] for row in only[1:]} == {"vision"}
    assert len(only) < len(rows)


def test_the_resources_csv_adds_up_to_the_daily_csv(opened: Opened):
    daily, resources = exported(opened.page, "export-daily"), exported(opened.page, "export-resources")
    column = daily[0].index("amortized"), resources[0].index("amortized")
    assert sum(float(row[column[0]]) for row in daily[1:]) == pytest.approx(sum(float(row[column[1]]) for row in resources[1:]), abs=1e-4)


def test_printing_opens_the_tables(browser: Any, page_file: Path):
    page = Opened(browser, page_file, 1280).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    page.close()
