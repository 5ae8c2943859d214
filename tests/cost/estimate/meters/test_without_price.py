from __future__ import annotations

import pytest

from cost.estimate.meters.without_price import COSTS_BY
from cost.estimate.model import Status


@pytest.mark.parametrize("token", COSTS_BY)
def test_what_has_no_price_is_unknown_and_says_what_it_costs_by(priced, token):
    found = priced((token, "costly", {}))
    assert found.status is Status.UNKNOWN
    assert found.monthly_cost is None
    assert COSTS_BY[token][1] in found.reason
