from __future__ import annotations

import pytest

from cost.estimate import Usage, engine, estimate
from cost.estimate.model import Status

EFS = "aws:efs/fileSystem:FileSystem"
POLICY = "aws:efs/backupPolicy:BackupPolicy"


@pytest.fixture
def shared(priced, usage_of):
    def make(inputs, **fields):
        return priced((EFS, "shared", inputs), usage=usage_of("aws_efs_file_system", fields))

    return make


def test_a_bursting_file_system_pays_storage_and_access_to_infrequent_files(shared):
    fields = {"infrequent_access_storage_gb": 100, "monthly_infrequent_access_read_gb": 50, "monthly_infrequent_access_write_gb": 100}
    # 230 x 0.30 + 100 x 0.025 + 50 x 0.01 + 100 x 0.01 (the fields of Infracost's example)
    assert shared({"encrypted": True}, storage_gb=230, **fields).monthly_cost.expected == pytest.approx(73.00, abs=0.005)


def test_an_elastic_file_system_pays_by_the_gb_moved_and_less_for_infrequent_files(shared):
    fields = {"infrequent_access_storage_gb": 1000, "archive_storage_gb": 5000, "monthly_elastic_read_gb": 200, "monthly_elastic_write_gb": 100}
    # 100 x 0.30 + 1,000 x 0.016 + 5,000 x 0.008 + 200 x 0.03 + 100 x 0.06
    assert shared({"throughputMode": "elastic"}, storage_gb=100, **fields).monthly_cost.expected == pytest.approx(98.00, abs=0.005)


def test_provisioned_throughput_is_charged_above_what_the_storage_includes(shared, line):
    found = shared({"throughputMode": "provisioned", "provisionedThroughputInMibps": 100}, storage_gb=1000)
    # 1,000 GB include 50 MiB/s: 50 x 6.00
    assert line(found, "provisioned throughput").monthly_cost.expected == pytest.approx(300.00)


def test_throughput_that_the_storage_includes_costs_nothing_more(shared, line):
    found = shared({"throughputMode": "provisioned", "provisionedThroughputInMibps": 50}, storage_gb=1000)
    assert line(found, "provisioned throughput").monthly_cost.expected == 0


def test_one_zone_has_its_own_rates(shared):
    found = shared({"availabilityZoneName": "us-east-1a"}, storage_gb=100, infrequent_access_storage_gb=100)
    assert found.monthly_cost.expected == pytest.approx(16.00 + 1.33, abs=0.005)


def test_a_file_system_rests_on_a_preset(priced, line):
    assert "preset small" in line(priced((EFS, "shared", {})), "Standard storage").assumptions[0]


def test_automatic_backups_are_backup_storage_and_off_is_free(priced, usage_of):
    on = {"fileSystemId": "fs-1", "backupPolicy": {"status": "ENABLED"}}
    usage = usage_of("aws_efs_backup_policy", {"backup_storage_gb": 400})
    assert priced((POLICY, "backups", on), usage=usage).monthly_cost.expected == pytest.approx(20.00)  # 400 x 0.05
    assert priced((POLICY, "backups", {"fileSystemId": "fs-1", "backupPolicy": {"status": "DISABLED"}})).status is Status.FREE


def test_what_an_elastic_file_system_writes_is_listed_where_only_its_reads_are_stated(stack_of, monkeypatch):
    monkeypatch.setattr(engine, "preset_usage", lambda preset: Usage(by_type={}))
    usage = Usage(by_type={"aws_efs_file_system": {"storage_gb": 100.0, "monthly_elastic_read_gb": 200.0}})
    result = estimate(stack_of((EFS, "shared", {"throughputMode": "elastic"})), (usage,))
    assert "elastic throughput data written" in {item.component for item in result.unknown}
