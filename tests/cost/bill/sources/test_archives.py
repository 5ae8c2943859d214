from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from cost.bill.sources import archives
from plinth.errors import InputError

CSV = b"a,b\n1,2\n"


def zipped(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, match: str) -> InputError:
    with pytest.raises(InputError, match=match) as caught:
        archives.unpack(path, "bill.zip", path.parent / "out")
    assert caught.value.where == "bill.zip"
    assert caught.value.fix
    return caught.value


def test_members_that_are_bills_are_unpacked_and_others_named(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"x/cur-1.csv": CSV, "cur-2.csv": CSV * 2, "__MACOSX/._cur-1.csv": b"x", "readme.txt": b"x", "x/": b""})
    unpacked, other = archives.unpack(path, "a.zip", tmp_path / "out")
    assert [(name, file.read_bytes()) for name, file in unpacked] == [("x/cur-1.csv", CSV), ("cur-2.csv", CSV * 2)]
    assert other == ["readme.txt"]
    assert all(file.parent == tmp_path / "out" for _, file in unpacked)


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_a_member_that_would_be_written_elsewhere_is_an_error(tmp_path: Path, name: str):
    error = refused(zipped(tmp_path / "a.zip", {name: CSV}), "outside its folder")
    assert error.value == name
    assert not list((tmp_path / "out").glob("*"))


def test_a_zip_in_a_zip_and_a_whole_delivery_are_errors(tmp_path: Path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", CSV)
    refused(zipped(tmp_path / "a.zip", {"inner.zip": inner.getvalue()}), "holds another zip")
    refused(zipped(tmp_path / "b.zip", {"cur-1.csv": CSV, "cur-Manifest.json": b"{}"}), "whole delivery")


def test_an_encrypted_zip_is_an_error(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"0" * 1_000_000})
    monkeypatch.setattr(archives, "RATIO_FREE_BYTES", 1_000)
    assert "over the limit of 200:1" in str(refused(path, "more than is safe").value)
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 10_000)
    assert "over the limit of 10,000" in str(refused(path, "more than is safe").value)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 0)
    assert "1 member" in str(refused(path, "more than is safe").value)
    assert not list((tmp_path / "out").glob("*"))


def test_a_size_that_lies_gives_no_more_than_it_says(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"0" * 1_000_000})
    content = bytearray(path.read_bytes())
    start = content.index(b"PK\x01\x02") + 24
    content[start : start + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    refused(path, "damaged")
    assert all(file.stat().st_size <= 10 for file in (tmp_path / "out").glob("*"))


def test_a_cut_zip_a_damaged_one_and_one_without_bills_are_errors(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV * 100}, zipfile.ZIP_STORED)
    content = path.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[:-30])
    (tmp_path / "damaged.zip").write_bytes(content.replace(b"1,2", b"9,9", 1))
    refused(tmp_path / "cut.zip", "damaged")
    refused(tmp_path / "damaged.zip", "damaged")
    refused(zipped(tmp_path / "none.zip", {"readme.txt": b"x"}), "holds no bill")
