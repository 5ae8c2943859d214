from __future__ import annotations

import pytest

from cost.bill.sources.layout import is_assembly, place_of, stamp_of

EXECUTION = "2025-12-28T13:14:37.728Z-8c5a76cc-57d0-437d-851b-064e27aa8b06"
IDENTIFIER = "b0c9bb96-6b69-40a1-b103-c5ee9378d7cf"


@pytest.mark.parametrize(
    ("key", "root", "period", "assembly"),
    [
        ("p/cur/20261001-20261101/cur-00001.csv.gz", "p/cur", "2026-10", None),
        (f"p/cur/20261001-20261101/{IDENTIFIER}/cur-1.csv.zip", "p/cur", "2026-10", IDENTIFIER),
        ("p/cur/20261001-20261101/20261005T165709Z/cur-1.csv.gz", "p/cur", "2026-10", "20261005T165709Z"),
        ("p/cur/20160101-20160131/123456789/cur-1.csv.zip", "p/cur", "2016-01", "123456789"),
        ("p/cur/cur/year=2026/month=1/cur-00001.snappy.parquet", "p/cur", "2026-01", None),
        ("p/cur/cur/year=2026/month=10/cur-Manifest.json", "p/cur", "2026-10", None),
        ("p/focus/data/BILLING_PERIOD=2025-12/focus-00001.snappy.parquet", "p/focus", "2025-12", None),
        ("p/focus/data/billing_period=2025-12/focus-00001.csv.gz", "p/focus", "2025-12", None),
        (f"p/focus/data/BILLING_PERIOD=2025-12/{EXECUTION}/focus-00001.csv.gz", "p/focus", "2025-12", EXECUTION),
        (f"p/focus/metadata/BILLING_PERIOD=2025-12/{EXECUTION}/focus-Manifest.json", "p/focus", "2025-12", EXECUTION),
        ("p/focus/data/BILLING_PERIOD=2025-12/account=1/x.parquet", "p/focus", "2025-12", None),
        ("bills/2026-10/october.csv", "bills", "2026-10", None),
        (f"bills/2026-10/{IDENTIFIER}/cur-1.csv", "bills", "2026-10", IDENTIFIER),
        (f"download/{IDENTIFIER}/cur-1.csv", "download", None, IDENTIFIER),
    ],
)
def test_awss_folders_say_report_period_and_assembly(key: str, root: str, period: str | None, assembly: str | None):
    place = place_of(key)
    assert place is not None
    assert (place.root, place.period, place.assembly) == (root, period, assembly)


@pytest.mark.parametrize(
    "key", ["a.csv", "bills/october/a.csv", "home/2026-10/download/other/a.csv", "month=3/a.csv", "b/20261001/a.csv", "BILLING_PERIOD=2026-13/a.csv"]
)
def test_other_folders_say_nothing(key: str):
    assert place_of(key) is None


def test_a_legacy_manifest_and_athenas_folders_are_of_one_delivery():
    beside, below = place_of("p/cur/20261001-20261101/cur-Manifest.json"), place_of("p/cur/cur/year=2026/month=10/cur-1.parquet")
    assert beside is not None
    assert below is not None
    assert beside.delivery == below.delivery


def test_stamps_of_both_forms_sort_by_time():
    assemblies = ["20230803T081120Z", "2023-08-03T08:11:20.5Z-abc", "2023-08-03T08_11_21.000Z-abc", "20230805T165709Z"]
    stamps = [stamp_of(name) for name in assemblies]
    assert None not in stamps
    assert stamps == sorted(stamps, key=str)
    assert len(set(stamps)) == 4


def test_a_number_or_a_word_is_no_assembly_by_its_name():
    assert stamp_of("123456789") is None
    assert stamp_of(None) is None
    assert not is_assembly("october")
    assert is_assembly(IDENTIFIER)
