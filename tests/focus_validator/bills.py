"""Three bills exported as FOCUS 1.2 csv and parquet, for the official validator: the real sample, a generated one, one of every line item type."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from typer.testing import CliRunner

from cost.synthetic import generate_bill
from plinth.commands import focus

TESTS = Path(__file__).parents[1]
SKUS = {"product_sku": "ABCDEFGH12345678", "pricing_rate_code": "ABCDEFGH12345678.JRTCKXETXF.6YS6EN2CT7"}
"""What every priced line of a real bill has and the made ones lack."""


def main(out: Path) -> None:
    """Write the bills and their exports into `out`."""
    app = typer.Typer()
    app.callback()(lambda: None)
    focus.register(app)
    for name, make in (("sample", sample), ("generated", generated), ("every_type", every_type)):
        folder = out / name
        folder.mkdir(parents=True)
        make(folder)
        for ending in ("csv", "parquet"):
            result = CliRunner().invoke(app, ["focus", str(folder), "--out", str(out / f"{name}.{ending}"), "--json"], catch_exceptions=False)
            if result.exit_code:
                raise SystemExit(f"the export of {name} failed with {result.exit_code}: {result.output}")


def sample(folder: Path) -> None:
    """The real bill."""
    shutil.copy(TESTS / "data" / "bills" / "legacy_cur_sample.csv", folder)


def generated(folder: Path) -> None:
    """A month of usage, half of it under a savings plan."""
    kit = load(TESTS / "cost" / "conftest.py")
    line, resource = kit.line, kit.resource
    estimate = kit.estimate_of(
        resource("system-nodes", line("m6i.large", "Amazon EC2", "hour", 2190, 0.096, instance_type="m6i.large")),
        resource("gpu-training-spot", line("g5.xlarge spot", "Amazon EC2", "hour", 1825, 0.42, spot=True, instance_type="g5.xlarge")),
        resource("lake", line("S3 standard storage", "Amazon S3", "GB-month", 2000, 0.023)),
    )
    generate_bill(estimate, folder, months=[date(2026, 9, 1)], teams=kit.TEAMS)


def every_type(folder: Path) -> None:
    """Every line item type: plans and reservations of every payment option, used, unused and idle; discounts, credits, refunds, taxes, fees."""
    made = load(TESTS / "cost" / "properties" / "every_type.py")
    render = load(TESTS / "cost" / "formats" / "render.py")

    def one_of_each(kind: Any) -> tuple[Any, ...]:
        used = (("No Upfront", "0.37"), ("Partial Upfront", "1"), ("All Upfront", "0"))
        return tuple(kind(payment, Decimal("1.5"), Decimal(share), True) for payment, share in used)

    shape = made.Shape(7, 2, 3, 4, 2, True, one_of_each(made.Plan), one_of_each(made.Reservation))
    lines = [line | SKUS for line in made.make(shape).lines]
    render.legacy_csv(lines, folder)


def load(path: Path) -> ModuleType:
    """A test's helper module by its path: importlib mode gives them no import name."""
    name = f"plinth_focus_validator_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
