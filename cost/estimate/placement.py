"""Which Region a resource is in: what it says itself, its ARN, its provider, its stack; and why that is not known where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from plinth.stack import Resource, Source, Stack, State
from plinth.stack.providers import is_default, provider_name, referred_provider

_ARN_REGION = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
_ZONE_REGION = re.compile(r"^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$")
"""An Availability Zone's name. A Local Zone's (`us-west-2-lax-1a`) is another, and says nothing here."""
NOT_KNOWN = "its Region is not known: set aws:region in the stack's configuration"


@dataclass(frozen=True, slots=True)
class Place:
    """A resource's Region, or why it has none."""

    region: str | None
    reason: str = ""


class Places:
    """The Regions of one stack's resources."""

    def __init__(self, stack: Stack):
        self._stack = stack

    def of(self, resource: Resource) -> Place:
        """A resource's Region. A zone of another Region contradicts it: AWS would refuse the resource, so that no price is right."""
        place, zones = self._said(resource), dict(_zones(resource))
        if place.region is None:
            named = set(zones.values())
            return Place(named.pop()) if len(named) == 1 else place
        zone = next((zone for zone, region in zones.items() if region != place.region), None)
        return place if zone is None else Place(None, f"its zone {zone} is not in its Region, {place.region}: AWS would refuse it")

    def _said(self, resource: Resource) -> Place:
        if resource.input("region").state is State.UNKNOWN:
            return Place(None, "region is known only after deployment")
        own, arn = resource.output("region"), resource.output("arn")
        if own.known:
            return Place(str(own.value))
        if arn.known and (match := _ARN_REGION.match(str(arn.value))):
            return Place(match[1])
        return self._of_provider(resource) or Place(self.stack_region, NOT_KNOWN)

    def _of_provider(self, resource: Resource) -> Place | None:
        """What the resource's AWS provider says; None where it has the default one, which follows the stack's configuration."""
        urn = referred_provider(resource.options.provider)
        if urn is None:
            return None
        region = self._stack.provider_regions.get(urn)
        if region is not None:
            return Place(region)
        if is_default(urn):
            return None
        if urn in self._stack.provider_regions:
            return Place(None, f"its provider {provider_name(urn)} names no Region that is known before deployment")
        way_out = "; add --show-sames" if self._stack.source is Source.PREVIEW else ""
        return Place(None, f"its provider {provider_name(urn)} is not in this {self._stack.source.value}{way_out}")

    @property
    def stack_region(self) -> str | None:
        """The stack's Region, configured or inferred."""
        return self._stack.region or self.inferred_region

    @cached_property
    def inferred_region(self) -> str | None:
        """The one Region that zones and ARNs of the default provider's resources name, where the configuration names none; else None."""
        if self._stack.region is not None:
            return None
        seen: set[str] = set()
        for resource in self._stack.custom:
            if self._of_provider(resource) is not None:
                continue
            zone, arn = resource.output("availabilityZone"), resource.output("arn")
            for pattern, found in ((_ZONE_REGION, zone), (_ARN_REGION, arn)):
                if found.known and (match := pattern.match(str(found.value))):
                    seen.add(match[1])
        return seen.pop() if len(seen) == 1 else None


def _zones(resource: Resource) -> Iterator[tuple[str, str]]:
    """The Availability Zones that a resource names for itself, each with its Region."""
    one, many = resource.output("availabilityZone"), resource.output("availabilityZones")
    for zone in (one.value, *(many.value if isinstance(many.value, list) else ())):
        if isinstance(zone, str) and (match := _ZONE_REGION.match(zone)):
            yield zone, match[1]
