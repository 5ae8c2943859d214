from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
WINDOWS = "aws:fsx/windowsFileSystem:WindowsFileSystem"
ONTAP = "aws:fsx/ontapFileSystem:OntapFileSystem"
OPENZFS = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
BACKUP = "aws:fsx/backup:Backup"
CACHE = "aws:fsx/fileCache:FileCache"
SUBNETS = {"subnetIds": ["subnet-1"]}
POOLED = {"capacity_pool_storage_gb": 1000, "monthly_capacity_pool_read_requests": 50_000_000, "monthly_capacity_pool_write_requests": 2_000_000}


def lustre(**inputs):
    return {**SUBNETS, "storageCapacity": 2400, **{"automaticBackupRetentionDays": 0}, **inputs}


@pytest.mark.parametrize(
    ("inputs", "rate"),
    [
        ({}, 0.14),
        ({"deploymentType": "SCRATCH_2"}, 0.14),
        ({"deploymentType": "PERSISTENT_1", "perUnitStorageThroughput": 50}, 0.14),
        ({"deploymentType": "PERSISTENT_1", "perUnitStorageThroughput": 200}, 0.29),
        ({"deploymentType": "PERSISTENT_2", "perUnitStorageThroughput": 125}, 0.145),
        ({"deploymentType": "PERSISTENT_2", "perUnitStorageThroughput": 1000, "dataCompressionType": "LZ4"}, 0.60),
        ({"deploymentType": "PERSISTENT_1", "storageType": "HDD", "perUnitStorageThroughput": 12, "driveCacheType": "NONE"}, 0.025),
    ],
)
def test_lustre_storage_costs_by_deployment_medium_and_throughput(priced, inputs, rate):
    assert priced((LUSTRE, "scratch", lustre(**inputs))).monthly_cost.expected == pytest.approx(2400 * rate)


def test_a_persistent_file_system_that_keeps_backups_pays_for_them(priced, usage_of, line):
    inputs = lustre(deploymentType="PERSISTENT_2", perUnitStorageThroughput=250, automaticBackupRetentionDays=7)
    found = priced((LUSTRE, "models", inputs), usage=usage_of("aws_fsx_lustre_file_system", {"backup_storage_gb": 1000}))
    assert line(found, "Lustre backup storage").monthly_cost.expected == pytest.approx(50.00)


@pytest.mark.parametrize(
    ("inputs", "component"),
    [
        ({"deploymentType": "PERSISTENT_1", "storageType": "HDD", "perUnitStorageThroughput": 40, "driveCacheType": "READ"}, "Lustre SSD read cache"),
        (
            {"deploymentType": "PERSISTENT_2", "perUnitStorageThroughput": 125, "metadataConfiguration": {"mode": "USER_PROVISIONED", "iops": 6000}},
            "Lustre metadata IOPS",
        ),
    ],
)
def test_what_lustre_adds_without_a_known_price_is_listed(stack_of, inputs, component):
    assert [item.component for item in estimate(stack_of((LUSTRE, "models", lustre(**inputs)))).unknown] == [component]


def test_intelligent_tiering_is_unknown_with_its_reason(priced):
    found = priced((LUSTRE, "tiered", lustre(deploymentType="PERSISTENT_2", storageType="INTELLIGENT_TIERING", throughputCapacity=4000)))
    assert (found.status, "Intelligent-Tiering" in found.reason) == (Status.UNKNOWN, True)
    zfs = priced((OPENZFS, "tiered", {**SUBNETS, "storageType": "INTELLIGENT_TIERING", "deploymentType": "MULTI_AZ_1", "throughputCapacity": 1280}))
    assert zfs.status is Status.UNKNOWN


def test_a_file_system_made_from_a_backup_has_no_known_capacity(priced):
    found = priced((WINDOWS, "restored", {**SUBNETS, "backupId": "backup-1", "throughputCapacity": 32}))
    assert found.reason == "storageCapacity is not declared: a file system made from a backup has the backup's"


def test_windows_in_two_zones_costs_the_published_golden(priced, usage_of):
    # Infracost's golden: 300 GB SSD x 0.23 = 69.00; 1,024 MBps x 4.50 = 4,608.00; 10,000 GB of backups x 0.05 = 500.00
    inputs = {**SUBNETS, "deploymentType": "MULTI_AZ_1", "storageCapacity": 300, "throughputCapacity": 1024}
    found = priced((WINDOWS, "share", inputs), usage=usage_of("aws_fsx_windows_file_system", {"backup_storage_gb": 10_000}))
    assert found.monthly_cost.expected == pytest.approx(5177.00, abs=0.005)


def test_windows_on_disks_in_one_zone(priced):
    inputs = {**SUBNETS, "storageCapacity": 2000, "storageType": "HDD", "throughputCapacity": 16, "automaticBackupRetentionDays": 0}
    assert priced((WINDOWS, "share", inputs)).monthly_cost.expected == pytest.approx(2000 * 0.013 + 16 * 2.20)


def ontap(**inputs):
    shared = {**SUBNETS, "preferredSubnetId": "subnet-1", "storageCapacity": 1024, "throughputCapacity": 128, "automaticBackupRetentionDays": 0}
    return {**shared, "deploymentType": "SINGLE_AZ_1", **inputs}


def test_ontap_pays_ssd_throughput_iops_above_three_a_gb_and_its_pool(priced, usage_of):
    inputs = ontap(diskIopsConfiguration={"mode": "USER_PROVISIONED", "iops": 4072})
    found = priced((ONTAP, "volumes", inputs), usage=usage_of("aws_fsx_ontap_file_system", POOLED))
    # 1,024 x 0.125 + 128 x 0.72 + (4,072 - 3,072) x 0.017 + 1,000 x 0.0219 + 50,000 x 0.0004 + 2,000 x 0.005
    assert found.monthly_cost.expected == pytest.approx(128.00 + 92.16 + 17.00 + 21.90 + 20.00 + 10.00, abs=0.005)


def test_ontap_keeps_no_backups_unless_days_are_declared(priced):
    # without an input the provider sends 0 days; a backup of the preset's 100 GB would be a line
    quiet = {key: value for key, value in ontap().items() if key != "automaticBackupRetentionDays"}
    assert not [line for line in priced((ONTAP, "volumes", quiet)).lines if "backup" in line.component]


def test_iops_that_the_storage_includes_are_no_line(priced):
    found = priced((ONTAP, "volumes", ontap(diskIopsConfiguration={"mode": "USER_PROVISIONED", "iops": 3072})))
    assert not [line for line in found.lines if "IOPS" in line.component]


def test_ontaps_second_generation_throughput_is_listed_and_counts_every_pair(stack_of):
    inputs = ontap(deploymentType="SINGLE_AZ_2", haPairs=2, throughputCapacityPerHaPair=1536, throughputCapacity=None)
    assert [item.component for item in estimate(stack_of((ONTAP, "volumes", inputs))).unknown] == ["ONTAP Single-AZ throughput capacity, second generation"]


def test_openzfs_costs_the_published_golden(priced):
    # Infracost's golden: 1,024 MBps x 0.26 = 266.24; 300 GB x 0.09 = 27.00; 100 IOPS above the included 900 x 0.006 = 0.60
    disks = {"mode": "USER_PROVISIONED", "iops": 1000}
    inputs = {**SUBNETS, "deploymentType": "SINGLE_AZ_1", "storageCapacity": 300, "throughputCapacity": 1024, "diskIopsConfiguration": disks}
    assert priced((OPENZFS, "home", inputs)).monthly_cost.expected == pytest.approx(293.84, abs=0.005)


def test_a_backup_holds_at_most_its_file_systems_capacity_at_its_kinds_rate(priced, resource, line):
    share = resource(OPENZFS, "home", {**SUBNETS, "storageCapacity": 500, "throughputCapacity": 64}, id="fs-1")
    found = line(priced(resource(BACKUP, "kept", {"fileSystemId": "fs-1"}), share), "OpenZFS backup storage")
    assert (found.quantity.min, found.monthly_cost.max) == (0, pytest.approx(25.00))


def test_a_backup_of_a_file_system_elsewhere_has_no_known_rate(priced):
    assert "does not lead to a file system" in priced((BACKUP, "kept", {"fileSystemId": "fs-9"})).reason


def test_a_file_cache_has_no_shipped_price(priced):
    found = priced((CACHE, "cache", {**SUBNETS, "fileCacheType": "LUSTRE", "storageCapacity": 1200}))
    assert (found.status, "File Cache storage" in found.reason) == (Status.UNKNOWN, True)


@pytest.mark.parametrize("inputs", [{"storageCapacity": UNKNOWN}, {"diskIopsConfiguration": {"mode": UNKNOWN, "iops": 9000}}])
def test_a_size_that_is_unknown_leaves_the_file_system_unknown(priced, inputs):
    assert "known only after deployment" in priced((ONTAP, "volumes", ontap(**inputs))).reason
