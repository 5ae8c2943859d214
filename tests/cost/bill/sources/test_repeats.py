from __future__ import annotations

from pathlib import Path

import pytest

from cost.bill.sources import repeats
from cost.bill.sources.model import Source, SourceKind


def source(path: Path, content: bytes) -> Source:
    path.write_bytes(content)
    return Source(path, path.name, SourceKind.CSV)


def test_the_same_content_is_counted_once_and_both_names_are_said(tmp_path: Path):
    files = [source(tmp_path / name, content) for name, content in (("a.csv", b"1"), ("b.csv", b"1"), ("c.csv", b"2"), ("d.csv", b"1"))]
    kept, notes = repeats.without_repeats(files)
    assert [one.name for one in kept] == ["a.csv", "c.csv"]
    assert notes[0].code == "same_content_twice"
    assert "b.csv = a.csv, d.csv = a.csv" in notes[0].message


def test_files_of_different_sizes_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repeats, "_digest", lambda source: pytest.fail("hashed"))
    kept, notes = repeats.without_repeats([source(tmp_path / "a.csv", b"1"), source(tmp_path / "b.csv", b"12")])
    assert len(kept) == 2
    assert not notes
