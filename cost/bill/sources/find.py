"""From the arguments of a command to the bill's files: found, chosen, fetched, checked and told apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cost.bill.sources import s3
from cost.bill.sources.archives import unpack
from cost.bill.sources.assemblies import Chosen, choose, needed_manifests
from cost.bill.sources.contents import check, named_kind
from cost.bill.sources.folders import WANTED, each_once, passed_over, walk
from cost.bill.sources.manifests import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from cost.bill.sources.model import Found, Role, Source, SourceKind, Sources
from cost.bill.sources.repeats import without_repeats
from plinth.errors import InputError
from plinth.files import read_text


def find_sources(paths: Sequence[Path | str], workdir: Path) -> Sources:
    """The files that the bill at these paths is made of: csv, csv.gz, zip and parquet files, folders, globs and S3 URIs.

    Of each report and billing period only the newest assembly counts, and each file once. What must be fetched or unpacked is put
    below `workdir`, which the caller keeps as long as the sources and then removes. Raises InputError for all that can't be read whole.
    """
    texts = [str(path) for path in paths]
    remote = s3.client() if any(s3.is_uri(text) for text in texts) else None
    entries = [entry for text in texts for entry in _given(text, remote)]
    data, twice = each_once(found for found, role in entries if role is Role.DATA)
    manifests, _ = each_once(found for found, role in entries if role is Role.MANIFEST)
    read, foreign = _read_manifests(manifests, remote)
    chosen, notes = choose(data, read)
    if not chosen:
        raise InputError("no bill given", where=", ".join(texts) or None, fix=WANTED)
    sources, inside = _open(chosen, remote, Path(workdir))
    kept, repeats = without_repeats(sorted(sources, key=lambda source: source.name))
    other = {found.name for found, role in entries if role is Role.OTHER} | set(foreign) | set(inside)
    return Sources(tuple(kept), (*twice, *notes, *repeats, *passed_over(sorted(other))))


def _given(text: str, remote: Any) -> list[tuple[Found, Role]]:
    """What one argument leads to. Raises InputError where no bill is among it; a folder of manifests alone is met where they are read."""
    entries = s3.list_objects(remote, text) if s3.is_uri(text) else walk(text)
    if not any(role in (Role.DATA, Role.MANIFEST) for _, role in entries) and not all(role is Role.STATUS and found.name == text for found, role in entries):
        names = ", ".join(sorted(found.name for found, _ in entries)[:3]) or "no files"
        raise InputError("there is no bill here", where=text, value=names, fix=WANTED)
    return entries


def _read_manifests(manifests: Sequence[Found], remote: Any) -> tuple[list[Manifest], list[str]]:
    """The manifests that tell the newest assemblies, and the names of files that are called so and are none."""
    read: list[Manifest] = []
    foreign: list[str] = []
    for found in needed_manifests(manifests):
        is_remote = found.key.startswith("s3://")
        text = s3.read_manifest(remote, found) if is_remote else read_text(Path(found.key), limit=MAX_MANIFEST_BYTES)
        manifest = parse_manifest(found, text)
        read += manifest
        foreign += [] if manifest else [found.name]
    return read, foreign


def _open(chosen: Sequence[Chosen], remote: Any, workdir: Path) -> tuple[list[Source], list[str]]:
    """The chosen files as sources that can be read now, and the names of what zips hold beside bills."""
    workdir.mkdir(parents=True, exist_ok=True)
    fetched = [one.found for one in chosen if one.found.key.startswith("s3://")]
    local = s3.download(remote, fetched, Path(mkdtemp(prefix="s3-", dir=workdir))) if fetched else {}
    sources: list[Source] = []
    other: list[str] = []
    for one in chosen:
        name = one.found.name
        path = local.get(one.found.key, Path(name))
        members: list[tuple[str, Path]] = [(name, path)]
        if named_kind(name) == "zip":
            check(path, name)
            unpacked, beside = unpack(path, name, Path(mkdtemp(prefix="zip-", dir=workdir)))
            members = [(f"{name}!{member}", file) for member, file in unpacked]
            other += [f"{name}!{member}" for member in beside]
        sources += [_source(file, member, one) for member, file in members]
    return sources, other


def _source(path: Path, name: str, one: Chosen) -> Source:
    return Source(path, name, SourceKind(check(path, name)), one.period, one.assembly)
