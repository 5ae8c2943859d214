"""Tests of plinth.console: what a stranger's text may do to a terminal, which is nothing."""

from __future__ import annotations

import pytest

from plinth.console import console, printable, table

HOSTILE = ("\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "a\rb", "\u202egnp.exe", "\x00", "\ud800", "[bold]x[/]", "[/nothing]", ":bomb:", "{{7*7}}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ünïcode 漢字 €", "plain – ünïcode 漢字 €"),
        ("\x1b[2Jred", "�[2Jred"),
        ("\x9b2J\x00\u202e\ud800", "�2J���"),
        ("two\r\nlines\tand\u00a0spaces", "two  lines and spaces"),
        ("", ""),
    ],
)
def test_a_text_becomes_one_line_that_steers_nothing(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_it_is_wherever_it_stands(text, capsys):
    out = console()
    out.print(f"line {text}")
    out.print(table(text, (text, "b"), [(text, 1)], right=(text,)))
    shown = capsys.readouterr().out
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert shown.count(printable(text)) == 4


def test_a_lines_own_breaks_are_kept_and_a_cells_are_not(capsys):
    out = console()
    out.print("one\ntwo")
    out.print(table(None, ("a",), [("three\nfour",)]))
    shown = capsys.readouterr().out
    assert shown.startswith("one\ntwo\n")
    assert "three four" in shown


def test_a_title_and_a_right_column_look_as_such(capsys):
    console().print(table("Totals", ("cost", "amount"), [("billed", "1.00"), ("list", "1,000.00")], right=("amount",)))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "Totals"
    assert lines[-3:] == ["billed       1.00", "list     1,000.00", ""]
