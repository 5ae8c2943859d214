"""Meters of NAT, load balancers, endpoints, transit, DNS, the edge, API gateways, firewalls, data transfer."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.network import api_gateway, data_transfer, dns, edge, firewalls, gateways, load_balancers, private_link, transit, web_firewalls

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        api_gateway,
        data_transfer,
        dns,
        edge,
        firewalls,
        gateways,
        load_balancers,
        private_link,
        transit,
        web_firewalls,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
