"""Tables in Chromium: sorting by their headings, and what their csv holds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
FORMULA = "=1+cmd|' /C calc'!A0"


def exported(opened: Any, button: str) -> list[list[str]]:
    with opened.page.expect_download() as download:
        opened.page.click(button)
    return list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))


def sort(opened: Any, table: str, title: str) -> list[list[str]]:
    opened.page.locator(f"#{table} .sort", has_text=title).first.click()
    return opened.rows(table)


def amounts(rows: list[list[str]], at: int) -> list[float]:
    return [float(row[at].replace(",", "").replace("+", "")) for row in rows]


def test_a_heading_sorts_and_sorts_the_other_way(opened: Any):
    heading = opened.page.locator("#by-service th", has_text="whole bill")
    assert heading.get_attribute("aria-sort") is None
    down = amounts(sort(opened, "by-service", "whole bill"), 5)
    assert heading.get_attribute("aria-sort") == "descending"
    up = amounts(sort(opened, "by-service", "whole bill"), 5)
    assert heading.get_attribute("aria-sort") == "ascending"
    assert down == sorted(down, reverse=True)
    assert up == down[::-1]
    names = [row[0] for row in sort(opened, "by-service", "service")]
    assert names == sorted(names, key=str.lower)
    assert heading.get_attribute("aria-sort") is None


def test_a_heading_sorts_by_keyboard_and_the_address_keeps_it(wide: Any):
    wide.page.locator("#totals .sort").nth(1).focus()
    wide.page.keyboard.press("Enter")
    shown = amounts(wide.rows("totals"), 1)
    assert shown == sorted(shown, reverse=True)
    assert "sort=totals+1+down" in wide.hash()


def test_sorting_holds_when_the_filters_change(wide: Any):
    sort(wide, "by-service", "change")
    wide.choose("kind", "list")
    changes = amounts(wide.rows("by-service"), 3)
    assert changes == sorted(changes, reverse=True)


def test_the_drill_down_sorts_at_each_level(wide: Any):
    wide.page.click("#drill button.twist:has-text('vision')")
    names = [row[0] for row in sort(wide, "drill", "team")]
    teams = wide.page.locator("#drill th.level-1").all_inner_texts()
    assert teams == sorted(teams, key=lambda name: name.lstrip("=<").lower()) or teams[-1] > teams[0]
    at = names.index("vision")
    assert names[at + 1 : at + 3] == ["Amazon EC2", "Amazon S3"]
    names = [row[0] for row in sort(wide, "drill", "team")]
    at = names.index("vision")
    assert names[at + 1 : at + 3] == ["Amazon S3", "Amazon EC2"]


def test_every_table_but_the_drill_down_has_its_csv(opened: Any):
    tables = opened.page.evaluate("[...document.querySelectorAll('main table')].map((table) => table.id)")
    buttons = opened.page.evaluate("[...document.querySelectorAll('.csv')].map((button) => button.parentElement.querySelector('table').id)")
    assert sorted(buttons) == sorted(set(tables) - {"drill"})


def test_a_tables_csv_holds_what_it_shows_unrounded_and_no_formula(wide: Any):
    rows = exported(wide, ".table:has(> .scroll > #by-group) .csv")
    assert rows[0] == ["team", "October 2026", "before, on equal days", "change", "%", "whole bill", "note"]
    assert len(rows) == len(wide.rows("by-group")) + 1
    assert f"'{FORMULA}" in {row[0] for row in rows}
    assert {row[-1] for row in rows[1:]} == {"synthetic"}
    assert not [cell for row in rows for cell in row[:1] if cell[:1] in tuple("=+-@\t\r")]
    wide.choose("group", "vision")
    assert [row[0] for row in exported(wide, ".table:has(> .scroll > #by-group) .csv")[1:]] == ["vision"]


def test_the_csv_of_days_and_of_resources_hold_the_choice_and_add_up(wide: Any):
    wide.choose("service", "Amazon S3")
    days, resources = exported(wide, "#export-daily"), exported(wide, "#export-resources")
    assert days[0][:4] == ["day", "team", "service", "account"]
    assert {row[2] for row in days[1:]} == {"Amazon S3"}
    assert {row[0][:7] for row in days[1:]} == {"2026-10"}
    assert resources[0][:5] == ["team", "service", "account", "resource", "detail"]
    assert f"'{FORMULA}" in {row[3] for row in resources}
    for kind in ("amortized", "list"):
        at = days[0].index(kind), resources[0].index(kind)
        assert sum(float(row[at[0]]) for row in days[1:]) == pytest.approx(sum(float(row[at[1]]) for row in resources[1:]), abs=1e-6)
    assert sum(float(row[days[0].index("amortized")]) for row in days[1:]) == pytest.approx(31 * 4.1, abs=1e-6)
