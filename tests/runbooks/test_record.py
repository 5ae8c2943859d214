"""runbooks.record: records are append-only, and an altered one shows."""

from datetime import UTC, datetime

import pytest

from plinth.errors import InputError
from runbooks.record import DrillRecord, Timing, Verdict, broken_chain, write_record


def record(second: int) -> DrillRecord:
    at = datetime(2026, 11, 22, 8, 0, second, tzinfo=UTC)
    return DrillRecord(
        id=f"restore-{at:%Y%m%dT%H%M%S%fZ}",
        runbook="restore",
        title="t",
        scenario="s",
        runbook_sha256="0" * 64,
        git_commit=None,
        environment="dev",
        target="moto",
        triggered_by="test",
        started_at=at,
        ended_at=at,
        fault_at=at,
        objective_rto_seconds=1,
        objective_rpo_seconds=0,
        rto_seconds=0.5,
        rpo_seconds=0,
        timing=Timing(detected=0.1, recovered=0.2, verified=0.5),
        steps=(),
        residue=0,
        verdict=Verdict.MET,
    )


def test_each_record_carries_the_hash_of_the_one_before(tmp_path):
    paths = [write_record(record(second), tmp_path) for second in range(3)]
    assert DrillRecord.model_validate_json(paths[0].read_text()).previous_sha256 is None
    assert DrillRecord.model_validate_json(paths[2].read_text()).previous_sha256
    assert broken_chain(tmp_path, "restore") == []


def test_an_altered_or_removed_record_breaks_the_chain(tmp_path):
    paths = [write_record(record(second), tmp_path) for second in range(3)]
    original = paths[0].read_text()
    paths[0].write_text(original.replace('"met"', '"missed"'))
    assert len(broken_chain(tmp_path, "restore")) == 1
    paths[0].write_text(original)
    paths[1].unlink()
    assert len(broken_chain(tmp_path, "restore")) == 1


def test_another_runbooks_records_are_not_in_the_chain(tmp_path):
    write_record(record(1), tmp_path)
    (tmp_path / "restore-deleted-20261122T080000000000Z.json").write_text("{}")
    (tmp_path / "restore-notes.json").write_text("{}")
    write_record(record(2), tmp_path)
    assert broken_chain(tmp_path, "restore") == []


def test_a_record_cut_short_is_told(tmp_path):
    path = write_record(record(1), tmp_path)
    path.write_text(path.read_text()[:50])
    with pytest.raises(InputError, match="not JSON"):
        broken_chain(tmp_path, "restore")


def test_a_record_is_never_overwritten(tmp_path):
    write_record(record(1), tmp_path)
    with pytest.raises(InputError, match="never overwritten"):
        write_record(record(1), tmp_path)


def test_an_unwritable_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_record(record(1), tmp_path / "file")
