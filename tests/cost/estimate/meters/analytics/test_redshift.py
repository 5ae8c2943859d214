from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

CLUSTER = "aws:redshift/cluster:Cluster"
WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"


def test_a_cluster_pays_for_its_nodes_and_what_ra3_stores(priced, usage_of, line):
    usage = usage_of("aws_redshift_cluster", {"managed_storage_gb": 1000})
    found = priced((CLUSTER, "dw", {"clusterIdentifier": "dw", "nodeType": "ra3.xlplus", "numberOfNodes": 2}), usage=usage)
    # 2 x 1.086 x 730; 1000 x 0.024
    assert line(found, "ra3.xlplus node").monthly_cost.expected == pytest.approx(1585.56)
    assert line(found, "managed storage").monthly_cost.expected == pytest.approx(24.0)


def test_dense_compute_has_no_managed_storage(priced, usage_of):
    usage = usage_of("aws_redshift_cluster", {"managed_storage_gb": 1000})
    found = priced((CLUSTER, "dw", {"clusterIdentifier": "dw", "nodeType": "dc2.large"}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(0.25 * 730)


def test_multi_az_doubles_the_nodes_and_a_pause_ends_them(priced, usage_of, line):
    usage = usage_of("aws_redshift_cluster", {"managed_storage_gb": 0, "monthly_hours": 100})
    found = priced((CLUSTER, "dw", {"clusterIdentifier": "dw", "nodeType": "ra3.4xlarge", "numberOfNodes": 2, "multiAz": True}), usage=usage)
    assert line(found, "ra3.4xlarge node").monthly_cost.expected == pytest.approx(2 * 2 * 3.26 * 100)


def test_scaling_spectrum_and_backups_are_usage(priced, usage_of, line):
    fields = {"managed_storage_gb": 0, "excess_concurrency_scaling_secs": 3600, "spectrum_data_scanned_tb": 2, "backup_storage_gb": 60_000}
    found = priced((CLUSTER, "dw", {"clusterIdentifier": "dw", "nodeType": "ra3.4xlarge", "numberOfNodes": 3}), usage=usage_of("aws_redshift_cluster", fields))
    assert line(found, "concurrency scaling").monthly_cost.expected == pytest.approx(3 * 3.26)
    assert line(found, "Spectrum").monthly_cost.expected == pytest.approx(10.0)
    # 51,200 GB at 0.023, the rest at 0.022
    assert sum(charge.monthly_cost.expected for charge in found.lines if charge.component.startswith("backup")) == pytest.approx(1177.6 + 193.6)


def test_a_node_type_without_a_price_is_unknown(priced, usage_of):
    found = priced((CLUSTER, "dw", {"clusterIdentifier": "dw", "nodeType": "rg.xlarge"}), usage=usage_of("aws_redshift_cluster", {}))
    assert found.status.value == "unknown"


def test_a_workgroup_costs_nothing_idle_and_no_more_than_its_ceiling(priced, usage_of):
    usage = usage_of("aws_redshiftserverless_workgroup", {"monthly_hours": 10})
    cost = priced((WORKGROUP, "wg", {"namespaceName": "n", "workgroupName": "w", "baseCapacity": 32, "maxCapacity": 64}), usage=usage).monthly_cost
    # 32 RPU x 10 h x 0.375; 64 RPU x 730 h x 0.375
    assert (cost.min, cost.expected, cost.max) == (0, pytest.approx(120.0), pytest.approx(17_520.0))


def test_a_workgroup_has_128_rpu_where_none_are_declared(priced, usage_of):
    usage = usage_of("aws_redshiftserverless_workgroup", {"monthly_hours": 1})
    assert priced((WORKGROUP, "wg", {"namespaceName": "n", "workgroupName": "w"}), usage=usage).monthly_cost.expected == pytest.approx(48.0)


def test_rpu_hours_that_usage_states_stand_above_hours_at_base(priced, usage_of):
    usage = usage_of("aws_redshiftserverless_workgroup", {"monthly_rpu_hours": 100, "monthly_hours": 700})
    assert priced((WORKGROUP, "wg", {"namespaceName": "n", "workgroupName": "w"}), usage=usage).monthly_cost.expected == pytest.approx(37.5)


def test_a_base_capacity_known_later_is_unknown(priced):
    assert priced((WORKGROUP, "wg", {"workgroupName": "w", "baseCapacity": UNKNOWN})).status.value == "unknown"


def test_a_namespace_costs_what_it_stores(priced, usage_of):
    usage = usage_of("aws_redshiftserverless_namespace", {"managed_storage_gb": 1000, "backup_storage_gb": 100})
    found = priced(("aws:redshiftserverless/namespace:Namespace", "ns", {"namespaceName": "n"}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(24.0 + 2.3)


@pytest.mark.parametrize(
    ("inputs", "costs"),
    [
        ({}, [3.65, 3.65, 3.65]),  # 730 x 0.005
        ({"numberOfNodes": 3}, [3.65, 3.65, 14.60]),  # the leader and three compute nodes at most
    ],
)
def test_a_publicly_accessible_cluster_holds_a_public_address(priced, line, inputs, costs):
    found = line(priced(("aws:redshift/cluster:Cluster", "open", {"nodeType": "ra3.xlplus", "publiclyAccessible": True, **inputs})), "public IPv4 addresses")
    assert [round(cost, 2) for _, cost in found.monthly_cost] == costs


def test_a_cluster_with_an_elastic_ip_of_its_own_pays_it_there(priced):
    inputs = {"nodeType": "ra3.xlplus", "publiclyAccessible": True, "elasticIp": "203.0.113.7"}
    assert not [line for line in priced(("aws:redshift/cluster:Cluster", "open", inputs)).lines if "IPv4" in line.component]
