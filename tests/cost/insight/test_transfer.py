from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight.money_model import TransferClass
from cost.insight.transfer import LISTED, network_usage, transfer
from cost.insight.transfer_table import MEANINGS, RULES, TRANSFER_TYPES
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
DAY = date(2026, 9, 1)

KNOWN = [
    ("internet out", "USE1-DataTransfer-Out-Bytes", "RunInstances", "AmazonEC2"),
    ("internet out", "DataTransfer-Out-Bytes", "GetObject", "AmazonS3"),
    ("internet in", "EUC1-DataTransfer-In-Bytes", "RunInstances", "AmazonEC2"),
    ("cross-AZ", "USE2-DataTransfer-Regional-Bytes", "InterZone-In", "AmazonEC2"),
    ("cross-AZ", "CAN1-DataTransfer-xAZ-Out-Bytes", "CloudShell data transfer", "AWSCloudShell"),
    ("inter-Region", "USW2-USE1-AWS-Out-Bytes", "GetObject", "AmazonS3"),
    ("inter-Region", "CAN1-EU-AWS-In-Bytes", "PutObject", "AmazonS3"),
    ("VPC peering", "USE1-DataTransfer-Regional-Bytes", "VPCPeering-Out", "AmazonEC2"),
    ("VPC peering", "USE1-AWS-Out-Bytes", "VPCPeering-Out", "AmazonEC2"),
    ("VPN", "USE1-DataTransfer-Out-Bytes", "CreateVpnConnection", "AmazonVPC"),
    ("NAT gateway data", "USE1-NatGateway-Bytes", "NatGateway", "AmazonEC2"),
    ("NAT gateway hours", "NatGateway-Hours", "NatGateway", "AmazonEC2"),
    ("interface endpoint data", "USE1-VpcEndpoint-Bytes", "VpcEndpoint", "AmazonVPC"),
    ("interface endpoint hours", "USE1-VpcEndpoint-GWLBE-Hours", "VpcEndpoint", "AmazonVPC"),
    ("Transit Gateway", "USE1-TransitGateway-Bytes", "TransitGatewayVPC", "AmazonVPC"),
    ("Direct Connect", "USE1-USE1-DataXfer-Out:dc.1", "DataTransfer", "AmazonEC2"),
    ("Direct Connect", "EqDC2-PortUsage:1G", "CreateConnection", "AWSDirectConnect"),
    ("CloudFront", "US-DataTransfer-Out-Bytes", "GET", "AmazonCloudFront"),
    ("CloudFront", "USE1-CloudFront-Out-Bytes", "GetObject", "AmazonS3"),
    ("load balancer", "USE1-LCUUsage", "LoadBalancing:Application", "AWSELB"),
    ("load balancer", "USE1-DataProcessing-Bytes", "LoadBalancing", "AWSELB"),
    ("acceleration", "USE1-DataTransfer-Out-ABytes", "GetObject", "AmazonS3"),
    ("public IPv4", "USE1-PublicIPv4:InUseAddress", "AllocateAddressVPC", "AmazonVPC"),
    ("same Region, free", "USE1-C3DataTransfer-Out-Bytes", "GetObject", "AmazonS3"),
    ("unclassified", "USE1-QuantumTunnel-Out-Bytes", "Teleport", "AmazonEC2"),
    ("unclassified", "USE1-Analysis-Runs", "Analyze", "AmazonVPC"),
]
NOT_NETWORK = [
    ("USE1-BoxUsage:m5.large", "RunInstances", "AmazonEC2"),
    ("USE1-TimedStorage-ByteHrs", "StandardStorage", "AmazonS3"),
    ("USE1-DataProcessing-Bytes", "PutLogEvents", "AmazonCloudWatch"),
    ("", "", "AmazonEC2"),
]


def line(row: Row, usage_type: str | None, operation: str | None = "", product: str = "AmazonEC2", cost: str = "1", **columns: Any) -> dict[str, Any]:
    own = {
        "x_usage_type": usage_type,
        "x_operation": operation,
        "x_product_code": product,
        "x_service_code": product,
        "ConsumedUnit": "GB",
        "RegionId": "us-east-1",
    }
    return row(DAY, cost, **own | {"ConsumedQuantity": 10.0} | columns)


def classes(bill: Bill, **options: Any) -> dict[str, TransferClass]:
    return {each.name: each for each in transfer(bill, **options).classes}


def test_every_known_usage_type_has_its_class(bill_of: BillOf, row: Row):
    rows = [line(row, *what, ResourceId=f"{name}/{number}") for number, (name, *what) in enumerate(KNOWN)]
    found = classes(bill_of([*rows, *(line(row, *what) for what in NOT_NETWORK)]))
    for name in {name for name, *_ in KNOWN}:
        assert found[name].amount == sum(each == name for each, *_ in KNOWN), name
    assert sum(each.lines for each in found.values()) == len(KNOWN), "what is not network is in no class"


def test_every_class_has_a_meaning_and_every_rule_a_source_and_a_pattern_that_compiles():
    assert {rule.name for rule in RULES} | {name for name, _ in TRANSFER_TYPES} <= set(MEANINGS)
    for rule in RULES:
        assert rule.source and (rule.usage_type or rule.operation or rule.products)
        for pattern in (rule.usage_type, rule.operation, rule.units):
            re.compile(pattern)


def test_what_aws_calls_a_transfer_tells_the_class_of_an_unknown_usage_type(bill_of: BillOf, row: Row):
    rows = [
        line(row, f"USE1-New-{number}", x_transfer_type=kind) for number, kind in enumerate(("AWS Outbound", "InterRegion Outbound", "IntraRegion", "Orbital"))
    ]
    assert {name: each.amount for name, each in classes(bill_of(rows)).items()} == {"internet out": 1, "inter-Region": 1, "cross-AZ": 1, "unclassified": 1}


def test_where_it_goes_tells_the_class_where_nothing_else_does(bill_of: BillOf, row: Row):
    routes = {("Here", "External"): "internet out", ("External", "Here"): "internet in", ("Here", "There"): "inter-Region", ("Here", "Here"): "unclassified"}
    rows = [line(row, "USE1-New", x_product_family="Data Transfer", x_from_location=source, x_to_location=target) for source, target in routes]
    found = classes(bill_of([*rows, line(row, "USE1-Compute", x_from_location="Here", x_to_location="There")]))
    assert {name: each.amount for name, each in found.items()} == dict.fromkeys(routes.values(), 1.0), "a location alone makes no network usage"


def test_traffic_within_a_location_is_cross_az_only_where_its_usage_type_says_so(bill_of: BillOf, row: Row):
    here = {"x_product_family": "Data Transfer", "x_from_location": "Here", "x_to_location": "Here"}
    found = classes(bill_of([line(row, "USE1-Mystery-In-Bytes", cost="7", **here), line(row, "USE1-New-Regional-Bytes", cost="2", **here)]))
    assert {name: (each.amount, each.notes != ()) for name, each in found.items()} == {"unclassified": (7, False), "cross-AZ": (2, True)}


def test_an_unknown_cost_kind_is_refused(bill_of: BillOf, row: Row):
    with pytest.raises(UsageError, match="amortized"):
        transfer(bill_of([line(row, "x")]), cost="nope")


def test_unclassified_usage_types_are_listed_with_their_amounts(bill_of: BillOf, row: Row):
    found = transfer(bill_of([line(row, *what) for name, *what in KNOWN if name == "unclassified"]))
    assert {(each.name, each.detail, each.amount) for each in found.unclassified} == {
        ("USE1-QuantumTunnel-Out-Bytes", "Teleport", 1),
        ("USE1-Analysis-Runs", "Analyze", 1),
    }


def test_gigabytes_follow_the_unit(bill_of: BillOf, row: Row):
    units = {"GB": 10, "GigaBytes": 10, "TB": 10240, "MB": 10 / 1024, "Bytes": 10 / 1024**3}
    rows = [line(row, "USE1-DataTransfer-Out-Bytes", ConsumedUnit=unit) for unit in (*units, "Requests", None)]
    found = classes(bill_of(rows))["internet out"]
    assert found.gb == pytest.approx(sum(units.values()), rel=1e-12)
    assert (found.amount, found.gb_amount) == (7, 5), "what is in no unit of bytes is paid and not counted"
    assert found.cost_per_gb == pytest.approx(5 / sum(units.values()))


def test_a_class_in_other_units_has_no_cost_per_gb(bill_of: BillOf, row: Row):
    found = classes(bill_of([line(row, "USE1-DataTransfer-Out-Bytes", ConsumedUnit="Requests")]))["internet out"]
    assert (found.gb, found.gb_amount, found.cost_per_gb, found.hours) == (None, None, None, None)
    assert "no line of it" in found.notes[0]


def test_the_cost_per_gb_is_of_lines_in_bytes_only(bill_of: BillOf, row: Row):
    rows = [
        line(row, "USE1-TransitGateway-Bytes", cost="0.2"),
        line(row, "USE1-TransitGateway-Hours", cost="5", ConsumedUnit="Hrs", ConsumedQuantity=100.0),
    ]
    found = classes(bill_of(rows))["Transit Gateway"]
    assert (found.amount, found.gb_amount, found.hours) == (5.2, 0.2, 100)
    assert found.cost_per_gb == pytest.approx(0.02)


def test_resources_and_groups_beyond_the_listed_are_added_up(bill_of: BillOf, row: Row):
    rows = [
        line(row, "USE1-NatGateway-Bytes", cost=str(number + 1), ResourceId=f"nat-{number}", Tags={"team": f"t{number}"} if number else {})
        for number in range(LISTED + 3)
    ]
    found = classes(bill_of(rows), tag="Team")["NAT gateway data"]
    for listed in (found.resources, found.groups):
        assert len(listed) == LISTED + 1
        assert listed[-1].name == "(other)" and listed[-1].detail == "3 more"
        assert sum(each.amount for each in listed) == found.amount
    assert found.resources[0].name == f"nat-{LISTED + 2}"


def test_credits_tax_and_folded_rows_are_no_network_spend(bill_of: BillOf, row: Row):
    rows = [line(row, "DataTransfer-Out-Bytes", ChargeCategory=category) for category in ("Credit", "Tax")]
    assert transfer(bill_of([*rows, line(row, "DataTransfer-Out-Bytes", x_folded=True), line(row, "DataTransfer-Out-Bytes")])).amount == 1


def test_a_nat_hint_needs_nat_and_same_region_traffic_in_one_account_and_region(bill_of: BillOf, row: Row):
    nat = line(row, "USE1-NatGateway-Bytes", cost="45", ConsumedQuantity=1000.0, SubAccountId="both")
    near = line(row, "USE1-C3DataTransfer-Out-Bytes", "GetObject", "AmazonS3", cost="0", ConsumedQuantity=400.0, SubAccountId="both")
    alone = [nat | {"SubAccountId": "nat only"}, near | {"SubAccountId": "near only"}]
    apart = [nat | {"SubAccountId": "apart"}, near | {"SubAccountId": "apart", "RegionId": "eu-west-1"}]
    (hint,) = transfer(bill_of([nat, near, *alone, *apart])).nat_hints
    assert (hint.account, hint.nat_gb, hint.same_region_gb) == ("both", 1000, 400)
    assert hint.at_most == pytest.approx(400 * 0.045)
    assert "does not say which way" in hint.text


def test_hostile_text_is_carried_as_text(bill_of: BillOf, row: Row):
    evil = "=cmd|' /C calc'!A0<script>{}\x01" + "DataTransfer" * 50
    found = transfer(bill_of([line(row, evil, ResourceId=evil, Tags={"team": evil})]))
    assert found.unclassified[0].name == evil


@given(
    lines=st.lists(st.tuples(st.sampled_from([tuple(what) for _, *what in KNOWN] + NOT_NETWORK), st.decimals("-5", "99", places=6)), min_size=1, max_size=30)
)
@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_the_classes_add_up_to_all_network_spend(bill_of: BillOf, row: Row, lines: list[tuple[Any, Decimal]]):
    found = transfer(bill_of([line(row, *what, cost=str(cost)) for what, cost in lines]))
    expected = sum(cost for what, cost in lines if what not in NOT_NETWORK)
    assert found.amount == pytest.approx(float(expected), abs=1e-9)
    assert sum(each.amount for each in found.classes) == pytest.approx(found.amount, abs=1e-9)
    for each in found.classes:
        assert sum(item.amount for item in each.usage_types) == pytest.approx(each.amount, abs=1e-9)
        assert sum(item.amount for item in each.groups) == pytest.approx(each.amount, abs=1e-9)


def test_the_real_sample_is_classified_whole(sample: Bill):
    found = transfer(sample)
    assert {each.name for each in found.classes} == {"inter-Region", "cross-AZ", "internet in", "internet out"}
    assert found.unclassified == ()
    assert found.amount == pytest.approx(0.0000676821, abs=1e-12)
    assert {each.name: each.gb for each in found.classes}["internet in"] == pytest.approx(24.2788791504)


def test_the_generated_bills_network_spend_is_all_there(generated_bill: Bill):
    found = transfer(generated_bill)
    assert found.amount == pytest.approx(sum(each.amount for each in found.classes))
    assert found.amount > 60, "two months of a NAT gateway"


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    assert "SELECT" in str(ibis.to_sql(network_usage(charges, "team", "amortized"), dialect=dialect))
