"""What a user outside us-east-1 gets of the shipped prices, as docs/prices.md and docs/estimate.md say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import Resource

DOCS = Path(__file__).resolve().parents[3] / "docs"
SAID = "Of the dev stack's 30 resources that cost something, 3 are priced in eu-west-1 and 7 in us-west-2"


def _priced(stack, region):
    moved = tuple(Resource(**json.loads(resource.model_dump_json().replace("us-east-1", region))) for resource in stack.resources)
    found = estimate(stack.model_copy(update={"region": region, "resources": moved})).resources
    assert all(resource.reason for resource in found if resource.status is Status.UNKNOWN)
    return sum(1 for resource in found if resource.status is Status.PRICED)


def test_the_pages_say_first_how_few_prices_other_regions_have(recorded):
    stack = recorded("dev")
    assert [_priced(stack, region) for region in ("us-east-1", "eu-west-1", "us-west-2")] == [30, 3, 7]


@pytest.mark.parametrize("page", ["prices.md", "estimate.md"])
def test_the_figures_stand_above_the_pages_first_heading(page):
    beginning = (DOCS / page).read_text(encoding="utf-8").split("\n## ", 1)[0]
    assert SAID in " ".join(beginning.split())
