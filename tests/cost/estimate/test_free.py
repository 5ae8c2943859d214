from __future__ import annotations

from cost.estimate.free import free_reason, free_types
from cost.estimate.meters import METERS


def test_every_free_type_has_a_reason():
    assert all(reason for reason in free_types().values())


def test_no_type_is_both_metered_and_free_by_list():
    assert [type_ for type_ in METERS if free_reason(type_)] == []


def test_a_pattern_covers_its_types_and_no_others():
    assert free_reason("aws:iam/role:Role")
    assert free_reason("aws:rds/cluster:Cluster") is None
    assert free_reason("kubernetes:core/v1:Service") is None, "a Service may make a load balancer"
