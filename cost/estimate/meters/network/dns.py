"""DNS and discovery meters: Route 53 zones, records, health checks, Resolver, DNS Firewall and Profiles; recovery control; Cloud Map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, as_list, constant
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.estimate.model import ONE, QuantitySource
from cost.units import MONTH_HOURS

RECORD = "aws:route53/record:Record"
FIREWALL_GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
FIREWALL_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
FIREWALL = "aws_route53_resolver_firewall"
_STANDARD = "monthly_standard_queries"
_QUERIES = {
    _STANDARD: "standard queries",
    "monthly_latency_based_queries": "latency routing queries",
    "monthly_geo_queries": "geo DNS queries",
    "monthly_ip_based_queries": "IP-based routing queries",
}
_POLICIES = {
    "latencyRoutingPolicies": "latency routing queries",
    "geolocationRoutingPolicies": "geo DNS queries",
    "geoproximityRoutingPolicy": "geo DNS queries",
    "cidrRoutingPolicy": "IP-based routing queries",
}
_AWS_NAMES = ("amazonaws.com", "cloudfront.net", "awsglobalaccelerator.com", "elasticbeanstalk.com", "awsapprunner.com", "on.aws")
_FAST_INTERVAL = 10
_PROFILE_ASSOCIATIONS = 100


def record(context: Context) -> Iterable[Item]:
    """Queries by routing policy; those to an alias of an AWS resource are free (Route 53 pricing, "DNS queries").

    The preset's queries count for the record's own policy, and only where nobody states any of that record's.
    """
    if _is_free_alias(context):
        yield Free("queries to alias records that point at AWS resources carry no charge")
        return
    own = {field: name for field, name in _QUERIES.items() if field in context.usage and context.usage[field].source is not QuantitySource.PRESET}
    for field, name in own.items():
        yield from used_or_unpriced(context, "aws_route53_record", Used(field, name, per=1e6))
    if not own:
        component = next((name for policy, name in _POLICIES.items() if context.resource.input(policy).present), _QUERIES[_STANDARD])
        yield from used_or_unpriced(context, "aws_route53_record", Used(_STANDARD, component, per=1e6))


def _is_free_alias(context: Context) -> bool:
    """An alias to AWS's own names, or to a resource that is no record; an alias to another record of the zone costs its queries."""
    aliases = context.resource.input("aliases")
    if not aliases.present:
        return False
    targets = [target.get("name") for target in as_list("aliases", aliases.value) if isinstance(target, Mapping)] if aliases.known else []
    if targets and all(isinstance(target, str) for target in targets):
        return all(str(target).rstrip(".").endswith(_AWS_NAMES) for target in targets)
    sources = context.resource.property_dependencies.get("aliases", ())
    if not sources:
        raise UndecidableError("aliases is known only after deployment: queries to an AWS resource are free, those to another record are not")
    return not any(urn.split("::")[-2].endswith(RECORD) for urn in sources)


def health_check(context: Context) -> Iterable[Item]:
    """A health check and each optional feature: HTTPS, string matching, a ten-second interval, latency (Route 53 pricing, "Health checks")."""
    kind = context.text("type", "HTTP")
    features = {
        "HTTPS": kind.startswith("HTTPS"),
        "string matching": kind.endswith("STR_MATCH"),
        "ten-second interval": context.number("requestInterval", 30) == _FAST_INTERVAL,
        "latency measurement": bool(context.get("measureLatency", False)),
    }
    where = "endpoint outside AWS" if context.texts.get("endpoint_type", "aws") == "non_aws" else "AWS endpoint"
    chosen = [name for name, wanted in features.items() if wanted]
    yield Charge("aws_route53_health_check", f"health check, {where}", ONE)
    if chosen:
        note = (", ".join(chosen),)
        yield Charge("aws_route53_health_check", f"health check optional feature, {where}", constant(len(chosen)), assumptions=note)


def resolver_endpoint(context: Context) -> Iterable[Item]:
    """Network interfaces by the hour, and the queries that cross them (Route 53 pricing, "Resolver endpoints")."""
    addresses = len(context.items("ipAddresses"))
    if not addresses:
        raise UndecidableError("ipAddresses is empty: the number of network interfaces is not known")
    price_type = "aws_route53_resolver_endpoint"
    note = (f"{addresses} network interfaces",)
    yield Charge(price_type, "resolver endpoint network interface hours", constant(MONTH_HOURS), constant(addresses), assumptions=note)
    yield from used_or_unpriced(context, price_type, Used("monthly_queries", "resolver queries", per=1e6))


def firewall_association(context: Context) -> Iterable[Item]:
    """The queries that a VPC's DNS Firewall looks at; an advanced rule adds an hourly charge for the group and VPC."""
    yield from used_or_unpriced(context, FIREWALL, Used("monthly_queries", "DNS Firewall queries", per=1e6))
    group = context.references.referred(context.resource, "firewallRuleGroupId", FIREWALL_GROUP)
    rules = context.references.referring(group, "firewallRuleGroupId", FIREWALL_RULE) if group is not None else ()
    if any(rule.input("dnsThreatProtection").present for rule in rules):
        yield Charge(FIREWALL, "DNS Firewall Advanced, a rule group and VPC", constant(MONTH_HOURS))


def firewall_domain_list(context: Context) -> Iterable[Item]:
    """The names in a list of one's own, by the month."""
    domains = len(context.items("domains"))
    if not domains:
        yield Free("a domain list without names carries no charge")
        return
    yield Charge(FIREWALL, "DNS Firewall domain names", constant(domains))


def profile(context: Context) -> Iterable[Item]:
    """Profiles cost the account one hourly fee for its first 100 VPC associations; the stack's profiles share it."""
    sharers = len(context.stack.of_type(context.resource.type))
    note = f"one fee for the account, over the stack's {sharers} profile{'s' if sharers > 1 else ''}"
    component = "Profiles, up to 100 VPC associations of the account"
    yield Charge("aws_route53profiles_profile", component, constant(MONTH_HOURS / sharers), assumptions=(note,))
    associations = len(context.stack.of_type("aws:route53/profilesAssociation:ProfilesAssociation"))
    if associations > _PROFILE_ASSOCIATIONS:
        yield Unpriced("associations above 100", f"{associations} VPC associations; only the account's first 100 are priced")


def domain_registration(context: Context) -> Iterable[Item]:
    """Registrations are billed by the year and the top-level domain, for which the price book has no table."""
    raise UndecidableError(f"{context.text('domainName', 'the domain')} is billed once a year by its top-level domain, for which the price book has no table")


def dns_namespace(_: Context) -> Iterable[Item]:
    """A DNS namespace of Cloud Map is a hosted zone of Route 53 (AWS Cloud Map pricing)."""
    yield Charge("aws_route53_zone", "hosted zone", ONE)


def recovery_cluster(_: Context) -> Iterable[Item]:
    """A routing control cluster, by the hour (Application Recovery Controller pricing)."""
    yield Charge("aws_route53recoverycontrolconfig_cluster", "cluster hours", constant(MONTH_HOURS))


METERS: dict[str, Meter] = {
    "aws:route53/zone:Zone": Meter("aws_route53_zone", fixed=(Fixed("hosted zone", 1),)),
    RECORD: Meter("aws_route53_record", measure=record, extra_fields=tuple(_QUERIES)),
    "aws:route53/healthCheck:HealthCheck": Meter("aws_route53_health_check", measure=health_check, texts={"endpoint_type": ("aws", "non_aws")}),
    "aws:route53/trafficPolicyInstance:TrafficPolicyInstance": Meter("aws_route53_traffic_policy_instance", fixed=(Fixed("policy record", 1),)),
    "aws:route53/resolverEndpoint:ResolverEndpoint": Meter("aws_route53_resolver_endpoint", measure=resolver_endpoint, extra_fields=("monthly_queries",)),
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": Meter(
        "aws_route53_resolver_firewall_rule_group_association", measure=firewall_association, extra_fields=("monthly_queries",)
    ),
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": Meter("aws_route53_resolver_firewall_domain_list", measure=firewall_domain_list),
    "aws:route53/profilesProfile:ProfilesProfile": Meter("aws_route53profiles_profile", measure=profile),
    "aws:route53domains/registeredDomain:RegisteredDomain": Meter("aws_route53domains_registered_domain", measure=domain_registration),
    "aws:route53domains/domain:Domain": Meter("aws_route53domains_domain", measure=domain_registration),
    "aws:route53recoverycontrol/cluster:Cluster": Meter("aws_route53recoverycontrolconfig_cluster", measure=recovery_cluster),
    "aws:route53recoveryreadiness/readinessCheck:ReadinessCheck": Meter(
        "aws_route53recoveryreadiness_readiness_check", fixed=(Fixed("readiness check hours", MONTH_HOURS),)
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Meter("aws_service_discovery_private_dns_namespace", measure=dns_namespace),
    "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace": Meter("aws_service_discovery_public_dns_namespace", measure=dns_namespace),
    "aws:servicediscovery/service:Service": Meter("aws_service_discovery_service", used=(Used("monthly_discovery_calls", "discovery calls", per=1e6),)),
    "aws:servicediscovery/instance:Instance": Meter("aws_service_discovery_instance", fixed=(Fixed("registered instance", 1),)),
}
