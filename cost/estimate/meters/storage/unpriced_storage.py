"""Storage and database types that cost something which no table at hand prices: each is listed with its reason, never counted as nothing."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Item, Measure, Meter, UndecidableError

_RESERVATION = "a reservation is a purchase of one or three years: its price is its offering's, which the price book does not have"
_REPLICATED = "the price book has no price of what a global cluster replicates; its clusters are priced where they are declared"
_TABLES = "the price book has no price of replicated S3 tables: storage, requests and transfer in the other Region"

REASONS = {
    "aws:docdb/globalCluster:GlobalCluster": ("aws_docdb_global_cluster", _REPLICATED),
    "aws:elasticache/reservedCacheNode:ReservedCacheNode": ("aws_elasticache_reserved_cache_node", _RESERVATION),
    "aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment": (
        "aws_fsx_s3_access_point_attachment",
        "the price book has no price of S3 requests to a file system",
    ),
    "aws:memorydb/multiRegionCluster:MultiRegionCluster": ("aws_memorydb_multi_region_cluster", _REPLICATED),
    "aws:neptune/globalCluster:GlobalCluster": ("aws_neptune_global_cluster", _REPLICATED),
    "aws:rds/reservedInstance:ReservedInstance": ("aws_rds_reserved_instance", _RESERVATION),
    "aws:s3/bucketMetadataConfiguration:BucketMetadataConfiguration": (
        "aws_s3_bucket_metadata_configuration",
        "the price book has no price of S3 Metadata: updates and the tables that hold them",
    ),
    "aws:s3/filesFileSystem:FilesFileSystem": (
        "aws_s3files_file_system",
        "the price book has no price of S3 file systems; their bucket is priced, their cache and access are not",
    ),
    "aws:s3control/accessGrantsInstance:AccessGrantsInstance": (
        "aws_s3control_access_grants_instance",
        "the price book has no price of requests for S3 access",
    ),
    "aws:s3control/bucket:Bucket": ("aws_s3control_bucket", "S3 on Outposts is paid with the Outpost's capacity, which the price book does not have"),
    "aws:s3tables/tableBucketReplication:TableBucketReplication": ("aws_s3tables_table_bucket_replication", _TABLES),
    "aws:s3tables/tableReplication:TableReplication": ("aws_s3tables_table_replication", _TABLES),
    "aws:transfer/workflow:Workflow": ("aws_transfer_workflow", "the price book has no price of workflow steps that decrypt files"),
}


def _unpriced(reason: str) -> Measure:
    def measure(context: Context) -> Iterable[Item]:
        raise UndecidableError(reason)

    return measure


METERS = {token: Meter(terraform_type, measure=_unpriced(reason)) for token, (terraform_type, reason) in REASONS.items()}
