from __future__ import annotations

import pytest

from cost.bill.model import Bill
from cost.report import Asked, Report, build_report, render_csv, render_html, render_markdown
from cost.report.sections import sections

BUDGETS = """budgets:
  - {name: whole, amount: 3000, currency: USD}
  - {name: vision, amount: 100000, currency: USD, scope: {tags: {team: [vision]}}}
"""
HEADINGS = ("Forecast", "Budgets", "Tag coverage", "Commitments", "Data transfer", "Who pays", "Month close", "Why other totals differ")


@pytest.fixture(scope="module")
def asked(generated_bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = tmp_path_factory.mktemp("asked") / "budgets.yml"
    path.write_text(BUDGETS, encoding="utf-8")
    return build_report(generated_bill, asked=Asked(budgets=path))


def test_every_insight_is_a_section_of_page_markdown_and_csv(asked: Report):
    page, text, csv = render_html(asked), render_markdown(asked), render_csv(asked)
    for heading in HEADINGS:
        assert f"<h2>{heading}</h2>" in page
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


def test_what_a_bill_can_not_give_is_a_warning_and_no_section_is_dropped(sample: Bill):
    made = build_report(sample, cost="unblended", asked=Asked())
    assert made.forecast is None or made.forecast.backtest is None
    assert [each.heading for each in sections(made)][4:12] == list(HEADINGS)
    if made.forecast is None:
        assert "no_forecast" in {each.code for each in made.warnings}


def test_without_asking_there_are_no_insights_and_none_is_claimed(report: Report):
    assert report.forecast is report.close is report.formulas is None
    assert "Why other totals differ" not in render_markdown(report)
