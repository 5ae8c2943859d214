"""S3 beside buckets: directory and table buckets, vectors, inventory, analytics, acceleration, metrics, Storage Lens, access points."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, Used, as_mapping
from cost.estimate.meters.storage.object_storage import MILLION, THOUSAND
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.estimate.model import Range

REQUEST_METRICS = 16
"""CloudWatch metrics that a request-metrics filter reports at most. Source: S3 user guide, Metrics and dimensions, Amazon S3 request metrics."""

ACCELERATED = Used("monthly_accelerated_gb", "Transfer Acceleration (US, Europe, Japan edge)")
LISTED = Used("monthly_listed_objects", "Inventory objects listed", MILLION)
LENS_OBJECTS = Used("monthly_monitored_objects", "Storage Lens advanced metrics", MILLION)
ADVANCED_METRICS = ("activityMetrics", "advancedCostOptimizationMetrics", "advancedDataProtectionMetrics", "detailedStatusCodeMetrics")

DIRECTORY_ROWS = (
    Used("storage_gb", "Express One Zone storage"),
    Used("monthly_tier_1_requests", "Express One Zone PUT/COPY/POST/LIST requests", THOUSAND),
    Used("monthly_tier_2_requests", "Express One Zone GET and other requests", THOUSAND),
    Used("monthly_data_uploaded_gb", "Express One Zone data upload"),
    Used("monthly_data_retrieval_gb", "Express One Zone data retrieval"),
)
TABLE_ROWS = (
    Used("storage_gb", "Tables storage"),
    Used("monthly_tier_1_requests", "Tables PUT/COPY/POST/LIST requests", THOUSAND),
    Used("monthly_tier_2_requests", "Tables GET and other requests", THOUSAND),
    Used("monitored_objects", "Tables object monitoring", THOUSAND),
    Used("monthly_compacted_objects", "Tables compaction, objects", THOUSAND),
    Used("monthly_compacted_gb", "Tables compaction, data"),
)
VECTOR_ROWS = (
    Used("storage_gb", "Vectors storage"),
    Used("monthly_data_uploaded_gb", "Vectors data uploaded"),
    Used("monthly_queries", "Vectors query requests", MILLION),
    Used("monthly_query_data_tb", "Vectors data searched by queries"),
)


def acceleration(context: Context) -> Iterable[Item]:
    """Transfer Acceleration costs by what goes through an edge location, and nothing while it is suspended."""
    if context.text("status", "Enabled") == "Suspended":
        yield Free("acceleration is suspended")
        return
    yield from used_or_unpriced(context, "aws_s3_bucket_accelerate_configuration", ACCELERATED)


def inventory(context: Context) -> Iterable[Item]:
    """An inventory costs by the objects that it lists; a disabled one lists none."""
    if context.get("enabled", True) is False:
        yield Free("the inventory is disabled")
        return
    yield from used_or_unpriced(context, "aws_s3_bucket_inventory", LISTED)


def request_metrics(context: Context) -> Iterable[Item]:
    """Request metrics are CloudWatch custom metrics, each charged while it has data: one at least, all expected."""
    note = f"up to {REQUEST_METRICS} request metrics a filter, each charged as a custom metric while requests of its kind come in"
    quantity = Range(min=1, expected=REQUEST_METRICS, max=REQUEST_METRICS)
    yield Charge("aws_cloudwatch_log_metric_filter", "custom metrics", quantity, assumptions=(note,), label="request metrics")


def storage_lens(context: Context) -> Iterable[Item]:
    """The free dashboard has daily usage metrics; any advanced metric makes every monitored object cost."""
    settings = as_mapping("storageLensConfiguration", context.get("storageLensConfiguration"))
    account = as_mapping("accountLevel", settings.get("accountLevel"))
    levels = (account, as_mapping("bucketLevel", account.get("bucketLevel")))
    if settings.get("enabled") is False:
        yield Free("the dashboard is disabled")
    elif not any(as_mapping(name, level.get(name)).get("enabled") for level in levels for name in ADVANCED_METRICS):
        yield Free("free metrics carry no charge; advanced metrics do")
    else:
        yield from used_or_unpriced(context, "aws_s3control_storage_lens_configuration", LENS_OBJECTS)


def object_lambda(context: Context) -> Iterable[Item]:
    """What an Object Lambda access point returns, beside its function's and its bucket's own charges."""
    yield from used_or_unpriced(context, "aws_s3control_object_lambda_access_point", Used("monthly_data_returned_gb", "Object Lambda data returned"))


def multi_region(context: Context) -> Iterable[Item]:
    """What a Multi-Region Access Point routes, in or out, beside transfer and requests."""
    yield from used_or_unpriced(context, "aws_s3control_multi_region_access_point", Used("monthly_routed_gb", "Multi-Region Access Point data routed"))


_ACCELERATION = Meter("aws_s3_bucket_accelerate_configuration", measure=acceleration, extra_fields=(ACCELERATED.field,))

METERS = {
    "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration": _ACCELERATION,
    "aws:s3/bucketAccelerateConfigurationV2:BucketAccelerateConfigurationV2": _ACCELERATION,
    "aws:s3/inventory:Inventory": Meter("aws_s3_bucket_inventory", measure=inventory, extra_fields=(LISTED.field,)),
    "aws:s3/analyticsConfiguration:AnalyticsConfiguration": Meter(
        "aws_s3_bucket_analytics_configuration", used=(Used("monthly_monitored_objects", "Storage class analysis objects monitored", MILLION),)
    ),
    "aws:s3/bucketMetric:BucketMetric": Meter("aws_s3_bucket_metric", measure=request_metrics),
    "aws:s3/directoryBucket:DirectoryBucket": Meter("aws_s3_directory_bucket", used=DIRECTORY_ROWS),
    "aws:s3tables/tableBucket:TableBucket": Meter("aws_s3tables_table_bucket", used=TABLE_ROWS),
    "aws:s3/vectorsIndex:VectorsIndex": Meter("aws_s3vectors_index", used=VECTOR_ROWS),
    "aws:s3control/storageLensConfiguration:StorageLensConfiguration": Meter(
        "aws_s3control_storage_lens_configuration", measure=storage_lens, extra_fields=(LENS_OBJECTS.field,)
    ),
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": Meter(
        "aws_s3control_multi_region_access_point", measure=multi_region, extra_fields=("monthly_routed_gb",)
    ),
    "aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint": Meter(
        "aws_s3control_object_lambda_access_point", measure=object_lambda, extra_fields=("monthly_data_returned_gb",)
    ),
}
