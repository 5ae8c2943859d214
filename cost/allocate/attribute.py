"""Whose a charge is: its own tag, else a stack's, else the first rule's; as columns over the charge table.

For each dimension a value column; for each tag also a column that says which rule gave the value (the empty text: none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import ibis

from cost.allocate.dimensions import Dimension
from cost.allocate.patterns import matches
from cost.allocate.rules import AttributionRule, Match, Reviewed, last_day
from cost.allocate.stacks import AWS_ID, ID_SERVICES, KnownResource
from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.bill.groups import SHARED, UNTAGGED, quoted, tag_key, taggable
from cost.bill.tags import TagKey

KNOWN_TABLE: Final = "allocation_known"
KEYED: Final = ("known_id", "known_account", "known_region")
"""What a known resource is told by; the stack and the tags follow."""
ARN_OF_ID: Final = f"^arn:[^:]*:(?:{'|'.join(ID_SERVICES)}):([^:]*):([^:]*):.*[/:]({AWS_ID})$"
"""An ARN that ends in an id that AWS made: its Region, its account and the id."""
CHUNK: Final = 1_000
"""Known resources in one statement: Athena reads at most 256 KiB of SQL."""
SEPARATOR: Final = "\x1f"
SERVICE_COLUMNS: Final = ("ServiceName", "x_service_code", "x_product_code")
MATCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "resource": ("ResourceId",),
    "service": SERVICE_COLUMNS,
    "usage_type": ("x_usage_type",),
    "region": ("RegionId",),
    "charge_category": ("ChargeCategory",),
    "line_item_type": ("x_line_item_type",),
}
"""A field of a rule's match, and the columns of which one must match."""


def value_column(index: int) -> str:
    """The column of a dimension's value."""
    return f"value_{index}"


def rule_column(index: int) -> str:
    """The column that says which rule gave a tag its value."""
    return f"rule_{index}"


def selected(charges: Frame, fields: Mapping[str, Any]) -> Any:
    """Whether a charge matches every given field. The account is the one that used it, or the payer where the bill names no other."""
    conditions = [
        ibis.or_(*(matches(charges[column], patterns) for column in MATCHED[name])) for name, patterns in fields.items() if name in MATCHED and patterns
    ]
    if fields.get("account"):
        conditions.append(matches(Dimension("account").value(charges), fields["account"]))
    return ibis.and_(*conditions) if conditions else ibis.literal(True)


def matching(charges: Frame, match: Match, keys: Sequence[TagKey]) -> Any:
    """Whether a rule matches a charge: only usage that could carry a tag, unless the rule says which charges it means."""
    condition = selected(charges, match.model_dump(exclude_none=True, exclude={"tags"}))
    for key, patterns in (match.tags or {}).items():
        condition = condition & matches(charges["Tags"].get(tag_key(key, keys)), patterns)
    return condition if match.charge_category or match.line_item_type else condition & taggable(charges)


def holds(charges: Frame, each: Reviewed) -> Any:
    """Whether a charge's billing period is one in which the rule or split holds."""
    end = last_day(each.expires)
    return ibis.literal(True) if end is None else charges["BillingPeriodStart"].date() <= ibis.literal(end)


def applies(charges: Frame, rule: AttributionRule, keys: Sequence[TagKey]) -> Any:
    """Whether a rule matches a charge, in a month in which it holds."""
    return matching(charges, rule.match, keys) & holds(charges, rule)


def sets(rule: AttributionRule, keys: Sequence[TagKey]) -> dict[str, str]:
    """What a rule sets, by the bill's tag keys."""
    return {tag_key(key, keys): value for key, value in rule.set.items()}


def with_known(engine: Engine, charges: Frame, known: Sequence[KnownResource], dims: Sequence[Dimension]) -> tuple[Frame, bool]:
    """The charges with the columns `known_stack` and `known_<i>` of each tag; joined by resource id, and by the AWS id at an ARN's end."""
    wanted = [index for index, dim in enumerate(dims) if dim.key]
    rows = [[each.id, each.account, each.region, each.stack, *(each.tags.get(dims[index].key or "", "") for index in wanted)] for each in known]
    rows = [row for row in rows if any(row[len(KEYED) + 1 :])]
    if not rows:
        return charges, False
    names = [*KEYED, "known_stack", *(f"known_{index}" for index in wanted)]
    schema = ibis.schema(dict.fromkeys(names, "string"))
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    stored = [engine.store(KNOWN_TABLE, schema, literal_table(names, chunk)) for chunk in chunks]
    return joined(charges, stored[-1], names), True


def literal_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Frame:
    """A small table of texts as an expression that every backend reads: one array of texts, unnested and split."""
    lines = [SEPARATOR.join(cell.replace(SEPARATOR, "") for cell in row) for row in rows]
    entries: Any = ibis.literal(lines, type="array<string>")
    table = entries.name("entry").as_table()
    table = table.select(entry=table["entry"].unnest())
    return table.select(**{name: table["entry"].split(SEPARATOR)[place] for place, name in enumerate(names)})


def joined(charges: Frame, known: Frame, names: Sequence[str]) -> Frame:
    """The charges with what is known of their resource; the whole id counts before the AWS id in it. `known` has each id once.

    The id in an ARN counts where the ARN's account and Region are not others than those that are known.
    """
    arn = charges["ResourceId"].fill_null("")
    charges = charges.mutate(bare_id=arn.re_extract(ARN_OF_ID, 3))
    bare = known.rename({f"bare_{name}": name for name in names})
    table = charges.left_join(known, charges["ResourceId"] == known["known_id"])
    table = table.left_join(bare, table["bare_id"] == bare["bare_known_id"])
    arn = table["ResourceId"].fill_null("")
    agrees = _agrees(arn.re_extract(ARN_OF_ID, 1), table["bare_known_region"]) & _agrees(arn.re_extract(ARN_OF_ID, 2), table["bare_known_account"])
    bare_counts = table["bare_known_id"].notnull() & agrees
    found = {name: ibis.coalesce(table[name], bare_counts.ifelse(table[f"bare_{name}"], ibis.null("string"))) for name in names if name not in KEYED}
    return table.select(*charges.columns, **found)


def _agrees(one: Any, other: Any) -> Any:
    """Whether two texts are alike, or one of them says nothing."""
    return (one == "") | (other.fill_null("") == "") | (one == other)


def with_values(table: Frame, dims: Sequence[Dimension], rules: Sequence[AttributionRule], keys: Sequence[TagKey], *, known: bool) -> Frame:
    """The table with a value column a dimension, and a rule column a tag."""
    columns: dict[str, Any] = {}
    conditions = [applies(table, rule, keys) for rule in rules]
    for index, dim in enumerate(dims):
        if dim.key is None:
            columns[value_column(index)] = dim.value(table)
            continue
        own = table["Tags"].get(dim.key).fill_null("")
        given = list(_given(table, index, dim.key, rules, conditions, keys, known=known))
        values = [(condition, value) for condition, value, _ in given]
        columns[value_column(index)] = ibis.cases((own != "", quoted(own)), *values, (taggable(table), UNTAGGED), else_=SHARED)
        columns[rule_column(index)] = ibis.cases((own != "", ""), *((condition, name) for condition, _, name in given), else_="")
    return table.mutate(**columns)


def _given(
    table: Frame, index: int, key: str, rules: Sequence[AttributionRule], conditions: Sequence[Any], keys: Sequence[TagKey], *, known: bool
) -> Iterator[tuple[Any, Any, Any]]:
    """What can give a tag its value, in order: condition, value, name."""
    if known:
        value = table[f"known_{index}"].fill_null("")
        yield (value != "") & taggable(table), quoted(value), table["known_stack"]
    for rule, condition in zip(rules, conditions, strict=True):
        value = sets(rule, keys).get(key)
        if value is not None:
            yield condition, quoted(ibis.literal(value)), rule.name


def lacking(table: Frame, rule: AttributionRule, dims: Sequence[Dimension], keys: Sequence[TagKey]) -> Any:
    """Whether a charge lacks a tag that the rule would give it."""
    given = sets(rule, keys)
    return ibis.or_(*(table["Tags"].get(dim.key).fill_null("") == "" for dim in dims if dim.key in given))
