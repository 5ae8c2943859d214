"""Which resource of a stack a bill's resource is: by its id or ARN, by the tags that AWS puts on a pool's instances, by its name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cost.bill.tags import normalise_tag_key
from cost.estimate.identity import POOL_TAGS
from cost.reconcile.billed import BilledUse
from cost.reconcile.model import Match

AUTO_NAME = re.compile(r"-[0-9a-f]{7}$")
"""What Pulumi adds to a logical name to make a physical one. Source: Pulumi documentation, Resource names, Autonaming."""
SEPARATORS = re.compile(r"[:/]")
POOL_TYPES: Mapping[str, str] = {normalise_tag_key(tag): type_ for type_, tag in POOL_TAGS.items()}
"""The key of a tag that names an instance's pool, as a bill has it -> the pool's type."""
NAME_TAG = normalise_tag_key("Name")


@dataclass(frozen=True)
class Candidate:
    """A resource of the stack as a bill may know it; `price_types` are the price book's types of what it costs."""

    urn: str
    type: str
    name: str
    identifiers: tuple[str, ...]
    price_types: frozenset[str]


class Matcher:
    """Look-ups over a stack's resources, made once."""

    def __init__(self, candidates: Iterable[Candidate]):
        self._by_identifier: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            self._by_name[candidate.name].append(candidate)
            for identifier in candidate.identifiers:
                self._by_identifier[identifier].append(candidate)

    def match(self, use: BilledUse) -> tuple[Candidate, Match] | None:
        """The one resource that a bill's usage is of; None where none or several may be meant."""
        parts = _parts(use.resource_id)
        for part in parts:
            if found := self._one(self._by_identifier.get(part, []), use):
                return found, Match.IDENTIFIER
        if found := self._by_tags(use):
            return found, Match.TAG
        for part in parts:
            named = self._by_name.get(part) or self._by_name.get(AUTO_NAME.sub("", part)) or []
            if found := self._one(named, use):
                return found, Match.NAME
        return None

    def _by_tags(self, use: BilledUse) -> Candidate | None:
        tags = {normalise_tag_key(key): value for key, value in use.tags.items()}
        for key, type_ in POOL_TYPES.items():
            value = tags.get(key, "")
            known = [*self._by_identifier.get(value, []), *self._by_name.get(value, []), *self._by_name.get(AUTO_NAME.sub("", value), [])]
            pools = {candidate.urn: candidate for candidate in known if candidate.type == type_}
            if len(pools) == 1:
                return next(iter(pools.values()))
        named = tags.get(NAME_TAG, "")
        return self._one([*self._by_name.get(named, []), *self._by_identifier.get(named, [])], use) if named else None

    @staticmethod
    def _one(found: Iterable[Candidate], use: BilledUse) -> Candidate | None:
        """The one candidate, or the one of several that costs what is billed here."""
        distinct = {candidate.urn: candidate for candidate in found}
        if len(distinct) > 1 and (component := use.component) is not None:
            distinct = {urn: candidate for urn, candidate in distinct.items() if component.resource_type in candidate.price_types}
        return next(iter(distinct.values())) if len(distinct) == 1 else None


def _parts(resource_id: str) -> tuple[str, ...]:
    """What may name the resource in a bill's resource id: the whole, an ARN's resource part, and that part's segments, last first."""
    if not resource_id:
        return ()
    tail = resource_id.split(":", 5)[-1] if resource_id.startswith("arn:") else resource_id
    segments = [segment for segment in SEPARATORS.split(tail) if segment and segment != "*"]
    after_kind = SEPARATORS.split(tail, maxsplit=1)[-1]
    return tuple(dict.fromkeys((resource_id, tail, after_kind, *reversed(segments))))
