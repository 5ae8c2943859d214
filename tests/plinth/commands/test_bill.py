from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cost.bill.model import BillSummary
from cost.estimate.model import Estimate, EstimateLine, PriceDates, Range, ResourceEstimate, Status
from cost.synthetic import generate_bill
from plinth.commands import bill
from plinth.commands.paths import SYNTHETIC
from plinth.errors import InputError

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def run(*arguments: object) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    bill.register(app)
    result = CliRunner().invoke(app, ["bill", *(str(argument) for argument in arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    quantity = Range(min=730, expected=730, max=730)
    line = EstimateLine(
        component="control plane",
        service="Amazon EKS",
        unit="hour",
        quantity=quantity,
        unit_price=0.1,
        price_source="made up for a test",
        price_date="2026-01-01",  # type: ignore[arg-type]
        confidence="test",
        monthly_cost=quantity.scaled(0.1),
    )
    resource = ResourceEstimate(urn="urn:a", type="t", name="a", region="us-east-1", status=Status.PRICED, tags={"team": "platform"}, lines=(line,))
    estimate = Estimate(prices=PriceDates(oldest=None, newest=None), resources=(resource,), by_component={}, by_tag={}, total=quantity)
    out = tmp_path_factory.mktemp("synthetic")
    generate_bill(estimate, out, untagged_share=0)
    return out


def test_the_tables_show_every_cost_kind_and_fit_100_columns():
    text = run(SAMPLE)
    for kind in bill.KINDS:
        assert f" {kind} " in text
    assert "1,281 rows" in text
    assert "open_month" in text
    assert "every charge is untagged" in text
    assert max(len(row) for row in text.splitlines()) <= 100


def test_the_totals_say_what_each_leaves_out():
    text = " ".join(run(SAMPLE).split())
    assert "list has no discounts" in text
    assert text.index("Totals") < text.index("list has no discounts") < text.index("By service")


def test_list_cost_is_what_the_note_says(tmp_path: Path):
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    lines = [("Usage", 10, 12), ("Tax", 5, ""), ("Tax", 3, 2), ("Credit", -4, ""), ("EdpDiscount", -1, ""), ("Refund", -2, "")]
    with (tmp_path / "bill.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[*first, "resourceTags/user:team"])
        writer.writeheader()
        for number, (kind, cost, public) in enumerate(lines):
            changed = {"identity/LineItemId": f"id{number}", "lineItem/LineItemType": kind, "lineItem/UnblendedCost": cost}
            writer.writerow(first | changed | {"pricing/publicOnDemandCost": public})
    costs = json.loads(run(tmp_path, "--json"))["by_line_item_type"]
    assert {kind: (each["list"], each["contracted"]) for kind, each in costs.items()} == {
        "Usage": (12, 10), "Tax": (2, 8), "Credit": (-4, -4), "EdpDiscount": (0, -1), "Refund": (-2, -2),
    }  # fmt: skip


def test_what_a_bill_does_not_have_is_said_and_is_no_empty_table(synthetic: Path, capsys: pytest.CaptureFixture[str]):
    summary = BillSummary.model_validate_json(run(synthetic, "--json"))
    unknown = {key: tag.model_copy(update={"coverage": None}) for key, tag in summary.tags.items()}
    none = summary.completeness.model_copy(update={"accounts": ()})
    bill.show(summary.model_copy(update={"warnings": (), "completeness": none, "tags": unknown}))
    text = capsys.readouterr().out
    assert "Warnings: none." in text
    assert "Completeness: the bill has no usage" in text
    assert "By tag team (the bill has no amortized usage)" in text
    assert "unknown of" not in text


def test_the_json_is_the_summary():
    summary = json.loads(run(SAMPLE, "--json"))
    assert summary["totals"]["unblended"] == pytest.approx(1.6823086974)
    assert summary["format"] == "legacy CUR csv"


def test_a_synthetic_bill_says_so_in_both_outputs(synthetic: Path):
    assert SYNTHETIC in run(synthetic)
    assert "By tag team" in run(synthetic)
    assert json.loads(run(synthetic, "--json"))["synthetic"] is True


def test_bad_input_is_an_input_error_with_exit_code_3(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        run(tmp_path)
    assert caught.value.exit_code == 3


def test_tag_keys_and_values_that_would_steer_a_terminal_are_printed_as_they_are(tmp_path: Path):
    header, first = SAMPLE.read_text(encoding="utf-8").splitlines()[:2]
    values = ("\x1b[2J\x1b[H", "[/bold]", ":bomb:", "x" * 5_000)
    lines = [f"{first.replace(first.split(',')[0], f'id{number}')},{value}" for number, value in enumerate(values)]
    path = tmp_path / "bill.csv"
    path.write_text("\n".join([f"{header},resourceTags/user:[/red]", *lines]), encoding="utf-8")
    text = run(path)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert len(text.splitlines()) < 80, "a value of 5,000 characters fills one row"
    assert all(shown in text for shown in ("By tag red", "�[2J�[H", "[/bold]", ":bomb:"))
    assert max(len(row) for row in text.splitlines()) <= 100
