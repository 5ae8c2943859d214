from __future__ import annotations

import pytest

from cost.estimate.meters.usage_rows import within_limits
from cost.estimate.model import Quantity, QuantitySource


@pytest.mark.parametrize(("stated", "expected"), [(None, 2), (1, 2), (5, 5), (9, 8)])
def test_a_stated_figure_is_held_between_its_limits_and_none_is_the_floor(stated, expected):
    quantity = None if stated is None else Quantity(stated, QuantitySource.USAGE_FILE)
    found = within_limits(quantity, 2, 8)
    assert (found.min, found.expected, found.max) == (2, expected, 8)
