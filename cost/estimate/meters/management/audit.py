"""Audit meters: CloudTrail trails and event data stores, AWS Config recorders, rules and conformance packs."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Free, Item, Meter, Unpriced, Used, as_list, as_mapping, used_charge
from cost.estimate.model import QuantitySource

EXTENDABLE = "EXTENDABLE_RETENTION_PRICING"
"""The default billing mode. Source: CloudTrail user guide, managing CloudTrail Lake costs, event data store pricing options."""
SEVEN_YEARS = "FIXED_RETENTION_PRICING"
_INGESTED = {EXTENDABLE: "one-year ingestion, CloudTrail events", SEVEN_YEARS: "seven-year ingestion"}
_OTHER = {EXTENDABLE: "one-year ingestion, other events", SEVEN_YEARS: "seven-year ingestion"}
_RECORDED = {"CONTINUOUS": "configuration items (continuous recording)", "DAILY": "configuration items (periodic recording)"}

COPIES = Used("monthly_additional_management_events", "management events (second and later copies)", 100_000)
TRAIL_ROWS = (
    (COPIES, "Copies"),
    (Used("monthly_data_events", "data events", 100_000), "Data"),
    (Used("monthly_network_activity_events", "network activity events", 100_000), "NetworkActivity"),
    (Used("monthly_insight_events", "insight events analysed", 100_000), "Insight"),
)
EVALUATED = (Used("monthly_rule_evaluations", "rule evaluations"),)


def trail(context: Context) -> Iterable[Item]:
    """A first trail's management events are free; further copies, and the data, network and Insights events that it records, cost by the event."""
    recorded = _recorded(context)
    charges = [
        charge for row, category in TRAIL_ROWS if category in recorded or _stated(context, row.field) for charge in used_charge(context, "aws_cloudtrail", row)
    ]
    yield from charges
    if "Management" in recorded and _is_second(context) and COPIES.field not in context.usage:
        yield Unpriced(COPIES.component, f"another trail of this stack has the free copy; state {COPIES.field} in a usage file")
    elif not charges:
        yield Free("the first copy of management events is free, and this trail records no other events")


def _stated(context: Context, field: str) -> bool:
    found = context.usage.get(field)
    return found is not None and found.source is not QuantitySource.PRESET


def _recorded(context: Context) -> set[str]:
    """The categories of events that a trail's selectors name. Source: CloudTrail user guide, advanced event selector fields, eventCategory."""
    basic = [as_mapping("eventSelectors", selector) for selector in context.items("eventSelectors")]
    advanced = [as_mapping("advancedEventSelectors", selector) for selector in context.items("advancedEventSelectors")]
    recorded = {"Insight"} if context.items("insightSelectors") else set[str]()
    if any(selector.get("dataResources") for selector in basic):
        recorded.add("Data")
    if (not basic and not advanced) or any(selector.get("includeManagementEvents", True) for selector in basic):
        recorded.add("Management")
    for selector in advanced:
        fields = [as_mapping("fieldSelectors", item) for item in as_list("fieldSelectors", selector.get("fieldSelectors"))]
        recorded |= {str(value) for item in fields if item.get("field") == "eventCategory" for value in as_list("equals", item.get("equals"))}
    return recorded


def _is_second(context: Context) -> bool:
    trails = [other for other in context.stack.of_type(context.resource.type) if context.references.region(other) == context.region]
    return bool(trails) and trails[0].urn != context.resource.urn


def event_data_store(context: Context) -> Iterable[Item]:
    """What a CloudTrail Lake store takes in unless it is suspended, keeps past its first year, and scans; seven-year pricing includes the keeping."""
    mode = context.text("billingMode", EXTENDABLE)
    price_type = "aws_cloudtrail_event_data_store"
    if str(context.get("suspend", "false")).lower() != "true":
        yield from used_charge(context, price_type, Used("monthly_data_ingested_gb", _INGESTED.get(mode, mode)))
        yield from used_charge(context, price_type, Used("monthly_other_data_ingested_gb", _OTHER.get(mode, mode)))
    if mode == EXTENDABLE:
        yield from used_charge(context, price_type, Used("extended_storage_gb", "extended retention (after the first year)"))
    yield from used_charge(context, price_type, Used("monthly_data_scanned_gb", "data scanned by queries"))


def recorder(context: Context) -> Iterable[Item]:
    """Configuration items at the recorder's frequency. `monthly_periodic_config_items`: those of types that a mode override records daily."""
    mode = as_mapping("recordingMode", context.get("recordingMode"))
    frequency = str(mode.get("recordingFrequency", "CONTINUOUS"))
    price_type = "aws_config_configuration_recorder"
    yield from used_charge(context, price_type, Used("monthly_config_items", _RECORDED.get(frequency, frequency)))
    yield from used_charge(context, price_type, Used("monthly_periodic_config_items", _RECORDED["DAILY"]))
    yield from used_charge(context, price_type, Used("monthly_custom_config_items", "custom configuration items"))


def _rule(terraform_type: str) -> Meter:
    return Meter(terraform_type, used=EVALUATED, price_type="aws_config_config_rule")


LAKE_FIELDS = ("monthly_data_ingested_gb", "monthly_other_data_ingested_gb", "extended_storage_gb", "monthly_data_scanned_gb")
RECORDER_FIELDS = ("monthly_config_items", "monthly_periodic_config_items", "monthly_custom_config_items")
PACK_EVALUATED = (Used("monthly_rule_evaluations", "conformance pack evaluations"),)

METERS = {
    "aws:cloudtrail/trail:Trail": Meter("aws_cloudtrail", measure=trail, extra_fields=tuple(row.field for row, _ in TRAIL_ROWS)),
    "aws:cloudtrail/eventDataStore:EventDataStore": Meter("aws_cloudtrail_event_data_store", measure=event_data_store, extra_fields=LAKE_FIELDS),
    "aws:cfg/recorder:Recorder": Meter("aws_config_configuration_recorder", measure=recorder, extra_fields=RECORDER_FIELDS),
    "aws:cfg/rule:Rule": _rule("aws_config_config_rule"),
    "aws:cfg/organizationManagedRule:OrganizationManagedRule": _rule("aws_config_organization_managed_rule"),
    "aws:cfg/organizationCustomRule:OrganizationCustomRule": _rule("aws_config_organization_custom_rule"),
    "aws:cfg/organizationCustomPolicyRule:OrganizationCustomPolicyRule": _rule("aws_config_organization_custom_policy_rule"),
    "aws:cfg/conformancePack:ConformancePack": Meter("aws_config_conformance_pack", used=PACK_EVALUATED),
    "aws:cfg/organizationConformancePack:OrganizationConformancePack": Meter(
        "aws_config_organization_conformance_pack", used=PACK_EVALUATED, price_type="aws_config_conformance_pack"
    ),
}
