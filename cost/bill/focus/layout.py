"""How an export's cells are written: exact plain numbers, ISO times, tags as a JSON object, and no text that a spreadsheet would run.

Source: FOCUS 1.2, attributes Numeric Format, Date/Time Format and Key-Value Format. The apostrophe: docs/adr/0064.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from cost.bill.charge_table import MONEY, NUMBER, SCHEMA, TAGS, TEXT, TIME, Frame
from cost.bill.focus.versions import WRITTEN

RUNS_IN_A_SPREADSHEET: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
APOSTROPHE: Final = "'"
"""Stands before a text that begins with one of those or with an apostrophe; reading takes it away."""


def as_csv(charges: Frame, spellings: Mapping[str, str]) -> Frame:
    """The export's columns as text, in the specification's order; a null is an empty cell."""
    return charges.select(**{name: _csv_cell(charges, name, spellings) for name in WRITTEN})


def as_parquet(charges: Frame, spellings: Mapping[str, str]) -> Frame:
    """The export's columns with their types; Tags is a JSON object's text here too [KeyValueFormat-A-001]."""
    return charges.select(**{name: _json(charges[name], spellings) if name == "Tags" else charges[name] for name in WRITTEN})


def is_guarded(value: Any) -> Any:
    """Whether a csv cell of this text gets an apostrophe."""
    return value.substr(0, 1).isin([*RUNS_IN_A_SPREADSHEET, APOSTROPHE])


def unguarded(value: Any) -> Any:
    """The text as it was before its apostrophe."""
    return (value.substr(0, 1) == APOSTROPHE).ifelse(value.substr(1), value)


def spelled(tags: Any, spellings: Mapping[str, str]) -> Any:
    """The tags under the keys that people gave them: FOCUS keeps the original casing."""
    if not spellings:
        return tags
    names: Any = ibis.literal(dict(spellings), type=TAGS)
    return ibis.map(tags.keys().map(lambda key: ibis.coalesce(names.get(key), key)), tags.values())


def _json(tags: Any, spellings: Mapping[str, str]) -> Any:
    return spelled(tags, spellings).cast("json").cast("string")


def _csv_cell(charges: Frame, name: str, spellings: Mapping[str, str]) -> Any:
    value, kind = charges[name], SCHEMA[name]
    if kind == TEXT:
        return is_guarded(value).ifelse(APOSTROPHE + value, value)
    if kind == TAGS:
        return _json(value, spellings)
    if kind == TIME:
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == MONEY:
        return value.cast("string").re_replace(r"\.?0+$", "")
    return plain_number(value) if kind == NUMBER else value.cast("string")


def plain_number(value: Any) -> Any:
    """A double's shortest text that reads back the same, without an exponent: `1.2e-07` is `0.00000012`."""
    text = value.cast("string")
    minus = text.startswith("-").ifelse("-", "")
    digits = text.re_extract(r"^-?([0-9.]+)e", 1).replace(".", "")
    exponent = text.re_extract(r"e[+-]?([0-9]+)$", 1).nullif("").cast("int64")
    zero: Any = ibis.literal("0")
    small = minus + "0." + zero.repeat(ibis.greatest(exponent - 1, 0)) + digits
    large = minus + digits + zero.repeat(ibis.greatest(exponent - digits.length() + 1, 0))
    return ibis.cases((text.contains("e-"), small), (text.contains("e"), large), else_=text.re_replace(r"\.0$", ""))
