"""What the local AWS holds, by listing its services: taken before a deploy and after a destroy, the difference is what was left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plinth.local.aws import LocalAws
from plinth.local.entry import Entry, Listing, at_path

TAGGED = "tagged resources"
TAGGED_LISTING = Listing("get_resources", "ResourceTagMappingList", "ResourceARN")
Inventory = dict[str, tuple[str, ...]]
"""Kind and region (`aws:kms/key:Key in us-east-1`) -> the ids that the service lists."""


def inventory(aws: LocalAws, entries: Iterable[Entry], regions: Iterable[str]) -> Inventory:
    """Everything of these types that the services list now, and every tagged resource that the tagging API knows."""
    entries = list(entries)
    found: Inventory = {}
    for region in regions:
        for entry in entries:
            if entry.listing is not None:
                found[f"{entry.type} in {region}"] = tuple(sorted(_listed(aws.client(entry.service, region), entry.listing)))
        found[f"{TAGGED} in {region}"] = tuple(sorted(_listed(aws.client("resourcegroupstaggingapi", region), TAGGED_LISTING)))
    return found


def leftovers(before: Mapping[str, Iterable[str]], after: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """What `after` lists and `before` did not, as `kind in region: id`."""
    return tuple(f"{kind}: {item}" for kind, items in sorted(after.items()) for item in sorted(set(items) - set(before.get(kind, ()))))


def _listed(client: Any, listing: Listing) -> list[str]:
    pages = (
        client.get_paginator(listing.operation).paginate(**listing.arguments)
        if client.can_paginate(listing.operation)
        else [getattr(client, listing.operation)(**listing.arguments)]
    )
    items = [item for page in pages for item in at_path(page, listing.path) or ()]
    return [str(at_path(item, listing.key)) for item in items if listing.ignore is None or not listing.ignore(client, item)]
