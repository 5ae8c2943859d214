from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest

from cost.bill.sources import SourceKind, Sources, find_sources
from plinth.errors import InputError

OLD, NEW = "20261003T081120Z", "20261005T165709Z"


def names(sources: Sources, tree: SimpleNamespace) -> list[str]:
    return [source.name.removeprefix(f"{tree.root}/") for source in sources.files]


def refused(tree: SimpleNamespace, match: str, *paths: object) -> InputError:
    with pytest.raises(InputError, match=match) as caught:
        find_sources([str(path) for path in paths or (tree.root,)], tree.work)
    assert caught.value.fix
    return caught.value


def test_a_folder_of_every_kind_gives_sources_in_order(tree: SimpleNamespace, make: SimpleNamespace):
    tree.write("b.csv", make.csv("b"))
    tree.write("a.csv.gz", gzip.compress(make.csv("a")))
    tree.write("c.parquet", b"PAR1" + b"\0" * 20 + b"PAR1")
    tree.write("_SUCCESS", "")
    tree.write("create.sql", "x")
    sources = find_sources([tree.root], tree.work)
    assert [(source.kind, source.period, source.assembly) for source in sources.files] == [(kind, None, None) for kind in ("csv.gz", "csv", "parquet")]
    assert names(sources, tree) == ["a.csv.gz", "b.csv", "c.parquet"]
    assert not sources.notes
    assert sources == find_sources([tree.root / "c.parquet", tree.root / "*.csv*"], tree.work)


def test_other_files_are_counted_and_some_are_named(tree: SimpleNamespace, make: SimpleNamespace):
    for name in ("a.xlsx", "b.txt", "c.json", "d.md"):
        tree.write(name, "x")
    tree.write("hub-Manifest.json", "{}")
    tree.write("z.csv", make.csv())
    note = find_sources([tree.root], tree.work).notes[0]
    assert note.code == "other_files"
    assert note.message.startswith("5 files that are no bills are passed over: ")
    assert note.message.endswith(" and 2 more")


def test_a_zip_is_unpacked_below_the_work_folder_and_its_members_are_named(tree: SimpleNamespace, make: SimpleNamespace):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("cur-1.csv", make.csv())
        archive.writestr("readme.txt", "x")
    key = make.legacy("p", "cur", "2026-10", NEW, (1,))[0].replace(".csv.gz", ".csv.zip")
    tree.write(key, content.getvalue())
    tree.write("p/cur/20261001-20261101/cur-Manifest.json", make.legacy_manifest([key], NEW, "2026-10"))
    sources = find_sources([tree.root], tree.work)
    assert names(sources, tree) == [f"{key}!cur-1.csv"]
    source = sources.files[0]
    assert (source.kind, source.period, source.assembly, source.path.read_bytes()) == (SourceKind.CSV, "2026-10", NEW, make.csv())
    assert tree.work in source.path.parents
    assert "readme.txt" in sources.notes[0].message


def test_a_whole_delivery_gives_the_newest_assembly_of_each_month(tree: SimpleNamespace, make: SimpleNamespace):
    expected = []
    for month in ("2026-09", "2026-10"):
        for assembly in (OLD, NEW):
            keys = make.legacy("p", "cur", month, assembly, (1, 2))
            for key in keys:
                tree.write(key, gzip.compress(make.csv(key)))
            text = make.legacy_manifest(keys, assembly, month)
            folder = keys[0].rpartition("/")[0]
            tree.write(f"{folder}/cur-Manifest.json", text)
            tree.write(f"{folder.rpartition('/')[0]}/cur-Manifest.json", text)
        expected += keys
    sources = find_sources([tree.root], tree.work)
    assert names(sources, tree) == expected
    assert [source.period for source in sources.files] == ["2026-09", "2026-09", "2026-10", "2026-10"]
    assert [note.code for note in sources.notes] == ["older_assemblies_left_out"] * 2


def test_the_same_content_and_the_same_file_under_two_names_count_once(tree: SimpleNamespace, make: SimpleNamespace):
    first = tree.write("a.csv", make.csv())
    tree.write("copy/a (1).csv", make.csv())
    (tree.root / "link.csv").symlink_to(first)
    sources = find_sources([tree.root], tree.work)
    assert names(sources, tree) == ["a.csv"]
    assert [note.code for note in sources.notes] == ["same_file_twice", "same_content_twice"]


def test_data_copied_without_its_folders_needs_no_manifest(tree: SimpleNamespace, make: SimpleNamespace):
    for index in (1, 2):
        tree.write(f"cur-0000{index}.csv.gz", gzip.compress(make.csv(index)))
    assert len(find_sources([tree.root], tree.work).files) == 2


def test_what_is_no_bill_is_an_error(tree: SimpleNamespace, make: SimpleNamespace):
    with pytest.raises(InputError, match="no bill given"):
        find_sources([], tree.work)
    tree.write("notes.txt", "x")
    assert "notes.txt" in str(refused(tree, "there is no bill here").value)
    tree.write("page.csv", "<!doctype html>")
    assert refused(tree, "is a web page").where == str(tree.root / "page.csv")


def test_a_manifest_that_names_files_outside_what_was_given_is_an_incomplete_delivery(tree: SimpleNamespace, make: SimpleNamespace):
    tree.write("secret.csv", make.csv())
    tree.write("in/x.csv", make.csv("x"))
    tree.write("in/cur-Manifest.json", make.legacy_manifest(["../secret.csv"], "a1", "2026-10"))
    refused(tree, "incomplete", tree.root / "in")


def test_boto3_is_loaded_for_s3_only():
    code = "import sys, cost.bill.sources; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
