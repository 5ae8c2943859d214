from __future__ import annotations

import json
from functools import cache

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from plinth.local.shapes import UnmappedPropertyError, shaped


@cache
def shape(service, operation):
    return Session().get_service_model(service).operation_model(operation).input_shape


def test_names_are_matched_ignoring_case_and_number():
    assert shaped({"cidrBlock": "10.0.0.0/16"}, shape("ec2", "CreateVpc")) == {"CidrBlock": "10.0.0.0/16"}
    assert shaped({"clientIdLists": ["a"]}, shape("iam", "CreateOpenIDConnectProvider")) == {"ClientIDList": ["a"]}


def test_a_mapping_becomes_the_list_that_the_service_wants_of_tags_and_dimensions():
    assert shaped({"tags": {"b": 1, "a": "x"}}, shape("kms", "CreateKey")) == {"Tags": [{"TagKey": "a", "TagValue": "x"}, {"TagKey": "b", "TagValue": "1"}]}
    assert shaped({"dimensions": {"E": "e"}}, shape("cloudwatch", "PutMetricAlarm")) == {"Dimensions": [{"Name": "E", "Value": "e"}]}


def test_scalars_take_the_type_that_the_service_asks_for():
    ebs = shaped({"launchTemplateData": {"blockDeviceMappings": [{"ebs": {"encrypted": "true", "volumeSize": 50.0}}]}}, shape("ec2", "CreateLaunchTemplate"))
    assert ebs["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"] == {"Encrypted": True, "VolumeSize": 50}
    assert shaped({"attributes": {"VisibilityTimeout": 30, "FifoQueue": True}}, shape("sqs", "CreateQueue"))["Attributes"] == {
        "VisibilityTimeout": "30",
        "FifoQueue": "true",
    }


def test_a_policy_given_as_an_object_is_sent_as_json():
    assert json.loads(shaped({"policy": {"Version": "2012-10-17"}}, shape("s3", "PutBucketPolicy"))["Policy"]) == {"Version": "2012-10-17"}


def test_nulls_are_left_out_and_single_items_fit_lists_and_structures():
    assert shaped({"bucket": "b", "expectedBucketOwner": None}, shape("s3", "HeadBucket")) == {"Bucket": "b"}
    encryption = shaped({"encryptionConfig": {"provider": {"keyArn": "k"}, "resources": ["secrets"]}}, shape("eks", "CreateCluster"))
    assert encryption == {"encryptionConfig": [{"provider": {"keyArn": "k"}, "resources": ["secrets"]}]}
    assert shaped({"encryptionConfigurations": [{"encryptionType": "KMS"}]}, shape("ecr", "CreateRepository")) == {
        "encryptionConfiguration": {"encryptionType": "KMS"}
    }


def test_a_property_without_an_argument_is_named_with_its_path():
    with pytest.raises(UnmappedPropertyError, match=r"metadataOptions\.madeUp"):
        shaped({"launchTemplateData": {"metadataOptions": {"madeUp": 1}}}, shape("ec2", "CreateLaunchTemplate"))


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5))
def test_no_tag_is_lost(tags):
    sent = shaped({"tags": tags}, shape("sagemaker", "CreateModel"))["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in sent} == tags
