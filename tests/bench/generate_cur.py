"""A big Cost and Usage Report of one month, made by DuckDB: the same rows for the same number of rows.

Hourly lines of some 20,000 resources in 40 accounts, in no order of time: nodes that come and go, spot, storage, endpoints, functions;
savings plans with their fees and negations, reserved instances, net (discounted) costs, split cost rows of pods, taxes, credits.
Ids are unique and long, a sixth of the resources have no tags. By hand: `python tests/bench/generate_cur.py OUT [ROWS]`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from cost.bill.cur_columns import CUR_COLUMNS

HOURS: Final = 720
"""Of September 2026, the month that is made."""
STEP: Final = 7_368_787
"""A prime: line i of the file is hour and resource i * STEP modulo the number of lines, so that neighbours are hours and resources apart."""
PLANS: Final = 4
COVERED_COST, EFFECTIVE_COST = 0.096, 0.05
TAGS: Final = ("user_team", "user_environment", "user_workload", "user_cost_center", "aws_created_by")


class Kind(NamedTuple):
    """What a series of hourly lines is: its type, service and usage, and its cost per hour in SQL."""

    type: str
    code: str
    usage_type: str
    operation: str
    cost: str


NODE: Final = Kind("Usage", "AmazonEC2", "BoxUsage:m5.large", "RunInstances", "0.096 * (1 + series % 9)")
POD: Final = Kind("Usage", "AmazonEKS", "USE1-EKS-EC2-vCPU-Hours", "EKSPod-EC2", "0.0")
SOME: Final = "round(noise % 1000000 / 1e6 * 0.4, 10)"
FIRST: Final = (
    *[Kind("SavingsPlanRecurringFee", "ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "", f"{EFFECTIVE_COST} / 0.9 * covered")] * PLANS,
    *[Kind("SavingsPlanNegation", "AmazonEC2", "ComputeSP:1yrNoUpfront", "RunInstances", f"-{COVERED_COST} * covered")] * PLANS,
    Kind("Tax", "AmazonEC2", "", "", "0.2"),
    Kind("Credit", "AmazonEC2", "BoxUsage:m5.large", "RunInstances", "-0.05"),
    Kind("RIFee", "AmazonEC2", "HeavyUsage:m5.large", "RunInstances", "0.01"),
)
"""Series that there are once."""
OTHERS: Final = (
    NODE, Kind("SavingsPlanCoveredUsage", "AmazonEC2", "BoxUsage:m5.large", "RunInstances", str(COVERED_COST)),
    Kind("Usage", "AmazonEC2", "SpotUsage:g5.xlarge", "RunInstances:SV001", "0.3 + (hour // 24 % 7) / 100"), POD,
    Kind("Usage", "AmazonS3", "TimedStorage-ByteHrs", "StandardStorage", SOME),
    Kind("Usage", "AmazonSageMaker", "USE1-Host:ml.g5.xlarge", "RunInstance", "1.408"),
    Kind("Usage", "AWSLambda", "Lambda-GB-Second", "Invoke", SOME), Kind("DiscountedUsage", "AmazonEC2", "BoxUsage:m5.large", "RunInstances", "0.0"), POD, NODE,
    Kind("Usage", "AmazonEC2", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", SOME),
    Kind("Usage", "AmazonEC2", "USE1-DataTransfer-Out-Bytes", "RunInstances", SOME),
    Kind("Usage", "AmazonCloudWatch", "CW:Requests", "GetMetricData", SOME),
)  # fmt: skip
"""Series that there are many of, in turn."""
KINDS: Final = FIRST + OTHERS


def cur_2(path: Path, rows: int) -> Path:
    """CUR 2.0 with its maps, as snappy parquet."""
    _connection().execute(f"COPY ({_lines(rows)}) TO '{path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)")
    return path


def legacy_csv_gz(path: Path, rows: int) -> Path:
    """The same lines as a legacy report: csv.gz."""
    _connection().execute(f"COPY (SELECT {', '.join(_legacy_columns())} FROM ({_lines(rows)})) TO '{path}' (FORMAT csv, HEADER, COMPRESSION gzip)")
    return path


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '4GB'; SET preserve_insertion_order = true")
    return connection


def _legacy_columns() -> list[str]:
    made = set(re.findall(r" AS (\w+)[,\n]", LINE))
    kept = [column for column in CUR_COLUMNS if column.name in made]
    times = {"bill_billing_period_start_date", "bill_billing_period_end_date", "line_item_usage_start_date", "line_item_usage_end_date"}
    columns = [
        f"strftime({column.name}, '%Y-%m-%dT%H:%M:%SZ') AS \"{column.legacy}\"" if column.name in times else f'{column.name} AS "{column.legacy}"'
        for column in kept
        if not column.name.endswith("_account_name")
    ]
    columns += ["product['product_name'] AS \"product/ProductName\"", "product['operating_system'] AS \"product/operatingSystem\""]
    columns += [f"resource_tags['{tag}'] AS \"resourceTags/{tag.replace('_', ':', 1)}\"" for tag in TAGS]
    return columns


def _lines(rows: int) -> str:
    """The lines in SQL. The last series, which has not all hours, is of storage: a plan's hours must balance."""
    series = rows // HOURS + 1
    kind_of = f"CASE WHEN series < {len(FIRST)} THEN series + 1 WHEN series = {series - 1} THEN {1 + len(FIRST) + 4} "
    kind_of += f"ELSE 1 + {len(FIRST)} + series % {len(OTHERS)} END"
    covered = [0] * PLANS
    for number in range(len(FIRST), series - 1):
        covered[number % PLANS] += OTHERS[number % len(OTHERS)].type == "SavingsPlanCoveredUsage"
    costs = " ".join(f"WHEN {number} THEN {kind.cost}" for number, kind in enumerate(KINDS, start=1))
    names = ", ".join(f"{_texts(getattr(kind, field) for kind in KINDS)}[kind] AS {field}" for field in ("type", "code", "usage_type", "operation"))
    return f"""
        WITH place AS (SELECT (i * {STEP} % {rows}) // {HOURS} AS series, (i * {STEP} % {rows}) % {HOURS} AS hour FROM range(0, {rows}) AS t(i)),
        kinds AS (SELECT *, {kind_of} AS kind, {covered}[1 + series % {PLANS}] AS covered, hash(series, hour) AS noise, hash(series) AS same FROM place),
        named AS (
            SELECT *, {names}, CAST(CASE kind {costs} END AS DOUBLE) AS cost, TIMESTAMP '2026-09-01' + to_hours(hour::INT) AS start,
                series * 100 + CASE WHEN type = 'Usage' AND code IN ('AmazonEC2', 'AmazonEKS') THEN hour // (360 + series % 600) ELSE 0 END AS resource
            FROM kinds
        )
        SELECT {LINE} FROM named
    """


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


LINE: Final = """
    md5(series || '/' || hour) || substr(md5(series::VARCHAR), 1, 20) AS identity_line_item_id,
    strftime(start, '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime(start + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ') AS identity_time_interval,
    'INV-2026-09' AS bill_invoice_id,
    'Amazon Web Services, Inc.' AS bill_invoicing_entity,
    'AWS' AS bill_billing_entity,
    '000000000001' AS bill_payer_account_id,
    'Payer' AS bill_payer_account_name,
    TIMESTAMP '2026-09-01' AS bill_billing_period_start_date,
    TIMESTAMP '2026-10-01' AS bill_billing_period_end_date,
    lpad((series * 7 % 40 + 2)::VARCHAR, 12, '0') AS line_item_usage_account_id,
    'account-' || series * 7 % 40 AS line_item_usage_account_name,
    type AS line_item_line_item_type,
    start AS line_item_usage_start_date,
    start + INTERVAL 1 HOUR AS line_item_usage_end_date,
    code AS line_item_product_code,
    NULLIF(usage_type, '') AS line_item_usage_type,
    NULLIF(operation, '') AS line_item_operation,
    CASE WHEN code = 'AmazonEC2' THEN 'us-east-1' || chr((97 + series % 3)::INT) END AS line_item_availability_zone,
    CASE WHEN type NOT LIKE '%Usage' THEN NULL WHEN code = 'AmazonEC2' THEN 'i-' || substr(md5(resource::VARCHAR), 1, 17)
        ELSE 'arn:aws:' || lower(code) || ':us-east-1:' || lpad((series * 7 % 40 + 2)::VARCHAR, 12, '0') || ':it/' || resource END AS line_item_resource_id,
    CASE WHEN code IN ('AmazonS3', 'AWSLambda') THEN noise % 100000 / 1000 ELSE 1.0 END AS line_item_usage_amount,
    'USD' AS line_item_currency_code,
    cost AS line_item_unblended_cost,
    round(cost * 0.98, 10) AS line_item_blended_cost,
    round(cost * 0.93, 10) AS line_item_net_unblended_cost,
    CASE WHEN usage_type LIKE 'Spot%' THEN 'g5.xlarge Linux/UNIX Spot Instance-hour in US East (Virginia) in VPC Zone #' || series % 6
        ELSE '$' || round(0.01 * (series % 900), 2) || ' per unit of ' || usage_type || ' in US East' END AS line_item_line_item_description,
    'Amazon Web Services, Inc.' AS line_item_legal_entity,
    CASE WHEN usage_type LIKE 'Spot%' THEN MAP {'region': 'us-east-1'}
        ELSE MAP {'product_name': 'Product ' || code, 'region': 'us-east-1', 'operating_system': 'Linux'} END AS product,
    CASE WHEN usage_type LIKE 'BoxUsage%' THEN 'm5.large' END AS product_instance_type,
    CASE WHEN usage_type NOT LIKE 'Spot%' THEN 'Compute Instance' END AS product_product_family,
    CASE WHEN code <> 'ComputeSavingsPlans' THEN code END AS product_servicecode,
    'us-east-1' AS product_region_code,
    'SKU' || series % 500 AS product_sku,
    NULL::VARCHAR AS product_from_location,
    NULL::VARCHAR AS product_to_location,
    'SKU' || series % 500 || '.JRTCKXETXF.6YS6EN2CT7' AS pricing_rate_code,
    CASE WHEN code = 'AmazonS3' THEN 'GB-Mo' ELSE 'Hrs' END AS pricing_unit,
    CASE WHEN usage_type LIKE 'Spot%' THEN 'Spot' WHEN type = 'DiscountedUsage' THEN 'Reserved' ELSE 'OnDemand' END AS pricing_term,
    CASE WHEN type = 'DiscountedUsage' THEN 0.096 WHEN type LIKE '%Usage' THEN cost END AS pricing_public_on_demand_cost,
    CASE WHEN type IN ('DiscountedUsage', 'RIFee') THEN 'arn:aws:ec2:us-east-1:000000000001:reserved-instances/ri-1' END AS reservation_reservation_a_r_n,
    CASE WHEN type = 'DiscountedUsage' THEN 0.06 END AS reservation_effective_cost,
    CASE WHEN type = 'DiscountedUsage' THEN 0.0558 END AS reservation_net_effective_cost,
    CASE WHEN type = 'RIFee' THEN 0.0 END AS reservation_amortized_upfront_fee_for_billing_period,
    CASE WHEN type = 'RIFee' THEN 0.0 END AS reservation_unused_amortized_upfront_fee_for_billing_period,
    CASE WHEN type = 'RIFee' THEN 0.01 END AS reservation_unused_recurring_fee,
    CASE WHEN type LIKE 'SavingsPlan%' THEN 'arn:aws:savingsplans::000000000001:savingsplan/plan-' || series % 4 END AS savings_plan_savings_plan_a_r_n,
    CASE WHEN type = 'SavingsPlanCoveredUsage' THEN 0.05 END AS savings_plan_savings_plan_effective_cost,
    CASE WHEN type = 'SavingsPlanCoveredUsage' THEN 0.0465 END AS savings_plan_net_savings_plan_effective_cost,
    CASE WHEN type = 'SavingsPlanRecurringFee' THEN cost END AS savings_plan_total_commitment_to_date,
    CASE WHEN type = 'SavingsPlanRecurringFee' THEN cost * 0.9 END AS savings_plan_used_commitment,
    CASE WHEN type = 'SavingsPlanRecurringFee' THEN 0.0 END AS savings_plan_amortized_upfront_commitment_for_billing_period,
    CASE WHEN type = 'SavingsPlanRecurringFee' THEN cost END AS savings_plan_recurring_commitment_for_billing_period,
    CASE WHEN type = 'SavingsPlanRecurringFee' THEN cost * 0.93 END AS savings_plan_net_recurring_commitment_for_billing_period,
    CASE WHEN type LIKE 'SavingsPlan%' THEN 'No Upfront' END AS savings_plan_payment_option,
    CASE WHEN type LIKE 'SavingsPlan%' THEN 'ComputeSavingsPlans' END AS savings_plan_offering_type,
    CASE WHEN series % 6 = 5 OR type NOT LIKE '%Usage' THEN MAP {}::MAP(VARCHAR, VARCHAR)
        ELSE MAP {'user_team': 'team-' || same % 12, 'user_environment': ['dev', 'staging', 'prod'][1 + (same % 3)::INT],
            'user_workload': 'workload-' || same % 60, 'user_cost_center': 'ml-' || same % 9,
            'aws_created_by': 'AssumedRole:AROAEXAMPLE' || series % 40 || ':session-' || same % 400} END AS resource_tags,
    MAP {'stage': ['dev', 'prod'][1 + (series % 2)::INT]} AS cost_category,
    MAP {'edp_discount': round(cost * -0.07, 10), 'total_discount': round(cost * -0.07, 10)} AS discount,
    CASE WHEN operation = 'EKSPod-EC2' THEN 'i-' || substr(md5((resource - 300)::VARCHAR), 1, 17) END AS split_line_item_parent_resource_id,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.004 END AS split_line_item_split_cost,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.001 END AS split_line_item_unused_cost,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.00372 END AS split_line_item_net_split_cost,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.00093 END AS split_line_item_net_unused_cost,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.25 END AS split_line_item_reserved_usage,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.1 END AS split_line_item_actual_usage,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.25 END AS split_line_item_split_usage,
    CASE WHEN operation = 'EKSPod-EC2' THEN 0.05 END AS split_line_item_split_usage_ratio,
    'Anniversary' AS bill_bill_type,
    CASE WHEN type = 'Tax' THEN 'USSalesTax' END AS line_item_tax_type,
    round(cost, 6)::VARCHAR AS line_item_unblended_rate
"""
"""The columns of a line; `type`, `cost` and what else they are made of are in _lines."""


if __name__ == "__main__":
    made = Path(sys.argv[1])
    (legacy_csv_gz if made.suffix == ".gz" else cur_2)(made, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)
