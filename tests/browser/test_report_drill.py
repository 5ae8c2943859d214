"""Drill-down in Chromium: team, service, resource; by mouse, by keyboard, by a link."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def names(opened: Any) -> list[str]:
    return [row[0] for row in opened.rows("drill")]


def focused(opened: Any) -> str:
    return opened.page.evaluate("document.activeElement.textContent")


def press(opened: Any, *keys: str) -> None:
    for key in keys:
        opened.page.keyboard.press(key)


def start(opened: Any, team: str) -> Any:
    button = opened.page.locator("#drill button.twist", has_text=team).first
    button.focus()
    return button


def test_a_team_opens_to_its_services_and_a_service_to_its_resources(opened: Any):
    page = opened.page
    page.click("#drill button.twist:has-text('vision')")
    at = names(opened).index("vision")
    assert names(opened)[at + 1 : at + 3] == ["Amazon EC2", "Amazon S3"]
    page.click("#drill button.twist:has-text('Amazon EC2')")
    assert names(opened)[at + 2 : at + 4] == ["i-0aaa (g5.xlarge)", "i-0bbb (g5.xlarge)"]
    parts = [[float(cell.replace(",", "")) for cell in row[1:3]] for row in opened.rows("drill")[at : at + 5]]
    team, service, one, other, lake = parts
    for column in (0, 1):
        assert one[column] + other[column] == pytest.approx(service[column], abs=0.02)
        assert service[column] + lake[column] == pytest.approx(team[column], abs=0.02)


def test_closing_a_team_closes_all_of_it(wide: Any):
    page = wide.page
    closed = names(wide)
    page.click("#drill button.twist:has-text('vision')")
    page.click("#drill button.twist:has-text('Amazon S3')")
    page.click("#drill button.twist:has-text('vision')")
    assert names(wide) == closed
    page.click("#drill button.twist:has-text('vision')")
    assert len(names(wide)) == len(closed) + 2


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_opens_and_the_focus_stays(opened: Any, key: str):
    button = start(opened, "vision")
    assert button.get_attribute("aria-expanded") == "false"
    press(opened, key)
    assert focused(opened) == "vision"
    assert start(opened, "vision").get_attribute("aria-expanded") == "true"
    press(opened, "Tab")
    assert focused(opened) == "Amazon EC2"


def test_arrows_walk_the_tree(wide: Any):
    start(wide, "vision")
    press(wide, "ArrowRight", "ArrowRight")
    assert focused(wide) == "Amazon EC2"
    press(wide, "ArrowRight")
    assert "i-0aaa (g5.xlarge)" in names(wide)
    press(wide, "ArrowDown")
    assert focused(wide) == "Amazon S3"
    press(wide, "ArrowUp", "ArrowLeft", "ArrowLeft")
    assert focused(wide) == "vision"
    press(wide, "ArrowLeft")
    assert "Amazon EC2" not in names(wide)
    press(wide, "End", "Home")
    assert focused(wide) == names(wide)[0]


def test_a_link_opens_what_was_open(wide: Any):
    start(wide, "vision")
    press(wide, "Enter", "Tab", "Enter")
    shown, hash = names(wide), wide.hash()
    assert "i-0aaa (g5.xlarge)" in shown
    wide.go(hash)
    assert names(wide) == shown
    wide.go("")


def test_a_hostile_name_opens_like_any_other(wide: Any):
    wide.page.click("#drill button.twist:has-text('<img src=x')")
    assert len([name for name in names(wide) if "<img" in name]) == 2
    assert wide.page.evaluate("window.hacked") is None


def test_the_filters_reach_inside(wide: Any):
    start(wide, "vision")
    press(wide, "Enter", "Tab", "Enter")
    wide.choose("account", "000000000002")
    assert "i-0aaa (g5.xlarge)" not in names(wide)
    assert "i-0bbb (g5.xlarge)" in names(wide)
