"""plinth.files: reads are bounded and honest, writes are whole or not there."""

import os
import time

import pytest

from plinth.errors import InputError, shortened
from plinth.files import read_json, read_text, write_atomically


def test_a_write_replaces_the_file_whole(tmp_path):
    path = tmp_path / "new" / "out.txt"
    write_atomically(path, "one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["out.txt"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "out.txt", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(InputError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def test_an_output_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written") as refused:
        write_atomically(tmp_path / "file" / "out.txt", "x")
    assert "--out" in refused.value.fix


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "big"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 1001)
    with pytest.raises(InputError, match="too large"):
        read_text(path, limit=1000)


def test_text_that_is_not_utf8_is_refused_with_the_byte(tmp_path):
    path = tmp_path / "latin"
    path.write_bytes(b"abc\xe9")
    with pytest.raises(InputError, match="not UTF-8") as refused:
        read_text(path)
    assert "byte 3" in str(refused.value)


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path):
    path = tmp_path / "bom"
    path.write_bytes(b"\xef\xbb\xbf{}")
    assert read_json(path) == {}


@pytest.mark.parametrize("text", ["{", "nul", '{"a": 1,}', "[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not JSON"):
        read_json(path)


def test_a_hostile_value_does_not_flood_the_terminal():
    assert len(shortened("x" * 10_000_000)) == 160
    assert "\x1b" not in shortened("\x1b[31m")


def test_an_alias_bomb_is_shortened_at_once():
    bomb: object = "lol"
    for _ in range(40):
        bomb = [bomb] * 10
    began = time.process_time()
    assert len(shortened({"a": bomb})) <= 160
    assert time.process_time() - began < 1
