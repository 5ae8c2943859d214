from __future__ import annotations

import pytest

from cost.estimate.model import Status


@pytest.mark.parametrize(("kind", "status"), [("ClusterIP", Status.FREE), ("LoadBalancer", Status.UNKNOWN)])
def test_a_service_is_free_unless_it_asks_for_a_load_balancer(priced, kind, status):
    assert priced(("kubernetes:core/v1:Service", "s", {"spec": {"type": kind}})).status is status


def test_a_volume_claim_is_unknown(priced):
    assert priced(("kubernetes:core/v1:PersistentVolumeClaim", "c", {})).status is Status.UNKNOWN


def test_objects_of_the_cluster_are_free_by_list(priced):
    found = priced(("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "b", {}))
    assert (found.status, found.monthly_cost.expected) == (Status.FREE, 0)
