from __future__ import annotations

import pytest

from cost.estimate.model import Status

ACCELERATION = "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration"
INVENTORY = "aws:s3/inventory:Inventory"
LENS = "aws:s3control/storageLensConfiguration:StorageLensConfiguration"
LISTED = {"bucket": "lake", "destination": {"bucket": {"bucketArn": "arn:aws:s3:::lists", "format": "Parquet"}}, "schedule": {"frequency": "Daily"}}


def lens(**levels):
    return {"configId": "all", "storageLensConfiguration": {"enabled": True, "accountLevel": {"bucketLevel": {}, **levels}}}


@pytest.mark.parametrize(
    ("type_", "terraform_type", "inputs", "fields", "expected"),
    [
        (ACCELERATION, "aws_s3_bucket_accelerate_configuration", {"bucket": "lake", "status": "Enabled"}, {"monthly_accelerated_gb": 500}, 20.00),
        (INVENTORY, "aws_s3_bucket_inventory", LISTED, {"monthly_listed_objects": 100_000_000}, 0.25),
        (
            "aws:s3/analyticsConfiguration:AnalyticsConfiguration",
            "aws_s3_bucket_analytics_configuration",
            {"bucket": "lake"},
            {"monthly_monitored_objects": 10_000_000},
            1.00,
        ),
        (LENS, "aws_s3control_storage_lens_configuration", lens(activityMetrics={"enabled": True}), {"monthly_monitored_objects": 100_000_000}, 20.00),
        (
            "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
            "aws_s3control_multi_region_access_point",
            {"details": {"name": "both", "regions": [{"bucket": "lake"}]}},
            {"monthly_routed_gb": 10_000},
            33.00,
        ),
        (
            "aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint",
            "aws_s3control_object_lambda_access_point",
            {"configuration": {"supportingAccessPoint": "arn"}},
            {"monthly_data_returned_gb": 1000},
            5.00,
        ),
        # 50 GB x 0.06 + 10 GB x 0.20 + 2 million queries x 2.50
        (
            "aws:s3/vectorsIndex:VectorsIndex",
            "aws_s3vectors_index",
            {"indexName": "chunks", "dimension": 1024},
            {"storage_gb": 50, "monthly_data_uploaded_gb": 10, "monthly_queries": 2_000_000},
            10.00,
        ),
        # 1,000 GB x 0.0265 + 100 x 0.005 + 1,000 x 0.0004 + 10 x 0.025
        (
            "aws:s3tables/tableBucket:TableBucket",
            "aws_s3tables_table_bucket",
            {"name": "facts"},
            {"storage_gb": 1000, "monthly_tier_1_requests": 100_000, "monthly_tier_2_requests": 1_000_000, "monitored_objects": 10_000},
            27.65,
        ),
        # 100 GB x 0.11 + 1,000 x 0.00113 + 9,000 x 0.00003 + 10 GB x 0.0032 + 90 GB x 0.0006
        (
            "aws:s3/directoryBucket:DirectoryBucket",
            "aws_s3_directory_bucket",
            {"bucket": "hot--use1-az4--x-s3", "location": {"name": "use1-az4"}},
            {
                "storage_gb": 100,
                "monthly_tier_1_requests": 1_000_000,
                "monthly_tier_2_requests": 9_000_000,
                "monthly_data_uploaded_gb": 10,
                "monthly_data_retrieval_gb": 90,
            },
            12.486,
        ),
    ],
)
def test_what_is_beside_a_bucket_costs_by_use(priced, usage_of, type_, terraform_type, inputs, fields, expected):
    found = priced((type_, "feature", inputs), usage=usage_of(terraform_type, fields))
    assert found.monthly_cost.expected == pytest.approx(expected, abs=0.0005), found


@pytest.mark.parametrize(
    ("type_", "inputs", "reason"),
    [
        (ACCELERATION, {"bucket": "lake", "status": "Suspended"}, "suspended"),
        ("aws:s3/bucketAccelerateConfigurationV2:BucketAccelerateConfigurationV2", {"bucket": "lake", "status": "Suspended"}, "suspended"),
        (INVENTORY, {**LISTED, "enabled": False}, "disabled"),
        (LENS, lens(), "free metrics"),
        (LENS, {"storageLensConfiguration": {"enabled": False}}, "disabled"),
    ],
)
def test_what_is_off_or_free_says_so(priced, type_, inputs, reason):
    found = priced((type_, "feature", inputs))
    assert found.status is Status.FREE
    assert reason in found.reason


def test_an_advanced_metric_of_buckets_counts_too(priced):
    found = priced((LENS, "lens", lens(bucketLevel={"detailedStatusCodeMetrics": {"enabled": True}})))
    assert found.status is Status.PRICED


def test_storage_lens_counts_its_tiers_in_millions(priced, usage_of):
    usage = usage_of("aws_s3control_storage_lens_configuration", {"monthly_monitored_objects": 30_000_000_000})
    found = priced((LENS, "lens", lens(activityMetrics={"enabled": True})), usage=usage)
    # 25,000 million x 0.20 + 5,000 million x 0.16
    assert found.monthly_cost.expected == pytest.approx(5800.00)


def test_request_metrics_are_custom_metrics_one_at_least(priced, line):
    found = line(priced(("aws:s3/bucketMetric:BucketMetric", "requests", {"bucket": "lake", "name": "EntireBucket"})), "request metrics")
    assert (found.quantity.min, found.quantity.max) == (1, 16)
    assert found.monthly_cost.expected == pytest.approx(16 * 0.30)


def test_compaction_has_no_shipped_price_and_is_listed(stack_of, usage_of):
    from cost.estimate import estimate

    usage = usage_of("aws_s3tables_table_bucket", {"monthly_compacted_gb": 50})
    result = estimate(stack_of(("aws:s3tables/tableBucket:TableBucket", "facts", {"name": "facts"})), (usage,))
    assert [item.component for item in result.unknown] == ["Tables compaction, data"]
