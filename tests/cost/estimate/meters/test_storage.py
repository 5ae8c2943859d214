from __future__ import annotations

import pytest

from cost.estimate.model import QuantitySource

BUCKET = "aws:s3/bucket:Bucket"
VOLUME = "aws:ebs/volume:Volume"


def test_a_bucket_pays_each_storage_tier_and_its_requests(priced, usage_of, line):
    fields = {"standard.storage_gb": 61440, "standard.monthly_tier_1_requests": 200_000, "standard.monthly_tier_2_requests": 5_000_000}
    found = priced((BUCKET, "lake", {}), usage=usage_of("aws_s3_bucket", fields))
    # 51,200 GB x 0.023 = 1,177.60; 10,240 GB x 0.022 = 225.28; 200 x 0.005 = 1.00; 5,000 x 0.0004 = 2.00 (S3 pricing, us-east-1)
    assert found.monthly_cost.expected == pytest.approx(1405.88, abs=0.005)
    assert line(found, "Standard storage (above 51,200)").quantity.expected == 10240


def test_a_bucket_without_a_usage_file_rests_on_a_default_and_says_so(priced, line):
    storage = line(priced((BUCKET, "lake", {})), "Standard storage")
    assert storage.quantity_source is QuantitySource.PRESET
    assert storage.quantity.expected > 0, "what nobody stated is not zero"
    assert "preset small" in storage.assumptions[0]


def test_every_storage_class_of_infracosts_format_is_priced(priced, usage_of):
    classes = {
        "standard.storage_gb": 0.023,
        "standard_infrequent_access.storage_gb": 0.0125,
        "one_zone_infrequent_access.storage_gb": 0.01,
        "glacier_instant_retrieval.storage_gb": 0.004,
        "glacier_flexible_retrieval.storage_gb": 0.0036,
        "glacier_deep_archive.storage_gb": 0.00099,
        "intelligent_tiering.frequent_access_storage_gb": 0.023,
    }
    quiet = {"standard.monthly_tier_1_requests": 0, "standard.monthly_tier_2_requests": 0, "standard.storage_gb": 0}
    for field, price in classes.items():
        found = priced((BUCKET, "lake", {}), usage=usage_of("aws_s3_bucket", {**quiet, field: 1000}))
        assert found.monthly_cost.expected == pytest.approx(1000 * price, abs=0.005), field


def test_a_gp3_volume_pays_for_what_is_above_its_baseline(priced):
    found = priced((VOLUME, "data", {"type": "gp3", "size": 500, "iops": 6000, "throughput": 250}))
    # 500 GB x 0.08 = 40.00; 3,000 IOPS x 0.005 = 15.00; 125 MB/s x 0.04 = 5.00 (EBS pricing)
    assert found.monthly_cost.expected == pytest.approx(60.00, abs=0.005)


def test_an_io2_volume_pays_each_tier_of_its_iops(priced):
    found = priced((VOLUME, "data", {"type": "io2", "size": 100, "iops": 40000}))
    # 100 x 0.125 = 12.50; 32,000 x 0.065 = 2,080.00; 8,000 x 0.046 = 368.00
    assert found.monthly_cost.expected == pytest.approx(2460.50, abs=0.005)
