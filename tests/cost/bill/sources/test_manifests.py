from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.bill.sources.manifests import Manifest, locate, parse_manifest
from plinth.errors import InputError

KEYS = ["p/cur/20261001-20261101/a1/cur-00001.csv.gz", "p/cur/20261001-20261101/a1/cur-00002.csv.gz"]


def parsed(make: SimpleNamespace, key: str, text: str) -> Manifest:
    (manifest,) = parse_manifest(make.found(key), text)
    return manifest


def test_a_legacy_manifest_says_assembly_period_and_keys(make: SimpleNamespace):
    manifest = parsed(make, "/b/cur/20261001-20261101/cur-Manifest.json", make.legacy_manifest(KEYS, "a1", "2026-10"))
    assert (manifest.assembly, manifest.period, manifest.keys, manifest.report) == ("a1", "2026-10", tuple(KEYS), "111122223333/cur/r1")
    assert not manifest.is_copy


def test_an_exports_manifest_takes_its_period_from_the_folders_and_its_keys_from_uris(make: SimpleNamespace):
    key = "p/focus/data/BILLING_PERIOD=2026-10/focus-00001.snappy.parquet"
    manifest = parsed(make, "/b/Manifest.json", make.export_manifest([key], "8c5a"))
    assert (manifest.assembly, manifest.period, manifest.keys) == ("8c5a", "2026-10", (key,))


def test_a_manifest_over_several_months_is_one_of_each(make: SimpleNamespace):
    keys = [make.export("p", "focus", month, "2026-11-03T08:11:20.120Z-1111", (1,))[0] for month in ("2026-10", "2026-11")]
    manifests = parse_manifest(make.found("/b/p/focus/metadata/Manifest.json"), make.export_manifest(keys, "1111"))
    assert [(manifest.period, manifest.keys) for manifest in manifests] == [("2026-10", (keys[0],)), ("2026-11", (keys[1],))]


def test_keys_in_objects_are_read(make: SimpleNamespace):
    manifest = parsed(make, "/b/Manifest.json", '{"dataFiles": [{"size": 3, "key": "s3://bills/p/x-00001.csv.gz"}]}')
    assert manifest.keys == ("p/x-00001.csv.gz",)


def test_copies_in_assembly_folders_are_told(make: SimpleNamespace):
    text = make.legacy_manifest(KEYS, "a1", "2026-10")
    assert parsed(make, "/b/cur/20261001-20261101/a1/cur-Manifest.json", text).is_copy
    assert parsed(make, "/flat/a1/cur-Manifest.json", text).is_copy
    assert not parsed(make, "/flat/cur-Manifest.json", text).is_copy


@pytest.mark.parametrize("text", ["[]", "{}", '{"entries": []}', '"x"'])
def test_json_that_is_no_bills_manifest_gives_none(make: SimpleNamespace, text: str):
    assert parse_manifest(make.found("/b/x-Manifest.json"), text) == []


@pytest.mark.parametrize("text", ["", "<html>", "[" * 100_000, '{"reportKeys": "a.csv"}', '{"reportKeys": [1]}', '{"dataFiles": [{"size": 3}]}'])
def test_a_broken_manifest_is_an_error_that_names_it(make: SimpleNamespace, text: str):
    with pytest.raises(InputError) as caught:
        parse_manifest(make.found("/b/x-Manifest.json"), text)
    assert caught.value.where == "/b/x-Manifest.json"
    assert caught.value.fix


@pytest.mark.parametrize(
    ("at", "files"),
    [
        ("s3://bills/p/cur/20261001-20261101", "s3://bills/p/cur/20261001-20261101/a1"),
        ("/home/me/copy/20261001-20261101", "/home/me/copy/20261001-20261101/a1"),
        ("/home/me/october", "/home/me/october/a1"),
        ("/home/me/october", "/home/me/october"),
    ],
)
def test_keys_are_found_however_much_of_their_folders_was_copied(make: SimpleNamespace, at: str, files: str):
    manifest = parsed(make, f"{at}/cur-Manifest.json", make.legacy_manifest(KEYS, "a1", "2026-10"))
    located, missing = locate(manifest, {f"{files}/cur-00001.csv.gz", f"{files}/cur-00002.csv.gz"})
    assert not missing
    assert list(located.values()) == [f"{files}/cur-00001.csv.gz", f"{files}/cur-00002.csv.gz"]


def test_a_file_of_the_same_name_in_another_assembly_is_not_taken(make: SimpleNamespace):
    manifest = parsed(make, "/b/cur/20261001-20261101/cur-Manifest.json", make.legacy_manifest(KEYS, "a1", "2026-10"))
    located, missing = locate(manifest, {"/b/cur/20261001-20261101/a2/cur-00001.csv.gz", "/b/cur-00001.csv.gz"})
    assert not located
    assert missing == KEYS


FIELDS = st.sampled_from(["reportKeys", "dataFiles", "billingPeriod", "assemblyId", "executionId", "exportArn", "reportId", "start", "key"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["s3://b/k.csv", "p/20261001-20261101/a/x.csv", "20261001T0", "/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(content=st.dictionaries(FIELDS, VALUES, max_size=6))
def test_any_json_is_manifests_or_a_clear_error(make: SimpleNamespace, content: dict[str, object]):
    try:
        manifests = parse_manifest(make.found("/b/20261001-20261101/x-Manifest.json"), json.dumps(content))
    except InputError as error:
        assert error.where == "/b/20261001-20261101/x-Manifest.json"
        return
    named = content.get("reportKeys") or content.get("dataFiles") or []
    assert sum(len(manifest.keys) for manifest in manifests) == (len(named) if isinstance(named, list) else 0)
    assert all(len(located) + len(missing) >= len(set(one.keys)) for one in manifests for located, missing in [locate(one, set())])
