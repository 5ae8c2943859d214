"""Where AWS's Regions are: below both the estimate and the price list, so that neither needs the other in a circle."""

from __future__ import annotations

from pathlib import Path

import cost.estimate


def test_no_module_of_the_estimate_imports_the_price_list_which_imports_the_estimate():
    modules = list(Path(cost.estimate.__file__).parent.rglob("*.py"))
    assert len(modules) > 50
    assert [module.name for module in modules if "cost.pricing" in module.read_text(encoding="utf-8")] == []
