"""WAF meters: web ACLs by their rules, requests and AWS's paid managed groups.

Source: AWS WAF pricing, as AWS's security best practices work it out ("WAF Cost", aws.github.io/aws-security-services-best-practices): a
rule group, one's own or managed, is billed as one rule however many rules it holds. Shield Advanced waives the web ACL's, rules' and
requests' charges for the resources that it protects, which no input says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from cost.estimate.meters.base import Charge, Context, Fixed, Item, Meter, UndecidableError, Unpriced, Used, as_list, as_mapping, as_number, constant
from cost.estimate.meters.usage_fields import used_if_stated, used_or_unpriced
from cost.estimate.model import ONE

ACL = "aws_wafv2_web_acl"
_BOT_CONTROL = "AWSManagedRulesBotControlRuleSet"
_FRAUD_CONTROL = ("AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet")
_DDOS = "AWSManagedRulesAntiDDoSRuleSet"
_REQUESTS = Used("monthly_requests", "requests", per=1e6)
_BOT_REQUESTS = "monthly_bot_control_requests"
_ATTEMPTS = Used("monthly_fraud_control_requests", "Fraud Control requests", per=1e6)
_ACTIONS = (Used("monthly_challenges", "challenges", per=1e6), Used("monthly_captcha_attempts", "CAPTCHA attempts", per=1e4))
_UNBILLED = ("rule_group_rules", "managed_rule_group_rules")
"""Infracost's fields, which it bills a rule each; AWS bills a group as one rule, so they change nothing here."""
_INCLUDED_CAPACITY, _CAPACITY_STEP = 1_500, 500
"""Web ACL capacity units that a request's price includes, and the step that is billed beyond them."""
_INCLUDED_BODY_KB, _BODY_STEP_KB = 16, 16
"""KB of a body that a request's price includes where the limit can be raised, and the step beyond. Source: AWS WAF pricing, body inspection."""
_LARGE_BODIES = "monthly_large_body_requests"
_PAID_FIELDS = (_REQUESTS.field, _BOT_REQUESTS, _ATTEMPTS.field)
FIELDS = (*_UNBILLED, *_PAID_FIELDS, _LARGE_BODIES, *(row.field for row in _ACTIONS))


def web_acl(context: Context) -> Iterable[Item]:
    """A web ACL, each rule or group in it, its requests, and the managed groups that cost extra."""
    yield Charge(ACL, "web ACL", ONE)
    for field in _UNBILLED:
        if field in context.usage:
            context.warnings.append(f"{context.resource.name}: {field} is not billed: AWS bills a rule group as one rule")
    statements = [as_mapping("statement", rule.get("statement")) for rule in _rules(context)]
    managed = [group for statement in statements if (group := as_mapping("managedRuleGroupStatement", statement.get("managedRuleGroupStatement")))]
    own = sum(1 for statement in statements if "ruleGroupReferenceStatement" in statement)
    for component, count in (("managed rule group", len(managed)), ("rule group", own), ("rule", len(statements) - len(managed) - own)):
        if count:
            yield Charge(ACL, component, constant(count))
    yield from used_or_unpriced(context, ACL, _REQUESTS)
    yield from _beyond_included_capacity(context)
    yield from _beyond_included_body(context)
    for row in _ACTIONS:
        yield from used_if_stated(context, ACL, row)
    for group in managed:
        yield from _paid_protection(context, group)


def _beyond_included_capacity(context: Context) -> Iterable[Item]:
    """Each 500 capacity units beyond 1,500 cost again on every request; only a deployed web ACL says how many it has."""
    capacity = context.resource.output("capacity")
    if not capacity.known or not isinstance(capacity.value, int | float) or capacity.value <= _INCLUDED_CAPACITY:
        return
    steps = math.ceil((capacity.value - _INCLUDED_CAPACITY) / _CAPACITY_STEP)
    note = (f"{capacity.value:,.12g} capacity units: {steps} steps of {_CAPACITY_STEP} beyond {_INCLUDED_CAPACITY:,}",)
    row = Used(_REQUESTS.field, "requests, each 500 capacity units beyond 1,500", per=1e6)
    yield from used_or_unpriced(context, ACL, row, factor=steps, notes=note)


def _beyond_included_body(context: Context) -> Iterable[Item]:
    """Each 16 KB that is inspected of a body beyond the first costs again; the web ACL's highest limit is taken for every such request."""
    limits = [_body_kb(limit) for limit in _body_limits(context)]
    steps = math.ceil((max(limits, default=_INCLUDED_BODY_KB) - _INCLUDED_BODY_KB) / _BODY_STEP_KB)
    if steps > 0:
        note = (f"bodies inspected up to {max(limits):g} KB: {steps} steps of {_BODY_STEP_KB} KB beyond {_INCLUDED_BODY_KB}, at most",)
        row = Used(_LARGE_BODIES, "requests, each 16 KB of body beyond 16", per=1e6)
        yield from used_or_unpriced(context, ACL, row, factor=steps, notes=note)


def _body_limits(context: Context) -> Iterable[Any]:
    for body in as_list("associationConfig.requestBodies", context.get("associationConfig.requestBodies")):
        for service, settings in as_mapping("requestBodies", body).items():
            for each in [settings] if isinstance(settings, Mapping) else as_list(service, settings):
                yield as_mapping(service, each).get("defaultSizeInspectionLimit")


def _body_kb(limit: Any) -> float:
    """KB of the API's `KB_16` to `KB_64`."""
    if limit is None:
        return _INCLUDED_BODY_KB
    return as_number("defaultSizeInspectionLimit", limit.removeprefix("KB_") if isinstance(limit, str) else limit)


def _rules(context: Context) -> list[Mapping[str, Any]]:
    written = context.get("ruleJson")
    if written is None:
        return [as_mapping("rules", rule) for rule in context.items("rules")]
    try:
        rules: Any = json.loads(str(written))
    except ValueError:
        raise UndecidableError("ruleJson is no JSON") from None
    return [_camel_case(as_mapping("ruleJson", rule)) for rule in as_list("ruleJson", rules)]


def _camel_case(value: Any) -> Any:
    """The provider's own spelling of the API's JSON (`ManagedRuleGroupStatement`), as Pulumi inputs have it."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _camel_case(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    return value


def _paid_protection(context: Context, group: Mapping[str, Any]) -> Iterable[Item]:
    """AWS's managed groups that have a subscription and a price a request of their own, beside the group's."""
    name = group.get("name")
    scope = ("every request that no scope-down statement leaves out",)
    if name == _BOT_CONTROL:
        yield Charge(ACL, "Bot Control subscription", ONE)
        level = "targeted" if _inspection_level(group) == "TARGETED" else "common"
        field = _BOT_REQUESTS if _BOT_REQUESTS in context.usage else _REQUESTS.field
        yield from used_or_unpriced(context, ACL, Used(field, f"Bot Control {level} requests", per=1e6), notes=scope)
    elif name in _FRAUD_CONTROL:
        yield Charge(ACL, "Fraud Control subscription", ONE)
        yield from _attempts(context)
    elif name == _DDOS:
        yield Charge(ACL, "Anti-DDoS subscription", ONE)
        yield from used_or_unpriced(context, ACL, Used(_REQUESTS.field, "Anti-DDoS requests", per=1e6), notes=scope)


def _attempts(context: Context) -> Iterable[Item]:
    """Sign-in or sign-up attempts, at a price of the user's own: the public figures are a thousand times apart."""
    if context.prices.ladder(ACL, _ATTEMPTS.component, context.region):
        yield from used_or_unpriced(context, ACL, _ATTEMPTS, notes=("requests to the sign-in or sign-up path alone",))
    else:
        reason = "public figures differ: 1 USD a thousand attempts or a million; add the price of your bill with --prices"
        yield Unpriced(_ATTEMPTS.component, reason)


def _inspection_level(group: Mapping[str, Any]) -> str:
    written = group.get("managedRuleGroupConfigs")
    for configuration in [written] if isinstance(written, Mapping) else as_list("managedRuleGroupConfigs", written):
        rule_set = as_mapping("managedRuleGroupConfigs", configuration).get("awsManagedRulesBotControlRuleSet")
        if rule_set:
            return str(as_mapping("awsManagedRulesBotControlRuleSet", rule_set).get("inspectionLevel", "COMMON"))
    return "COMMON"


def web_acl_rule(context: Context) -> Iterable[Item]:
    """A rule that is declared beside its web ACL."""
    statement = as_mapping("statement", context.get("statement"))
    managed, own = "managedRuleGroupStatement" in statement, "ruleGroupReferenceStatement" in statement
    yield Charge(ACL, "managed rule group" if managed else "rule group" if own else "rule", ONE)
    if managed:
        yield from _paid_protection(context, as_mapping("managedRuleGroupStatement", statement["managedRuleGroupStatement"]))


def rule_group_association(context: Context) -> Iterable[Item]:
    """A rule group that is added to a web ACL by a resource of its own."""
    managed = as_mapping("managedRuleGroup", context.get("managedRuleGroup"))
    yield Charge(ACL, "managed rule group" if managed else "rule group", ONE)
    if managed:
        yield from _paid_protection(context, managed)


def classic_acl(context: Context) -> Iterable[Item]:
    """A WAF Classic web ACL: its rules and groups, and its requests."""
    kinds = [as_mapping("rules", rule).get("type", "REGULAR") for rule in context.items("rules")]
    groups = kinds.count("GROUP")
    for component, count in (("rule", len(kinds) - groups), ("rule group", groups)):
        if count:
            yield Charge("aws_waf_web_acl", component, constant(count))
    found = context.usage.get("rule_group_rules")
    if found is not None:
        yield Charge("aws_waf_web_acl", "rule", constant(found.value), source=found.source, label="rule, in groups")
    yield from used_or_unpriced(context, "aws_waf_web_acl", _REQUESTS)


def _classic(terraform_type: str) -> Meter:
    acl = Fixed("web ACL", 1)
    return Meter(terraform_type, fixed=(acl,), measure=classic_acl, extra_fields=("rule_group_rules", _REQUESTS.field), price_type="aws_waf_web_acl")


METERS = {
    "aws:wafv2/webAcl:WebAcl": Meter(ACL, measure=web_acl, extra_fields=FIELDS),
    "aws:wafv2/webAclRule:WebAclRule": Meter("aws_wafv2_web_acl_rule", measure=web_acl_rule, extra_fields=_PAID_FIELDS),
    "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation": Meter(
        "aws_wafv2_web_acl_rule_group_association", measure=rule_group_association, extra_fields=_PAID_FIELDS
    ),
    "aws:waf/webAcl:WebAcl": _classic("aws_waf_web_acl"),
    "aws:wafregional/webAcl:WebAcl": _classic("aws_wafregional_web_acl"),
}
