from __future__ import annotations

import pytest

from cost.estimate.engine import estimate
from cost.estimate.meters.base import UndecidableError, as_number
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
from cost.estimate.meters.usage_fields import not_stated, within_limits
from cost.estimate.model import Quantity, QuantitySource
from plinth.stack import UNKNOWN


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


@pytest.mark.parametrize(("stated", "taken", "said"), [(744.0, 744.0, False), (745.0, 744.0, True)])
def test_a_month_of_31_days_is_taken_as_stated_and_more_is_cut_and_said(stack_of, usage_of, stated, taken, said):
    cluster = ("aws:dax/cluster:Cluster", "cache", {"nodeType": "dax.r5.large", "replicationFactor": 1})
    result = estimate(stack_of(cluster), (usage_of("aws_dax_cluster", {"monthly_hours": stated}),))
    assert result.resources[0].lines[0].quantity.expected == taken
    assert any("more than a month of 31 days" in warning for warning in result.warnings) is said


def test_runs_side_by_side_may_last_longer_than_a_month(priced, usage_of):
    job = ("aws:glue/job:Job", "job", {"workerType": "G.1X", "numberOfWorkers": 2})
    found = priced(job, usage=usage_of("aws_glue_job", {"monthly_hours": 1000.0}))
    assert found.lines[0].quantity.expected == 2000


def test_a_use_that_nobody_states_is_said_with_every_field_that_would_state_it():
    assert not_stated("requests", "reads", "writes").reason == "no reads or writes in the usage file or the preset"


def test_a_number_that_is_unknown_is_said_to_be_known_only_after_deployment():
    with pytest.raises(UndecidableError, match="count is known only after deployment"):
        as_number("count", UNKNOWN)
