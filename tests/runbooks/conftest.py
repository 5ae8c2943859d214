"""A versioned, encrypted bucket on moto, and the outputs a stack would give for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from plinth.local import LocalAws
from runbooks.parse import load_runbook
from runbooks.record import DrillRecord
from runbooks.runner import run_drill


@dataclass
class Lake:
    """The local AWS, its S3 client, and the stack outputs that the runbooks read."""

    aws: LocalAws
    s3: Any
    outputs: dict[str, str]


@pytest.fixture
def lake() -> Iterator[Lake]:
    with open_lake() as opened:
        yield opened


@contextmanager
def open_lake() -> Iterator[Lake]:
    with LocalAws("us-east-1") as aws:
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="lake")
        s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
        yield Lake(aws, s3, {"lake_bucket": "lake", "lake_key_arn": key})


@pytest.fixture(scope="module")
def record() -> DrillRecord:
    """The library's drill, run once on a bucket of its own."""
    with open_lake() as opened:
        book = load_runbook("restore-deleted-lake-objects")
        return run_drill(book, opened.aws.client, opened.outputs, environment="test", target="moto")
