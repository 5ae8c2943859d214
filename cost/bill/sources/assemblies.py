"""Which files count: of each report and period the newest assembly's, by AWS's manifests and, without them, by its folders' times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cost.bill.model import BillWarning
from cost.bill.sources.layout import place_of, stamp_of
from cost.bill.sources.manifests import Manifest, locate
from cost.bill.sources.model import Found, count, note, some
from plinth.errors import InputError

NO_FOLDER: Final = "(no folder)"
COPIED_TOGETHER_SECONDS: Final = 60
"""Manifests whose times are closer than this were dated by a copy: AWS delivers up to three times a day, hours apart."""


@dataclass(frozen=True)
class Chosen:
    """A file that counts, with the period and the assembly that it is of."""

    found: Found
    period: str | None
    assembly: str | None


@dataclass(frozen=True)
class Delivery:
    """A manifest with the files that it names: by key those that were found, and the keys that were not."""

    manifest: Manifest
    located: Mapping[str, str]
    missing: Sequence[str]

    @property
    def label(self) -> str:
        """The assembly's folder where AWS put its files or its manifest in one, else its id: what a person knows it by."""
        places = map(place_of, (next(iter(self.manifest.keys), ""), self.manifest.found.key))
        return next((place.assembly for place in places if place and place.assembly), self.manifest.assembly or "without an id")


@dataclass(frozen=True)
class Candidate:
    """One of several assemblies of a report's period: its folder, for people, and when its own manifest was written, where there is one."""

    assembly: str
    folder: str
    modified: float | None


def needed_manifests(manifests: Sequence[Found]) -> list[Found]:
    """The manifests that must be read: the copies in assembly folders only where the one beside those folders is missing."""
    places = {manifest.key: place_of(manifest.key) for manifest in manifests}
    names = {manifest.key: manifest.key.rpartition("/")[2] for manifest in manifests}
    leading = {(place.delivery, names[key]) for key, place in places.items() if place and place.period and place.assembly is None}
    return [found for found in manifests if not ((place := places[found.key]) and place.assembly and (place.delivery, names[found.key]) in leading)]


def choose(files: Sequence[Found], manifests: Sequence[Manifest]) -> tuple[list[Chosen], list[BillWarning]]:
    """The files that count and notes on those that don't. Raises InputError where a delivery is incomplete or the newest can't be told."""
    known = {file.key: file for file in files}
    deliveries = [Delivery(manifest, *locate(manifest, known)) for manifest in manifests]
    chosen: dict[str, Chosen] = {}
    notes: list[BillWarning] = []
    rest = dict(known)
    claimed = {key for delivery in deliveries for key in delivery.located.values()}
    for group in _same_delivery(deliveries):
        winner, how = _winner(group)
        _check_complete(winner)
        period = winner.manifest.period
        for key in winner.located.values():
            chosen[key] = Chosen(known[key], period, winner.label)
            rest.pop(key, None)
        named = {key for delivery in group for key in delivery.located.values()}
        left = _left_out(winner, named, [file for file in rest.values() if file.key not in claimed or file.key in named])
        for file in left:
            rest.pop(file.key, None)
        notes += _notes(winner, group, left, how or _told_from_folders(winner, group, left))
    for files_of_one in _by_delivery(rest.values()).values():
        newest, more = _without_manifest(files_of_one)
        chosen |= {one.found.key: one for one in newest}
        notes += more
    return sorted(chosen.values(), key=lambda one: one.found.name), notes


def _same_delivery(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """The deliveries in groups that share a folder or a report, and the period: different assemblies of the same thing."""
    groups: list[tuple[set[tuple[str | None, ...]], list[Delivery]]] = []
    for delivery in sorted(deliveries, key=lambda one: one.manifest.found.key):
        keys = delivery.manifest.identities() or {("alone", delivery.manifest.found.key)}
        joined = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        groups.append((keys.union(*(names for names, _ in joined)), [one for _, members in joined for one in members] + [delivery]))
    return [members for _, members in groups]


def _winner(group: Sequence[Delivery]) -> tuple[Delivery, str]:
    """The newest delivery of a report's period, and what told it from the others: nothing where one manifest leads."""
    leading = [one for one in group if not one.manifest.is_copy] or list(group)
    candidates = {
        one.label: Candidate(one.label, one.manifest.folder, max(other.manifest.found.modified for other in leading if other.label == one.label))
        for one in leading
    }
    newest, how = _newest(list(candidates.values()), group[0].manifest.period)
    return min((one for one in leading if one.label == newest.assembly), key=lambda one: len(one.missing)), how


def _told_from_folders(winner: Delivery, group: Sequence[Delivery], left: Iterable[Found]) -> str:
    """What tells an assembly that has a copy of its manifest from folders that have none: nothing where its manifest leads."""
    if not winner.manifest.is_copy:
        return ""
    labels = {one.label for one in group}
    folders = {place.assembly: file.name.rpartition("/")[0] for file in left if (place := place_of(file.key)) and place.assembly not in labels}
    others = [Candidate(assembly or NO_FOLDER, folder, None) for assembly, folder in folders.items()]
    newest, how = _newest([Candidate(winner.label, winner.manifest.folder, None), *others], winner.manifest.period)
    return how if newest.assembly == winner.label else "the copy of its manifest, which newer folders lack"


def _newest(candidates: Sequence[Candidate], period: str | None) -> tuple[Candidate, str]:
    """The newest of a period's assemblies and what told it. Raises InputError where neither folder names nor manifests' times do."""
    if len(candidates) == 1:
        return candidates[0], ""
    stamps = {stamp: one for one in candidates if (stamp := stamp_of(one.assembly))}
    if period and len(stamps) == len(candidates):
        return stamps[max(stamps)], "the time in its folder's name"
    times = sorted(((one.modified, one) for one in candidates if one.modified is not None), key=lambda pair: pair[0])
    if period and len(times) == len(candidates) and times[-1][0] - times[-2][0] > COPIED_TOGETHER_SECONDS:
        return times[-1][1], "the time of its manifest"
    raise InputError(
        f"{count(len(candidates), 'assembly')} of {'one month' if period else 'unknown months'} are given, and nothing says which is the newest",
        where=some(sorted({one.folder for one in candidates})),
        value=some(sorted(one.assembly for one in candidates)),
        fix="copy the manifest that lies beside the assembly folders too, keep AWS's folders, or give the newest folder alone",
    )


def _check_complete(delivery: Delivery) -> None:
    if delivery.missing:
        raise InputError(
            f"the delivery is incomplete: {count(len(delivery.missing), 'file')} of {len(delivery.manifest.keys)} that its manifest names are missing",
            where=delivery.manifest.found.name,
            value=some(delivery.missing),
            fix="copy the missing files, give the folder that holds both the manifest and its files, or give only the periods that are whole",
        )


def _left_out(winner: Delivery, named: Collection[str], files: Sequence[Found]) -> list[Found]:
    """The files of the same report and period that the winner does not name. Raises InputError where a file may be one or not."""
    keys = [winner.manifest.found.key, *winner.located.values()]
    deliveries = {place.delivery for key in keys if (place := place_of(key)) and place.period}
    folders = {key.rpartition("/")[0] for key in keys}
    prefix = winner.manifest.name.removesuffix("Manifest.json")
    left = []
    for file in files:
        folder, _, name = file.key.rpartition("/")
        place = place_of(file.key)
        if file.key in named or (place and place.delivery in deliveries) or folder in folders:
            left.append(file)
        elif not (place and place.period) and prefix and name.startswith(prefix) and file.key.startswith(f"{winner.manifest.folder}/"):
            raise InputError(
                "a file below a manifest is named by none, and may be of an older assembly or of another month",
                where=file.name,
                value=winner.manifest.found.name,
                fix="keep AWS's folders, copy that file's own manifest too, or give the newest folder of each month alone",
            )
    return left


def _notes(winner: Delivery, group: Sequence[Delivery], left: Sequence[Found], how: str) -> list[BillWarning]:
    """What was left out beside the winner, and how the winner was told."""
    period, label = winner.manifest.period or "unknown period", winner.label
    by_assembly: dict[str | None, list[Found]] = defaultdict(list)
    names = {key: one.label for one in group for key in one.located.values()}
    for file in left:
        place = place_of(file.key)
        by_assembly[names.get(file.key) or (place.assembly if place else None)].append(file)
    notes = [_chosen_by(period, label, how)] if how else []
    if not winner.manifest.keys:
        notes.append(note("manifest_without_files", f"{period}: the manifest names no files, so nothing is read for it: {winner.manifest.found.name}"))
    beside = by_assembly.pop(None, []) + [file for file in by_assembly.get(label, []) if file.key not in names]
    again = [file for file in by_assembly.pop(label, []) if file.key in names]
    if beside:
        message = f"{period}: {count(len(beside), 'file')} that the manifest does not name are left out: {some([file.name for file in beside])}"
        notes.append(note("files_not_in_manifest", message))
    if again:
        notes.append(
            note("assembly_given_twice", f"{period}: assembly {label} is given twice and counted once; not read: {some([file.name for file in again])}")
        )
    return notes + _older(period, label, by_assembly)


def _chosen_by(period: str, label: str, how: str) -> BillWarning:
    return note("newest_assembly_by_time", f"{period}: no manifest tells the newest of several assemblies; {label} is read, by {how}")


def _older(period: str, label: str, by_assembly: Mapping[str | None, Sequence[Found]]) -> list[BillWarning]:
    """Notes on the assemblies that are not read; one that is newer than the manifest's choice was not delivered whole."""
    chosen_at = stamp_of(label)
    newer = [name for name in by_assembly if chosen_at and (at := stamp_of(name)) and at > chosen_at]
    older = [name for name in by_assembly if name not in newer]
    notes = []
    if older:
        files = sum(len(by_assembly[name]) for name in older)
        message = f"{period}: {count(len(older), 'older assembly')} ({count(files, 'file')}) left out; the newest, {label}, is read"
        notes.append(note("older_assemblies_left_out", message))
    if newer:
        message = f"{period}: assembly {some([str(name) for name in newer])} is newer than {label}, which the manifest names, and is not read"
        notes.append(note("assembly_not_in_manifest", message))
    return notes


def _by_delivery(files: Iterable[Found]) -> dict[object, list[Found]]:
    """The files by report and period; a file outside AWS's folders is on its own."""
    groups: dict[object, list[Found]] = defaultdict(list)
    for file in files:
        place = place_of(file.key)
        groups[place.delivery if place else file.key].append(file)
    return groups


def _without_manifest(files: Sequence[Found]) -> tuple[list[Chosen], list[BillWarning]]:
    """The newest assembly's files of one report's period, told by its folder, and the notes on it."""
    by_assembly: dict[str | None, list[Found]] = defaultdict(list)
    for file in files:
        place = place_of(file.key)
        by_assembly[place.assembly if place else None].append(file)
    first = place_of(files[0].key)
    period = first.period if first else None
    candidates = [Candidate(name or NO_FOLDER, members[0].name.rpartition("/")[0], None) for name, members in by_assembly.items()]
    newest, how = _newest(candidates, period)
    members = next(found for name, found in by_assembly.items() if (name or NO_FOLDER) == newest.assembly)
    chosen = [Chosen(file, period, None if newest.assembly == NO_FOLDER else newest.assembly) for file in members]
    if not how:
        return chosen, []
    left = {name: found for name, found in by_assembly.items() if name != newest.assembly}
    return chosen, [_chosen_by(str(period), newest.assembly, how), *_older(str(period), newest.assembly, left)]
