from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.bill.model import BillWarning
from cost.bill.sources.assemblies import Chosen, choose, needed_manifests
from cost.bill.sources.layout import stamp_of
from cost.bill.sources.manifests import parse_manifest
from cost.bill.sources.model import Found
from plinth.errors import InputError

OLD, NEW = "20261003T081120Z", "20261005T165709Z"
OLD_RUN, NEW_RUN = "2026-10-03T08:11:20.120Z-1111", "2026-10-05T16:57:09.700Z-2222"
LEADING = "/b/p/cur/20261001-20261101/cur-Manifest.json"


def chosen(files: Sequence[Found], manifests: Sequence[tuple[Found, str]] = ()) -> tuple[list[Chosen], list[BillWarning]]:
    needed = {found.key for found in needed_manifests([found for found, _ in manifests])}
    return choose(files, [manifest for found, text in manifests if found.key in needed for manifest in parse_manifest(found, text)])


def keys(result: tuple[list[Chosen], list[BillWarning]]) -> list[str]:
    return [one.found.key for one in result[0]]


def codes(result: tuple[list[Chosen], list[BillWarning]]) -> list[str]:
    return [one.code for one in result[1]]


def at(make: SimpleNamespace, names: Sequence[str], root: str = "/b/") -> list[Found]:
    return [make.found(root + name) for name in names]


def test_the_manifest_beside_the_folders_tells_the_newest_assembly(make: SimpleNamespace):
    old, new = make.legacy("p", "cur", "2026-10", OLD, (1, 2, 3)), make.legacy("p", "cur", "2026-10", NEW, (1, 2))
    result = chosen(at(make, old + new), [(make.found(LEADING), make.legacy_manifest(new, NEW, "2026-10"))])
    assert keys(result) == ["/b/" + name for name in new]
    assert {(one.period, one.assembly) for one in result[0]} == {("2026-10", NEW)}
    assert [one.message for one in result[1]] == [f"2026-10: 1 older assembly (3 files) left out; the newest, {NEW}, is read"]


def test_an_unfinished_newer_delivery_is_not_read_and_said(make: SimpleNamespace):
    old, new = make.legacy("p", "cur", "2026-10", OLD, (1, 2)), make.legacy("p", "cur", "2026-10", NEW, (1,))
    result = chosen(at(make, old + new), [(make.found(LEADING), make.legacy_manifest(old, OLD, "2026-10"))])
    assert keys(result) == ["/b/" + name for name in old]
    assert codes(result) == ["assembly_not_in_manifest"]


def test_copies_of_manifests_are_read_only_where_the_leading_one_is_missing(make: SimpleNamespace):
    leading, copy = make.found(LEADING), make.found(f"/b/p/cur/20261001-20261101/{OLD}/cur-Manifest.json")
    other_month = make.found(f"/b/p/cur/20260901-20261001/{OLD}/cur-Manifest.json")
    assert needed_manifests([leading, copy, other_month]) == [leading, other_month]


def test_an_exports_manifest_lies_in_another_folder_than_its_data(make: SimpleNamespace):
    old, new = make.export("p", "focus", "2026-10", OLD_RUN, (1, 2)), make.export("p", "focus", "2026-10", NEW_RUN, (1,))
    manifest = make.found("/b/p/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json")
    result = chosen(at(make, old + new), [(manifest, make.export_manifest(new, "2222"))])
    assert keys(result) == ["/b/" + name for name in new]
    assert result[0][0].assembly == NEW_RUN
    assert codes(result) == ["older_assemblies_left_out"]


def test_chunks_that_an_overwriting_export_left_behind_are_not_read(make: SimpleNamespace):
    names = make.export("p", "focus", "2026-10", None, (1, 2, 3))
    manifest = make.found("/b/p/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json")
    result = chosen(at(make, names), [(manifest, make.export_manifest(names[:2], "2222"))])
    assert keys(result) == ["/b/" + name for name in names[:2]]
    assert codes(result) == ["files_not_in_manifest"]
    assert names[2] in result[1][0].message


def test_athenas_folders_are_read_by_the_manifest_in_the_date_folder(make: SimpleNamespace):
    names = [f"p/cur/cur/year=2026/month=10/cur-0000{index}.snappy.parquet" for index in (1, 2)]
    manifests = [(make.found(LEADING), make.legacy_manifest(names[:1], "a1", "2026-10"))]
    result = chosen(at(make, names), manifests)
    assert keys(result) == ["/b/" + names[0]]
    assert codes(result) == ["files_not_in_manifest"]


def test_a_file_that_the_manifest_names_and_that_is_missing_is_an_error(make: SimpleNamespace):
    names = make.legacy("p", "cur", "2026-10", NEW, (1, 2, 3))
    with pytest.raises(InputError, match="incomplete: 2 files of 3") as caught:
        chosen(at(make, names[:1]), [(make.found(LEADING), make.legacy_manifest(names, NEW, "2026-10"))])
    assert caught.value.where == LEADING
    assert names[1] in str(caught.value.value)


def test_older_assemblies_whose_files_are_gone_are_no_matter(make: SimpleNamespace):
    old, new = make.legacy("p", "cur", "2026-10", OLD, (1,)), make.legacy("p", "cur", "2026-10", NEW, (1,))
    copies = [
        (make.found(f"/b/p/cur/20261001-20261101/{name}/cur-Manifest.json"), make.legacy_manifest(files, name, "2026-10"))
        for name, files in ((OLD, old), (NEW, new))
    ]
    result = chosen(at(make, new), copies)
    assert keys(result) == ["/b/" + new[0]]
    assert codes(result) == ["newest_assembly_by_time"]


def test_without_a_manifest_the_folders_times_tell_and_a_note_says_so(make: SimpleNamespace):
    old, new = make.export("p", "focus", "2026-10", OLD_RUN, (1, 2)), make.export("p", "focus", "2026-10", NEW_RUN, (1, 2))
    result = chosen(at(make, new + old))
    assert keys(result) == ["/b/" + name for name in new]
    assert codes(result) == ["newest_assembly_by_time", "older_assemblies_left_out"]


def _copies(make: SimpleNamespace, times: dict[str, float]) -> tuple[list[str], list[tuple[Found, str]]]:
    files = {name: make.legacy("p", "cur", "2026-10", name, (1,)) for name in times}
    manifests = [
        (make.found(f"/b/p/cur/20261001-20261101/{name}/cur-Manifest.json", modified), make.legacy_manifest(files[name], name, "2026-10"))
        for name, modified in times.items()
    ]
    return [key for names in files.values() for key in names], manifests


def test_ids_without_a_time_are_told_by_their_manifests_times(make: SimpleNamespace):
    names, manifests = _copies(make, {"aaa": 90_000.0, "bbb": 4_000.0})
    result = chosen(at(make, names), manifests)
    assert [one.assembly for one in result[0]] == ["aaa"]
    assert "the time of its manifest" in result[1][0].message


@pytest.mark.parametrize("times", [{"aaa": 100.0, "bbb": 100.0}, {"aaa": 100.0, "bbb": 130.0}])
def test_manifests_that_a_copy_dated_decide_nothing(make: SimpleNamespace, times: dict[str, float]):
    names, manifests = _copies(make, times)
    with pytest.raises(InputError, match="nothing says which is the newest") as caught:
        chosen(at(make, names), manifests)
    assert "aaa, bbb" in str(caught.value.value)
    assert "20261001-20261101" in str(caught.value.where)
    assert caught.value.fix


def test_one_copy_of_a_manifest_does_not_tell_its_assembly_from_folders_without(make: SimpleNamespace):
    names, manifests = _copies(make, {"aaa": 0.0, "bbb": 0.0})
    with pytest.raises(InputError, match="2 assemblies of one month"):
        chosen(at(make, names), manifests[:1])
    names, manifests = _copies(make, {OLD: 0.0, NEW: 0.0})
    result = chosen(at(make, names), manifests[:1])
    assert [one.assembly for one in result[0]] == [OLD]
    assert codes(result) == ["newest_assembly_by_time", "assembly_not_in_manifest"]


def test_copies_of_an_overwriting_exports_manifest_are_told_by_their_folders(make: SimpleNamespace):
    names = make.export("p", "focus", "2026-10", None, (1, 2))
    manifests = [
        (make.found(f"/b/p/focus/metadata/BILLING_PERIOD=2026-10/{run}/focus-Manifest.json"), make.export_manifest(names[:number], run[-4:]))
        for run, number in ((OLD_RUN, 2), (NEW_RUN, 1))
    ]
    result = chosen(at(make, names), manifests)
    assert keys(result) == ["/b/" + names[0]]
    assert result[0][0].assembly == NEW_RUN


def test_assemblies_without_time_and_manifest_are_an_error(make: SimpleNamespace):
    names = make.legacy("p", "cur", "2026-10", "aaa", (1,)) + make.legacy("p", "cur", "2026-10", "bbb", (1,))
    with pytest.raises(InputError, match="2 assemblies of one month"):
        chosen(at(make, names))


def test_a_file_beside_assembly_folders_is_undecided(make: SimpleNamespace):
    names = make.export("p", "focus", "2026-10", NEW_RUN, (1,)) + make.export("p", "focus", "2026-10", None, (1,))
    with pytest.raises(InputError, match="2 assemblies"):
        chosen(at(make, names))


def test_assembly_folders_without_a_month_above_may_be_of_several_months(make: SimpleNamespace):
    with pytest.raises(InputError, match="of unknown months"):
        chosen(at(make, [f"download/{OLD}/cur-1.csv", f"download/{NEW}/cur-1.csv"]))


def test_two_flat_copies_of_one_report_and_month_are_told_by_their_ids(make: SimpleNamespace):
    manifests = [
        (make.found(f"/b/{folder}/cur-Manifest.json"), make.legacy_manifest(make.legacy("p", "cur", "2026-10", name, (1,)), name, "2026-10"))
        for folder, name in (("first", OLD), ("second", NEW))
    ]
    result = chosen(at(make, ["first/cur-00001.csv.gz", "second/cur-00001.csv.gz"]), manifests)
    assert keys(result) == ["/b/second/cur-00001.csv.gz"]


def test_the_same_assembly_in_two_places_is_counted_once(make: SimpleNamespace):
    names = make.legacy("p", "cur", "2026-10", NEW, (1, 2))
    text = make.legacy_manifest(names, NEW, "2026-10")
    manifests = [(make.found(LEADING), text), (make.found("/disk/backup/cur-Manifest.json"), text)]
    result = chosen(at(make, names) + at(make, ["cur-00001.csv.gz", "cur-00002.csv.gz"], "/disk/backup/"), manifests)
    assert len(result[0]) == 2
    assert codes(result) == ["assembly_given_twice"]


def test_two_reports_in_one_folder_both_count(make: SimpleNamespace):
    manifests = [
        (make.found(f"/b/2026-10/{name}-Manifest.json"), json.dumps({"assemblyId": name, "reportId": name, "reportKeys": [f"p/{name}-1.csv"]}))
        for name in ("a", "b")
    ]
    assert keys(chosen(at(make, ["2026-10/a-1.csv", "2026-10/b-1.csv"]), manifests)) == ["/b/2026-10/a-1.csv", "/b/2026-10/b-1.csv"]


def test_a_file_below_a_flat_manifest_that_may_be_of_any_month_is_an_error(make: SimpleNamespace):
    names = make.legacy("p", "cur", "2026-10", "aaa", (1,))
    manifest = (make.found("/b/october/cur-Manifest.json"), make.legacy_manifest(names, "aaa", "2026-10"))
    with pytest.raises(InputError, match="named by none"):
        chosen(at(make, ["october/aaa/cur-00001.csv.gz", "october/before/cur-00001.csv.gz"]), [manifest])


def test_in_a_flat_copy_the_manifest_above_the_folders_leads(make: SimpleNamespace):
    names = {name: make.legacy("p", "cur", "2026-10", name, (1,)) for name in (OLD, NEW)}
    manifests = [
        (make.found(f"/b/october/{folder}cur-Manifest.json"), make.legacy_manifest(names[name], name, "2026-10"))
        for folder, name in (("", OLD), (f"{OLD}/", OLD), (f"{NEW}/", NEW))
    ]
    result = chosen(at(make, [f"october/{name}/cur-00001.csv.gz" for name in (OLD, NEW)]), manifests)
    assert keys(result) == [f"/b/october/{OLD}/cur-00001.csv.gz"]
    assert codes(result) == ["assembly_not_in_manifest"]


def test_a_file_beside_a_flat_manifest_that_does_not_name_it_is_left_out(make: SimpleNamespace):
    names = make.legacy("p", "cur", "2026-10", NEW, (1,))
    result = chosen(at(make, ["cur-00001.csv.gz", "stray.csv"]), [(make.found("/b/cur-Manifest.json"), make.legacy_manifest(names, NEW, "2026-10"))])
    assert keys(result) == ["/b/cur-00001.csv.gz"]
    assert codes(result) == ["files_not_in_manifest"]


def test_a_manifest_over_all_months_leads_each(make: SimpleNamespace):
    old, new = ([key for month in ("2026-10", "2026-11") for key in make.export("p", "focus", month, run, (1,))] for run in (OLD_RUN, NEW_RUN))
    result = chosen(at(make, old + new), [(make.found("/b/p/focus/metadata/Manifest.json"), make.export_manifest(new, "2222"))])
    assert keys(result) == ["/b/" + key for key in new]
    assert [one.period for one in result[0]] == ["2026-10", "2026-11"]
    assert codes(result) == ["older_assemblies_left_out"] * 2


def test_a_manifest_without_files_is_said(make: SimpleNamespace):
    result = chosen(at(make, ["x.csv"]), [(make.found(LEADING), make.legacy_manifest([], NEW, "2026-10"))])
    assert keys(result) == ["/b/x.csv"]
    assert codes(result) == ["manifest_without_files"]


def test_files_outside_awss_folders_all_count(make: SimpleNamespace):
    assert keys(chosen(at(make, ["october/a.csv", "september/a.csv", "a.csv"]))) == ["/b/a.csv", "/b/october/a.csv", "/b/september/a.csv"]


STAMPS = st.integers(min_value=1, max_value=28).map(lambda day: f"2026-11-{day:02d}T10:00:00.000Z-{day:04x}")
ASSEMBLIES = st.dictionaries(STAMPS, st.integers(min_value=1, max_value=3), min_size=1, max_size=4)
MONTHS = st.sampled_from(["2025-12", "2026-01", "2026-09", "2026-10"])


@settings(max_examples=100, deadline=None)
@given(
    layout=st.dictionaries(st.tuples(st.sampled_from(["legacy", "export"]), st.sampled_from(["cur", "team"]), MONTHS), ASSEMBLIES, min_size=1, max_size=6),
    with_manifests=st.sampled_from(["leading", "copies", "all", "none"]),
    root=st.sampled_from(["/b/", "s3://bills/", "/x/y/20260101-20260201/"]),
    reverse=st.booleans(),
)
def test_of_every_report_and_month_exactly_the_newest_assemblys_files_are_chosen(
    make: SimpleNamespace, layout: dict[tuple[str, str, str], dict[str, int]], with_manifests: str, root: str, reverse: bool
):
    files: list[str] = []
    manifests: list[tuple[Found, str]] = []
    expected: dict[str, str] = {}
    for (shape, report, month), assemblies in layout.items():
        newest = max(assemblies, key=lambda name: stamp_of(name) or "")
        for name, number in assemblies.items():
            legacy = shape == "legacy"
            names = (make.legacy if legacy else make.export)("p", f"{report}-{shape}", month, name, range(number))
            files += names
            if name == newest:
                expected |= {root + key: month for key in names}
            text = make.legacy_manifest(names, name, month, f"{report}{shape}") if legacy else make.export_manifest(names, name, f"arn:{report}")
            folder = names[0].rpartition("/")[0].replace("/data/", "/metadata/")
            if with_manifests in ("copies", "all"):
                manifests.append((make.found(f"{root}{folder}/{report}-Manifest.json"), text))
            if with_manifests in ("leading", "all") and name == newest:
                manifests.append((make.found(f"{root}{folder.rpartition('/')[0]}/{report}-Manifest.json"), text))
    found = at(make, files, root)
    result = chosen(found[::-1] if reverse else found, manifests[::-1] if reverse else manifests)
    assert len(result[0]) == len(expected)
    assert {one.found.key: one.period for one in result[0]} == expected
    several = sum(len(assemblies) > 1 for assemblies in layout.values())
    assert codes(result).count("older_assemblies_left_out") == several
    assert codes(result).count("newest_assembly_by_time") == (several if with_manifests in ("copies", "none") else 0)
