from __future__ import annotations

import pytest

from cost.bill.sources.model import Role, count, role_of, some


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("cur-00001.csv", Role.DATA),
        ("CUR-00001.CSV.GZ", Role.DATA),
        ("cur-00001", Role.OTHER),
        ("cur-00001.gz", Role.DATA),
        ("logs.json.gz", Role.OTHER),
        ("cur-1.snappy.parquet", Role.DATA),
        ("cur-1.csv.zip", Role.DATA),
        ("cur-Manifest.json", Role.MANIFEST),
        ("Manifest.json", Role.MANIFEST),
        ("cur-RedshiftManifest.json", Role.STATUS),
        ("cur-QuickSightManifest.json", Role.STATUS),
        ("_temporary/0/part-0000.parquet", Role.STATUS),
        ("_SUCCESS", Role.STATUS),
        (".bill.csv", Role.STATUS),
        (".git/bill.csv", Role.STATUS),
        ("cur-create-table.sql", Role.STATUS),
        ("crawler-cfn.yml", Role.STATUS),
        ("cost_and_usage_data_status/cost_and_usage_data_status.parquet", Role.STATUS),
        ("cost_and_usage_data_status.parquet", Role.STATUS),
        ("bill.xlsx", Role.OTHER),
        ("package.json", Role.OTHER),
    ],
)
def test_a_files_role_is_told_by_awss_names(path: str, role: Role):
    assert role_of(path.split("/")) is role


def test_long_lists_and_names_are_cut():
    assert some(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert len(some(["x" * 10_000])) == 500


def test_control_characters_in_a_name_do_not_reach_the_terminal():
    assert some(["a\x1b[2J\nb.csv", "ü.csv"]) == "a\\x1b[2J\\nb.csv, ü.csv"


def test_nouns_are_counted():
    assert [count(1, "file"), count(2, "file"), count(3, "assembly")] == ["1 file", "2 files", "3 assemblies"]
