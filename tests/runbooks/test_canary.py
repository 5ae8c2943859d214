"""runbooks.actions.canary: what was lost is measured to the second, from what was acknowledged."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from runbooks.actions import ActionError
from runbooks.actions.canary import CanaryWrite, VerifyInputs, WriteInputs, verify, write
from runbooks.actions.s3 import PrefixInputs, delete_prefix, remove_all_versions

FAULT = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


@pytest.fixture
def writes(lake) -> tuple[CanaryWrite, ...]:
    """Four canaries acknowledged 40, 30, 20 and 10 seconds before the fault; all are there, as they were written."""
    made = []
    for number in range(4):
        body = f"canary {number}".encode()
        key = f"drill/{number}"
        lake.s3.put_object(Bucket="lake", Key=key, Body=body)
        made.append(CanaryWrite(sequence=number + 1, key=key, at=FAULT - timedelta(seconds=40 - 10 * number), sha256=hashlib.sha256(body).hexdigest()))
    return tuple(made)


def verified(lake, writes, **fields):
    return verify(lake.aws.client, VerifyInputs(bucket="lake", writes=writes, until=FAULT, **fields))


def test_with_nothing_lost_the_recovery_point_is_the_fault_itself(lake, writes):
    found = verified(lake, writes, kms_key=lake.outputs["lake_key_arn"])
    assert (found.intact, found.lost, found.damaged, found.wrong_key, found.rpo_seconds) == (4, 0, 0, 0, 0.0)
    assert found.last_intact_at == FAULT - timedelta(seconds=10)


def test_the_recovery_point_is_the_age_of_the_oldest_lost_write(lake, writes):
    for key in ("drill/1", "drill/3"):
        lake.s3.delete_object(Bucket="lake", Key=key)
    found = verified(lake, writes)
    assert (found.intact, found.lost, found.first_lost_sequence, found.rpo_seconds) == (2, 2, 2, 30.0)


def test_a_damaged_canary_counts_as_lost(lake, writes):
    lake.s3.put_object(Bucket="lake", Key="drill/2", Body=b"something else")
    found = verified(lake, writes)
    assert (found.intact, found.lost, found.damaged, found.first_lost_sequence, found.rpo_seconds) == (3, 0, 1, 3, 20.0)


def test_an_object_under_another_key_is_intact_and_told(lake, writes):
    found = verified(lake, writes, kms_key="arn:aws:kms:us-east-1:123456789012:key/other")
    assert (found.intact, found.wrong_key, found.rpo_seconds) == (4, 4, 0.0)


def test_the_last_of_several_writes_is_the_one_that_counts(lake):
    made = write(lake.aws.client, WriteInputs(bucket="lake", prefix="drill/w/", count=3, versions=2))
    assert [done.sequence for done in made.writes] == [4, 5, 6]
    assert verified(lake, made.writes).intact == 3


def test_a_drill_deletes_only_what_it_wrote(lake):
    for action in (delete_prefix, remove_all_versions):
        with pytest.raises(ActionError, match="outside drill/"):
            action(lake.aws.client, PrefixInputs(bucket="lake", prefix="raw/"))
