"""Edge meters: CloudFront by geographic area, its functions and stores, and Global Accelerator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Fixed, Item, Meter, UndecidableError, Used, as_list, as_mapping, constant, usage_assumption
from cost.estimate.meters.network.addresses import public_addresses
from cost.estimate.meters.usage_fields import not_stated, used_if_stated, used_or_unpriced
from cost.estimate.model import ONE, Quantity
from cost.units import MONTH_HOURS

DISTRIBUTION = "aws_cloudfront_distribution"
ENDPOINT_GROUP = "aws_globalaccelerator_endpoint_group"
FLAT_RATE = "pay as you go; under a flat-rate plan (since 2025-11-18) the plan's price takes the place of this distribution's lines"

AREAS = {
    "us": "US/Mexico/Canada",
    "europe": "Europe/Israel",
    "south_africa": "South Africa/Kenya/Middle East",
    "south_america": "South America",
    "japan": "Japan",
    "australia": "Australia/New Zealand",
    "asia_pacific": "Asia Pacific",
    "india": "India",
}
"""Infracost's keys for the areas of CloudFront's price list."""
_SHIELD_AREAS = {
    **{key: AREAS[key] for key in ("south_america", "japan", "india")},
    **{"us": "US", "europe": "Europe", "australia": "Australia", "singapore": "Singapore", "south_korea": "South Korea"},
}
_BY_AREA: tuple[tuple[str, str, Mapping[str, str], float], ...] = (
    ("monthly_data_transfer_to_internet_gb", "data transfer out to internet", AREAS, 1.0),
    ("monthly_data_transfer_to_origin_gb", "data transfer out to origin", AREAS, 1.0),
    ("monthly_http_requests", "HTTP requests", AREAS, 1e4),
    ("monthly_https_requests", "HTTPS requests", AREAS, 1e4),
    ("monthly_shield_requests", "Origin Shield requests", _SHIELD_AREAS, 1e4),
)
_PLAIN = (
    Used("monthly_invalidation_requests", "invalidation paths (above 1000 a month)"),
    Used("monthly_encryption_requests", "field-level encryption requests", per=1e4),
    Used("monthly_log_lines", "real-time log lines", per=1e6),
)
_LAMBDA_AT_EDGE = (
    Used("monthly_lambda_edge_requests", "Lambda@Edge requests", per=1e6),
    Used("monthly_lambda_edge_gb_seconds", "Lambda@Edge duration"),
)
_CERTIFICATES = "custom_ssl_certificates"

ACCELERATED_AREAS = {
    "us": "United States/Mexico/Canada",
    "europe": "Europe",
    "south_africa": "South Africa",
    "south_america": "South America",
    "south_korea": "South Korea",
    "australia": "Australia/New Zealand",
    "asia_pacific": "Asia Pacific",
    "india": "India",
}
_DIRECTIONS = ("monthly_inbound_data_transfer_gb", "monthly_outbound_data_transfer_gb")
_SOURCES = {
    "us": "US and Canada",
    "ca": "US and Canada",
    "eu": "Europe",
    "ap": "Asia Pacific",
    "sa": "South America",
    "me": "Middle East",
    "af": "South Africa",
}
_STATIC_ADDRESSES = 2


def _area_fields() -> tuple[str, ...]:
    return tuple(f"{field}.{key}" for field, _, areas, _ in _BY_AREA for key in areas)


def distribution(context: Context) -> Iterable[Item]:
    """Traffic and requests by the viewers' area (Amazon CloudFront pricing). Traffic that comes from AWS origins is free."""
    notes: tuple[str, ...] = (FLAT_RATE,)
    for field, component, areas, per in _BY_AREA:
        for key, area in areas.items():
            yield from used_if_stated(context, DISTRIBUTION, Used(f"{field}.{key}", f"{component}, {area}", per=per), notes=notes)
    for row in _PLAIN:
        yield from used_if_stated(context, DISTRIBUTION, row)
    yield from _dedicated_addresses(context)
    edge_functions = any("lambdaFunctionAssociations" in behavior for behavior in _behaviors(context))
    for row in _LAMBDA_AT_EDGE:
        yield from (used_or_unpriced if edge_functions else used_if_stated)(context, DISTRIBUTION, row)


def _dedicated_addresses(context: Context) -> Iterable[Item]:
    component = "dedicated IP custom SSL certificate"
    if as_mapping("viewerCertificate", context.get("viewerCertificate")).get("sslSupportMethod") == "vip":
        yield Charge(DISTRIBUTION, component, ONE)
    else:
        yield from used_if_stated(context, DISTRIBUTION, Used(_CERTIFICATES, component))


def _behaviors(context: Context) -> Iterable[Mapping[str, Any]]:
    yield as_mapping("defaultCacheBehavior", context.get("defaultCacheBehavior"))
    for name in ("orderedCacheBehaviors", "cacheBehaviors"):
        for behavior in as_list(name, context.get(name)):
            yield as_mapping(name, behavior)


def monitoring_subscription(context: Context) -> Iterable[Item]:
    """Additional metrics: eight custom metrics a distribution (CloudFront Developer Guide, "Additional distribution metrics")."""
    wanted = as_mapping("monitoringSubscription", context.get("monitoringSubscription"))
    status = as_mapping("realtimeMetricsSubscriptionConfig", wanted.get("realtimeMetricsSubscriptionConfig")).get("realtimeMetricsSubscriptionStatus")
    yield Charge("aws_cloudwatch_log_metric_filter", "custom metrics", constant(8 if status == "Enabled" else 0), label="additional distribution metrics")


def distribution_tenant(_: Context) -> Iterable[Item]:
    """Tenants of a multi-tenant distribution are billed by their number, for which the price book has no ladder; their traffic is the distribution's."""
    raise UndecidableError("the price book has no price for distribution tenants; add one with --prices")


def accelerator(context: Context) -> Iterable[Item]:
    """The fixed fee, and two static public addresses, less those that are one's own (AWS Global Accelerator pricing)."""
    yield Charge("aws_globalaccelerator_accelerator", "fixed fee", constant(MONTH_HOURS))
    taken = _STATIC_ADDRESSES - len(context.items("ipAddresses"))
    if taken > 0:
        yield public_addresses(constant(taken), "static addresses of the accelerator")


def endpoint_group(context: Context) -> Iterable[Item]:
    """The premium on data between the group's Region and its users, for the larger direction (AWS charges the dominant one of each hour)."""
    region = context.text("endpointGroupRegion", context.region)
    source = _SOURCES.get(region.split("-", 1)[0], region)
    for key, area in ACCELERATED_AREAS.items():
        found = {field: context.usage[field] for name in _DIRECTIONS if (field := f"{name}.{key}") in context.usage}
        if found:
            yield _premium(source, area, found)
    if not any(f"{name}.{key}" in context.usage for name in _DIRECTIONS for key in ACCELERATED_AREAS):
        yield not_stated("data transfer premium", *(f"{name}.AREA" for name in _DIRECTIONS))


def _premium(source: str, area: str, found: Mapping[str, Quantity]) -> Charge:
    field, larger = max(found.items(), key=lambda item: item[1].value)
    notes = (usage_assumption(field, larger), "the larger direction; ordinary data transfer out is billed beside it (aws_data_transfer)")
    component = f"data transfer premium, {source} to {area}"
    return Charge(ENDPOINT_GROUP, component, constant(larger.value), source=larger.source, assumptions=notes)


_EDGE_FIELDS = (*_area_fields(), *(row.field for row in (*_PLAIN, *_LAMBDA_AT_EDGE)), _CERTIFICATES)
_GROUP_FIELDS = tuple(f"{name}.{key}" for name in _DIRECTIONS for key in ACCELERATED_AREAS)
_ACCELERATOR = Meter("aws_globalaccelerator_accelerator", measure=accelerator)
_GROUP = Meter(ENDPOINT_GROUP, measure=endpoint_group, extra_fields=_GROUP_FIELDS)

METERS = {
    "aws:cloudfront/distribution:Distribution": Meter(DISTRIBUTION, measure=distribution, extra_fields=_EDGE_FIELDS),
    "aws:cloudfront/multitenantDistribution:MultitenantDistribution": Meter(
        "aws_cloudfront_multitenant_distribution", measure=distribution, extra_fields=_EDGE_FIELDS
    ),
    "aws:cloudfront/distributionTenant:DistributionTenant": Meter("aws_cloudfront_distribution_tenant", measure=distribution_tenant),
    "aws:cloudfront/function:Function": Meter("aws_cloudfront_function", used=(Used("monthly_requests", "function invocations", per=1e6),)),
    "aws:cloudfront/keyValueStore:KeyValueStore": Meter(
        "aws_cloudfront_key_value_store",
        used=(Used("monthly_reads", "reads from functions", per=1e6), Used("monthly_api_operations", "API operations", per=1e3)),
    ),
    "aws:cloudfront/anycastIpList:AnycastIpList": Meter("aws_cloudfront_anycast_ip_list", fixed=(Fixed("anycast static IP list", 1),)),
    "aws:cloudfront/monitoringSubscription:MonitoringSubscription": Meter("aws_cloudfront_monitoring_subscription", measure=monitoring_subscription),
    "aws:globalaccelerator/accelerator:Accelerator": _ACCELERATOR,
    "aws:globalaccelerator/customRoutingAccelerator:CustomRoutingAccelerator": Meter("aws_globalaccelerator_custom_routing_accelerator", measure=accelerator),
    "aws:globalaccelerator/endpointGroup:EndpointGroup": _GROUP,
    "aws:globalaccelerator/customRoutingEndpointGroup:CustomRoutingEndpointGroup": Meter(
        "aws_globalaccelerator_custom_routing_endpoint_group", measure=endpoint_group, extra_fields=_GROUP_FIELDS
    ),
}
