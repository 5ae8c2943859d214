"""Property values as data: plain JSON, UNKNOWN, and Secret; how they are decoded from Pulumi's wire form and looked up.

Sources: pulumi/pulumi sdk/python/lib/pulumi/runtime/rpc.py (signatures), pkg/display/json.go (`[secret]`, the unknown GUID).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a marker of the wire format)
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
WITHHELD_TEXT = "[secret]"


class Unknown(Enum):
    """The one value that stands for what only a deployment can tell."""

    UNKNOWN = UNKNOWN_TEXT

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is never printed. `value` is UNKNOWN where the source withheld or encrypted it."""

    value: Any

    def __repr__(self) -> str:
        return WITHHELD_TEXT


Value = Any
"""None, bool, int, float, str, list, dict, UNKNOWN or Secret, nested."""


class State(Enum):
    """What a look-up can say about a property."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer for one property path: its state and, where known, its value (unwrapped if it was secret)."""

    state: State
    value: Value = None

    @property
    def known(self) -> bool:
        """Whether the value can be judged."""
        return self.state is State.KNOWN

    @property
    def present(self) -> bool:
        """Whether the property is set at all, be its value known or not."""
        return self.state is not State.ABSENT


def decode(raw: Any, *, keep_secrets: bool = False) -> Value:
    """A value from Pulumi's wire JSON: signatures become Secret, the GUID becomes UNKNOWN, whole floats become ints.

    A file's secret has no known value, whatever its envelope holds: what is not known can't be printed. `keep_secrets` is for the recorder,
    whose stack is deployed locally.
    """
    if isinstance(raw, str):
        if raw == UNKNOWN_TEXT:
            return UNKNOWN
        return Secret(UNKNOWN) if raw == WITHHELD_TEXT else raw
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return int(raw)
    if isinstance(raw, Mapping):
        return _decode_mapping(raw, keep_secrets)
    if isinstance(raw, Sequence) and not isinstance(raw, bytes):
        return [decode(item, keep_secrets=keep_secrets) for item in raw]
    return raw


def _decode_mapping(raw: Mapping[str, Any], keep_secrets: bool) -> Value:
    signature = raw.get(SIGNATURE_KEY)
    secret = signature == SECRET_SIGNATURE or (signature == OUTPUT_SIGNATURE and bool(raw.get("secret")))
    if secret and not keep_secrets:
        return Secret(UNKNOWN)
    if signature in (SECRET_SIGNATURE, OUTPUT_SIGNATURE):
        value = decode(raw["value"], keep_secrets=keep_secrets) if "value" in raw else UNKNOWN
        return Secret(value) if secret else value
    if signature == RESOURCE_SIGNATURE:
        return decode(raw.get("id", raw.get("urn")), keep_secrets=keep_secrets)
    return {key: decode(value, keep_secrets=keep_secrets) for key, value in raw.items()}


def displayed(value: Value) -> Any:
    """The value as JSON that may be printed: secrets read `[secret]`, unknowns Pulumi's GUID; `decode` reads it back."""
    if isinstance(value, Secret):
        return WITHHELD_TEXT
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return {key: displayed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [displayed(item) for item in value]
    return value


def revealed(value: Value) -> Any:
    """The value with secrets unwrapped, for a part that deploys it and never prints it. UNKNOWN stays UNKNOWN."""
    if isinstance(value, Secret):
        return revealed(value.value)
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [revealed(item) for item in value]
    return value


def has_unknown(value: Value) -> bool:
    """Whether UNKNOWN stands anywhere inside the value."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_unknown(item) for item in value)
    return isinstance(value, Unknown)


_ABSENT, _UNKNOWN = Lookup(State.ABSENT), Lookup(State.UNKNOWN)
_MAPPINGS = (dict, Mapping)
"""A dict is told at once; asking the abstract class first made large stacks slow."""


def lookup(properties: Value, path: str) -> Lookup:
    """Look up a dotted path (`vpcConfig.subnetIds.0`). Null and missing are ABSENT; anything under an UNKNOWN is UNKNOWN."""
    current = properties
    for part in path.split("."):
        if isinstance(current, Secret):
            current = current.value
        if isinstance(current, Unknown):
            return _UNKNOWN
        if isinstance(current, _MAPPINGS):
            current = current.get(part)
        elif isinstance(current, (list, tuple)):
            if not part.isdigit() or int(part) >= len(current):
                return _ABSENT
            current = current[int(part)]
        else:
            return _ABSENT
    if isinstance(current, Secret):
        current = current.value
    if current is None:
        return _ABSENT
    return _UNKNOWN if isinstance(current, Unknown) else Lookup(State.KNOWN, current)
