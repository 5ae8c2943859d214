"""The streaming reader: the same products however the text is cut, and memory that does not grow with the file."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest

from cost.pricing import offer_json
from cost.pricing.offer_json import read_json_offer


def everything(service_code: str, usage_type: str, operation: str) -> bool:
    return True


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1000, 1 << 20])
def test_a_file_reads_the_same_however_it_is_cut(offers, chunk: int, monkeypatch: pytest.MonkeyPatch):
    names = {"description": 'a "quoted" text with \\ and {braces} and ümläuts', "memory": "16 GiB"}
    products = [
        (f"SKU{number}", offers.attributes("AmazonEC2", f"EU-Usage:{number}", operation="Run", **names), "Hrs", [("0", "10", "0.5"), ("10", "Inf", "0.25")])
        for number in range(5)
    ]
    text = json.dumps(json.loads(offers.json_offer("AmazonEC2", products)), indent=1, ensure_ascii=False)
    monkeypatch.setattr(offer_json, "CHUNK", chunk)
    found = list(read_json_offer("f", io.StringIO(text), everything))
    assert [product.sku for product in found] == [f"SKU{number}" for number in range(5)]
    assert found[0].attributes["description"] == names["description"]
    assert [(float(tier.begin), float(tier.usd)) for tier in found[4].tiers] == [(0, 0.5), (10, 0.25)]


def test_memory_does_not_grow_with_the_file(offers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(offer_json, "CHUNK", 1 << 14)
    products = [(f"SKU{number}", offers.attributes("AmazonEC2", f"Usage:{number}", note="x" * 500), "Hrs", [("0", "Inf", "0.5")]) for number in range(2000)]
    file = io.StringIO(offers.json_offer("AmazonEC2", products))
    size = len(file.getvalue())
    tracemalloc.start()
    found = list(read_json_offer("f", file, lambda service, usage_type, operation: usage_type == "Usage:1999"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [product.sku for product in found] == ["SKU1999"]
    assert size > 2_000_000 and peak < size / 5
