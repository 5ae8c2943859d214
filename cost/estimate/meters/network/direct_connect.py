"""Direct Connect: port hours by speed, and data out of each Region to the location (AWS Direct Connect pricing)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, UndecidableError, Unpriced, Used, constant
from cost.estimate.meters.usage_fields import used_if_stated
from cost.units import MONTH_HOURS

HOSTED = "aws:directconnect/hostedConnection:HostedConnection"
_OUT = "data transfer out to a Direct Connect location"
_BY_REGION = "monthly_outbound_from_region_to_dx_connection_location"
_IN_ALL = "monthly_outbound_region_to_dx_location_gb"
_SPEED = re.compile(r"^(\d+)(Gbps|Mbps)$")
# fmt: off
_REGIONS = (
    "us_gov_west_1", "us_gov_east_1", "us_east_1", "us_east_2", "us_west_1", "us_west_2", "us_west_2_lax_1",
    "ca_central_1", "ca_west_1",
    "mx_central_1",
    "cn_north_1", "cn_northwest_1",
    "eu_central_1", "eu_central_2", "eu_west_1", "eu_west_2", "eu_west_3", "eu_north_1", "eu_south_1", "eu_south_2",
    "ap_east_1", "ap_northeast_1", "ap_northeast_2", "ap_northeast_3", "ap_southeast_1", "ap_southeast_2", "ap_southeast_3", "ap_southeast_4",
    "ap_southeast_5", "ap_southeast_7", "ap_south_1", "ap_south_2",
    "me_south_1", "me_central_1",
    "sa_east_1",
    "af_south_1",
    "il_central_1",
)
# fmt: on
"""Infracost's keys: a Region with underscores."""


def dx_fields() -> tuple[str, ...]:
    """The usage fields: GB from each Region, or from the connection's own (Infracost's older field)."""
    return (_IN_ALL, *(f"{_BY_REGION}.{region}" for region in _REGIONS))


def dx_connection(context: Context) -> Iterable[Item]:
    """A port's hours by its speed and kind, and data out. Ports in Japan have other prices."""
    kind = "hosted" if context.resource.type == HOSTED else context.texts.get("dx_connection_type", "dedicated")
    yield Charge("aws_dx_connection", f"{kind} {_speed(context)} port hours (outside Japan)", constant(MONTH_HOURS))
    by_region = {region: found for region in _REGIONS if (found := context.usage.get(f"{_BY_REGION}.{region}")) is not None}
    own = context.region.replace("-", "_")
    for region in by_region:
        if region != own:
            reason = f"the price book has no price from {region.replace('_', '-')} to the location; add one with --prices"
            yield Unpriced(f"{_OUT}, from {region.replace('_', '-')}", reason)
    field = f"{_BY_REGION}.{own}" if own in by_region or by_region else _IN_ALL
    yield from used_if_stated(context, "aws_dx_connection", Used(field, _OUT), notes=("at the rate of a location on the Region's own continent",))


def _speed(context: Context) -> str:
    written = context.text("bandwidth", "")
    found = _SPEED.match(written)
    if found is None:
        raise UndecidableError(f"bandwidth {written!r} is no port speed such as 10Gbps")
    return f"{found[1]} {found[2]}"
