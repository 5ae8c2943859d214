from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import QuantitySource, Status

VOLUME = "aws:ebs/volume:Volume"
SNAPSHOT = "aws:ebs/snapshot:Snapshot"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def test_a_gp3_volume_pays_for_what_is_above_its_baseline(priced):
    found = priced((VOLUME, "data", {"type": "gp3", "size": 500, "iops": 6000, "throughput": 250}))
    # 500 GB x 0.08 = 40.00; 3,000 IOPS x 0.005 = 15.00; 125 MB/s x 0.04 = 5.00 (EBS pricing)
    assert found.monthly_cost.expected == pytest.approx(60.00, abs=0.005)


def test_an_io2_volume_pays_each_tier_of_its_iops(priced):
    found = priced((VOLUME, "data", {"type": "io2", "size": 100, "iops": 40000}))
    # 100 x 0.125 = 12.50; 32,000 x 0.065 = 2,080.00; 8,000 x 0.046 = 368.00
    assert found.monthly_cost.expected == pytest.approx(2460.50, abs=0.005)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("gp2", 100.00), ("st1", 45.00), ("sc1", 15.00), ("io1", 125.00 + 65.00), ("standard", 50.00 + 0.50)],
    # 1,000 GB at 0.10, 0.045, 0.015, 0.125 and 0.05; io1: 1,000 IOPS x 0.065; standard: 10 million requests of the preset x 0.05
)
def test_each_volume_type_has_its_own_rate(priced, kind, expected):
    inputs = {"type": kind, "size": 1000, **({"iops": 1000} if kind == "io1" else {})}
    assert priced((VOLUME, "data", inputs)).monthly_cost.expected == pytest.approx(expected, abs=0.005)


def test_a_volume_without_a_type_is_gp2(priced, line):
    assert line(priced((VOLUME, "data", {"size": 10})), "gp2 storage").quantity.expected == 10


def test_a_provisioned_volume_whose_iops_nobody_declares_is_not_priced_in_full(stack_of, priced):
    result = estimate(stack_of((VOLUME, "data", {"type": "io1", "size": 100})))
    assert [item.component for item in result.unknown] == ["EBS io1 provisioned IOPS, volume"]


def test_a_provisioned_rate_of_initialization_is_listed(stack_of):
    result = estimate(stack_of((VOLUME, "fast", {"type": "gp3", "size": 100, "snapshotId": "snap-1", "volumeInitializationRate": 300})))
    assert [item.component for item in result.unknown] == ["volume initialization"]


def test_a_volume_that_exists_part_of_the_month_pays_that_part(priced, usage_of):
    found = priced((VOLUME, "data", {"type": "gp3", "size": 500, "iops": 6000}), usage=usage_of("aws_ebs_volume", {"monthly_hours": 73}))
    # (500 x 0.08 + 3,000 x 0.005) x 73 / 730 = 5.50
    assert found.monthly_cost.expected == pytest.approx(5.50, abs=0.005)
    assert {line.quantity_source for line in found.lines} == {QuantitySource.USAGE_FILE}


@pytest.mark.parametrize(("type_", "largest"), [("gp3", 65_536), ("gp2", 16_384), ("st1", 16_384), ("standard", 1024)])
def test_a_volume_larger_than_its_type_can_be_is_unknown_with_the_limit(priced, type_, largest):
    assert priced((VOLUME, "data", {"type": type_, "size": largest})).status is Status.PRICED
    assert f"{type_} volumes hold {largest:,} GiB at most" in priced((VOLUME, "data", {"type": type_, "size": largest + 1})).reason


def test_a_volume_made_from_a_snapshot_has_the_size_of_the_volume_that_the_snapshot_is_of(priced, resource, line):
    source = resource(VOLUME, "source", {"size": 80}, id="vol-1")
    snapshot = resource(SNAPSHOT, "kept", {"volumeId": "vol-1"}, id="snap-1")
    restored = resource(VOLUME, "restored", {"type": "gp3", "snapshotId": "snap-1"})
    assert line(priced(restored, source, snapshot), "gp3 storage").quantity.expected == 80


def test_a_volume_whose_size_nothing_says_is_unknown(priced):
    found = priced((VOLUME, "restored", {"snapshotId": "snap-elsewhere"}))
    assert found.status is Status.UNKNOWN
    assert found.reason == "size is not declared, and snapshotId does not lead to a volume that declares it"


def test_a_copied_volume_is_priced_like_its_source(priced, resource, line):
    source = resource(VOLUME, "source", {"size": 100}, id="vol-1")
    copy = resource("aws:ebs/volumeCopy:VolumeCopy", "copy", {"sourceVolumeId": "vol-1", "volumeType": "gp3", "iops": 4000})
    # 100 x 0.08 + 1,000 x 0.005
    assert priced(copy, source).monthly_cost.expected == pytest.approx(13.00, abs=0.005)


@pytest.mark.parametrize("kind", [("aws:ecr/repository:Repository", "aws_ecr_repository"), ("aws:ecrpublic/repository:Repository", "aws_ecrpublic_repository")])
def test_a_registry_pays_for_its_images(priced, usage_of, kind):
    token, terraform_type = kind
    found = priced((token, "images", {"name": "images"}), usage=usage_of(terraform_type, {"storage_gb": 120}))
    assert found.monthly_cost.expected == pytest.approx(12.00, abs=0.005)


def test_enhanced_scanning_is_inspectors_and_basic_scanning_is_free(priced, usage_of):
    assert priced((SCANNING, "scan", {"scanType": "BASIC"})).status is Status.FREE
    usage = usage_of("aws_ecr_registry_scanning_configuration", {"monthly_initial_scans": 1000, "monthly_rescans": 5000})
    # 1,000 x 0.09 + 5,000 x 0.01
    assert priced((SCANNING, "scan", {"scanType": "ENHANCED"}), usage=usage).monthly_cost.expected == pytest.approx(140.00, abs=0.005)
