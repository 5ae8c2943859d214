"""Data transfer, which no resource declares: a usage file's `aws_data_transfer.NAME` states it, in Infracost's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cost.estimate.meters.base import Context, Item, Meter, Unpriced, Used
from cost.estimate.meters.usage_fields import used_if_stated

PRICE_TYPE = "aws_data_transfer"
BETWEEN_ZONES = "between Availability Zones, each direction"
INTERNET_OUT = "internet out"
NORTH_VIRGINIA, OHIO = "us-east-1", "us-east-2"
_OUT_OF: Mapping[str, str] = {NORTH_VIRGINIA: "inter-region out (us-east-1 to another region, save us-east-2)"}
_ELSEWHERE = "inter-region out (to another region)"
_US_EAST = {NORTH_VIRGINIA: "inter-region out (us-east-1 to us-east-2)", OHIO: "inter-region out (us-east-2 to us-east-1)"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One of Infracost's fields, how many GB AWS bills for each, and what a line should say."""

    field: str
    component: str
    factor: float
    note: str


def to_another_region(source: str, destination: str | None = None) -> str:
    """The component for traffic from one Region to another; between the two in the US East it costs half."""
    if destination in _US_EAST and source in _US_EAST and source != destination:
        return _US_EAST[source]
    return _OUT_OF.get(source, _ELSEWHERE)


def data_transfer(context: Context) -> Iterable[Item]:
    """Traffic out of a Region (Amazon EC2 pricing, "Data Transfer"). Traffic in from the internet is free.

    Cross-zone traffic is billed as it leaves one zone and again as it enters the other, so each GB counts twice.
    """
    region = context.region
    rows = (
        _Row("monthly_intra_region_gb", BETWEEN_ZONES, 2.0, "billed on both sides: 2 x the GB, out of one zone and into the other"),
        _Row("monthly_outbound_internet_gb", INTERNET_OUT, 1.0, "tiers over the account; 100 GB a month are free with --free-tier"),
        _Row("monthly_outbound_other_regions_gb", to_another_region(region), 1.0, "billed where it starts"),
    )
    for row in rows:
        yield from used_if_stated(context, PRICE_TYPE, Used(row.field, row.component), factor=row.factor, notes=(row.note,))
    us_east = "monthly_outbound_us_east_to_us_east_gb"
    if region in _US_EAST:
        yield from used_if_stated(context, PRICE_TYPE, Used(us_east, _US_EAST[region]))
    elif context.usage.get(us_east) is not None:
        yield Unpriced(us_east, f"{region} is no US East Region")


METERS = {
    PRICE_TYPE: Meter(
        PRICE_TYPE,
        measure=data_transfer,
        usage_only=True,
        texts={"region": ()},
        extra_fields=(
            "monthly_intra_region_gb",
            "monthly_outbound_internet_gb",
            "monthly_outbound_other_regions_gb",
            "monthly_outbound_us_east_to_us_east_gb",
        ),
    ),
}
