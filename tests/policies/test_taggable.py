from policies.taggable import scan, taggable_types


def test_the_table_is_that_of_the_installed_provider():
    assert taggable_types() == scan(), "write it anew: python -m policies.taggable"


def test_buckets_take_tags_and_their_side_cars_do_not():
    assert "aws:s3/bucket:Bucket" in taggable_types()
    assert "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock" not in taggable_types()
