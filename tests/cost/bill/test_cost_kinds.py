"""Tests of cost.bill.cost_kinds."""

from __future__ import annotations

import pytest

from cost.bill.charge_table import COST_KINDS
from cost.bill.cost_kinds import check_cost_kind
from plinth.errors import UsageError


@pytest.mark.parametrize("cost", COST_KINDS)
def test_every_cost_kind_is_one(cost):
    check_cost_kind(cost)


@pytest.mark.parametrize("cost", ["", "blended", "Billed", "BilledCost"])
def test_another_name_is_refused_with_the_kinds_that_there_are(cost):
    with pytest.raises(UsageError, match="no such cost kind") as caught:
        check_cost_kind(cost)
    assert "net_amortized" in str(caught.value)
