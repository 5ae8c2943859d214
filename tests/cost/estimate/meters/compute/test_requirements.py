from __future__ import annotations

import pytest

from cost.estimate.meters.base import UndecidableError
from cost.estimate.meters.compute.requirements import types_by_requirements, within_price_protection
from cost.estimate.prices import load_price_book
from plinth.stack import UNKNOWN


class _Context:
    prices = load_price_book()


BASE = {"vcpuCount": {"min": 4, "max": 4}, "memoryMib": {"min": 8192, "max": 32768}}


@pytest.mark.parametrize(
    ("more", "present", "absent"),
    [
        ({}, {"m5.xlarge", "c5.xlarge", "r5.xlarge"}, {"t3.xlarge", "g5.xlarge", "m5.2xlarge"}),
        ({"burstablePerformance": "included"}, {"t3.xlarge"}, set()),
        ({"burstablePerformance": "required"}, {"t3.xlarge"}, {"m5.xlarge"}),
        ({"cpuManufacturers": ["amazon-web-services"]}, {"m6g.xlarge"}, {"m5.xlarge", "m5a.xlarge"}),
        ({"cpuManufacturers": ["amd"]}, {"m5a.xlarge"}, {"m5.xlarge", "m6g.xlarge"}),
        ({"cpuManufacturers": ["intel"]}, {"m5.xlarge"}, {"m5a.xlarge", "m6g.xlarge"}),
        ({"localStorage": "required"}, {"m5d.xlarge"}, {"m5.xlarge"}),
        ({"localStorage": "excluded"}, {"m5.xlarge"}, {"m5d.xlarge"}),
        ({"memoryGibPerVcpu": {"min": 4, "max": 4}}, {"m5.xlarge"}, {"c5.xlarge", "r5.xlarge"}),
        ({"excludedInstanceTypes": ["m5*", "c*"]}, {"r5.xlarge"}, {"m5.xlarge", "m5a.xlarge", "c5.xlarge"}),
        ({"allowedInstanceTypes": ["m5.*"]}, {"m5.xlarge"}, {"c5.xlarge"}),
        ({"acceleratorCount": {"min": 1}}, {"g5.xlarge", "g4dn.xlarge"}, {"m5.xlarge"}),
        ({"acceleratorNames": ["t4"]}, {"g4dn.xlarge"}, {"g5.xlarge", "g5g.xlarge"}),
        ({"acceleratorManufacturers": ["amd"]}, {"g4ad.xlarge"}, {"g4dn.xlarge"}),
        ({"acceleratorNames": ["inferentia"]}, {"inf2.xlarge"}, {"g4dn.xlarge"}),
        ({"acceleratorCount": {"max": 0}}, {"m5.xlarge"}, {"g5.xlarge"}),
    ],
)
def test_requirements_choose_the_types_by_their_shapes(more, present, absent):
    found, _ = types_by_requirements(_Context(), {**BASE, **more})
    assert present <= set(found)
    assert not absent & set(found)


def test_bare_metal_is_left_out_unless_it_is_asked_for():
    large = {"vcpuCount": {"min": 96, "max": 96}, "memoryMib": {"min": 0}}
    assert "m5.metal" not in types_by_requirements(_Context(), large)[0]
    assert "m5.metal" in types_by_requirements(_Context(), {**large, "bareMetal": "included"})[0]


def test_what_the_table_of_shapes_does_not_say_is_named():
    _, notes = types_by_requirements(_Context(), {**BASE, "networkBandwidthGbps": {"min": 10}})
    assert any("networkBandwidthGbps" in note for note in notes)


@pytest.mark.parametrize("declared", [{"vcpuCount": {"min": UNKNOWN}}, {"vcpuCount": {"min": 100_000}}, {"vcpuCount": {"min": "many"}}])
def test_requirements_that_are_not_known_or_fit_nothing_are_refused(declared):
    with pytest.raises(UndecidableError):
        types_by_requirements(_Context(), declared)


def test_price_protection_leaves_what_is_at_most_a_percentage_above_the_cheapest():
    prices = {"a": 1.00, "b": 1.20, "c": 1.21, "d": 2.01}
    assert within_price_protection({}, prices, spot=False) == {"a", "b"}
    assert within_price_protection({}, prices, spot=True) == {"a", "b", "c"}
    assert within_price_protection({"onDemandMaxPricePercentageOverLowestPrice": 500}, prices, spot=False) == set(prices)
