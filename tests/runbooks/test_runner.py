"""runbooks.runner on the real library page and on drills that go wrong."""

import subprocess

from runbooks.model import Phase
from runbooks.parse import load_runbook
from runbooks.record import StepStatus, Verdict
from runbooks.runner import run_drill

BOOK = load_runbook("restore-deleted-lake-objects")


def drill(lake, book=BOOK, client=None, **kwargs):
    return run_drill(book, client or lake.aws.client, lake.outputs, environment="test", target="moto", **kwargs)


def without(book, *steps):
    return book.model_copy(update={"steps": tuple(step for step in book.steps if step.id not in steps)})


def changed(book, step_id, **fields):
    return book.model_copy(update={"steps": tuple(step.model_copy(update=fields) if step.id == step_id else step for step in book.steps)})


def test_the_drill_meets_its_objectives_and_measures_them(record):
    assert record.verdict is Verdict.MET, record.findings
    assert 0 < record.timing.detected < record.timing.recovered < record.timing.verified == record.rto_seconds < 60
    assert record.rpo_seconds == 0
    assert record.runbook_sha256 == BOOK.sha256


def test_every_canary_came_back_in_its_last_version_with_the_lakes_key(record):
    back = next(step for step in record.steps if step.id == "canaries_back").outputs
    assert (back["expected"], back["intact"], back["wrong_key"]) == (40, 40, 0)


def test_what_was_rightly_deleted_stays_deleted(record):
    found = next(step for step in record.steps if step.id == "find").outputs
    assert (found["objects"], found["older"]) == (40, 5)


def test_nothing_is_left_behind(lake):
    assert drill(lake).residue == 0
    left = lake.s3.list_object_versions(Bucket="lake")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


def test_a_bucket_without_versioning_fails_the_drill_before_the_accident(lake):
    lake.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Suspended"})
    record = drill(lake)
    assert record.verdict is Verdict.FAILED
    assert record.fault_at is None
    assert record.steps[0].status is StepStatus.FAILED
    assert "Suspended" in record.steps[0].failure
    assert {step.status for step in record.steps[1:-1]} == {StepStatus.NOT_RUN}


def test_objects_lost_for_good_are_measured_as_lost(lake):
    """The versions of half of the canaries vanish between the accident and the recovery, as a short lifecycle would have it."""
    seen = {"steps": 0}

    def sabotage(step):
        if step.id == "find":
            versions = lake.s3.list_object_versions(Bucket="lake", Prefix="drill/restore/canary/")["Versions"]
            for version in versions[:40]:
                lake.s3.delete_object(Bucket="lake", Key=version["Key"], VersionId=version["VersionId"])
            seen["steps"] += 1

    record = drill(lake, on_step=sabotage)
    back = next(step for step in record.steps if step.id == "canaries_back")
    assert seen["steps"] == 1
    assert back.outputs["lost"] == 20
    assert back.outputs["rpo_seconds"] > 0
    assert record.verdict is Verdict.FAILED


def test_a_missed_objective_is_missed_not_failed(lake):
    strict = BOOK.model_copy(update={"objectives": BOOK.objectives.model_copy(update={"rto": BOOK.objectives.rpo})})
    assert drill(lake, strict).verdict is Verdict.MISSED


def test_a_drill_that_is_quick_but_loses_writes_misses_its_objective(lake):
    """Nothing fails when the steps do not ask for every canary; the objective on the recovery point still does."""
    lenient = changed(BOOK, "canaries_back", verify=())

    def sabotage(step):
        if step.id == "find":
            versions = lake.s3.list_object_versions(Bucket="lake", Prefix="drill/restore/canary/")["Versions"]
            lake.s3.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions[:2]]})

    record = drill(lake, lenient, on_step=sabotage)
    assert record.findings == ()
    assert record.rpo_seconds > 0
    assert record.verdict is Verdict.MISSED


def test_a_git_that_hangs_does_not_cost_the_record(lake, monkeypatch):
    def hang(*arguments, **options):
        raise subprocess.TimeoutExpired("git", 5)

    monkeypatch.setattr("runbooks.runner.subprocess.run", hang)
    assert drill(lake).git_commit is None


def test_a_drill_that_measures_no_recovery_point_has_failed(lake):
    assert drill(lake, without(BOOK, "canaries_back")).verdict is Verdict.FAILED


def test_a_failing_call_is_tried_again_as_often_as_the_step_says(lake):
    calls = {"failed": 0}

    def flaky(service):
        real = lake.aws.client(service)

        class Flaky:
            exceptions = real.exceptions

            def __getattr__(self, name):
                if name == "get_paginator" and calls["failed"] < 2 and calls.get("armed"):
                    calls["failed"] += 1
                    raise ConnectionError("the network is down")
                return getattr(real, name)

        return Flaky()

    def arm(step):
        calls["armed"] = step.id == "accident"

    record = drill(lake, client=flaky, on_step=arm)
    find = next(step for step in record.steps if step.id == "find")
    assert find.attempts == 3
    assert find.status is StepStatus.PASSED
    assert record.verdict is Verdict.MET


def test_clean_up_runs_although_the_recovery_failed(lake):
    broken = changed(BOOK, "restore", inputs={"bucket": "no-such-bucket", "markers": "${steps.find.markers}"})
    record = drill(lake, broken)
    assert record.verdict is Verdict.FAILED
    assert "NoSuchBucket" in next(step for step in record.steps if step.id == "restore").failure
    clean_up = record.steps[-1]
    assert clean_up.phase is Phase.CLEAN_UP
    assert clean_up.status is StepStatus.PASSED
    assert record.residue == 0


def test_long_lists_are_shortened_in_the_record_and_it_says_so(record):
    writes = next(step for step in record.steps if step.id == "canaries").outputs["writes"]
    assert len(writes) == 6
    assert writes[-1] == "… and 35 more"
