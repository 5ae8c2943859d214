from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.estimate import estimate, load_price_book
from cost.estimate.overrides import COLUMNS
from plinth.errors import InputError

HEADER = ",".join(COLUMNS)
NAT = "Amazon VPC,aws_nat_gateway,gateway hours,hour"


@pytest.fixture
def prices(tmp_path):
    def write(*rows: str, header: str = HEADER):
        path = tmp_path / "prices.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


def test_a_price_file_replaces_a_shipped_price_and_is_named_as_the_source(prices, priced, line):
    book = load_price_book(prices(f"{NAT},0.03,0,,us-east-1"))
    found = line(priced(("aws:ec2/natGateway:NatGateway", "nat", {}), prices=book), "gateway hours")
    assert found.monthly_cost.expected == pytest.approx(21.90)
    assert (found.price_source, found.confidence) == ("prices.csv, line 2", "own price")


def test_a_price_file_brings_another_region(prices, stack_of):
    book = load_price_book(prices(f"{NAT},0.048,0,,eu-west-3"))
    result = estimate(stack_of(("aws:ec2/natGateway:NatGateway", "nat", {}), region="eu-west-3"), prices=book)
    assert result.total.expected == pytest.approx(730 * 0.048)
    assert [item.component for item in result.unknown] == ["data processed"], "what the file does not bring stays unknown"


def test_instances_spot_and_hosting_can_be_overridden(prices, priced, line):
    path = prices(
        "Amazon EC2,aws_instance,Linux on-demand m5.large,hour,0.05,0,,us-east-1",
        "Amazon EC2,aws_instance,Linux spot g5.xlarge,hour,0.30,0,,us-east-1",
        "Amazon SageMaker,aws_sagemaker_endpoint_configuration,hosting ml.g5.xlarge,hour,1.00,0,,us-east-1",
    )
    book = load_price_book(path)
    assert book.instance("m5.large", "us-east-1").usd_per_unit == 0.05
    assert book.sagemaker_instance("ml.g5.xlarge", "hosting", "us-east-1").usd_per_unit == 1.0
    scaling = {"minSize": 1, "desiredSize": 1, "maxSize": 1}
    group = ("aws:eks/nodeGroup:NodeGroup", "gpu", {"capacityType": "SPOT", "instanceTypes": ["g5.xlarge"], "scalingConfig": scaling})
    assert line(priced(group, prices=book), "instances").monthly_cost.expected == pytest.approx(219.00)
    assert book.unmatched_overrides() == ()


def test_an_override_that_names_no_known_component_is_a_warning(prices, stack_of):
    book = load_price_book(prices("Amazon VPC,aws_nat_gateway,gatway hours,hour,0.03,0,,us-east-1"))
    assert any("gatway hours" in warning for warning in estimate(stack_of(), prices=book).warnings)


@pytest.mark.parametrize(
    ("rows", "what", "where"),
    [
        ([f"{NAT},-0.03,0,,us-east-1"], "negative", "line 2"),
        ([f"{NAT},NaN,0,,us-east-1"], "not finite", "line 2"),
        ([f"{NAT},inf,0,,us-east-1"], "not finite", "line 2"),
        ([f"{NAT},cheap,0,,us-east-1"], "not a number", "line 2"),
        ([f"{NAT},0.03,0,10,us-east-1", f"{NAT},0.02,20,,us-east-1"], "gap", "line 3"),
        ([f"{NAT},0.03,0,10,us-east-1", f"{NAT},0.02,5,,us-east-1"], "overlap", "line 3"),
        ([f"{NAT},0.03,0,,us-east-1", f"{NAT},0.02,0,,us-east-1"], "overlap", "line 3"),
        ([f"{NAT},0.03,0,10,us-east-1"], "highest tier has an end", "line 2"),
        ([f"{NAT},0.03,10,10,us-east-1"], "ends where it starts", "line 2"),
        ([f"{NAT},0.03,0,,"], "no region", "line 2"),
        ([f"{NAT},0.03"], "as many cells", "line 2"),
        ([], "no prices", "prices.csv"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(prices, rows, what, where):
    with pytest.raises(InputError) as caught:
        load_price_book(prices(*rows))
    assert what in str(caught.value) and where in str(caught.value)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_refused_by_name(prices, column):
    with pytest.raises(InputError, match=f"lacks the column {column}"):
        load_price_book(prices("x", header=",".join(name for name in COLUMNS if name != column)))


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(InputError, match="UTF-8"):
        load_price_book(path)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_a_traceback(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    path.write_text(f"{HEADER}\n{text}", encoding="utf-8", errors="ignore", newline="")
    with suppress(InputError):
        load_price_book(path)


@pytest.mark.parametrize(
    ("region", "fix"), [("eu-wset-1", "did you mean eu-west-1?"), ("mars-1", "use a name such as us-east-1"), ("Global", "did you mean global?")]
)
def test_a_region_that_aws_does_not_have_is_refused_with_the_nearest(prices, region, fix):
    with pytest.raises(InputError, match="no such AWS Region") as caught:
        load_price_book(prices(f"{NAT},0.03,0,,{region}"))
    assert fix in str(caught.value) and "line 2" in str(caught.value)


def test_tiers_of_a_price_file_may_span_the_account(prices):
    header = f"{HEADER},tier_scope"
    rows = (
        "Amazon S3,aws_s3_bucket,Standard storage,GB-month,0.02,0,100,eu-west-3,account",
        "Amazon S3,aws_s3_bucket,Standard storage,GB-month,0.01,100,,eu-west-3,account",
    )
    ladder = load_price_book(prices(*rows, header=header)).ladder("aws_s3_bucket", "Standard storage", "eu-west-3")
    assert [tier.tier_scope for tier in ladder] == ["account", "account"]
    with pytest.raises(InputError, match="neither resource nor account"):
        load_price_book(prices(f"{NAT},0.03,0,,us-east-1,vpc", header=header))


@pytest.mark.parametrize(
    ("row", "units"),
    [
        ("Amazon S3,aws_s3_bucket,Standard storage,TB-month,23,0,,us-east-1", ("TB-month", "GB-month")),
        ("Amazon S3,aws_s3_bucket,Standard storage,TB-month,23,0,,eu-west-3", ("TB-month", "GB-month")),
        ("Amazon EC2,aws_instance,Linux on-demand m5.large,month,70,0,,us-east-1", ("month", "hour")),
        ("Amazon EC2,aws_instance,Windows on-demand m5.large,month,140,0,,us-east-1", ("month", "hour")),
        ("Amazon SageMaker,aws_sagemaker_endpoint_configuration,hosting ml.g5.xlarge,second,1,0,,us-east-1", ("second", "hour")),
    ],
)
def test_a_price_in_another_unit_than_the_shipped_price_is_refused_with_both(prices, row, units):
    """500 GB at 23 USD a "TB-month" would be 11,500 USD."""
    with pytest.raises(InputError, match="another unit") as caught:
        load_price_book(prices(row))
    assert "line 2" in str(caught.value) and f"{units[0]}, and the price book's unit is {units[1]}" in str(caught.value)


def test_a_price_of_a_users_own_may_be_in_any_unit(prices):
    assert load_price_book(prices("Ours,aws_ours,seats,seat-month,9,0,,us-east-1")).ladder("aws_ours", "seats", "us-east-1")[0].unit == "seat-month"


IOPS = "Amazon EBS,aws_ebs_volume,gp3 provisioned IOPS (above 3000 included),IOPS-month,0.005"


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        ("Amazon VPC,aws_nat_gateway,data processed,GB,0.04,10240,,us-east-1", "use from 0 to 10240 has none"),
        (f"{IOPS},4000,,us-east-1", "use from 3000 to 4000 has none"),
    ],
)
def test_use_below_the_lowest_tier_is_a_gap_where_the_shipped_price_does_not_include_it(prices, row, gap):
    """100 GB through a NAT gateway would have vanished."""
    with pytest.raises(InputError, match=gap) as caught:
        load_price_book(prices(row))
    assert "line 2" in str(caught.value)


def test_a_ladder_may_start_where_the_shipped_one_does_or_where_awss_list_says(prices):
    key = ("aws_ebs_volume", "gp3 provisioned IOPS (above 3000 included)", "us-east-1")
    assert load_price_book(prices(f"{IOPS},3000,,us-east-1")).ladder(*key)[0].tier_start == 3000
    listed = prices(f"{IOPS},4000,,us-east-1,price-list", header=f"{HEADER},confidence")
    assert load_price_book(listed).ladder(*key)[0].tier_start == 4000
