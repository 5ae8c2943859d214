from __future__ import annotations

import pytest

from cost.estimate.meters.without_price import COSTS_BY, IN_OTHER_ACCOUNTS
from cost.estimate.model import Status


@pytest.mark.parametrize("token", COSTS_BY)
def test_what_has_no_price_is_unknown_and_says_what_it_costs_by(priced, token):
    found = priced((token, "costly", {}))
    assert found.status is Status.UNKNOWN
    assert found.monthly_cost is None
    assert COSTS_BY[token][1] in found.reason


@pytest.mark.parametrize("token", IN_OTHER_ACCOUNTS)
def test_what_turns_a_service_on_elsewhere_is_unknown_here(priced, token):
    found = priced((token, "organization", {}))
    assert found.status is Status.UNKNOWN
    assert "other accounts" in found.reason
