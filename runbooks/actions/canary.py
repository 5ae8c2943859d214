"""Canary writes: numbered objects with checksums, so that what was lost is measured and not read off a configuration."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from runbooks.actions import Action, ActionError, Client, Inputs, Outputs


class WriteInputs(Inputs):
    """How many canaries to write under which prefix, and the pause between two in seconds."""

    bucket: str
    prefix: str
    count: int = Field(ge=1, le=10_000)
    versions: int = Field(default=1, ge=1, le=10, description="How often each canary is overwritten; the last write is the one that counts.")
    pause_seconds: float = Field(default=0, ge=0, le=60)


class CanaryWrite(Outputs):
    """One acknowledged write: its number in the sequence, where, when (UTC), and the checksum of its content."""

    sequence: int
    key: str
    at: datetime
    sha256: str


class Written(Outputs):
    """The writes that S3 acknowledged; of an overwritten canary, the last one."""

    count: int
    first_at: datetime
    last_at: datetime
    writes: tuple[CanaryWrite, ...]


def write(client: Client, inputs: WriteInputs) -> Written:
    """Write numbered canaries one after the other; the bucket's default encryption applies, as to any object of the lake."""
    s3 = client("s3")
    writes: dict[str, CanaryWrite] = {}
    sequence = 0
    for version in range(inputs.versions):
        for number in range(inputs.count):
            sequence += 1
            key = f"{inputs.prefix}{number:06d}.json"
            body = json.dumps({"sequence": sequence, "version": version, "content": hashlib.sha256(key.encode()).hexdigest() * 8}).encode()
            s3.put_object(Bucket=inputs.bucket, Key=key, Body=body)
            writes[key] = CanaryWrite(sequence=sequence, key=key, at=datetime.now(UTC), sha256=hashlib.sha256(body).hexdigest())
            time.sleep(inputs.pause_seconds)
    kept = tuple(sorted(writes.values(), key=lambda done: done.sequence))
    return Written(count=len(kept), first_at=kept[0].at, last_at=kept[-1].at, writes=kept)


class VerifyInputs(Inputs):
    """The writes to look for, the moment of the fault, and the KMS key that must protect each object found."""

    bucket: str
    writes: tuple[CanaryWrite, ...]
    until: datetime
    kms_key: str | None = None


class Verified(Outputs):
    """What came back. `rpo_seconds` is the time from the oldest lost write to `until`, the moment of the fault; 0 where none was lost."""

    expected: int
    intact: int
    lost: int
    damaged: int
    wrong_key: int
    first_lost_sequence: int | None
    last_intact_at: datetime | None
    rpo_seconds: float


def verify(client: Client, inputs: VerifyInputs) -> Verified:
    """Read every canary back and compare its checksum and its key; what is missing or changed counts as lost."""
    s3 = client("s3")
    states = {done.sequence: _state(s3, inputs, done) for done in inputs.writes}
    intact = [done for done in inputs.writes if states[done.sequence] in ("intact", "wrong key")]
    lost = [done for done in inputs.writes if states[done.sequence] in ("lost", "damaged")]
    return Verified(
        expected=len(inputs.writes),
        intact=len(intact),
        lost=sum(state == "lost" for state in states.values()),
        damaged=sum(state == "damaged" for state in states.values()),
        wrong_key=sum(state == "wrong key" for state in states.values()),
        first_lost_sequence=min((done.sequence for done in lost), default=None),
        last_intact_at=max((done.at for done in intact), default=None),
        rpo_seconds=(inputs.until - min(done.at for done in lost)).total_seconds() if lost else 0.0,
    )


def _state(s3: Any, inputs: VerifyInputs, done: CanaryWrite) -> str:
    try:
        answer = s3.get_object(Bucket=inputs.bucket, Key=done.key)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return "lost"
        raise ActionError(f"{done.key} can't be read: {error}") from error
    if hashlib.sha256(answer["Body"].read()).hexdigest() != done.sha256:
        return "damaged"
    return "wrong key" if inputs.kms_key and answer.get("SSEKMSKeyId") != inputs.kms_key else "intact"


ACTIONS = {
    "canary.write": Action(write, WriteInputs, Written, writes=True),
    "canary.verify": Action(verify, VerifyInputs, Verified, writes=False),
}
