"""WAF meters: web ACLs by their rules and groups, requests, Bot Control and Fraud Control (AWS WAF pricing)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from cost.estimate.meters.base import (
    Charge,
    Context,
    Fixed,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_list,
    as_mapping,
    constant,
    usage_assumption,
)
from cost.estimate.meters.stated import stated
from cost.estimate.model import ONE
from plinth.stack import Resource

ACL = "aws_wafv2_web_acl"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"
_BOT_CONTROL = "AWSManagedRulesBotControlRuleSet"
_FRAUD_CONTROL = ("AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet")
_DDOS = "AWSManagedRulesAntiDDoSRuleSet"
_REQUESTS = Used("monthly_requests", "requests", per=1e6)
_BOT_REQUESTS = "monthly_bot_control_requests"
_ATTEMPTS = Used("monthly_fraud_control_attempts", "Fraud Control attempts analysed", per=1e3)
_IGNORED = "managed_rule_group_rules"
"""Infracost's field, which it bills a rule each; AWS bills a managed group as one, so it changes nothing here."""
FIELDS = ("rule_group_rules", _IGNORED, _REQUESTS.field, _BOT_REQUESTS, _ATTEMPTS.field)


def web_acl(context: Context) -> Iterable[Item]:
    """A web ACL, each rule and group in it, and its requests. A managed group is billed as one; a group of one's own, as itself and its rules."""
    yield Charge(ACL, "web ACL", ONE)
    if _IGNORED in context.usage:
        context.warnings.append(f"{context.resource.name}: {_IGNORED} is not billed: AWS bills a managed rule group as one")
    statements = [as_mapping("statement", rule.get("statement")) for rule in _rules(context)]
    managed = [group for statement in statements if (group := as_mapping("managedRuleGroupStatement", statement.get("managedRuleGroupStatement")))]
    own = [statement for statement in statements if "ruleGroupReferenceStatement" in statement]
    yield from _counted("managed rule group", len(managed))
    yield from _counted("rule group", len(own))
    yield from _counted("rule", len(statements) - len(managed) - len(own), "in the ACL itself")
    yield from _group_rules(context, len(own))
    yield from stated(context, ACL, _REQUESTS)
    for group in managed:
        yield from _paid_protection(context, group)


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


def _counted(component: str, count: int, *notes: str) -> Iterable[Charge]:
    if count:
        yield Charge(ACL, component, constant(count), assumptions=notes)


def _group_rules(context: Context, groups: int) -> Iterable[Item]:
    """The rules within one's own groups: from the usage file, else from the stack's groups where all of them are in it."""
    found = context.usage.get("rule_group_rules")
    if found is not None:
        yield Charge(
            ACL, "rule", constant(found.value), source=found.source, assumptions=(usage_assumption("rule_group_rules", found),), label="rule, in groups"
        )
        return
    if not groups:
        return
    seen = [group for urn in context.resource.property_dependencies.get("rules", ()) if (group := context.stack.by_urn.get(urn)) and group.type == RULE_GROUP]
    counts = [_rule_count(group) for group in seen]
    if len(seen) != groups or None in counts:
        yield Unpriced("rule, in groups", "the rules of its groups are not in this stack: state rule_group_rules in a usage file")
        return
    rules = sum(count for count in counts if count is not None)
    yield Charge(ACL, "rule", constant(rules), assumptions=(f"the rules of {groups} groups",), label="rule, in groups")


def _rule_count(group: Resource) -> int | None:
    rules = group.input("rules")
    return len(cast("list[Any]", rules.value)) if rules.known and isinstance(rules.value, list) else None


def _paid_protection(context: Context, group: Mapping[str, Any]) -> Iterable[Item]:
    """AWS's managed groups that have a price of their own beside the group's."""
    name = group.get("name")
    if name == _BOT_CONTROL:
        yield Charge(ACL, "Bot Control subscription", ONE)
        level = "targeted" if _inspection_level(group) == "TARGETED" else "common"
        field = _BOT_REQUESTS if _BOT_REQUESTS in context.usage else _REQUESTS.field
        yield from stated(context, ACL, Used(field, f"Bot Control {level} requests", per=1e6), notes=("every request that no scope-down leaves out",))
    elif name in _FRAUD_CONTROL:
        yield Charge(ACL, "Fraud Control subscription", ONE)
        yield from stated(context, ACL, _ATTEMPTS)
    elif name == _DDOS:
        yield Unpriced("Anti-DDoS protection", "the price book has no price for the Anti-DDoS managed group; add one with --prices")


def _inspection_level(group: Mapping[str, Any]) -> str:
    for configuration in as_list("managedRuleGroupConfigs", group.get("managedRuleGroupConfigs")):
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
    if own:
        yield Unpriced("rule, in groups", "the rules of the group are not counted here: state rule_group_rules for its web ACL")


def rule_group_association(context: Context) -> Iterable[Item]:
    """A rule group that is added to a web ACL by a resource of its own."""
    managed = as_mapping("managedRuleGroup", context.get("managedRuleGroup"))
    yield Charge(ACL, "managed rule group" if managed else "rule group", ONE)
    if managed:
        yield from _paid_protection(context, managed)
    else:
        yield Unpriced("rule, in groups", "the rules of the group are not counted here: state rule_group_rules for its web ACL")


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
    yield from stated(context, "aws_waf_web_acl", _REQUESTS)


def _classic(terraform_type: str) -> Meter:
    acl = Fixed("web ACL", 1)
    return Meter(terraform_type, fixed=(acl,), measure=classic_acl, extra_fields=("rule_group_rules", _REQUESTS.field), price_type="aws_waf_web_acl")


METERS = {
    "aws:wafv2/webAcl:WebAcl": Meter(ACL, measure=web_acl, extra_fields=FIELDS),
    "aws:wafv2/webAclRule:WebAclRule": Meter("aws_wafv2_web_acl_rule", measure=web_acl_rule, extra_fields=(_REQUESTS.field, _BOT_REQUESTS, _ATTEMPTS.field)),
    "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation": Meter(
        "aws_wafv2_web_acl_rule_group_association", measure=rule_group_association, extra_fields=(_REQUESTS.field, _BOT_REQUESTS, _ATTEMPTS.field)
    ),
    "aws:waf/webAcl:WebAcl": _classic("aws_waf_web_acl"),
    "aws:wafregional/webAcl:WebAcl": _classic("aws_wafregional_web_acl"),
}
