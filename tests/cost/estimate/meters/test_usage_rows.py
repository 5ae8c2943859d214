from __future__ import annotations

import pytest

from cost.estimate.meters.databases import aurora, caches, database_snapshots, document_graph, dynamodb, relational
from cost.estimate.meters.storage import (
    backup,
    block_storage,
    data_movers,
    file_systems,
    fsx,
    object_features,
    object_storage,
    replication,
    snapshots,
)
from cost.estimate.meters.usage_rows import within_limits
from cost.estimate.model import Quantity, QuantitySource


@pytest.mark.parametrize(("stated", "expected"), [(None, 2), (1, 2), (5, 5), (9, 8)])
def test_a_stated_figure_is_held_between_its_limits_and_none_is_the_floor(stated, expected):
    quantity = None if stated is None else Quantity(stated, QuantitySource.USAGE_FILE)
    found = within_limits(quantity, 2, 8)
    assert (found.min, found.expected, found.max) == (2, expected, 8)


FAMILIES = (
    aurora,
    backup,
    caches,
    data_movers,
    database_snapshots,
    document_graph,
    dynamodb,
    file_systems,
    fsx,
    object_features,
    object_storage,
    relational,
    replication,
    snapshots,
    block_storage,
)


@pytest.mark.parametrize("type_", [type_ for family in FAMILIES for type_ in family.METERS])
def test_a_resource_of_which_nothing_is_known_is_never_priced_at_nothing(priced, type_):
    found = priced((type_, "thing", {}))
    assert found.lines or found.reason, "unknown is never zero: a line, or the reason for none"
