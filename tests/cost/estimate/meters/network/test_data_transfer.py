from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.usage import NamedUsage, load_usage

TYPE = "aws_data_transfer"


@pytest.fixture
def transfer(stack_of):
    """The estimate of data transfer that a usage file states, a mapping an entry."""

    def make(*entries, **options):
        named = tuple(NamedUsage(TYPE, f"t{index}", f"{TYPE}.t{index}", fields) for index, fields in enumerate(entries))
        return estimate(stack_of(), (Usage(by_type={}, named=named),), **options)

    return make


def test_cross_zone_traffic_is_billed_on_both_sides_and_says_so(transfer, line):
    found = transfer({"monthly_intra_region_gb": 1_000}).resources[0]
    # 1,000 GB out of one zone and into the other: 2,000 x 0.01
    between = line(found, "between Availability Zones")
    assert between.monthly_cost.expected == pytest.approx(20.0)
    assert any("both sides" in note for note in between.assumptions)


def test_egress_climbs_the_tiers(transfer):
    # 10 TB x 0.09 = 921.60; 40 TB x 0.085 = 3,481.60; 100 TB x 0.07 = 7,168.00; 1 TB x 0.05 = 51.20 (Amazon EC2 pricing, Data Transfer)
    found = transfer({"monthly_outbound_internet_gb": 151 * 1024}).resources[0]
    assert found.monthly_cost.expected == pytest.approx(11_622.40)


def test_the_tiers_are_over_the_account_and_not_by_the_entry(transfer):
    one = transfer({"monthly_outbound_internet_gb": 20_480}).total.expected
    two = transfer({"monthly_outbound_internet_gb": 10_240}, {"monthly_outbound_internet_gb": 10_240}).total.expected
    assert one == pytest.approx(921.60 + 10_240 * 0.085)
    assert two == pytest.approx(one)


def test_between_the_us_east_regions_it_costs_half(transfer, line):
    found = transfer({"monthly_outbound_us_east_to_us_east_gb": 500, "monthly_outbound_other_regions_gb": 500}).resources[0]
    assert line(found, "inter-region out (us-east-1 to us-east-2)").monthly_cost.expected == pytest.approx(5.0)
    assert line(found, "inter-region out (us-east-1 to another region").monthly_cost.expected == pytest.approx(10.0)


def test_the_region_of_the_entry_sets_the_prices(transfer, line):
    found = transfer({"region": "ap-northeast-1", "monthly_outbound_internet_gb": 100, "monthly_outbound_other_regions_gb": 100}).resources[0]
    assert line(found, "internet out").unit_price == 0.114
    assert line(found, "inter-region out (to another region)").monthly_cost.expected == pytest.approx(9.0)


def test_us_east_traffic_of_another_region_is_refused_and_not_dropped(transfer):
    result = transfer({"region": "eu-west-1", "monthly_outbound_us_east_to_us_east_gb": 10, "monthly_intra_region_gb": 10})
    assert [item.component for item in result.unknown] == ["monthly_outbound_us_east_to_us_east_gb"]


def test_a_region_without_prices_is_unknown(transfer):
    result = transfer({"region": "mx-central-1", "monthly_outbound_internet_gb": 10})
    assert "mx-central-1" in result.unknown[0].reason


def test_a_usage_file_as_infracost_documents_it_is_read(tmp_path, stack_of):
    file = tmp_path / "usage.yml"
    file.write_text(
        'version: "0.1"\nresource_usage:\n  aws_data_transfer.my_region:\n    region: us-east-1\n    monthly_intra_region_gb: 1000\n'
        "    monthly_outbound_us_east_to_us_east_gb: 500\n    monthly_outbound_other_regions_gb: 750\n    monthly_outbound_internet_gb: 5000\n"
    )
    # 2,000 x 0.01 + 500 x 0.01 + 750 x 0.02 + 5,000 x 0.09 (infracost data_transfer_test has the same lines)
    assert estimate(stack_of(), (load_usage(file),)).total.expected == pytest.approx(20 + 5 + 15 + 450)
