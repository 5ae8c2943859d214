from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill.sources.folders import each_once, walk
from cost.bill.sources.model import Role
from plinth.errors import InputError


def data(text: str | Path) -> list[str]:
    return [found.name for found, role in walk(str(text)) if role is Role.DATA]


def refused(text: str | Path, match: str) -> InputError:
    with pytest.raises(InputError, match=match) as caught:
        walk(str(text))
    assert caught.value.fix
    return caught.value


def test_a_folder_is_walked_in_order_and_a_file_is_itself(tree: SimpleNamespace):
    files = [tree.write(name) for name in ("b/x.csv", "a.csv.gz", "b/c/y.parquet")]
    assert data(tree.root) == [str(files[1]), str(files[0]), str(files[2])]
    assert data(files[0]) == [str(files[0])]


def test_a_folder_below_a_hidden_one_is_read_when_it_is_given(tmp_path: Path):
    (tmp_path / ".cache" / ".trash").mkdir(parents=True)
    (tmp_path / ".cache" / "a.csv").write_text("x")
    (tmp_path / ".cache" / ".trash" / "b.csv").write_text("x")
    assert data(tmp_path / ".cache") == [str(tmp_path / ".cache" / "a.csv")]
    assert data(tmp_path / ".cache" / "*.csv") == [str(tmp_path / ".cache" / "a.csv")]


def test_a_glob_is_expanded_with_folders_and_any_depth(tree: SimpleNamespace):
    october, november = tree.write("2026-10/a/x.parquet"), tree.write("2026-11/y.parquet")
    tree.write("2025-10/z.parquet")
    assert data(tree.root / "2026-*" / "**" / "*.parquet") == [str(october), str(november)]
    assert data(tree.root / "2026-*") == [str(october), str(november)]


def test_a_name_with_glob_characters_is_a_name_where_it_exists(tree: SimpleNamespace):
    path = tree.write("it's [a] *bill*?/a.csv")
    assert data(path) == data(path.parent) == [str(path)]


def test_linked_folders_are_read_and_circles_end(tree: SimpleNamespace, tmp_path: Path):
    tree.write("a.csv")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_text("x")
    (tree.root / "linked").symlink_to(tmp_path / "elsewhere")
    (tree.root / "circle").symlink_to(tree.root)
    assert data(tree.root) == [str(tree.root / "a.csv"), str(tree.root / "linked" / "b.csv")]


def test_one_file_under_several_names_is_counted_once_and_said(tree: SimpleNamespace):
    real, hard, soft = tree.write("b.csv"), tree.root / "c.csv", tree.root / "a.csv"
    hard.hardlink_to(real)
    soft.symlink_to(real)
    kept, notes = each_once(found for found, _ in walk(str(tree.root)) + walk(str(real)))
    assert [found.name for found in kept] == [str(real)]
    assert notes[0].code == "same_file_twice"
    assert str(soft) in notes[0].message


def test_the_same_path_given_twice_needs_no_word(tree: SimpleNamespace):
    path = tree.write("a.csv")
    kept, notes = each_once(found for found, _ in walk(str(tree.root)) + walk(str(path)))
    assert len(kept) == 1
    assert not notes


def test_what_can_not_be_read_is_an_error(tree: SimpleNamespace, tmp_path: Path):
    refused(tmp_path / "none.csv", "no such file or folder")
    refused(tmp_path / "none*.csv", "no file matches")
    refused(tree.write("x-Manifest.json", "{}"), "is a manifest")
    refused(tree.write("x.xlsx"), "no bill by its name")
    refused(tmp_path / ("x" * 5_000), "can't be read")
    refused("a\0b.csv", "no such file")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "no regular file")
    (tree.root / "gone.csv").symlink_to(tmp_path / "nowhere")
    refused(tree.root / "gone.csv", "link leads nowhere")
    refused(tree.root, "link leads nowhere")


def test_a_pattern_does_not_pass_over_a_folder_that_can_not_be_listed(tree: SimpleNamespace, monkeypatch: pytest.MonkeyPatch):
    tree.write("a.csv")
    tree.write("closed/b.csv")
    listed = os.scandir

    def closed(path: str):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert refused(f"{tree.root}/**/*.csv", "the folder can't be read").where == f"{tree.root}/closed"
    assert data(f"{tree.root}/*.csv") == [f"{tree.root}/a.csv"]
