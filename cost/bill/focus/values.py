"""A FOCUS file's cells as typed values: text of csv or parquet's own types, and which of them can't be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import COLUMNS, COUNT, MONEY, NUMBER, TAGS, TEXT, TIME, Frame
from cost.bill.focus.layout import unguarded
from cost.bill.focus.versions import AWS_COLUMNS, essential_of
from cost.bill.merge_sql import ACCOUNT_DIGITS, EARLIEST, LATEST
from cost.bill.tags import TagKey

ACCOUNT_IDS: Final = ("BillingAccountId", "SubAccountId")
TAG_COLUMNS: Final = {"Tags": "", "x_CostCategories": "cost_category:"}
"""The key-value columns, and what a key of each starts with in the charge table."""
KINDS: Final[dict[str, Any]] = {column.name: column.type for column in COLUMNS} | dict.fromkeys(AWS_COLUMNS, TEXT) | {"x_CostCategories": TAGS}
"""The type of every column that is read."""

_COST_CATEGORY: Final = TAG_COLUMNS["x_CostCategories"]


def typed(staged: Frame, columns: Collection[str], name: str, *, guarded: bool = False) -> Any:
    """The column's values with the charge table's type; a column that the file lacks is a typed null. `guarded`: as our csv writes texts."""
    kind = KINDS[name]
    if name not in columns:
        return ibis.null(kind)
    if kind == TAGS:
        return key_values(staged[name])
    value = known(staged[name])
    if kind == TEXT:
        text = _with_zeros(value) if name in ACCOUNT_IDS and value.type().is_numeric() else value.cast("string")
        return unguarded(text) if guarded else text
    return _time_text(value).cast(TIME) if kind == TIME and value.type().is_string() else value.cast(kind)


def _with_zeros(account: Any) -> Any:
    """An account id that a tool made a whole number: its leading zeros are put back; a longer number, of another provider, is left as it is."""
    digits = account.cast("string")
    return (digits.length() < ACCOUNT_DIGITS).ifelse(digits.lpad(ACCOUNT_DIGITS, "0"), digits)


def known(value: Any) -> Any:
    """The value, null where it is the empty text or the literal text NULL."""
    return value.nullif("").nullif("NULL") if value.type().is_string() else value


def key_values(value: Any) -> Any:
    """A key-value column as a map of texts: a JSON object's text, or parquet's map; null where it is neither."""
    if value.type().is_string():
        return known(value).try_cast("json").try_cast(TAGS)
    return value.cast(TAGS) if value.type().is_map() else ibis.null(TAGS)


def _time_text(value: Any) -> Any:
    return value.re_replace(r"(Z| UTC)$", "")


def unreadable(staged: Frame, columns: Sequence[str]) -> dict[str, Any]:
    """Per column of the file that can hold such a value: whether the row's can't be read, or is missing where FOCUS, or our own export, forbids it.

    Each column's own type tells what can go wrong: a parquet file may hold text, too.
    """
    found = {name: check for name in columns if name in KINDS and (check := _unreadable(staged[name], KINDS[name])) is not None}
    for name in essential_of(columns):
        if name in columns:
            missing = known(staged[name]).isnull()
            found[name] = found[name] | missing if name in found else missing
    return {name: check.fill_null(False) for name, check in found.items()}


def _unreadable(value: Any, kind: Any) -> Any:
    if kind == TAGS:
        return _unreadable_tags(value)
    present = known(value)
    if not value.type().is_string():
        return (present.isnan() | present.isinf()) if value.type().is_floating() else None
    if kind == TEXT:
        return value.contains("\0")
    if kind == TIME:
        time = _time_text(present).try_cast(TIME)
        bad = time.isnull() | (time < EARLIEST) | (time > LATEST) | present.re_search(r"[+-]\d\d:?\d\d$")
    elif kind == MONEY:
        bad = present.try_cast(MONEY).isnull() | present.contains("_")
    else:
        number = present.try_cast(COUNT if kind == COUNT else NUMBER)
        bad = number.isnull() | present.contains("_")
        if kind == NUMBER:
            bad = bad | number.isnan() | number.isinf()
    return present.notnull() & bad


def _unreadable_tags(value: Any) -> Any:
    """No JSON object, no map, or one tag given twice: `user:Team` and `Team` are the same."""
    read = key_values(value)
    names = read.keys().map(lambda key: key.re_replace("^user:", ""))
    given = known(value).notnull() if value.type().is_string() else value.notnull()
    return given & (read.isnull() | (names.unique().length() != names.length()))


def tag_keys_in(staged: Frame, columns: Collection[str]) -> Frame:
    """The keys of the file's key-value columns, each once, in the column `key`; a cost category's begins with `cost_category:`."""
    found = [
        staged.select(key=key_values(staged[name]).keys().unnest()).mutate(key=lambda keys, start=start: ibis.literal(start) + keys["key"])
        for name, start in TAG_COLUMNS.items()
        if name in columns
    ]
    return ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct() if found else staged.limit(0).select(key=ibis.null("string"))


def tag_column(key: str) -> str:
    """A FOCUS tag's key as the legacy report's column, for cost.bill.tags.tag_keys: `Team` and `user:Team` are `resourceTags/user:Team`."""
    if key.startswith(_COST_CATEGORY):
        return f"costCategory/{key.removeprefix(_COST_CATEGORY)}"
    return f"resourceTags/{key}" if key.startswith("aws:") else f"resourceTags/user:{key.removeprefix('user:')}"


def tags(staged: Frame, columns: Collection[str], keys: Sequence[TagKey]) -> Any:
    """The row's tags under the bill's keys, cost categories among them; a value that is null, empty or the text NULL is no tag."""
    names = {column: tag.key for tag in keys for column in tag.columns}
    found = [_renamed(key_values(staged[name]), start, names) for name, start in TAG_COLUMNS.items() if name in columns]
    if not found or not names:
        return ibis.literal({}, type=TAGS)
    return found[0] + found[1] if len(found) > 1 else found[0]


def _renamed(read: Any, start: str, names: dict[str, str]) -> Any:
    table: Any = ibis.literal(names, type=TAGS)
    plain = read.keys().filter(lambda key: ~read.get(key).fill_null("").isin(["", "NULL"]))
    if start:
        target = plain.map(lambda key: table.get(ibis.literal("costCategory/") + key))
    else:
        target = plain.map(
            lambda key: table.get(
                ibis.cases(
                    (key.startswith(_COST_CATEGORY), ibis.literal("costCategory/") + key.re_replace(f"^{_COST_CATEGORY}", "")),
                    (key.startswith("aws:"), ibis.literal("resourceTags/") + key),
                    else_=ibis.literal("resourceTags/user:") + key.re_replace("^user:", ""),
                )
            )
        )
    return ibis.map(target, plain.map(lambda key: read.get(key))).fill_null(ibis.literal({}, type=TAGS))
