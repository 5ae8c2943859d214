"""FOCUS 1.0, 1.1 and 1.2 to the charge table: every FOCUS column typed, AWS's own used, Plinth's own taken back as they were written.

A column that a file lacks is a typed null, and `focus_notes` says what can't be computed without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import EXTENSION_COLUMNS, FOCUS_COLUMNS, SCHEMA, TAGS, ZERO, Frame
from cost.bill.focus.derive import derived
from cost.bill.focus.values import KINDS, tag_column, tags, typed
from cost.bill.focus.versions import LOST, NOT_WRITTEN, is_own, version_of
from cost.bill.fold import COVERED, NEGATION
from cost.bill.model import BillWarning
from cost.bill.services import OTHER_CATEGORY, OTHER_SUBCATEGORY
from cost.bill.tags import TagKey, tag_keys

OWN_PROVIDERS: Final = ("aws", "amazon web services", "amazon web services, inc.", "amazon")
DEFAULTS: Final = {
    "BillingAccountType": "Payer account",
    "ChargeFrequency": "Usage-Based",
    "InvoiceIssuerName": "Amazon Web Services",
    "ProviderName": "AWS",
    "PublisherName": "Amazon Web Services",
    "ServiceCategory": OTHER_CATEGORY,
    "ServiceName": "unknown",
    "ServiceSubcategory": OTHER_SUBCATEGORY,
    "SubAccountType": "Linked account",
}
"""What stands in a column of the charge table that may not be null where an older FOCUS, or AWS's export, leaves it so."""


def focus_tag_keys(keys: Iterable[str]) -> tuple[TagKey, ...]:
    """The bill's tag keys of the keys that its files' key-value columns hold (cost.bill.focus.values.tag_keys_in)."""
    return tag_keys({tag_column(key) for key in keys})


def is_other_provider(staged: Frame) -> Any:
    """Whether the row is another provider's than AWS: its money is kept apart. A row that names none is AWS's."""
    if "ProviderName" not in staged.columns:
        return ibis.literal(False)
    provider = typed(staged, staged.columns, "ProviderName")
    return (provider.notnull() & ~provider.strip().lower().isin(OWN_PROVIDERS)).fill_null(False)


def focus_charges(staged: Frame, columns: Sequence[str], keys: Sequence[TagKey], file: str, *, text: bool) -> Frame:
    """The charge table (cost.bill.charge_table.SCHEMA) of a staged file, whose columns are named as in the file; `columns` are those.

    `text` says that the file is csv: an own export's texts then lose the apostrophe that guards them. Values that `unreadable` names
    must have been refused before. A negation that an own export left out is made again from the row that it covered.
    """
    own = is_own(columns)
    values = {name: typed(staged, columns, name, guarded=text and own) for name in KINDS if name != "Tags" and name not in NOT_WRITTEN}
    values |= {name: ibis.coalesce(values[name], value) for name, value in DEFAULTS.items()}
    rows = staged.select(**values, Tags=tags(staged, columns, keys))
    extensions = _own(rows) if own else derived(rows)
    extensions |= {"x_file": ibis.literal(file), "x_hours": _hours(rows)}
    charges = _as_charges(rows, extensions)
    return charges.union(_folded(charges)) if own else charges


def _hours(rows: Frame) -> Any:
    """Which hour of the day a charge of one hour is, as a bit."""
    start, end = rows["ChargePeriodStart"], rows["ChargePeriodEnd"]
    an_hour = (end - ibis.interval(hours=1)) == start
    return an_hour.ifelse(ibis.literal(1, type="int64") << start.hour().cast("int64"), ibis.null("int64"))


def _own(rows: Frame) -> dict[str, Any]:
    names = [column.name for column in EXTENSION_COLUMNS if column.name not in NOT_WRITTEN]
    return {name: rows[name] for name in names} | {"x_folded": ibis.literal(False)}


def _as_charges(rows: Frame, extensions: dict[str, Any]) -> Frame:
    focus = {column.name: rows[column.name] for column in FOCUS_COLUMNS} | _unnamed(rows)
    values = focus | extensions
    return rows.select(**{name: (values[name].cast(kind) if name in values else ibis.null(kind)) for name, kind in SCHEMA.items()})


def _unnamed(rows: Frame) -> dict[str, Any]:
    """An id that stands as a name is no name: an export writes it where the bill has none."""
    pairs = {"BillingAccountName": "BillingAccountId", "SubAccountName": "SubAccountId"}
    return {name: (rows[name] == rows[identity]).ifelse(ibis.null("string"), rows[name]) for name, identity in pairs.items()}


def _folded(charges: Frame) -> Frame:
    """The negations of covered rows that bill nothing: AWS's name no resource and carry no tags, and they count as no line."""
    covered = charges.filter(
        (charges["x_line_item_type"] == COVERED) & (charges["BilledCost"] == ZERO),
        (charges["x_net_unblended_cost"] != ZERO) | (charges["x_unblended_cost"] != ZERO),
    )
    nothing = (
        "BilledCost",
        "ContractedCost",
        "EffectiveCost",
        "ListCost",
        "PricingCurrencyEffectiveCost",
        "x_amortized_cost",
        "x_net_amortized_cost",
        "x_public_on_demand_cost",
    )
    unknown = (
        "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice",
        "ListUnitPrice", "PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice", "ResourceId", "ResourceName",
        "ResourceType", "x_line_item_id", "x_time_interval",
    )  # fmt: skip
    return covered.mutate(
        **dict.fromkeys(nothing, ZERO),
        **{name: ibis.null(SCHEMA[name]) for name in unknown},
        **{name: (-charges[name]).cast(SCHEMA[name]) for name in ("x_unblended_cost", "x_net_unblended_cost", "x_blended_cost")},
        Tags=ibis.literal({}, type=TAGS),
        x_line_item_type=ibis.literal(NEGATION),
        x_folded=ibis.literal(True),
        x_lines=ibis.literal(0, type="int64"),
    ).select(charges.columns)


def focus_notes(columns: Collection[str]) -> tuple[BillWarning, ...]:
    """What can't be computed from a file with these columns, and what another column stands in for."""
    notes = []
    if not is_own(columns):
        notes += [
            BillWarning(
                code="gross_amortized_unknown", message="FOCUS holds one amortized cost: EffectiveCost, net of discounts at AWS, stands in for the gross one"
            ),
            BillWarning(
                code="unblended_unknown", message="FOCUS holds no unblended cost: BilledCost stands in for it; trueup and upfront fees are derived from it"
            ),
            BillWarning(
                code="line_item_type_derived",
                message="FOCUS holds no line item type: it is derived from the charge's category, class, frequency and commitment",
            ),
        ]
    if "x_ServiceCode" not in columns and not is_own(columns):
        notes.append(BillWarning(code="missing_column", message="no x_ServiceCode: service codes are derived from the services' names"))
    if not {"x_UsageType", "SkuMeter", "x_usage_type"} & set(columns):
        notes.append(BillWarning(code="missing_column", message="no x_UsageType and no SkuMeter: usage types, instance types and data transfer are unknown"))
    lost: dict[str, list[str]] = defaultdict(list)
    for name, what in LOST.items():
        if name not in columns and not (name == "InvoiceId" and version_of(columns) != "1.2"):
            lost[what].append(name)
    if "InvoiceId" not in columns and version_of(columns) != "1.2":
        notes.append(BillWarning(code="missing_column", message=f"FOCUS {version_of(columns)} has no InvoiceId: {LOST['InvoiceId']}"))
    notes += [BillWarning(code="missing_column", message=f"no {', '.join(names)}: {what}") for what, names in lost.items()]
    unread = sorted(set(columns) - set(KINDS) | ({"x_Discounts"} & set(columns)))
    if unread:
        notes.append(BillWarning(code="column_not_read", message=f"{', '.join(unread[:20])}{' …' if len(unread) > 20 else ''}: nothing is made of it"))
    return tuple(notes)
