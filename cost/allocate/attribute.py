"""Whose a charge is: its own tag, else a stack's, else the first rule's; as columns over the charge table.

For each dimension a value column; for each tag also a column that says which rule gave the value (the empty text: none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import ibis

from cost.allocate.dimensions import Dimension
from cost.allocate.patterns import matches
from cost.allocate.rules import AttributionRule, Match
from cost.allocate.stacks import AWS_ID, KnownResource
from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.bill.groups import SHARED, UNTAGGED, quoted, tag_key, taggable
from cost.bill.tags import TagKey

KNOWN_TABLE: Final = "allocation_known"
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


def sets(rule: AttributionRule, keys: Sequence[TagKey]) -> dict[str, str]:
    """What a rule sets, by the bill's tag keys."""
    return {tag_key(key, keys): value for key, value in rule.set.items()}


def with_known(engine: Engine, charges: Frame, known: Sequence[KnownResource], dims: Sequence[Dimension]) -> tuple[Frame, bool]:
    """The charges with the columns `known_stack` and `known_<i>` of each tag; joined by resource id, and by the AWS id at an ARN's end."""
    wanted = [index for index, dim in enumerate(dims) if dim.key]
    rows = [[each.id, each.stack, *(each.tags.get(dims[index].key or "", "") for index in wanted)] for each in known]
    rows = [row for row in rows if any(row[2:])]
    if not rows:
        return charges, False
    names = ["known_id", "known_stack", *(f"known_{index}" for index in wanted)]
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
    """The charges with what is known of their resource; the whole id counts before the AWS id in it. `known` has each id once."""
    charges = charges.mutate(bare_id=charges["ResourceId"].fill_null("").re_extract(f"^arn:.*[/:]({AWS_ID})$", 1))
    bare = known.rename({f"bare_{name}": name for name in names})
    table = charges.left_join(known, charges["ResourceId"] == known["known_id"])
    table = table.left_join(bare, table["bare_id"] == bare["bare_known_id"])
    found = {name: ibis.coalesce(table[name], table[f"bare_{name}"]) for name in names[1:]}
    return table.select(*charges.columns, **found)


def with_values(table: Frame, dims: Sequence[Dimension], rules: Sequence[AttributionRule], keys: Sequence[TagKey], *, known: bool) -> Frame:
    """The table with a value column a dimension, and a rule column a tag."""
    columns: dict[str, Any] = {}
    conditions = [matching(table, rule.match, keys) for rule in rules]
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
