"""The report's page in Chromium, from a file: its filters reach every chart and table, the address keeps them, nothing runs or leaves."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser
FORMULA = "=1+cmd|' /C calc'!A0"


def total(opened: Any) -> str:
    return opened.page.locator("#filter-total").inner_text()


def amount(text: str) -> float:
    return float(text.replace(",", "").replace("+", ""))


def column(opened: Any, table: str, at: int) -> float:
    return sum(amount(row[at]) for row in opened.rows(table))


def test_every_chart_is_drawn_inside_the_page(opened: Any):
    page = opened.page
    shown = page.locator(".chart:visible")
    assert shown.count() == page.locator(".chart:visible svg").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for right in page.evaluate("[...document.querySelectorAll('.chart svg')].map((svg) => svg.getBoundingClientRect().right)"):
        assert right <= page.viewport_size["width"]


def test_each_chart_has_a_table_under_it(opened: Any):
    assert opened.page.evaluate(
        "[...document.querySelectorAll('.chart')].filter((chart) => !chart.parentElement.querySelector('table')).map((chart) => chart.id)"
    ) == []  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("group", "vision"), ("service", "Amazon S3"), ("account", "000000000002")])
def test_a_filter_reaches_every_table_and_every_chart(wide: Any, name: str, value: str):
    everything = column(wide, "drill", 1)
    whole = {table: wide.rows(table) for table in ("movers", "by-group", "by-service", "by-account", "group-table", "service-table", "account-table")}
    wide.choose(name, value)
    part = column(wide, "drill", 1)
    assert 0 < part < everything
    for table in ("by-group", "by-service", "by-account"):
        assert column(wide, table, 1) == pytest.approx(part, abs=0.03)
    assert [table for table, rows in whole.items() if wide.rows(table) == rows] == []
    assert wide.rows(f"by-{name}")[0][0] == value
    assert wide.page.locator(f"#{name}-chart svg").text_content().count(value.replace("Amazon ", "")) == 1
    assert f"{part:,.2f} USD" in total(wide)
    wide.reset()
    assert {table: wide.rows(table) for table in whole} == whole


def test_the_cost_kind_reaches_every_table(wide: Any):
    before = {table: column(wide, table, 1) for table in ("drill", "by-group", "by-service", "by-account")}
    days = wide.rows("group-table")
    wide.choose("kind", "list")
    for table, amortized in before.items():
        assert column(wide, table, 1) == pytest.approx(amortized * 1.2, rel=0.05)
    assert wide.rows("group-table") != days
    assert "list cost" in total(wide)


def test_a_month_is_compared_with_the_month_before_it_on_equal_days(wide: Any):
    wide.choose("view", "2026-09")
    assert "against August 2026 on equal days" in total(wide)
    assert column(wide, "drill", 2) == pytest.approx(column(wide, "drill", 1), rel=0.001)
    assert wide.page.locator("#drill thead th").all_inner_texts()[1] == "September 2026"
    wide.choose("view", "whole")
    assert {row[3] for row in wide.rows("drill")} == {"unknown"}
    assert wide.rows("movers") == []
    assert [row[0] for row in wide.rows("group-table")] == ["2026-08", "2026-09", "2026-10"]
    assert wide.page.locator("#daily-group h3").inner_text() == "By team, each month"


def test_the_search_finds_resources_and_never_the_rest(wide: Any):
    wide.search("I-0")
    assert {row[0] for row in wide.rows("by-group")} == {"vision", "language", "untagged"}
    wide.search("lake")
    assert [row[0] for row in wide.rows("by-service")] == ["Amazon S3"]
    assert wide.rows("group-table")[-1][-1] == "3.10"


def test_a_table_that_can_not_follow_a_filter_says_so(wide: Any):
    scope = wide.page.locator(".table:has(#totals) .scope")
    assert not scope.is_visible()
    wide.choose("group", "vision")
    assert scope.inner_text() == "Not filtered by team."
    assert wide.page.locator("#headline-scope").is_visible()
    assert not wide.page.locator(".table:has(#by-group) .scope").is_visible()


def test_spikes_and_rows_of_other_teams_are_hidden(wide: Any):
    heading = wide.page.locator("#spikes h3", has_text="vision, Amazon EC2")
    assert heading.first.is_visible()
    wide.choose("group", "language")
    assert heading.first.is_hidden()
    assert wide.rows("untagged-resources") == []


def test_a_choice_without_charges_says_so_in_place_of_charts_and_tables(opened: Any):
    page = opened.page
    opened.choose("group", "vision")
    opened.choose("service", "Amazon SageMaker")
    assert page.locator("#nothing").inner_text().startswith("Nothing for this choice")
    assert page.locator("#daily .chart:visible, #drill:visible").count() == 0
    assert page.locator("#export-daily").is_disabled()
    opened.choose("service", "")
    assert not page.locator("#nothing").is_visible()
    assert page.locator("#group-chart svg").bounding_box()["width"] > 100
    assert page.locator("#export-daily").is_enabled()


def test_the_address_keeps_the_choice_so_that_a_link_can_be_shared(wide: Any):
    wide.choose("group", FORMULA)
    wide.choose("kind", "billed")
    wide.choose("view", "2026-09")
    shown, hash = wide.rows("drill"), wide.hash()
    wide.go(hash)
    assert wide.page.input_value("#filter-group") == FORMULA
    assert (wide.rows("drill"), wide.hash()) == (shown, hash)
    wide.go("")


def test_a_hostile_address_is_ignored(wide: Any):
    wide.go("#view=x&group=%3Cscript%3E&kind=__proto__&open=%7B&sort=drill%20NaN%20up&sort=nothing%201%20up&at=%22&resource=%3Cimg%3E")
    assert wide.page.input_value("#filter-group") == ""
    assert 'resources that contain "<img>"' in total(wide)
    wide.go("")


def test_links_go_to_their_sections_and_keep_the_filters(wide: Any):
    wide.choose("group", "vision")
    wide.page.click("nav a:has-text('Untagged')")
    assert wide.page.evaluate("document.activeElement.id") == "untagged"
    assert "group=vision" in wide.hash() and "at=untagged" in wide.hash()


def test_text_of_the_bill_is_text(wide: Any):
    assert wide.page.locator("#by-group td", has_text="<img src=x").count() == 1
    assert wide.page.locator("main img, main script").count() == 0


def test_charts_follow_the_width(wide: Any):
    page = wide.page
    width = "document.querySelector('#movers-chart svg').getBoundingClientRect().width"
    before = page.evaluate(width)
    page.set_viewport_size({"width": 600, "height": 844})
    page.wait_for_function(f"{width} < {before / 2 + 100}")
    page.set_viewport_size({"width": 1280, "height": 844})
    page.wait_for_function(f"{width} > {before - 5}")


def test_the_bars_figures_are_inside_their_chart(opened: Any):
    found = opened.page.evaluate("""[...document.querySelectorAll('#movers-chart svg text')].map((text) => {
        const box = text.getBoundingClientRect(), chart = text.closest('svg').getBoundingClientRect();
        return [text.textContent, box.left >= chart.left - 1 && box.right <= chart.right + 1];
    })""")
    assert [text for text, _ in found if text.startswith("+")]
    assert [text for text, fits in found if not fits] == []
