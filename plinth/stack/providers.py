"""The AWS providers of a stack: which is the program's default, and in which Region each makes its resources.

Sources: Pulumi docs, concepts/resources/providers (default and explicit providers; an explicit one takes nothing from the stack's
configuration); pulumi/pulumi sdk/go/common/resource/urn (a provider reference is the provider's URN, `::` and its id).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from plinth.stack.values import decode

AWS_PROVIDER = "pulumi:providers:aws"
_DEFAULT = re.compile(r"default(_\d+_\d+_\d+.*)?")
"""The engine's name for a default provider, with its version: `default_7_51_1`."""


def referred_provider(reference: str | None) -> str | None:
    """The URN of the AWS provider that a resource's `provider` refers to; None where it refers to none, or to another package's."""
    urn = (reference or "").rsplit("::", 1)[0]
    parts = urn.split("::", 3)
    return urn if len(parts) == 4 and parts[2].rsplit("$", 1)[-1] == AWS_PROVIDER else None


def provider_name(urn: str) -> str:
    """The name that the program gave a provider."""
    return urn.split("::", 3)[3]


def is_default(urn: str) -> bool:
    """Whether the engine made the provider, from the stack's configuration."""
    return _DEFAULT.fullmatch(provider_name(urn)) is not None


def regions_of(states: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """The Region of each AWS provider among the states, by URN; None where its inputs name none that is known."""
    return {str(state["urn"]): _region(state) for state in states if state.get("type") == AWS_PROVIDER and state.get("urn")}


def _region(state: Mapping[str, Any]) -> str | None:
    inputs = state.get("inputs")
    region = decode(inputs.get("region")) if isinstance(inputs, Mapping) else None
    return region if isinstance(region, str) and region else None


def default_region(regions: Mapping[str, str | None]) -> str | None:
    """The Region of the default provider; None where there is none, or where two versions of it differ."""
    return _only(region for urn, region in regions.items() if is_default(urn))


def home_region(configured: Any, regions: Mapping[str, str | None]) -> str | None:
    """A stack's Region: its configuration's `aws:region`, else the default provider's, else the only one that all its providers name."""
    said = decode(configured)
    if isinstance(said, str) and said:
        return said
    return default_region(regions) or _only(regions.values())


def _only(regions: Iterable[str | None]) -> str | None:
    found = set(regions)
    return found.pop() if len(found) == 1 else None
