"""FOCUS 1.2's rules, by the names of its requirements model, asked of an export that holds every line item type.

The official validator (tests/focus_validator) skips many and drops some conditions: what can be asked of a row is asked here.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from cost.bill.charge_table import FOCUS_COLUMNS
from cost.bill.services import SERVICES

PRICED = "ChargeCategory IN ('Usage', 'Purchase') AND ChargeClass IS DISTINCT FROM 'Correction'"
UNUSED = "CommitmentDiscountStatus IS NOT DISTINCT FROM 'Unused'"
COMMITTED = f"CommitmentDiscountId IS NOT NULL AND {PRICED}"
NEAR = 1e-9

BROKEN = {
    "BilledCost-C-005": "BilledCost <> 0 AND NOT (InvoiceIssuerName LIKE 'Amazon%')",
    "BillingAccountName-C-003": "BillingAccountName IS NULL",
    "CapacityReservationStatus-C-003": "CapacityReservationId IS NULL AND CapacityReservationStatus IS NOT NULL",
    "CapacityReservationStatus-C-004": "CapacityReservationId IS NOT NULL AND ChargeCategory = 'Usage' AND CapacityReservationStatus IS NULL",
    "ChargeFrequency-C-004": "ChargeCategory = 'Purchase' AND ChargeFrequency = 'Usage-Based'",
    "CommitmentDiscountCategory-C-003": "CommitmentDiscountId IS NULL AND CommitmentDiscountCategory IS NOT NULL",
    "CommitmentDiscountCategory-C-004": "CommitmentDiscountId IS NOT NULL AND CommitmentDiscountCategory IS NULL",
    "CommitmentDiscountName-C-004": "CommitmentDiscountId IS NULL AND CommitmentDiscountName IS NOT NULL",
    "CommitmentDiscountQuantity-C-005 of plans": f"{COMMITTED} AND CommitmentDiscountCategory = 'Spend' AND CommitmentDiscountQuantity IS NULL",
    "CommitmentDiscountQuantity-C-007": f"NOT ({COMMITTED}) AND CommitmentDiscountQuantity IS NOT NULL",
    "CommitmentDiscountStatus-C-003": "CommitmentDiscountId IS NULL AND CommitmentDiscountStatus IS NOT NULL",
    "CommitmentDiscountStatus-C-004": "CommitmentDiscountId IS NOT NULL AND ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS NULL",
    "CommitmentDiscountType-C-005": "CommitmentDiscountId IS NOT NULL AND CommitmentDiscountType IS NULL",
    "CommitmentDiscountUnit-C-005": "CommitmentDiscountQuantity IS NULL AND CommitmentDiscountUnit IS NOT NULL",
    "CommitmentDiscountUnit-C-006": "CommitmentDiscountQuantity IS NOT NULL AND CommitmentDiscountUnit IS NULL",
    "ConsumedQuantity-C-004": f"(ChargeCategory <> 'Usage' OR {UNUSED}) AND ConsumedQuantity IS NOT NULL",
    "ConsumedQuantity-C-006": f"ChargeCategory = 'Usage' AND NOT {UNUSED} AND ConsumedQuantity IS NULL AND x_split_parent_resource_id IS NULL",
    "ConsumedUnit-C-005": "ConsumedQuantity IS NULL AND ConsumedUnit IS NOT NULL",
    "ConsumedUnit-C-006": "ConsumedQuantity IS NOT NULL AND ConsumedUnit IS NULL",
    "ContractedCost-C-008": "ChargeCategory IN ('Credit', 'Adjustment') AND ContractedCost <> BilledCost",
    "ContractedUnitPrice-C-005": "ChargeCategory = 'Tax' AND ContractedUnitPrice IS NOT NULL",
    "ContractedUnitPrice-C-006": f"{PRICED} AND ContractedUnitPrice IS NULL",
    "ContractedUnitPrice-C-009": "ContractedUnitPrice < 0",
    "ContractedUnitPrice-C-011": f"abs(ContractedUnitPrice * PricingQuantity - ContractedCost) > {NEAR}",
    "DiscountHandling-A-009": "CommitmentDiscountStatus = 'Used' AND x_line_item_type IN ('SavingsPlanCoveredUsage', 'DiscountedUsage') AND BilledCost <> 0",
    "DiscountHandling-A-012": "ChargeCategory = 'Purchase' AND CommitmentDiscountId IS NOT NULL AND ResourceId IS DISTINCT FROM CommitmentDiscountId",
    "DiscountHandling-A-018": f"{UNUSED} AND ChargeCategory <> 'Usage'",
    "DiscountHandling-A-019": f"{UNUSED} AND ResourceId IS DISTINCT FROM CommitmentDiscountId",
    "DiscountHandling-A-020": "x_line_item_type = 'Credit' AND ChargeCategory <> 'Credit'",
    "EffectiveCost-C-005": "ChargeCategory = 'Purchase' AND CommitmentDiscountId IS NOT NULL AND EffectiveCost <> 0",
    "EffectiveCost-C-010": "ChargeCategory IN ('Credit', 'Adjustment') AND EffectiveCost <> BilledCost AND x_upfront_cost = 0",
    "ListCost-C-008": "ChargeCategory IN ('Credit', 'Adjustment') AND ListCost <> BilledCost",
    "ListUnitPrice-C-004": "ChargeCategory = 'Tax' AND ListUnitPrice IS NOT NULL",
    "ListUnitPrice-C-005": f"{PRICED} AND ListUnitPrice IS NULL",
    "ListUnitPrice-C-008": "ListUnitPrice < 0",
    "ListUnitPrice-C-010": f"abs(ListUnitPrice * PricingQuantity - ListCost) > {NEAR}",
    "NullHandling-A-002": " OR ".join(f"{column.name} = ''" for column in FOCUS_COLUMNS if column.type.is_string()),
    "PricingCategory-C-003": "ChargeCategory = 'Tax' AND PricingCategory IS NOT NULL",
    "PricingCategory-C-004": f"{PRICED} AND PricingCategory IS NULL",
    "PricingCategory-C-009": "ChargeCategory = 'Usage' AND CommitmentDiscountId IS NOT NULL AND PricingCategory <> 'Committed'",
    "PricingCurrencyEffectiveCost-C-003": "PricingCurrencyEffectiveCost IS NULL",
    "PricingQuantity-C-004": "ChargeCategory = 'Tax' AND PricingQuantity IS NOT NULL",
    "PricingQuantity-C-005": f"{PRICED} AND PricingQuantity IS NULL",
    "PricingUnit-C-005": "PricingQuantity IS NULL AND PricingUnit IS NOT NULL",
    "PricingUnit-C-006": "PricingQuantity IS NOT NULL AND PricingUnit IS NULL",
    "RegionName-C-004": "RegionId IS NULL AND RegionName IS NOT NULL",
    "RegionName-C-005": "RegionId IS NOT NULL AND RegionName IS NULL",
    "ResourceType-C-004": "ResourceId IS NULL AND ResourceType IS NOT NULL",
    "ResourceType-C-005": "ResourceId IS NOT NULL AND ResourceType IS NULL",
    "SkuId-C-004": "ChargeCategory = 'Tax' AND SkuId IS NOT NULL",
    "SkuId-C-005": f"{PRICED} AND SkuId IS NULL",
    "SkuMeter-C-004": "SkuId IS NULL AND SkuMeter IS NOT NULL",
    "SkuPriceDetails-C-004": "SkuPriceId IS NULL AND SkuPriceDetails IS NOT NULL",
    "SkuPriceId-C-004": "ChargeCategory = 'Tax' AND SkuPriceId IS NOT NULL",
    "SkuPriceId-C-005": f"{PRICED} AND SkuPriceId IS NULL",
    "SubAccountName-C-005": "SubAccountId IS NOT NULL AND SubAccountName IS NULL",
    "SubAccountType-C-005": "SubAccountId IS NOT NULL AND SubAccountType IS NULL",
    "a negation that was folded": "x_line_item_type = 'SavingsPlanNegation' AND BilledCost = 0",
}
"""Per rule, the rows that break it."""


def rows_of(query: str) -> list[Any]:
    """The query's rows."""
    return duckdb.execute(query).fetchall()


@pytest.fixture(scope="module")
def export(exports):
    """The parquet export as a query's source."""
    return f"'{exports.parquet}'"


@pytest.mark.parametrize("rule", BROKEN)
def test_no_row_breaks_the_rule(export, rule):
    broken = rows_of(f"SELECT x_line_item_type, ChargeCategory FROM {export} WHERE {BROKEN[rule]} LIMIT 3")
    assert broken == []


def test_the_export_has_rows_that_each_rule_is_about(export):
    found = {row[0] for row in rows_of(f"SELECT DISTINCT ChargeCategory FROM {export}")}
    assert found == {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}
    found = {row[0] for row in rows_of(f"SELECT DISTINCT coalesce(CommitmentDiscountCategory, '') || coalesce(CommitmentDiscountStatus, '') FROM {export}")}
    assert found == {"", "Spend", "Usage", "SpendUsed", "SpendUnused", "UsageUsed", "UsageUnused"}


def test_columns_that_may_not_be_null_are_not(export):
    for column in FOCUS_COLUMNS:
        if not column.nullable:
            assert rows_of(f"SELECT count(*) FROM {export} WHERE {column.name} IS NULL") == [(0,)], column.name
        if column.allowed:
            values = {row[0] for row in rows_of(f"SELECT DISTINCT {column.name} FROM {export} WHERE {column.name} IS NOT NULL")}
            assert values <= set(column.allowed), column.name


def test_a_service_name_has_one_category_and_a_sku_price_one_sku(export):
    for child, parent in (("ServiceName", "ServiceCategory"), ("ServiceName", "ServiceSubcategory"), ("SkuPriceId", "SkuId")):
        assert rows_of(f"SELECT {child} FROM {export} WHERE {child} IS NOT NULL GROUP BY 1 HAVING count(DISTINCT {parent}) <> 1") == []


def test_the_effective_cost_of_a_commitments_usage_is_what_its_purchases_were_billed(export):
    """EffectiveCost-C-012 and C-013, for commitments whose term is inside the bill."""
    sums = rows_of(
        f"SELECT sum(BilledCost) FILTER (ChargeCategory = 'Purchase'), sum(EffectiveCost) FILTER (ChargeCategory = 'Usage'),"
        f" sum(EffectiveCost) FILTER (CommitmentDiscountStatus IN ('Used', 'Unused'))"
        f" FROM {export} WHERE CommitmentDiscountId IS NOT NULL GROUP BY CommitmentDiscountId"
    )
    assert len(sums) == 6
    for billed, usage, used_and_unused in sums:
        assert float(usage) == pytest.approx(float(billed), abs=1e-9)
        assert usage == used_and_unused != 0


def test_a_commitment_has_one_unit(export):
    """CommitmentDiscountUnit-C-008."""
    units = f"SELECT CommitmentDiscountId, count(DISTINCT CommitmentDiscountUnit) FROM {export} WHERE CommitmentDiscountId IS NOT NULL GROUP BY 1"
    assert {count for _, count in rows_of(units)} == {1}


SUBCATEGORIES = {
    "AI and Machine Learning": ("AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing"),
    "Analytics": ("Analytics Platforms", "Business Intelligence", "Data Processing", "Search", "Streaming Analytics"),
    "Business Applications": ("Productivity and Collaboration",),
    "Compute": ("Containers", "End User Computing", "Quantum Compute", "Serverless Compute", "Virtual Machines"),
    "Databases": ("Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Relational Databases", "Time Series Databases"),
    "Developer Tools": (
        "Developer Platforms", "Continuous Integration and Deployment", "Development Environments", "Source Code Management", "Quality Assurance",
    ),
    "Identity": ("Identity and Access Management",),
    "Integration": ("API Management", "Messaging", "Workflow Orchestration"),
    "Internet of Things": ("IoT Analytics", "IoT Platforms"),
    "Management and Governance": (
        "Architecture", "Compliance", "Cost Management", "Data Governance", "Disaster Recovery", "Endpoint Management", "Observability", "Support",
    ),
    "Media": ("Content Creation", "Gaming", "Media Streaming", "Mixed Reality"),
    "Migration": ("Data Migration", "Resource Migration"),
    "Multicloud": ("Multicloud Integration",),
    "Networking": ("Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure", "Network Routing", "Network Security"),
    "Security": ("Secret Management", "Security Posture Management", "Threat Detection and Response"),
    "Storage": ("Backup Storage", "Block Storage", "File Storage", "Object Storage", "Storage Platforms"),
    "Web": ("Application Platforms",),
}  # fmt: skip
"""ServiceSubcategory-C-003 and C-004: the allowed values and their parents; each parent also has `Other (parent)`."""


def test_every_services_subcategory_is_allowed_under_its_category():
    for code, _, category, subcategory in SERVICES:
        assert subcategory == f"Other ({category})" or subcategory in SUBCATEGORIES[category], code
