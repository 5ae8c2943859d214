from __future__ import annotations

import pytest

from cost.report import Report, render_csv, render_markdown
from cost.report.sections import sections

HEADINGS = ("Forecast", "Budgets", "Tag coverage", "Commitments", "Data transfer", "Who pays", "Month close", "Why other totals differ")


def test_every_insight_is_a_section_of_page_markdown_and_csv(asked: Report, html: str):
    text, csv = render_markdown(asked), render_csv(asked)
    for heading in HEADINGS:
        assert f"<h2>{heading}</h2>" in html
        assert f"\n## {heading}\n" in text
    for section in ("forecast", "budgets", "tags", "commitments", "close", "formulas"):
        assert f"\r\n{section}," in csv


def test_the_insights_tell_the_same_totals_as_the_report(asked: Report):
    whole = asked.headline.bill_totals.amortized
    assert asked.formulas and asked.formulas.totals.values["amortized"] == pytest.approx(whole, abs=1e-6)
    assert asked.close and sum(month.totals.amortized for month in asked.close.months) == pytest.approx(whole, abs=1e-6)
    assert asked.forecast and asked.forecast.total.months[0].actual == pytest.approx(asked.headline.totals.amortized, abs=1e-6)


def test_a_budget_is_held_against_its_own_forecast(asked: Report):
    assert asked.budgets and asked.forecast
    newest = {each.name: each for each in asked.budgets.results if each.period == "2026-10"}
    assert newest["whole"].state == "over"
    assert newest["vision"].state == "ok"


def test_what_was_not_asked_for_says_how_to_ask(asked: Report):
    assert asked.allocation is asked.chargeback is None
    said = " ".join(text for section in sections(asked) for block in section.blocks for text in block.paragraphs)
    assert "give --rules" in said
    assert "give --counts" in said
    assert "give --budgets" not in said


def test_what_a_bill_can_not_give_is_a_warning_and_no_section_is_dropped(sample_report: Report):
    made = sample_report
    assert made.forecast is None or made.forecast.backtest is None
    assert [each.heading for each in sections(made)][4:12] == list(HEADINGS)
    if made.forecast is None:
        assert "no_forecast" in {each.code for each in made.warnings}


def test_what_rules_and_counts_are_warned_of_stands_with_the_bills_own_warnings_once(sample_report: Report):
    assert sample_report.chargeback is not None
    said = [each for each in sample_report.warnings if each.code == "count_not_in_bill"]
    assert len(said) == 1
    assert "no-such-endpoint" in said[0].message
    assert len(sample_report.warnings) == len({each.model_dump_json() for each in sample_report.warnings})


def test_without_asking_there_are_no_insights_and_none_is_claimed(report: Report):
    assert "Why other totals differ" not in render_markdown(report)
