"""The report of a large month: how long it takes, how large its page is. Run by `make bench`; asserts no time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cost.bill.charge_table import COLUMNS, SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.bill.tags import TagKey
from cost.report import Asked, build_report, render_csv, render_html

LIMIT = 5 * 1024 * 1024
TEAMS, SERVICES, ACCOUNTS, RESOURCES, DAYS = 60, 40, 30, 2_000, 31
AMOUNT = "(hash(resource * 31 + day) % 90000 + 1000) / 1000000.0 * (1 + resource % 17)"


def charges(rows: int) -> str:
    """SQL of `rows` charges of October 2026: each resource has one team, service and account, and daily rows of several usage types."""
    per_day = max(1, rows // (RESOURCES * DAYS))
    values = {
        "BillingAccountId": "'100000000000'", "BillingAccountType": "'x'", "BillingCurrency": "'USD'", "ChargeCategory": "'Usage'",
        "ChargeFrequency": "'Usage-Based'", "InvoiceIssuerName": "'AWS'", "ProviderName": "'AWS'", "PublisherName": "'AWS'",
        "ServiceCategory": "'Compute'", "ServiceSubcategory": "'x'", "x_line_item_type": "'Usage'", "x_folded": "false", "x_purchase_option": "'OnDemand'",
        "x_service_code": "'AmazonEC2'", "x_file": "'f'", "x_lines": "24", "ConsumedUnit": "'Hrs'", "ConsumedQuantity": "24.0",
        "BillingPeriodStart": "TIMESTAMP '2026-10-01'", "BillingPeriodEnd": "TIMESTAMP '2026-11-01'", "InvoiceId": "'INV'",
        "ChargePeriodStart": "TIMESTAMP '2026-10-01' + INTERVAL 1 DAY * day", "ChargePeriodEnd": "TIMESTAMP '2026-10-02' + INTERVAL 1 DAY * day",
        "SubAccountId": f"printf('%012d', 200000000000 + resource % {ACCOUNTS})", "ServiceName": f"'Amazon Service ' || ((resource * 7) % {SERVICES})",
        "ResourceId": "printf('arn:aws:ec2:us-east-1:%012d:instance/i-%017x', 200000000000, resource)",
        "x_usage_type": "'USE1-BoxUsage:type' || part", "x_instance_type": "'m' || (resource % 9) || '.large'",
        "Tags": f"MAP {{'team': 'team-' || (resource % {TEAMS})}}",
        "ListCost": f"{AMOUNT} * 1.1", "x_amortized_cost": f"{AMOUNT} * (CASE WHEN resource % 3 = 0 THEN 0.8 ELSE 1 END)",
        "x_trueup_cost": "0", "x_upfront_cost": "0",
    }  # fmt: skip
    money = {"BilledCost", "ContractedCost", "EffectiveCost", "x_unblended_cost", "x_net_unblended_cost", "x_net_amortized_cost"}
    types = {column.name: "DECIMAL(38,18)" for column in COLUMNS if str(column.type).startswith("decimal")}
    selected = []
    for column in COLUMNS:
        value = values.get(column.name, AMOUNT if column.name in money else "NULL")
        selected.append(f'CAST({value} AS {types[column.name]}) AS "{column.name}"' if column.name in types else f'{value} AS "{column.name}"')
    grid = f"range({RESOURCES}) r(resource), range({DAYS}) d(day), range({per_day}) p(part)"
    return f"SELECT {', '.join(selected)} FROM {grid}"


def large_bill(rows: int) -> Bill:
    engine = Engine()
    made = engine.store("charges", SCHEMA, charges(rows))
    keys = (TagKey(key="team", columns=(), spelling="team"),)
    return Bill(charges=made, engine=engine, files=(Path("made.parquet"),), format="made", rows=rows, currency="USD", tag_keys=keys, synthetic=True)


@pytest.fixture(params=[400_000, 1_000_000])
def bill(request: pytest.FixtureRequest) -> Iterator[Bill]:
    made = large_bill(request.param)
    yield made
    made.engine.close()


@pytest.mark.bench
def test_a_page_of_a_large_month(bill: Bill) -> None:
    started, used = time.perf_counter(), time.process_time()
    build_report(bill)
    changed, changed_used = time.perf_counter(), time.process_time()
    report = build_report(bill, asked=Asked())
    built, built_used = time.perf_counter(), time.process_time()
    page = render_html(report)
    rendered, rendered_used = time.perf_counter(), time.process_time()
    text = render_csv(report)
    print(
        f"\n{bill.rows:,} charges, {len(report.by_group)} teams, {len(report.by_service)} services, {len(report.by_account)} accounts, "
        f"{len(report.resources):,} resources; seconds (of processor time): what changed {changed - started:.1f} ({changed_used - used:.1f}), "
        f"with every insight {built - changed:.1f} ({built_used - changed_used:.1f}), page {rendered - built:.1f} ({rendered_used - built_used:.1f}); "
        f"page {len(page.encode()) / 1e6:.2f} MB, csv {len(text.encode()) / 1e6:.2f} MB, JSON {len(report.model_dump_json()) / 1e6:.2f} MB"
    )
    assert len(page.encode()) < LIMIT
    assert sum(each.total.amortized for each in report.resources) == pytest.approx(report.headline.bill_totals.amortized, abs=0.005)
