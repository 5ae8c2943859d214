"""The checks of one entry of a reviewed YAML file: each gives a usable value, and notes with line, key and fix what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plinth.errors import nearest
from plinth.strict_yaml import Document, Location, dotted


def entries_of(document: Document, key: str, *, most: int, fix: str, required: bool = False) -> Iterator[tuple[Location, Any]]:
    """The entries of a list at the file's top, each with its place."""
    entries = (document.value or {}).get(key)
    if entries is None and not required:
        return
    if not isinstance(entries, list) or (required and not entries):
        document.problem((key,), f"there is no list of {key}", entries, fix)
    elif len(entries) > most:
        document.problem((key,), f"there are more than {most:,} {key}", len(entries), "split the file")
    else:
        yield from (((key, index), entry) for index, entry in enumerate(entries))


@dataclass(frozen=True)
class Entry:
    """One mapping of a file. A problem is noted at the key where it is there, else at the entry."""

    document: Document
    location: Location
    entry: Mapping[str, Any]

    def say(self, key: str, what: str, value: object, fix: str) -> None:
        """Note a problem."""
        self.document.problem((*self.location, key) if key in self.entry else self.location, what, value, fix)

    def known(self, keys: Sequence[str]) -> None:
        """Note each key that is none of these."""
        for key in self.entry:
            if key not in keys:
                self.document.problem((*self.location, str(key)), "there is no such key", key, nearest(str(key), keys, f"use {', '.join(keys)}"))

    def text(self, key: str, *, example: str = "") -> str:
        """A text that must be there."""
        value = self.entry.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.say(key, f"there is no {key}" if value is None else f"{key} is not a text", value, f"add {key}: {example}" if example else f"add {key} as a text")
        return ""

    def optional_text(self, key: str) -> str | None:
        """A text, or None where the key is not there."""
        return (self.text(key) or None) if key in self.entry else None

    def number(self, key: str) -> float:
        """A number of 0 or more."""
        value = self.entry.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            return float(value)
        self.say(key, "it is not a number of 0 or more", value, "write it as 2000")
        return 0.0

    def percent(self, key: str) -> float:
        """A percentage as a share of 1."""
        value = self.entry.get(key)
        if key not in self.entry:
            self.say(key, f"there is no {key}", None, f"add {key}, 0 to 100")
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 100:
            self.say(key, f"{key} is no number from 0 to 100", value, "write a percentage such as 27.5")
            return 0.0
        return value / 100

    def flag(self, key: str) -> bool:
        """true or false; false where the key is not there."""
        value = self.entry.get(key, False)
        if not isinstance(value, bool):
            self.say(key, f"{key} is neither true nor false", value, "write true or false, without quotes")
        return value is True

    def choice(self, key: str, choices: Sequence[str], default: str | None) -> str | None:
        """One of some words, or the default where the key is not there or its word is none of them."""
        value = self.entry.get(key, default)
        if value is None or value in choices:
            return value
        self.say(key, f"{key} is not one of {', '.join(choices)}", value, nearest(str(value), choices, f"use one of {', '.join(choices)}"))
        return default

    def day(self, key: str) -> date | None:
        """A day, written without quotes."""
        value = self.entry.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if any(problem.key == dotted((*self.location, key)) for problem in self.document.problems):
            return None
        self.say(key, f"there is no {key}" if value is None else "it is not a day", value, "write the last day as 2026-12-31, without quotes")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts; none where the key is not there."""
        return self.listed(key, self.entry[key]) if key in self.entry else ()

    def listed(self, key: str, value: Any) -> tuple[str, ...]:
        """A value as texts."""
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(each, str) and each for each in values):
            self.say(key, "it is not a text or a list of texts", value, "write one text, or several as [a, b]")
            return ()
        return tuple(values)
