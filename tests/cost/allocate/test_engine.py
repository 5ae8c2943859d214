"""Tests of cost.allocate.engine: who pays, and that every dollar of the bill is in one leaf, in every cost kind."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from math import fsum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.allocate import allocate
from cost.allocate.dimensions import COLUMNS
from cost.allocate.rules import AllocationRules
from cost.bill.charge_table import COST_KINDS, ChargeCategory
from cost.bill.line_items import LINE_ITEM_TYPES
from cost.bill.summary import cost_measures
from plinth.errors import InputError, UsageError

DAY, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TAX = {"ChargeCategory": "Tax", "x_line_item_type": "Tax"}


def rules_of(**parts):
    return AllocationRules.model_validate({"version": 1, **parts})


def amounts(made, part="total"):
    return {node.path: round(getattr(node, part).amortized, 9) for node in made.nodes if node.leaf}


def assert_conserved(made, bill):
    leaves = [node for node in made.nodes if node.leaf]
    whole = bill.engine.rows(bill.charges.aggregate(**cost_measures(bill.charges)))[0]
    for kind in COST_KINDS:
        assert fsum(getattr(node.total, kind) for node in leaves) == pytest.approx(float(whole[kind]), abs=1e-6)
        assert fsum(getattr(node.direct, kind) for node in leaves) == pytest.approx(float(whole[kind]), abs=1e-6)
        assert fsum(getattr(node.shared, kind) for node in leaves) == pytest.approx(0, abs=1e-6)
        assert made.conservation[kind] == 0
    assert sum(node.rows for node in leaves) == made.rows
    for split in made.splits:
        for kind in COST_KINDS:
            taken, given_away = (fsum(getattr(share.costs, kind) for share in part) for part in (split.taken, split.given))
            assert taken == pytest.approx(getattr(split.amount, kind), abs=1e-6)
            assert given_away == pytest.approx(taken if split.outcome == "split" else 0, abs=1e-6)


TEAMS = st.sampled_from(("vision", "language", "platform", "", "(untagged)", "=x", "a/b"))
CHARGE = st.fixed_dictionaries({
    "kinds": st.lists(st.decimals(-1000, 1000, places=9), min_size=10, max_size=10),
    "type": st.sampled_from([*LINE_ITEM_TYPES, "SomethingNew"]),
    "team": TEAMS,
    "workload": st.sampled_from(("", "train", "serve")),
    "SubAccountId": st.sampled_from(("000000000001", "000000000002", None)),
    "ServiceName": st.sampled_from(("Amazon EC2", "Amazon S3")),
    "ResourceId": st.sampled_from((None, "i-0123456789abcdef0", "arn:aws:s3:::lake")),
    "x_lines": st.integers(0, 48),
    "folded": st.booleans(),
    "unused": st.booleans(),
    "month": st.sampled_from((DAY, NOVEMBER)),
})  # fmt: skip
MONEY_COLUMNS = (
    "BilledCost", "ListCost", "ContractedCost", "EffectiveCost", "x_unblended_cost", "x_net_unblended_cost", "x_amortized_cost", "x_net_amortized_cost",
    "x_trueup_cost", "x_upfront_cost",
)  # fmt: skip
SOURCE = st.sampled_from((
    {"tags": {"team": "platform"}}, {"untagged": "team"}, {"charge_category": ["Tax", "Credit"]}, {"line_item_type": "EdpDiscount"}, {"account": "*2"},
    {"unused_commitment": True}, {"service": "Amazon S3", "tags": {"workload": "serve"}}, {"tags": {"team": "(shared)"}},
))  # fmt: skip
HOW = st.sampled_from((
    {"method": "even"}, {"method": "proportional"}, {"method": "proportional", "basis": "billed", "over": "account"},
    {"method": "even", "to": ["vision", "new"]}, {"method": "fixed", "shares": {"vision": 33.3, "research": 66.7}},
    {"method": "usage", "usage": {"usage_type": "BoxUsage*"}}, {"method": "even", "over": "workload"},
))  # fmt: skip
MATCH = st.sampled_from((
    {"account": "*1"}, {"resource": "arn:aws:s3:*"}, {"service": "Amazon EC2", "tags": {"workload": "train"}}, {"charge_category": "Tax"},
    {"usage_type": "nothing"},
))  # fmt: skip
BY = st.lists(st.sampled_from(("team", "workload", *COLUMNS)), min_size=1, max_size=3, unique=True)


def made_row(row, charge):
    status = "Unused" if charge["unused"] else None
    kind = LINE_ITEM_TYPES.get(charge["type"])
    columns = dict(zip(MONEY_COLUMNS, charge["kinds"], strict=True)) | {name: charge[name] for name in ("SubAccountId", "ServiceName", "ResourceId", "x_lines")}
    tags = {key: charge[key] for key in ("team", "workload") if charge[key]}
    category = kind.category.value if kind else ChargeCategory.ADJUSTMENT.value
    return row(
        charge["month"], Tags=tags, x_line_item_type=charge["type"], ChargeCategory=category, x_folded=charge["folded"], CommitmentDiscountStatus=status,
        CommitmentDiscountId="arn:plan" if charge["unused"] else None, ConsumedQuantity=3.5, **columns,
    )  # fmt: skip


@given(
    st.lists(CHARGE, min_size=1, max_size=25),
    BY,
    st.lists(st.tuples(MATCH, st.sampled_from(({"team": "data"}, {"workload": "w", "team": "b"}))), max_size=2),
    st.lists(st.tuples(SOURCE, HOW), max_size=3),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_grouping_and_split_of_every_line_item_type_keeps_every_cost_kind_whole(bill_of, row, charges, by, rules, splits):
    bill = bill_of([made_row(row, charge) for charge in charges], keys=("team", "workload"))
    given_rules = rules_of(
        rules=[{"name": f"r{number}", "match": match, "set": tags} for number, (match, tags) in enumerate(rules)],
        splits=[{"name": f"s{number}", "from": source, **how} for number, (source, how) in enumerate(splits)],
    )
    assert_conserved(allocate(bill, by=by, rules=given_rules), bill)


@pytest.fixture
def october(bill_of, row):
    """Two teams, a platform, an untagged instance, tax, a credit and unused commitment."""
    return bill_of(
        [
            row(DAY, 60, Tags={"team": "vision", "workload": "train"}),
            row(DAY, 20, Tags={"team": "vision"}),
            row(DAY, 20, Tags={"team": "language", "workload": "serve"}),
            row(DAY, 50, Tags={"team": "platform"}),
            row(DAY, 7, ResourceId="i-0123456789abcdef0", SubAccountId="000000000002"),
            row(DAY, 15, **TAX),
            row(DAY, -4, ChargeCategory="Credit", x_line_item_type="Credit"),
            row(DAY, 3, CommitmentDiscountStatus="Unused", CommitmentDiscountId="arn:plan"),
        ],
        keys=("team", "workload"),
    )


def test_untagged_and_shared_cost_are_shown_until_they_are_split(october):
    made = allocate(october)
    assert amounts(made) == {("vision",): 80, ("platform",): 50, ("language",): 20, ("(untagged)",): 7, ("(shared)",): 14}
    assert (made.untagged.amortized, made.shared.amortized) == (7, 14)
    assert_conserved(made, october)


def test_a_hierarchy_nests_totals(october):
    made = allocate(october, by=("team", "workload"))
    assert made.nodes[0].path == ("vision",)
    assert [node.path for node in made.nodes if node.path[0] == "vision"] == [("vision",), ("vision", "train"), ("vision", "(untagged)")]
    assert made.nodes[0].total.amortized == 80


def test_splits_run_in_their_order_and_say_what_they_moved(october):
    rules = rules_of(splits=[
        {"name": "tax", "from": {"charge_category": "Tax"}, "method": "PROPORTIONAL"},
        {"name": "rest", "from": {"tags": {"team": "(shared)"}}, "method": "even", "to": ["vision"]},
        {"name": "platform", "from": {"tags": {"team": "platform"}}, "method": "FIXED", "shares": {"vision": 75, "language": 25}, "reviewer": "ana"},
    ])  # fmt: skip
    made = allocate(october, rules=rules)
    assert amounts(made) == {("vision",): 80 + 8 - 1 + 41.25, ("language",): 20 + 2 + 13.75, ("platform",): 0, ("(untagged)",): 7, ("(shared)",): 0}
    tax, rest, platform = made.splits
    assert tax.weights == {"vision": 80 / 150, "language": 20 / 150, "platform": 50 / 150}
    assert (rest.amount.amortized, platform.amount.amortized, platform.reviewer) == (-1, 55, "ana")
    assert platform.taken[0].path == ("platform",)
    assert_conserved(made, october)


def test_a_split_gives_the_same_to_a_team_however_it_is_looked_at(october):
    rules = rules_of(splits=[{"name": "tax", "from": {"charge_category": "Tax"}, "method": "proportional"}])
    by_team, by_service = allocate(october, rules=rules), allocate(october, by=("service", "team"), rules=rules)
    for team in ("vision", "language", "platform"):
        below = fsum(node.shared.amortized for node in by_service.nodes if node.leaf and node.path[1] == team)
        assert below == pytest.approx(next(node.shared.amortized for node in by_team.nodes if node.path == (team,)))


def test_an_account_that_is_split_over_accounts_pays_nothing_itself(october):
    rules = rules_of(splits=[{"name": "hub", "from": {"account": "000000000002"}, "method": "even", "over": "account"}])
    assert amounts(allocate(october, by=("account",), rules=rules)) == {("1",): 171, ("000000000002",): 0}


def test_a_splits_results_are_in_the_paths_that_were_asked_for(october):
    made = allocate(october, by=("service",), rules=rules_of(splits=[{"name": "tax", "from": {"charge_category": "Tax"}, "method": "even"}]))
    assert amounts(made) == {("Amazon EC2",): 171}
    assert [share.path for share in made.splits[0].given] == [("Amazon EC2",)]


def test_a_split_in_proportion_to_nothing_leaves_the_cost_shared_and_warns(bill_of, row):
    bill = bill_of([row(DAY, 0, Tags={"team": "vision"}), row(DAY, 9, **TAX)])
    made = allocate(bill, rules=rules_of(splits=[{"name": "tax", "from": {"charge_category": "Tax"}, "method": "proportional"}]))
    assert amounts(made)[("(shared)",)] == 9
    assert made.splits[0].outcome == "left"
    assert ("split_left", 9) in [(warning.code, warning.amount) for warning in made.warnings]


def test_each_month_is_split_by_its_own_proportions(bill_of, row):
    rows = [row(DAY, 10, Tags={"team": "a"}), row(DAY, 4, **TAX), row(NOVEMBER, 10, Tags={"team": "b"}), row(NOVEMBER, 6, **TAX)]
    rules = rules_of(splits=[{"name": "tax", "from": {"charge_category": "Tax"}, "method": "proportional"}])
    bill = bill_of(rows)
    assert amounts(allocate(bill, rules=rules)) == {("a",): 14, ("b",): 16, ("(shared)",): 0}
    made = allocate(bill, rules=rules, period="2026-11")
    assert (made.periods, amounts(made), made.rows) == (("2026-11",), {("b",): 16, ("(shared)",): 0}, 2)


def test_a_rule_and_a_split_hold_for_the_bills_months_up_to_that_of_their_expiry_whatever_the_day(bill_of, row):
    rows = [row(day, cost, **columns) for day in (DAY, NOVEMBER) for cost, columns in ((10, {"Tags": {"team": "a"}}), (3, {}), (5, TAX))]
    rules = rules_of(
        rules=[{"name": "old", "match": {"account": "*"}, "set": {"team": "b"}, "expires": date(2026, 10, 5)}],
        splits=[
            {"name": "tax", "from": {"charge_category": "Tax"}, "method": "even", "to": ["a"], "expires": date(2026, 10, 31)},
            {"name": "tax-later", "from": {"charge_category": "Tax"}, "method": "even", "to": ["c"]},
            {"name": "gone", "from": {"charge_category": "Tax"}, "method": "even", "expires": date(2026, 9, 30)},
        ],
    )
    bill = bill_of(rows)
    made = allocate(bill, rules=rules)
    assert amounts(made) == {("a",): 25, ("b",): 3, ("c",): 5, ("(untagged)",): 3, ("(shared)",): 0}
    assert [(each.name, each.period) for each in made.splits] == [("tax", "2026-10"), ("tax-later", "2026-10"), ("tax-later", "2026-11")]
    assert (made.rules[0].status, made.rules[0].rows, made.rules[0].matched_rows) == ("applied", 1, 1)
    said = [warning.message for warning in made.warnings if warning.code in ("rule_expired", "split_expired")]
    assert [message.split("not applied to ")[1].split(":")[0] for message in said] == ["2026-11", "2026-11", "2026-10, 2026-11"]
    assert "split_matched_nothing" not in {warning.code for warning in made.warnings}
    assert_conserved(made, bill)
    assert amounts(allocate(bill, rules=rules, period="2026-10")) == {("a",): 15, ("b",): 3, ("(shared)",): 0}


def test_a_metrics_file_splits_by_its_values_for_each_month(bill_of, row, tmp_path):
    metric = tmp_path / "gpu.csv"
    metric.write_text("period,group,value\n2026-10,a,3\n2026-10,b,1\n2026-11,c,5\n", encoding="utf-8")
    bill = bill_of([row(DAY, 10, Tags={"team": "a"}), row(DAY, 8, **TAX), row(NOVEMBER, 1, **TAX)])
    made = allocate(bill, rules=rules_of(splits=[{"name": "gpu", "from": {"charge_category": "Tax"}, "method": "usage", "usage": {"file": str(metric)}}]))
    assert amounts(made) == {("a",): 16, ("b",): 2, ("c",): 1, ("(shared)",): 0}


def test_a_quantity_of_the_bill_can_be_the_metric(bill_of, row):
    def bytes_of(team, quantity):
        return row(DAY, 1, Tags={"team": team}, x_usage_type="USE1-NatGateway-Bytes", ConsumedQuantity=quantity)

    bill = bill_of([bytes_of("a", 30.0), bytes_of("b", 10.0), row(DAY, 8, **TAX)])
    usage = {"usage_type": "*NatGateway-Bytes"}
    made = allocate(bill, rules=rules_of(splits=[{"name": "nat", "from": {"charge_category": "Tax"}, "method": "usage", "usage": usage}]))
    assert amounts(made) == {("a",): 7, ("b",): 3, ("(shared)",): 0}


def test_containers_weigh_a_split_by_what_their_pods_cost(bill_of, row):
    def pod(namespace, cost, team):
        arn = f"arn:aws:eks:us-east-1:1:pod/ml/{namespace}/{namespace}-1/uid"
        return row(
            DAY, 0, ResourceId=arn, Tags={"team": team}, x_operation="EKSPod-EC2", x_usage_type="USE1-EKS-EC2-vCPU-Hours", x_split_parent_resource_id="i-node",
            x_split_cost=Decimal(cost), x_split_unused_cost=Decimal(0), x_split_usage=24.0, x_lines=24,
        )  # fmt: skip

    node = row(DAY, 24, ResourceId="i-node", ConsumedQuantity=24.0, x_instance_type="m5.xlarge", Tags={"team": "platform"}, x_lines=24)
    bill = bill_of([node, pod("train", 18, "vision"), pod("serve", 6, "language")])
    split = {"name": "nodes", "from": {"tags": {"team": "platform"}}, "method": "containers"}
    by_label = allocate(bill, rules=rules_of(splits=[split | {"containers": {"by": "label:Team"}}]))
    assert amounts(by_label) == {("vision",): 18, ("language",): 6, ("platform",): 0}
    by_namespace = allocate(bill, rules=rules_of(splits=[split | {"containers": {"groups": {"train": "research"}}}]))
    assert amounts(by_namespace) == {("research",): 18, ("serve",): 6, ("platform",): 0, ("vision",): 0, ("language",): 0}
    assert_conserved(by_namespace, bill)


def test_a_split_by_containers_without_pods_leaves_the_cost_in_place(october):
    rules = rules_of(splits=[{"name": "nodes", "from": {"tags": {"team": "platform"}}, "method": "containers"}])
    assert allocate(october, rules=rules).splits[0].outcome == "left"


def test_rules_attribute_what_has_no_tag_and_the_first_wins(october):
    rules = rules_of(rules=[
        {"name": "by-id", "match": {"resource": "i-0123*"}, "set": {"team": "data"}, "reason": "r", "reviewer": "ana"},
        {"name": "by-account", "match": {"account": "000000000002"}, "set": {"team": "nobody"}},
        {"name": "old", "match": {"account": "*"}, "set": {"team": "nobody"}, "expires": date(2026, 9, 30)},
        {"name": "none", "match": {"region": "eu-*"}, "set": {"team": "nobody"}},
        {"name": "unseen", "match": {"account": "*"}, "set": {"environment": "prod"}},
    ])  # fmt: skip
    made = allocate(october, rules=rules)
    assert amounts(made)[("data",)] == 7
    assert ("(untagged)",) not in amounts(made)
    assert amounts(made)[("(shared)",)] == 14
    assert [rule.status for rule in made.rules] == ["applied", "shadowed", "expired", "matched nothing", "not shown by this grouping"]
    assert (made.rules[0].rows, made.rules[0].costs.amortized, made.rules[0].reviewer) == (1, 7, "ana")
    assert (made.rules[1].matched_rows, made.rules[1].shadowed_by) == (1, ("by-id",))
    assert {warning.code for warning in made.warnings} == {"rule_shadowed", "rule_expired", "rule_matched_nothing"}
    assert [(each.path, each.attributed_by, each.costs.amortized) for each in made.attributed] == [(("data",), {"team": "by-id"}, 7)]


def test_a_rule_takes_tax_and_fees_only_where_it_names_them(october):
    plain = allocate(october, rules=rules_of(rules=[{"name": "a", "match": {"account": "*"}, "set": {"team": "data"}}]))
    assert amounts(plain)[("data",)] == 7
    named = allocate(october, rules=rules_of(rules=[{"name": "a", "match": {"charge_category": "Tax"}, "set": {"team": "data"}}]))
    assert amounts(named)[("data",)] == 15


def test_a_rule_fills_only_the_tag_that_a_charge_lacks(october):
    rules = rules_of(rules=[{"name": "a", "match": {"account": "1"}, "set": {"team": "data", "workload": "w"}}])
    made = allocate(october, by=("team", "workload"), rules=rules)
    assert amounts(made)[("vision", "w")] == 20
    assert amounts(made)[("vision", "train")] == 60


def test_a_stacks_resources_take_its_tags_by_id_and_by_the_id_in_an_arn(bill_of, row, tmp_path):
    def nat(id, **tags):
        return {
            "urn": f"urn:pulumi:prod::shop::aws:ec2/natGateway:NatGateway::{id}",
            "type": "aws:ec2/natGateway:NatGateway",
            "id": id,
            "outputs": {"tagsAll": tags},
        }

    export = tmp_path / "stack.json"
    resources = [nat("nat-0123456789abcdef0", Team="network"), nat("nat-0123456789abcdef1", team="edge", workload="vpn")]
    export.write_text(json.dumps({"deployment": {"resources": resources}}), encoding="utf-8")
    bill = bill_of(
        [
            row(DAY, 5, ResourceId="arn:aws:ec2:us-east-1:1:natgateway/nat-0123456789abcdef0"),
            row(DAY, 3, ResourceId="nat-0123456789abcdef1"),
            row(DAY, 2, ResourceId="nat-0123456789abcdef1", Tags={"team": "vision"}),
            row(DAY, 1, ResourceId="unknown"),
        ],
        keys=("team", "workload"),
    )
    rules = rules_of(stacks=[str(export)], rules=[{"name": "all", "match": {"account": "*"}, "set": {"team": "rest"}}])
    made = allocate(bill, by=("team", "workload"), rules=rules)
    assert amounts(made) == {("network", "(untagged)"): 5, ("edge", "vpn"): 3, ("vision", "vpn"): 2, ("rest", "(untagged)"): 1}
    assert [(rule.name, rule.rows) for rule in made.rules] == [("stack:shop/prod", 3), ("all", 1)]
    assert {tuple(each.attributed_by.values()) for each in made.attributed} == {("stack:shop/prod",), ("stack:shop/prod", "stack:shop/prod"), ("all",)}


def test_a_tables_name_with_eight_hex_digits_moves_no_other_accounts_money(bill_of, row, tmp_path):
    export, arn = tmp_path / "stack.json", "arn:aws:dynamodb:us-east-1:{}:table/orders-20260101"
    table = {"urn": "urn:pulumi:prod::shop::aws:dynamodb/table:Table::t", "type": "aws:dynamodb/table:Table", "id": "orders-20260101"}
    table["outputs"] = {"arn": arn.format("000000000001"), "tagsAll": {"team": "vision"}}
    export.write_text(json.dumps({"deployment": {"resources": [table]}}), encoding="utf-8")
    ids = (arn.format("000000000001"), arn.format("000000000002"), "arn:aws:sqs:us-east-1:3:q/orders-20260101")
    made = allocate(bill_of([row(DAY, cost, ResourceId=id) for cost, id in zip((5, 100, 7), ids, strict=True)]), rules=rules_of(stacks=[str(export)]))
    assert amounts(made) == {("vision",): 5, ("(untagged)",): 107}


def test_a_value_that_reads_like_one_of_our_groups_is_quoted(bill_of, row):
    made = allocate(bill_of([row(DAY, 5, Tags={"team": "(untagged)"}), row(DAY, 1, Tags={"team": "(shared)"})]))
    assert amounts(made) == {("'(untagged)'",): 5, ("'(shared)'",): 1}


def test_a_charge_without_a_region_or_resource_stands_under_none(bill_of, row):
    made = allocate(bill_of([row(DAY, 5, RegionId=None, ResourceId="")]), by=("region", "resource"))
    assert amounts(made) == {("(none)", "(none)"): 5}


def test_a_tag_that_no_charge_has_is_all_untagged_with_a_warning(october):
    made = allocate(october, by=("owner",))
    assert [warning.code for warning in made.warnings] == ["tag_not_found"]
    assert amounts(made) == {("(untagged)",): 157, ("(shared)",): 14}


def test_exact_decimals_are_kept_to_the_last_digit(bill_of, row):
    third = Decimal("0.333333333333333333")
    bill = bill_of([row(DAY, third, Tags={"team": team}) for team in ("a", "b", "c")] + [row(DAY, Decimal("0.000000000000000001"), **TAX)])
    made = allocate(bill, rules=rules_of(splits=[{"name": "tax", "from": {"charge_category": "Tax"}, "method": "even"}]))
    assert set(made.conservation.values()) == {0.0}
    assert sorted(node.shared.amortized for node in made.nodes if node.path != ("(shared)",)) == [0.0, 0.0, 1e-18]


def test_bad_questions_are_refused(october):
    with pytest.raises(UsageError, match="no such cost kind"):
        allocate(october, cost="blended")
    with pytest.raises(InputError, match="2026-10"):
        allocate(october, period="2026-12")
    with pytest.raises(UsageError):
        allocate(october, by=())
