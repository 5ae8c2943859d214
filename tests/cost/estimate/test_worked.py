"""Worked pricing examples, to the cent: one YAML file a family of services, one entry an example.

An entry's `kind` says whose figure it is: `aws-read` (AWS's own, read on its page or in a public copy), `aws-recalled` (AWS's own, from
memory), `golden` (what Infracost publishes) or `hand-worked` (ours, from published rates). It says where the example is published, the
resource with its inputs and usage, and the cost that the page gives. Where the page's unit prices differ from the price book's (another
Region, another day), the entry brings the page's prices, and says why in `prices_differ` where the book has others for the same Region:
the example then proves the quantities and the tiers, and the book's own prices are proved by the examples that bring none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from cost.estimate import PriceBook, Usage, estimate
from cost.estimate.meters import METERS, known_usage_types
from cost.estimate.price import Price
from cost.estimate.prices import load_price_book
from cost.estimate.usage import NamedUsage

EXAMPLES = [
    pytest.param(example, id=f"{path.stem}: {example['service']}, {example['title']}")
    for path in sorted((Path(__file__).parent / "worked").glob("*.yml"))
    for example in yaml.safe_load(path.read_text(encoding="utf-8"))
]
SERVICES_WANTED = 25
AWS_KINDS = frozenset({"aws-read", "aws-recalled"})
KINDS = AWS_KINDS | {"golden", "hand-worked"}
S3 = "Amazon S3"
"""Its storage classes are priced as services of their own names, and are one service here."""


def _prices(example: Mapping[str, Any], region: str) -> PriceBook:
    shared = {"service": example["service"], "region": region, "effective_date": date(2026, 1, 1), "source": example["source"], "confidence": "public-page"}
    return PriceBook(Price(**{**shared, **row}) for row in example.get("prices", ()))


def _flat(fields: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in fields.items():
        found.update(_flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value})
    return found


def _usages(example: Mapping[str, Any]) -> tuple[Usage, ...]:
    meter = METERS[example["type"]]
    stated = {meter.terraform_type: _flat(example.get("usage", {})), **{other: _flat(fields) for other, fields in example.get("other_usage", {}).items()}}
    known = known_usage_types()
    unknown = [(type_, field) for type_, fields in stated.items() for field in fields if field not in known[type_].fields]
    assert not unknown, f"no such usage fields: {unknown}"
    if meter.usage_only:
        return (Usage(by_type={}, named=(NamedUsage(meter.terraform_type, "example", "example", stated[meter.terraform_type]),)),)
    return (Usage(by_type=stated),)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_published_example_comes_out_to_the_cent(example, stack_of):
    region = example.get("region", "us-east-1")
    own = [] if METERS[example["type"]].usage_only else [(example["type"], "example", example.get("inputs", {}))]
    others = [(other["type"], other["name"], other["inputs"]) for other in example.get("others", ())]
    stack = stack_of(*own, *others, region=region)
    result = estimate(stack, _usages(example), _prices(example, region), free_tier=example.get("free_tier", False))
    found = next(resource for resource in result.resources if resource.name == "example")
    assert found.monthly_cost is not None, found.reason
    shown = {line.component: round(line.monthly_cost.expected, 4) for line in found.lines}
    assert round(found.monthly_cost.expected, 2) == pytest.approx(example["expected"], abs=0.0051), shown
    for component, cost in example.get("lines", {}).items():
        assert shown.get(component) == pytest.approx(cost, abs=0.0051), shown


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_whose_figure_it_is(example):
    assert example["kind"] in KINDS
    assert ("recalled" in example["source"]) or example["kind"] != "aws-recalled"


def _differs(example: Mapping[str, Any]) -> bool:
    """Whether a price that the example brings is another than the book's of the same component, Region and tier."""
    own, shipped = _prices(example, example.get("region", "us-east-1")), load_price_book()
    places = {(price.resource_type, price.component, price.region) for price in own.own_prices()}
    return any(_rates(own.ladder(*place)) != _rates(ours) for place in places if (ours := shipped.ladder(*place)))


def _rates(ladder: Iterable[Price]) -> list[tuple[float, float]]:
    return [(tier.tier_start, tier.usd_per_unit) for tier in ladder]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_whose_price_is_not_the_books_says_why(example):
    assert bool(example.get("prices_differ")) is _differs(example)


def test_awss_own_examples_cover_the_services_that_were_asked_for():
    own = [example.values[0]["service"] for example in EXAMPLES if example.values[0]["kind"] in AWS_KINDS]
    assert len({S3 if service.startswith(S3) else service for service in own}) >= SERVICES_WANTED
