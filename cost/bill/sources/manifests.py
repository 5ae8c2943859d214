"""The manifests that AWS writes beside a bill: which files are its newest assembly, read and matched to what was found.

Legacy CUR names its files as keys of the bucket (`reportKeys`, with `assemblyId`, `reportId`, `billingPeriod`), Data Exports as
`s3://` URIs (`dataFiles`, with `executionId`, `exportArn`). AWS documents no schema of either; these are the fields that are seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cost.bill.sources.layout import place_of
from cost.bill.sources.model import Found, is_data
from plinth.errors import InputError

_START: Final = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")
MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """One manifest: the assembly that it names, of which report and period, and the keys of its files as AWS wrote them."""

    found: Found
    report: str
    period: str | None
    assembly: str | None
    keys: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder that the manifest lies in."""
        return self.found.key.rpartition("/")[0]

    @property
    def is_copy(self) -> bool:
        """Whether this is the copy in an assembly's own folder: it is never overwritten, so it does not tell the newest."""
        place = place_of(self.found.key)
        return place.assembly is not None if place else self.folder.rpartition("/")[2] == self.assembly

    @property
    def name(self) -> str:
        """The manifest's file name: `<report>-Manifest.json`."""
        return self.found.key.rpartition("/")[2]

    def identities(self) -> set[tuple[str | None, ...]]:
        """What this manifest shares with others of the same report and period: its folders and name, or the report's own identifier."""
        place = place_of(self.found.key)
        identities: set[tuple[str | None, ...]] = {("folder", place.root, place.period, self.name)} if place and place.period else set()
        return identities | ({("report", self.report, self.period)} if self.report and self.period else set())


def parse_manifest(found: Found, text: str) -> list[Manifest]:
    """The manifest in this text, once a period that it names files of; none for JSON that is no bill's manifest.

    Raises InputError for what is not JSON and for files named in an unknown form.
    """
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError("the manifest is not JSON", where=found.name, value=text[:40], fix="copy the manifest again, whole") from error
    if not isinstance(content, dict) or not ({"reportKeys", "dataFiles"} & content.keys()):
        return []
    names = content.get("reportKeys") or content.get("dataFiles") or []
    keys = [key for key in map(_key, names) if key] if isinstance(names, list) else []
    if not isinstance(names, list) or len(keys) != len(names):
        raise InputError(
            "the manifest names its files in a form that is not known", where=found.name, value=names, fix="give the data files without their manifest"
        )
    assembly = _text(content.get("assemblyId") or content.get("executionId"))
    return [Manifest(found, _report(content), period, assembly, tuple(group)) for period, group in _by_period(content, found, keys).items()]


def _key(name: Any) -> str | None:
    """A file's key in its bucket: from a key, an `s3://` URI, or an object that holds either."""
    texts = [value for value in name.values() if isinstance(value, str) and is_data(value)] if isinstance(name, dict) else [name]
    text = texts[0] if texts and isinstance(texts[0], str) else None
    return text.removeprefix("s3://").partition("/")[2] if text and text.startswith("s3://") else text


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _report(content: Mapping[str, Any]) -> str:
    """What identifies the report or export for good: not its name alone, which may be given again."""
    legacy = [str(content.get(field, "")) for field in ("account", "reportName", "reportId")]
    return str(content.get("exportArn") or ("/".join(legacy) if legacy[-1] else ""))


def _by_period(content: Mapping[str, Any], found: Found, keys: Sequence[str]) -> dict[str | None, list[str]]:
    """The keys by period (`2026-10`): what the manifest states, else what the folders of each key or of the manifest say."""
    stated = content.get("billingPeriod")
    start = _START.match(str(stated.get("start", "") if isinstance(stated, dict) else stated or ""))
    place = place_of(found.key)
    whole = f"{start[1]}-{start[2]}" if start else place.period if place else None
    periods: dict[str | None, list[str]] = {} if keys else {whole: []}
    for key in keys:
        own = place_of(key)
        periods.setdefault(whole or (own.period if own else None), []).append(key)
    return periods


def locate(manifest: Manifest, known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Which found file each key of the manifest is, and the keys that are missing.

    A delivery is often copied without the first folders of its keys, so a key is looked for below each folder above the manifest,
    with as many of its own folders as there are; by its name alone only beside the manifest, for each assembly has the same names.
    """
    folders = manifest.folder.split("/")
    above = ["/".join(folders[:depth]) for depth in range(len(folders), 0, -1)]
    located: dict[str, str] = {}
    for key in manifest.keys:
        parts = key.strip("/").split("/")
        suffixes = ["/".join(parts[start:]) for start in range(len(parts))]
        paths = [f"{folder}/{suffix}" for suffix in suffixes[:-1] for folder in above] + [f"{above[0]}/{suffixes[-1]}"]
        match = next((path for path in paths if path in known), None)
        if match:
            located[key] = match
    return located, [key for key in manifest.keys if key not in located]
