"""Firewall, certificate and access meters: Network Firewall, Shield Advanced, Firewall Manager, certificates, Verified Access."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, constant
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.estimate.model import ONE
from cost.units import MONTH_HOURS

POLICY = "aws:networkfirewall/firewallPolicy:FirewallPolicy"
_FIREWALL = "aws_networkfirewall_firewall"
_DATA = Used("monthly_data_processed_gb", "data processed")
_CA = "aws_acmpca_certificate_authority"
_SHIELD = "aws_shield_protection"
_EDGE_TYPES = ("aws:cloudfront/distribution:Distribution", "aws:route53/zone:Zone")


def network_firewall(context: Context) -> Iterable[Item]:
    """Endpoint hours a zone, and data (AWS Network Firewall pricing). A NAT gateway in the same path is waived hour for hour and GB for GB."""
    endpoints = len(context.items("subnetMappings") or context.items("availabilityZoneMappings"))
    if not endpoints:
        raise UndecidableError("subnetMappings is empty: the number of endpoints is not known")
    note = (f"{endpoints} endpoints; a NAT gateway chained to one is waived on the bill, hour for hour and GB for GB",)
    yield Charge(_FIREWALL, "endpoint hours", constant(MONTH_HOURS), constant(endpoints), assumptions=note)
    yield from used_or_unpriced(context, _FIREWALL, _DATA)
    policy = context.references.referred(context.resource, "firewallPolicyArn", POLICY)
    if policy is not None and policy.input("firewallPolicy.tlsInspectionConfigurationArn").present:
        yield Unpriced("TLS inspection", "the price book has no price for advanced inspection; add one with --prices")


def secondary_endpoint(_: Context) -> Iterable[Item]:
    """An endpoint in another VPC has a price of its own, which the price book lacks."""
    raise UndecidableError("the price book has no price for a firewall's endpoints in other VPCs; add one with --prices")


def shield_protection(context: Context) -> Iterable[Item]:
    """A protected resource's data transfer out fee; the subscription is a resource of its own (AWS Shield pricing)."""
    arn = context.resource.input("resourceArn")
    targets = [found.type for urn in context.resource.property_dependencies.get("resourceArn", ()) if (found := context.stack.by_urn.get(urn))]
    if not arn.known and not targets:
        raise UndecidableError("resourceArn is known only after deployment")
    at_edge = any(type_ in _EDGE_TYPES for type_ in targets) or ":cloudfront:" in str(arn.value) or ":route53:" in str(arn.value)
    where = "CloudFront and Route 53" if at_edge else "load balancers and addresses"
    row = Used("monthly_data_transfer_out_gb", f"data transfer out usage fee, {where}")
    yield from used_or_unpriced(context, _SHIELD, row, notes=("needs the organisation's Shield Advanced subscription, 3,000 USD a month",))


def certificate(context: Context) -> Iterable[Item]:
    """Certificates of ACM: public ones are free unless exportable; private ones are billed as requests of their authority (ACM pricing)."""
    options = as_mapping("options", context.get("options"))
    if options.get("export") == "ENABLED":
        raise UndecidableError("exportable public certificates are billed at issue and renewal; the price book has no price, add one with --prices")
    if context.resource.input("certificateAuthorityArn").present:
        yield Free("its issue is billed with its private certificate authority (monthly_requests)")
    else:
        yield Free("public certificates that can't be exported, and imported ones, carry no charge")


def certificate_authority(context: Context) -> Iterable[Item]:
    """A private certificate authority by the month, and the certificates it issues (AWS Private CA pricing)."""
    short_lived = context.text("usageMode", "GENERAL_PURPOSE") == "SHORT_LIVED_CERTIFICATE"
    yield Charge(_CA, "short-lived certificate mode private CA" if short_lived else "general-purpose private CA", ONE)
    yield from used_or_unpriced(context, _CA, Used("monthly_requests", "short-lived certificates" if short_lived else "certificates"))


METERS = {
    "aws:networkfirewall/firewall:Firewall": Meter(_FIREWALL, measure=network_firewall, extra_fields=(_DATA.field,)),
    "aws:networkfirewall/vpcEndpointAssociation:VpcEndpointAssociation": Meter("aws_networkfirewall_vpc_endpoint_association", measure=secondary_endpoint),
    "aws:shield/subscription:Subscription": Meter("aws_shield_subscription", fixed=(Fixed("Shield Advanced subscription of the organisation", 1),)),
    "aws:shield/protection:Protection": Meter(_SHIELD, measure=shield_protection, extra_fields=("monthly_data_transfer_out_gb",)),
    "aws:fms/policy:Policy": Meter("aws_fms_policy", fixed=(Fixed("protection policy", 1),)),
    "aws:acm/certificate:Certificate": Meter("aws_acm_certificate", measure=certificate),
    "aws:acmpca/certificateAuthority:CertificateAuthority": Meter(_CA, measure=certificate_authority, extra_fields=("monthly_requests",)),
    "aws:verifiedaccess/endpoint:Endpoint": Meter("aws_verifiedaccess_endpoint", fixed=(Fixed("application hours", MONTH_HOURS),), used=(_DATA,)),
}
