from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import QuantitySource

BUCKET = "aws:s3/bucket:Bucket"
QUIET = {"standard.monthly_tier_1_requests": 0, "standard.monthly_tier_2_requests": 0, "standard.storage_gb": 0}


@pytest.fixture
def holding(priced, usage_of):
    """A bucket that holds and does nothing but what the fields say."""

    def make(**fields):
        return priced((BUCKET, "lake", {}), usage=usage_of("aws_s3_bucket", {**QUIET, **{name.replace("__", "."): value for name, value in fields.items()}}))

    return make


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


@pytest.mark.parametrize(
    ("field", "price"),
    [
        ("standard__storage_gb", 0.023),
        ("standard_infrequent_access__storage_gb", 0.0125),
        ("one_zone_infrequent_access__storage_gb", 0.01),
        ("glacier_instant_retrieval__storage_gb", 0.004),
        ("glacier_flexible_retrieval__storage_gb", 0.0036),
        ("glacier_deep_archive__storage_gb", 0.00099),
        ("intelligent_tiering__frequent_access_storage_gb", 0.023),
        ("intelligent_tiering__infrequent_access_storage_gb", 0.0125),
        ("intelligent_tiering__archive_instant_access_storage_gb", 0.004),
        ("intelligent_tiering__archive_access_storage_gb", 0.0036),
        ("intelligent_tiering__deep_archive_access_storage_gb", 0.00099),
        ("standard_infrequent_access__monthly_data_retrieval_gb", 0.01),
        ("glacier_instant_retrieval__monthly_data_retrieval_gb", 0.03),
        ("glacier_flexible_retrieval__monthly_expedited_data_retrieval_gb", 0.03),
        ("glacier_flexible_retrieval__monthly_standard_data_retrieval_gb", 0.01),
        ("glacier_flexible_retrieval__monthly_bulk_data_retrieval_gb", 0),
        ("glacier_flexible_retrieval__monthly_expedited_select_data_scanned_gb", 0.02),
        ("glacier_deep_archive__monthly_standard_data_retrieval_gb", 0.02),
        ("glacier_deep_archive__monthly_bulk_data_retrieval_gb", 0.0025),
        ("standard__monthly_select_data_returned_gb", 0.0007),
        ("glacier_flexible_retrieval__provisioned_capacity_units", 100),
        ("monthly_batch_operations_jobs", 0.25),
    ],
)
def test_a_thousand_of_each_class_and_retrieval_has_its_rate(holding, field, price):
    assert holding(**{field: 1000}).monthly_cost.expected == pytest.approx(1000 * price, abs=0.005)


@pytest.mark.parametrize(
    ("field", "price"),
    [
        ("glacier_deep_archive__monthly_lifecycle_transition_requests", 0.05),
        ("glacier_flexible_retrieval__monthly_expedited_data_retrieval_requests", 10),
        ("glacier_deep_archive__monthly_bulk_data_retrieval_requests", 0.025),
        ("glacier_instant_retrieval__monthly_lifecycle_transition_requests", 0.02),
        ("intelligent_tiering__monitored_objects", 0.0025),
        ("object_tags", 0.00065),
    ],
)
def test_requests_and_objects_are_priced_by_the_thousand(holding, field, price):
    assert holding(**{field: 1_000_000}).monthly_cost.expected == pytest.approx(1000 * price, abs=0.005)


def test_small_objects_of_infrequent_access_count_as_128_kb(holding, line):
    # 8,388,608 objects x 128 KiB = 1,024 GiB x 0.0125, though they hold 100
    found = holding(standard_infrequent_access__storage_gb=100, standard_infrequent_access__objects=8_388_608)
    assert line(found, "Standard-IA storage").quantity.expected == pytest.approx(1024)
    assert "each counts as 128 KB" in line(found, "Standard-IA storage").assumptions[1]


def test_objects_at_the_minimum_size_add_nothing(holding, line):
    found = holding(standard_infrequent_access__storage_gb=1024, standard_infrequent_access__objects=8_388_608)
    assert line(found, "Standard-IA storage").quantity.expected == 1024
    assert len(line(found, "Standard-IA storage").assumptions) == 1


def test_each_archived_object_adds_32_kb_of_its_class_and_8_kb_of_standard(holding, line):
    found = holding(glacier_deep_archive__storage_gb=1000, glacier_deep_archive__objects=1_048_576)
    # 1,048,576 x 32 KiB = 32 GiB x 0.00099; x 8 KiB = 8 GiB x 0.023
    assert line(found, "Glacier Deep Archive storage: 32 KB").monthly_cost.expected == pytest.approx(32 * 0.00099)
    assert line(found, "Glacier Deep Archive storage: 8 KB").monthly_cost.expected == pytest.approx(8 * 0.023)


def test_the_archive_tiers_of_intelligent_tiering_add_the_same(holding, line):
    found = holding(intelligent_tiering__archive_access_objects=1_048_576)
    assert line(found, "Intelligent-Tiering storage, archive access: 32 KB").quantity.expected == pytest.approx(32)


def test_early_deletion_is_anything_up_to_the_rest_of_the_minimum_duration(holding, line):
    early = line(holding(glacier_deep_archive__early_delete_gb=1000), "Glacier Deep Archive early deletion")
    # 180 days: at most 6 months x 1,000 GB x 0.00099
    assert (early.monthly_cost.min, early.monthly_cost.max) == (0, pytest.approx(5.94))
    assert early.monthly_cost.expected == pytest.approx(2.97)


def test_early_deletion_that_is_known_to_the_month_is_no_range(holding, line):
    fields = {"standard_infrequent_access__early_delete_gb": 500, "standard_infrequent_access__early_delete_gb_months": 200}
    early = line(holding(**fields), "Standard-IA early deletion")
    assert (early.monthly_cost.min, early.monthly_cost.max) == (pytest.approx(2.50), pytest.approx(2.50))  # 200 x 0.0125


def test_intelligent_tierings_early_deletion_is_not_charged_and_the_estimate_says_why(stack_of, usage_of):
    usage = usage_of("aws_s3_bucket", {**QUIET, "intelligent_tiering.early_delete_gb": 1000})
    result = estimate(stack_of((BUCKET, "lake", {})), (usage,))
    assert result.total.max == 0
    assert any("no minimum duration since September 2021" in warning for warning in result.warnings)


def test_the_earlier_name_of_a_bucket_is_priced_alike(priced):
    named_v2 = priced(("aws:s3/bucketV2:BucketV2", "lake", {}))
    assert named_v2.monthly_cost == priced((BUCKET, "lake", {})).monthly_cost


def test_replication_that_a_bucket_declares_inside_itself_is_listed(stack_of):
    inside = {"replicationConfiguration": {"role": "arn", "rules": [{"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::copy"}}]}}
    assert [item.component for item in estimate(stack_of((BUCKET, "lake", inside))).unknown] == ["replication"]


def test_a_standard_retrieval_from_flexible_retrieval_costs_five_cents_a_thousand(priced, usage_of, line):
    usage = usage_of("aws_s3_bucket", {"glacier_flexible_retrieval.monthly_standard_data_retrieval_requests": 15_000_000})
    found = line(priced((BUCKET, "archive", {}), usage=usage), "Glacier Flexible Retrieval retrieval requests (standard)")
    assert found.monthly_cost.expected == pytest.approx(750.00)


LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
TO_ARCHIVE = {"id": "old", "status": "Enabled", "transitions": [{"days": 30, "storageClass": "GLACIER"}]}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (TO_ARCHIVE, True),
        ({"id": "old", "status": "Enabled", "expiration": {"days": 90}}, True),
        ({**TO_ARCHIVE, "status": "Disabled"}, False),
        ({"id": "parts", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}, False),
    ],
)
def test_standard_storage_says_that_lifecycle_rules_are_not_worked_out(priced, line, rule, said):
    rules = (LIFECYCLE, "rules", {"bucket": "lake", "rules": [rule]})
    notes = line(priced((BUCKET, "lake", {"bucket": "lake"}), rules), "Standard storage").assumptions
    assert any("lifecycle rules" in note for note in notes) is said


def test_a_buckets_own_lifecycle_rules_are_seen_too(priced, line):
    inputs = {"lifecycleRules": [{"enabled": True, "transitions": [{"days": 30, "storageClass": "GLACIER"}]}]}
    assert any("lifecycle rules" in note for note in line(priced((BUCKET, "lake", inputs)), "Standard storage").assumptions)


def test_lifecycle_rules_of_a_bucket_whose_classes_are_stated_need_no_word(priced, usage_of, line):
    usage = usage_of("aws_s3_bucket", {"glacier_flexible_retrieval.storage_gb": 1000})
    found = priced((BUCKET, "lake", {"bucket": "lake"}), (LIFECYCLE, "rules", {"bucket": "lake", "rules": [TO_ARCHIVE]}), usage=usage)
    assert not any("lifecycle rules" in note for note in line(found, "Standard storage").assumptions)
