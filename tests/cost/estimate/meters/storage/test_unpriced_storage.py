from __future__ import annotations

import pytest

from cost.estimate.meters.storage.unpriced_storage import REASONS
from cost.estimate.model import Status


@pytest.mark.parametrize("type_", REASONS)
def test_a_type_without_a_price_is_listed_with_its_reason_and_never_free(priced, type_):
    found = priced((type_, "thing", {}))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert found.reason == REASONS[type_][1]
