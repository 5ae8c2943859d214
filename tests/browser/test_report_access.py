"""The page for everyone: axe-core, keyboard only, a phone, paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cost.report import Report
from cost.report.html import Picker, render_html

pytestmark = pytest.mark.browser


def faults(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary']}" for each in found for node in each["nodes"]]


def open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate("window.dispatchEvent(new Event('resize'))")


def test_axe_finds_no_fault_with_everything_open(opened: Any):
    opened.page.click("#drill button.twist:has-text('vision')")
    opened.choose("group", "vision")
    open_all(opened.page)
    assert faults(opened.page) == []


def test_axe_finds_no_fault_in_the_dark(pages: dict[int, Any]):
    page = pages[1280].page
    page.emulate_media(color_scheme="dark")
    pages[1280].afresh()
    open_all(page)
    assert faults(page) == []
    page.emulate_media(color_scheme="light")


def test_the_first_key_skips_to_what_changed(wide: Any):
    wide.go("")
    page = wide.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what changed"
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "changed"


def test_a_filter_works_by_keyboard_alone(wide: Any):
    page = wide.page
    page.focus("#filter-group")
    page.keyboard.type("vis")
    page.keyboard.press("Tab")
    wide.ready()
    assert page.input_value("#filter-group") == "vision"
    assert "team vision" in page.locator("#filter-total").inner_text()


def test_what_has_the_focus_is_seen(wide: Any):
    for selector in ("#filter-group", "#drill button.twist", "#totals .sort", "nav a", "summary"):
        wide.page.locator(selector).first.focus()
        wide.page.keyboard.press("Shift+Tab")
        wide.page.keyboard.press("Tab")
        style = wide.page.evaluate("(() => { const style = getComputedStyle(document.activeElement); return [style.outlineStyle, style.outlineWidth]; })()")
        assert style == ["solid", "3px"], selector


def test_every_button_of_a_phone_can_be_hit(pages: dict[int, Any]):
    pages[390].afresh()
    small = (
        pages[390]
        .page.locator("main button:visible, main select:visible, main input:visible")
        .evaluate_all("""(found) => found
        .map((each) => [`${each.closest("table")?.id} ${each.textContent.slice(0, 30)}`, each.getBoundingClientRect()])
        .filter(([, box]) => box.height < 24 || box.width < 24).map(([text, box]) => `${text} ${box.width}x${box.height}`)""")
    )
    assert small == []


def test_a_phone_shows_wide_tables_row_by_row_and_nothing_cut(opened: Any):
    page = opened.page
    wide = page.viewport_size["width"] > 520
    open_all(page)
    cell = page.locator("#movers tbody td").first
    assert cell.evaluate("(cell) => getComputedStyle(cell.parentElement).display") == ("table-row" if wide else "flex")
    assert cell.evaluate("(cell) => getComputedStyle(cell, '::before').content") == ("none" if wide else '"team "')
    cut = """[...document.querySelectorAll('.scroll:has(> table.stack, > table.fit)')]
        .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.ariaLabel)"""
    assert page.evaluate(cut) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_scrolls_can_be_reached_by_key_and_what_does_not_is_no_stop(opened: Any):
    open_all(opened.page)
    wrong = opened.page.locator(".scroll:visible").evaluate_all("""(found) => found
        .filter((each) => (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1) !== each.hasAttribute('tabindex'))
        .map((each) => each.ariaLabel)""")
    assert wrong == []


def test_nothing_moves_where_motion_is_not_wanted(pages: dict[int, Any]):
    page = pages[1280].page
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.emulate_media(reduced_motion="no-preference")


def test_paper_shows_the_filters_in_words_and_of_what_is_folded_only_what_was_opened(wide: Any):
    page = wide.page
    wide.choose("group", "vision")
    page.emulate_media(media="print")
    assert page.locator("#filter-state").inner_text() == "Shown here: team vision; amortized cost; October 2026."
    assert page.locator("#filters:visible, .csv:visible, .actions:visible, nav:visible").count() == 0
    assert page.locator("details:visible").count() == 0
    page.evaluate("document.querySelector('#daily-group details').open = true")
    assert page.locator("details:visible").count() == 1
    assert page.locator("#group-table:visible tbody tr").count() == 61
    page.set_viewport_size({"width": 700, "height": 990})
    assert (
        page.evaluate("[...document.querySelectorAll('table')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.id)")
        == []
    )
    page.set_viewport_size({"width": 1280, "height": 844})
    page.emulate_media(media="screen")


def test_the_page_prints_on_a4(wide: Any, tmp_path: Path):
    path = tmp_path / "report.pdf"
    wide.page.pdf(path=path, prefer_css_page_size=True)
    text = path.read_bytes()
    assert text.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95" in text or b"/MediaBox [0 0 595" in text


@pytest.mark.parametrize("width", [1280, 390])
def test_the_live_pages_buttons_stand_in_one_row(width: int, browser: Any, report: Report, tmp_path: Path):
    picker = Picker(months=[("2026-10", "October 2026")], teams=["vision"], month="2026-10", team="", read_at="now")
    (tmp_path / "live.html").write_text(render_html(report, picker=picker), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto((tmp_path / "live.html").as_uri())
    show, reload = (page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Show", "Reload the bill"))
    assert show["y"] == reload["y"]
    assert show["x"] + show["width"] < reload["x"]
    assert reload["x"] + reload["width"] <= width
    page.close()
