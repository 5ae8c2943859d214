from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cost.bill import read_bill
from cost.recommend import Inventory, inventory_from_bill

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 48


def line(resource: str, usage_type: str, hour: int, cost: float, **more: object) -> dict[str, object]:
    start, end = START + timedelta(hours=hour), START + timedelta(hours=hour + 1)
    text = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "identity/LineItemId": f"{resource}-{usage_type}-{hour}",
        "identity/TimeInterval": f"{start.strftime(text)}/{end.strftime(text)}",
        "bill/PayerAccountId": "000000000001",
        "bill/BillingPeriodStartDate": "2026-01-01T00:00:00Z",
        "bill/BillingPeriodEndDate": "2026-02-01T00:00:00Z",
        "lineItem/UsageAccountId": "000000000002",
        "lineItem/LineItemType": "Usage",
        "lineItem/UsageStartDate": start.strftime(text),
        "lineItem/UsageEndDate": end.strftime(text),
        "lineItem/ProductCode": "AmazonEC2",
        "product/servicecode": "AmazonEC2",
        "product/region": "us-east-1",
        "product/operatingSystem": "Linux",
        "pricing/unit": "Hrs",
        "lineItem/UsageType": usage_type,
        "lineItem/Operation": "RunInstances",
        "lineItem/ResourceId": resource,
        "lineItem/UsageAmount": 1,
        "lineItem/CurrencyCode": "USD",
        "lineItem/UnblendedCost": cost,
        "lineItem/LineItemDescription": "",
        "resourceTags/user:Team": "search" if resource else "",
        "savingsPlan/SavingsPlanARN": "",
        "savingsPlan/SavingsPlanEffectiveCost": "",
        **more,
    }


@pytest.fixture
def inventory(tmp_path: Path) -> Callable[..., Inventory]:
    def run(*lines: dict[str, object]) -> Inventory:
        path = tmp_path / "bill.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
        return inventory_from_bill(read_bill([path]))

    return run


def test_type_region_account_hours_and_effective_rate_come_from_the_bill(inventory: Callable[..., Inventory]) -> None:
    found = inventory(*(line("i-1", "BoxUsage:m5.large", hour, 0.08) for hour in range(HOURS)))
    (item,) = found.items
    assert (item.resource_id, item.instance_types, item.region, item.account_id, item.operating_system) == (
        "i-1",
        ("m5.large",),
        "us-east-1",
        "000000000002",
        "Linux",
    )
    assert item.hourly_rate == pytest.approx(0.08)
    assert item.monthly_hours == pytest.approx(730)
    assert item.purchase_options == ("OnDemand",)
    assert list(item.tags.values()) == ["search"]
    assert found.period_end == START + timedelta(hours=HOURS)


def test_an_instance_that_runs_half_the_time_has_half_the_month(inventory: Callable[..., Inventory]) -> None:
    found = inventory(
        *(line("i-1", "BoxUsage:m5.large", hour, 0.08) for hour in range(HOURS)), *(line("i-2", "BoxUsage:m5.large", hour, 0.08) for hour in range(HOURS // 2))
    )
    assert [item.monthly_hours for item in found.items] == pytest.approx([730, 365])


def test_a_savings_plan_gives_its_effective_rate_and_is_named(inventory: Callable[..., Inventory]) -> None:
    plan = {
        "lineItem/LineItemType": "SavingsPlanCoveredUsage",
        "savingsPlan/SavingsPlanARN": "arn:aws:savingsplans::1:savingsplan/x",
        "savingsPlan/SavingsPlanEffectiveCost": 0.06,
    }
    (item,) = inventory(*(line("i-1", "BoxUsage:m5.large", hour, 0.096, **plan) for hour in range(HOURS))).items
    assert item.hourly_rate == pytest.approx(0.06)
    assert item.purchase_options == ("SavingsPlan",)


def test_what_is_not_an_instance_hour_is_left_out(inventory: Callable[..., Inventory]) -> None:
    found = inventory(line("i-1", "BoxUsage:m5.large", 0, 0.096), line("i-1", "DataTransfer-Out-Bytes", 0, 9.0), line("vol-1", "EBS:VolumeUsage.gp3", 0, 5.0))
    (item,) = found.items
    assert item.hourly_rate == pytest.approx(0.096)


def test_the_unused_part_of_a_reservation_is_no_instance(inventory: Callable[..., Inventory]) -> None:
    lease = "arn:aws:ec2:us-east-1:1:reserved-instances/x"
    reserved = {"reservation/ReservationARN": "", "reservation/EffectiveCost": "", "reservation/UnusedRecurringFee": "", "reservation/UnusedQuantity": ""}
    used = {"lineItem/LineItemType": "DiscountedUsage", "reservation/ReservationARN": lease, "reservation/EffectiveCost": 0.06}
    fee = {"lineItem/LineItemType": "RIFee", "reservation/ReservationARN": lease, "reservation/UnusedRecurringFee": 7.0, "lineItem/UsageAmount": 744}
    found = inventory(
        *(line("i-1", "BoxUsage:m5.large", hour, 0.0, **(reserved | used)) for hour in range(HOURS)),
        line(lease, "BoxUsage:m5.large", 0, 9.0, **(reserved | fee)),
        line("", "BoxUsage:m5.large", 0, 9.0, **(reserved | fee)),
    )
    (item,) = found.items
    assert (item.resource_id, item.hourly_rate) == ("i-1", pytest.approx(0.06))
    assert not found.warnings


def test_a_bill_without_hours_gives_neither_hours_nor_a_rate(inventory: Callable[..., Inventory]) -> None:
    for amounts in ([""] * HOURS, [1] * (HOURS - 1) + [""], [0] * HOURS):
        found = inventory(*(line("i-1", "BoxUsage:m5.large", hour, 0.375, **{"lineItem/UsageAmount": amount}) for hour, amount in enumerate(amounts)))
        assert (found.items[0].monthly_hours, found.items[0].hourly_rate) == (None, None)
    without = [
        {name: value for name, value in line("i-1", "BoxUsage:m5.large", hour, 0.375).items() if name != "lineItem/UsageAmount"} for hour in range(HOURS)
    ]
    assert inventory(*without).items[0].monthly_hours is None


def test_billed_hours_that_touch_are_one_period(inventory: Callable[..., Inventory]) -> None:
    always = [line("i-2", "BoxUsage:m5.large", hour, 0.1) for hour in range(HOURS)]
    found = inventory(*always, *(line("i-1", "BoxUsage:m5.large", hour, 0.1) for hour in (7, 0, 1, 2, 6)))
    gone, running = found.items
    assert gone.billed == ((START, START + timedelta(hours=3)), (START + timedelta(hours=6), START + timedelta(hours=8)))
    assert (gone.first_billed, gone.last_billed, running.last_billed) == (START, START + timedelta(hours=8), found.period_end)
    assert (found.runs(gone), found.runs(running)) == (False, True)


def test_an_instance_may_be_a_day_behind_the_bills_end(inventory: Callable[..., Inventory]) -> None:
    found = inventory(
        *(line("i-1", "BoxUsage:m5.large", hour, 0.1) for hour in range(HOURS - 24)),
        *(line("i-2", "BoxUsage:m5.large", hour, 0.1) for hour in range(HOURS)),
        *(line("i-3", "BoxUsage:m5.large", hour, 0.1) for hour in range(HOURS - 25)),
    )
    assert [found.runs(item) for item in found.items] == [True, True, False]


def test_rows_without_a_resource_are_said(inventory: Callable[..., Inventory]) -> None:
    found = inventory(line("", "BoxUsage:m5.large", 0, 0.096), line("", "BoxUsage:m5.large", 1, 0.096))
    assert not found.items
    assert found.warnings == ("2 instance-hour rows (0.19) name no resource (a bill without RESOURCES): they can't be sized",)


def test_a_bill_without_instances_says_so(inventory: Callable[..., Inventory]) -> None:
    assert "nothing to size" in inventory(line("vol-1", "EBS:VolumeUsage.gp3", 0, 5.0)).warnings[0]


def test_a_resource_of_two_types_keeps_both(inventory: Callable[..., Inventory]) -> None:
    (item,) = inventory(line("group", "BoxUsage:m5.large", 0, 0.096), line("group", "SpotUsage:m5.xlarge", 1, 0.05)).items
    assert item.instance_types == ("m5.large", "m5.xlarge")
    assert item.purchase_options == ("OnDemand", "Spot")
