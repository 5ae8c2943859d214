from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

VOLUME = "aws:ebs/volume:Volume"
SNAPSHOT = "aws:ebs/snapshot:Snapshot"
COPY = "aws:ebs/snapshotCopy:SnapshotCopy"
IMPORT = "aws:ebs/snapshotImport:SnapshotImport"
POLICY = "aws:dlm/lifecyclePolicy:LifecyclePolicy"


def test_a_snapshot_costs_at_most_its_volumes_size(priced, resource, line):
    volume = resource(VOLUME, "data", {"size": 200}, id="vol-1")
    stored = line(priced(resource(SNAPSHOT, "kept", {"volumeId": "vol-1"}), volume), "snapshot storage")
    assert (stored.quantity.min, stored.quantity.expected, stored.quantity.max) == (0, 200, 200)
    assert stored.monthly_cost.max == pytest.approx(10.00)  # 200 x 0.05


def test_a_usage_file_says_what_a_snapshot_holds_and_which_requests_it_serves(priced, usage_of):
    fields = {
        "storage_gb": 100,
        "monthly_list_block_requests": 1_000_000,
        "monthly_get_block_requests": 100_000,
        "monthly_put_block_requests": 100_000,
        "fast_snapshot_restore_hours": 100,
    }
    found = priced((SNAPSHOT, "kept", {"volumeId": "vol-1"}), usage=usage_of("aws_ebs_snapshot", fields))
    # 100 x 0.05 + 1,000 x 0.0006 + 100 x 0.003 + 100 x 0.006 + 100 x 0.75
    assert found.monthly_cost.expected == pytest.approx(81.50, abs=0.005)


def test_an_archived_snapshot_has_the_archives_rate(priced, usage_of):
    fields = {"storage_gb": 1000, "monthly_archive_retrieval_gb": 100}
    found = priced((SNAPSHOT, "old", {"volumeId": "vol-1", "storageTier": "archive"}), usage=usage_of("aws_ebs_snapshot", fields))
    assert found.monthly_cost.expected == pytest.approx(15.50, abs=0.005)  # 1,000 x 0.0125 + 100 x 0.03


def test_a_copy_is_stored_like_its_source(priced, resource, line):
    volume = resource(VOLUME, "data", {"size": 40}, id="vol-1")
    snapshot = resource(SNAPSHOT, "kept", {"volumeId": "vol-1"}, id="snap-1")
    copy = resource(COPY, "copy", {"sourceSnapshotId": "snap-1", "sourceRegion": "us-east-1"})
    assert line(priced(copy, snapshot, volume), "snapshot storage").quantity.max == 40


def test_an_imported_disks_size_is_unknown_until_it_is_in_the_state(priced, resource, line):
    declared = {"diskContainer": {"format": "VMDK"}}
    unknown = priced((IMPORT, "disk", declared))
    assert (unknown.status, "volume's size is not known" in unknown.reason) == (Status.UNKNOWN, True)
    deployed = resource(IMPORT, "disk", declared, outputs={"volumeSize": 30})
    assert line(priced(deployed), "snapshot storage").quantity.max == 30


def test_fast_restore_costs_by_the_hour_all_month(priced):
    found = priced(("aws:ebs/fastSnapshotRestore:FastSnapshotRestore", "fast", {"availabilityZone": "us-east-1a", "snapshotId": "snap-1"}))
    assert found.monthly_cost.expected == pytest.approx(547.50, abs=0.005)  # 730 x 0.75


def test_a_lifecycle_policys_snapshots_rest_on_a_preset_and_its_fast_restore_on_its_rule(priced, line):
    rule = {"fastRestoreRule": {"availabilityZones": ["us-east-1a", "us-east-1b"], "count": 3}, "retainRule": {"count": 3}}
    found = priced((POLICY, "nightly", {"state": "ENABLED", "policyDetails": {"schedules": [rule]}}))
    assert "preset small" in line(found, "snapshot storage").assumptions[0]
    assert line(found, "fast snapshot restore").monthly_cost.expected == pytest.approx(6 * 547.50)


def test_a_disabled_policy_is_free_and_copies_to_another_region_are_listed(priced, stack_of):
    assert priced((POLICY, "off", {"state": "DISABLED"})).status is Status.FREE
    away = {"policyDetails": {"schedules": [{"crossRegionCopyRules": [{"targetRegion": "us-west-2"}]}]}}
    assert [item.component for item in estimate(stack_of((POLICY, "away", away))).unknown] == ["snapshot copies"]


def test_fast_restore_by_age_has_no_known_count(stack_of):
    rule = {"fastRestoreRule": {"availabilityZones": ["us-east-1a"], "interval": 1, "intervalUnit": "DAYS"}}
    result = estimate(stack_of((POLICY, "nightly", {"policyDetails": {"schedules": [rule]}})))
    assert "by age" in result.unknown[0].reason
