"""Tests of cost.allocate.attribute: the same expressions for every engine, and a join over many resources."""

from __future__ import annotations

from datetime import date

import ibis
import pytest
import sqlglot

from cost.allocate.attribute import joined, literal_table, matching, with_known, with_values
from cost.allocate.dimensions import Dimension
from cost.allocate.pools import pool_of
from cost.allocate.rules import AllocationRules
from cost.allocate.stacks import KnownResource
from cost.bill.charge_table import SCHEMA
from cost.bill.summary import cost_measures

DIMS = (Dimension("team", "team"), Dimension("workload", "workload"), Dimension("service"))
RULES = AllocationRules.model_validate({
    "rules": [
        {"name": "a", "match": {"account": "1*", "service": "AmazonEC2", "tags": {"owner": ["x", "y*"]}}, "set": {"team": "data", "workload": "w"}},
        {"name": "it's", "match": {"resource": "arn:aws:s3:::a?b\\c*", "charge_category": "Tax"}, "set": {"team": "o'brien"}},
    ],
    "splits": [
        {"name": "s", "from": {"tags": {"team": "plat*"}}, "method": "even"},
        {"name": "u", "from": {"unused_commitment": True, "untagged": "team"}, "method": "even"},
    ],
})  # fmt: skip
NAMES = ("known_id", "known_account", "known_region", "known_stack", "known_0", "known_1")


def whole_expression():
    charges = ibis.table(SCHEMA, name="charges")
    known = ibis.table(dict.fromkeys(NAMES, "string"), name="known")
    table = with_values(joined(charges, known, NAMES), DIMS, RULES.rules, (), known=True)
    table = table.mutate(pool=pool_of(table, RULES.splits, DIMS, ()))
    return table.group_by("pool", "value_0", "value_1", "value_2", "rule_0", "rule_1").aggregate(**cost_measures(table))


@pytest.mark.parametrize(("dialect", "read"), [("duckdb", "duckdb"), ("athena", "trino")])
def test_the_attribution_compiles_for_every_engine_to_sql_that_parses(dialect, read):
    sql = str(ibis.to_sql(whole_expression(), dialect=dialect))
    assert sqlglot.parse_one(sql, read=read) is not None
    assert "o''brien" in sql or "o\\'brien" in sql


@pytest.mark.parametrize("dialect", ["athena"])
def test_a_table_of_known_resources_compiles_without_a_user_function(dialect):
    sql = str(ibis.to_sql(literal_table(["a", "b"], [["x'", "1"]]), dialect=dialect)).lower()
    assert "split(" in sql
    assert "json" not in sql


def test_five_thousand_known_resources_are_one_join(bill_of, row):
    bill = bill_of([row(date(2026, 10, 1), ResourceId=f"arn:aws:x:::{number}\n'\"") for number in (0, 4_999, 5_000)])
    known = [KnownResource(f"arn:aws:x:::{number}\n'\"", "stack:a/b", {"team": f"t{number}\x1f"}) for number in range(5_000)]
    table, found = with_known(bill.engine, bill.charges, known, DIMS)
    rows = bill.engine.rows(table.select("ResourceId", "known_stack", "known_0", "known_1"))
    assert found
    assert {row["known_0"] for row in rows} == {"t0", "t4999", None}
    assert str(ibis.to_sql(table, dialect="duckdb")).count("JOIN") == 2


def test_an_id_in_an_arn_counts_only_of_its_service_and_where_account_and_region_agree(bill_of, row):
    ids = {
        "arn:aws:ec2:us-east-1:000000000001:volume/vol-0123abcd": "a",
        "arn:aws:ec2:us-east-1:000000000002:volume/vol-0123abcd": None,
        "arn:aws:ec2:eu-west-1:000000000001:volume/vol-0123abcd": None,
        "arn:aws:ec2:::volume/vol-0123abcd": "a",
        "arn:aws:dynamodb:us-east-1:000000000001:table/vol-0123abcd": None,
        "arn:aws:ec2:us-east-1:000000000002:natgateway/nat-0123abcd": "b",
        "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-0123abcd": "c",
        "vol-0123abcd": "a",
    }
    bill = bill_of([row(date(2026, 10, 1), ResourceId=id) for id in ids])
    known = [
        KnownResource("vol-0123abcd", "s", {"team": "a"}, account="000000000001", region="us-east-1"),
        KnownResource("nat-0123abcd", "s", {"team": "b"}),
        KnownResource("fs-0123abcd", "s", {"team": "c"}),
    ]
    table, _ = with_known(bill.engine, bill.charges, known, DIMS)
    found = {row["ResourceId"]: (row["known_0"], row["known_stack"]) for row in bill.engine.rows(table.select("ResourceId", "known_stack", "known_0"))}
    assert found == {id: (team, team and "s") for id, team in ids.items()}


def test_resources_without_an_asked_tag_need_no_join(bill_of, row):
    bill = bill_of([row(date(2026, 10, 1))])
    table, found = with_known(bill.engine, bill.charges, [KnownResource("i-1", "s", {"owner": "x"})], DIMS)
    assert not found
    assert table is bill.charges


def test_an_engines_answer_is_never_null_where_the_bill_has_nulls(bill_of, row):
    bill = bill_of([row(date(2026, 10, 1), ResourceId=None, SubAccountId=None, RegionId=None, x_usage_type=None, CommitmentDiscountStatus=None)])
    rules = RULES.rules
    columns = {f"m{number}": matching(bill.charges, rule.match, ()) for number, rule in enumerate(rules)}
    assert bill.engine.rows(bill.charges.select(**columns)) == [{"m0": False, "m1": False}]
