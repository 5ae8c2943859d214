from __future__ import annotations

from plinth.local import deploy, destroy


def test_everything_goes_last_first_and_the_services_list_nothing_new(make, aws):
    key = make("aws:kms/key:Key", "key", {"deletionWindowInDays": 7})
    alias = make("aws:kms/alias:Alias", "alias", {"name": "alias/x", "targetKeyId": key.id})
    deployment = deploy(make.stack(), aws)
    report = destroy(deployment, aws)
    assert report.destroyed == (alias.urn, key.urn) and report.leftovers == () and report.fine
    assert len(report.pending_deletion) == 1 and "PendingDeletion" in report.pending_deletion[0]
    assert aws.client("kms").describe_key(KeyId=deployment.by_urn[key.urn].id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_protected_resource_stops_the_destroy_before_anything_is_deleted(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"}, protect=True)
    make("aws:s3/bucketVersioning:BucketVersioning", "v", {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    deployment = deploy(make.stack(), aws)
    report = destroy(deployment, aws)
    assert report.refused == (bucket.urn,) and report.destroyed == () and not report.fine
    assert aws.client("s3").get_bucket_versioning(Bucket="lake")["Status"] == "Enabled"
    assert destroy(deployment, aws, force=True).fine


def test_a_resource_to_retain_stays_and_is_said(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"}, retain_on_delete=True)
    deployment = deploy(make.stack(), aws)
    report = destroy(deployment, aws)
    assert report.retained == (bucket.urn,) and report.leftovers == () and report.fine
    aws.client("s3").head_bucket(Bucket="lake")
    assert destroy(deployment, aws, force=True).destroyed == (bucket.urn,)


def test_a_bucket_with_data_needs_the_second_opt_in(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"})
    deployment = deploy(make.stack(), aws)
    aws.client("s3").put_object(Bucket="lake", Key="a", Body=b"data")
    report = destroy(deployment, aws)
    assert "BucketNotEmpty" in report.failed[bucket.urn] and report.leftovers == ("aws:s3/bucket:Bucket in us-east-1: lake",)
    assert destroy(deployment, aws, force=True).fine


def test_a_bucket_that_says_force_destroy_is_emptied_of_all_versions(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake", "forceDestroy": True})
    make("aws:s3/bucketVersioning:BucketVersioning", "v", {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    deployment = deploy(make.stack(), aws)
    for body in (b"one", b"two"):
        aws.client("s3").put_object(Bucket="lake", Key="a", Body=body)
    aws.client("s3").delete_object(Bucket="lake", Key="a")
    assert destroy(deployment, aws).fine


def test_what_was_made_beside_the_stack_is_a_leftover(make, aws):
    make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"})
    deployment = deploy(make.stack(), aws)
    aws.client("s3").create_bucket(Bucket="stray")
    assert destroy(deployment, aws).leftovers == ("aws:s3/bucket:Bucket in us-east-1: stray",)


def test_what_was_there_before_is_no_leftover(make, aws):
    aws.client("s3").create_bucket(Bucket="older")
    make("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16"})
    make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"})
    report = destroy(deploy(make.stack(), aws), aws)
    assert report.fine, "moto's default VPC and the older bucket were there before"


def test_a_resource_that_failed_half_way_is_cleaned_up(make, aws):
    make("aws:iam/role:Role", "role", {"assumeRolePolicy": '{"Version":"2012-10-17","Statement":[]}', "managedPolicyArns": ["arn:aws:iam::aws:policy/NoSuch"]})
    report = destroy(deploy(make.stack(), aws), aws, force=True)
    assert report.leftovers == () and report.fine


def test_a_tagged_resource_of_another_type_is_a_leftover_too(make, aws):
    make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake"})
    deployment = deploy(make.stack(), aws)
    arn = aws.client("sns").create_topic(Name="stray", Tags=[{"Key": "team", "Value": "x"}])["TopicArn"]
    assert destroy(deployment, aws).leftovers == (f"tagged resources in us-east-1: {arn}",)
