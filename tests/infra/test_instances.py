"""The tables of instance types: whole, sourced, and able to name the nearest type."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.instances import DATA, gpu_instances, hosting_instances, kubernetes_versions, nearest_types

TABLES = sorted(DATA.glob("*.csv"))


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_every_row_is_unique_and_says_its_source(table: Path):
    with table.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    names = [next(iter(row.values())) for row in rows]
    assert len(set(names)) == len(names) > 0
    assert all(row["source"] for row in rows)
    assert table.name in (DATA / "README.md").read_text(), "the README says where each table is from"
    assert f"| {table.name} | {len(rows)} |" in (DATA / "README.md").read_text()


def test_a_gpu_type_has_its_shape():
    p5 = gpu_instances()["p5.48xlarge"]
    assert (p5.gpu_model, p5.gpu_count, p5.gpu_memory_gib, p5.vcpu, p5.memory_gib, p5.efa_interfaces, p5.network_cards) == ("H100", 8, 80, 192, 2048, 32, 32)
    assert p5.gpu_class == "8 x 80 GiB"


def test_no_type_has_more_efa_interfaces_than_network_cards():
    assert all(instance.efa_interfaces <= instance.network_cards for instance in gpu_instances().values())


@pytest.mark.parametrize(
    ("name", "vcpu", "local"), [("ml.m5.large", 2, False), ("ml.m5d.large", 2, True), ("ml.g5.xlarge", 4, True), ("ml.p3.2xlarge", 8, False)]
)
def test_a_hosting_type_knows_its_cores_and_whether_it_has_disks_of_its_own(name: str, vcpu: int, local: bool):
    instance = hosting_instances()[name]
    assert (instance.vcpu, instance.local_storage) == (vcpu, local)


def test_a_kubernetes_version_says_when_its_support_ends():
    assert kubernetes_versions()["1.35"] == "2027-03-27"
    assert all(date.fromisoformat(end) for end in kubernetes_versions().values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("g5.3xlarge", "g5.xlarge, g5.8xlarge, g5.4xlarge"), ("p5.48xlrge", "p5.48xlarge, p5.4xlarge"), ("G5.XLARGE", "g5.xlarge")],
)
def test_the_nearest_types_are_of_the_same_family_first(name: str, expected: str):
    assert nearest_types(name, gpu_instances()).startswith(expected)


@given(st.text(max_size=40))
def test_any_text_gets_known_types_as_its_nearest(name: str):
    found = nearest_types(name, gpu_instances()).split(", ")
    assert 1 <= len(found) <= 3
    assert set(found) <= set(gpu_instances())
