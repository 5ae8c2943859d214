"""Reports for the report's tests, each built once a session: a page test varies one by `model_copy`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cost.bill.model import Bill
from cost.report import Asked, Report, build_report, render_html
from cost.synthetic import SyntheticBill

BUDGETS = """budgets:
  - {name: whole, amount: 1000, currency: USD}
  - {name: vision, amount: 100000, currency: USD, scope: {tags: {team: [vision]}}}
"""
PARTS = ("commitment_use", "transfer", "forecast", "tag_coverage", "close", "formulas", "budgets")
"""What `asked` adds to a report."""


@pytest.fixture(scope="session")
def asked(generated_bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The generated bill's report with every insight, and budgets."""
    path = tmp_path_factory.mktemp("asked") / "budgets.yml"
    path.write_text(BUDGETS, encoding="utf-8")
    return build_report(generated_bill, asked=Asked(budgets=path))


@pytest.fixture(scope="session")
def report(asked: Report) -> Report:
    """The same without the insights: what is built where they are not asked for (test_build proves that it is the same)."""
    return asked.model_copy(update=dict.fromkeys(PARTS))


@pytest.fixture(scope="session")
def html(asked: Report) -> str:
    """The page of the generated bill with every section."""
    return render_html(asked)


@pytest.fixture(scope="session")
def sample_report(sample: Bill, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The real sample's report with every insight, unblended, and with a count of what it has not."""
    path = tmp_path_factory.mktemp("counts") / "counts.csv"
    path.write_text("resource,period,metric,value\nno-such-endpoint,2023-11,predictions,10\n", encoding="utf-8")
    return build_report(sample, cost="unblended", asked=Asked(counts=path))


@pytest.fixture(scope="session")
def synthetic(generated: tuple[SyntheticBill, Path]) -> SyntheticBill:
    """What is known of the generated bill."""
    return generated[0]
