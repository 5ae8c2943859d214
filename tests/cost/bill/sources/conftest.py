from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill.sources.model import Found


def found(key: str, modified: float = 0.0, size: int = 1) -> Found:
    return Found(key, key, size, modified)


def legacy(root: str, report: str, month: str, assembly: str | None, numbers: Iterable[int]) -> list[str]:
    """Keys of a legacy report's csv files of one assembly."""
    year, number = (int(part) for part in month.split("-"))
    after = f"{year + number // 12}{number % 12 + 1:02d}01"
    folder = "/".join(part for part in (root, report, f"{year}{number:02d}01-{after}", assembly) if part)
    return [f"{folder}/{report}-{index:05d}.csv.gz" for index in numbers]


def export(root: str, name: str, month: str, execution: str | None, numbers: Iterable[int]) -> list[str]:
    """Keys of a data export's parquet files of one execution."""
    folder = "/".join(part for part in (root, name, "data", f"BILLING_PERIOD={month}", execution) if part)
    return [f"{folder}/{name}-{index:05d}.snappy.parquet" for index in numbers]


def legacy_manifest(keys: list[str], assembly: str, month: str, report_id: str = "r1") -> str:
    return json.dumps(
        {
            "assemblyId": assembly,
            "account": "111122223333",
            "bucket": "bills",
            "reportId": report_id,
            "reportName": "cur",
            "compression": "GZIP",
            "contentType": "text/csv",
            "billingPeriod": {"start": f"{month.replace('-', '')}01T000000.000Z", "end": "20991201T000000.000Z"},
            "reportKeys": keys,
        }
    )


def export_manifest(keys: list[str], execution: str, arn: str = "arn:aws:bcm-data-exports:us-east-1:111122223333:export/focus-1") -> str:
    return json.dumps({"executionId": execution, "exportArn": arn, "columns": [], "dataFiles": [f"s3://bills/{key}" for key in keys]})


def csv_text(line: object = "1") -> bytes:
    return f"identity/LineItemId,lineItem/UnblendedCost\n{line},1\n".encode()


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Keys and manifests as AWS writes them."""
    return SimpleNamespace(found=found, legacy=legacy, export=export, legacy_manifest=legacy_manifest, export_manifest=export_manifest, csv=csv_text)


@pytest.fixture
def tree(tmp_path: Path) -> SimpleNamespace:
    """Writes files below a folder of the test's own, and strips its path off names."""

    def write(path: str, content: bytes | str = b"a,b\n1,2\n") -> Path:
        file = tmp_path / "bills" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return SimpleNamespace(write=write, root=tmp_path / "bills", work=tmp_path / "work")
