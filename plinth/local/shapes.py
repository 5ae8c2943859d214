"""Provider properties (camelCase) to boto3 arguments, led by botocore's own model of the operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PAIRS = (("Key", "Value"), ("TagKey", "TagValue"), ("key", "value"), ("Name", "Value"))
"""The members of a structure that stands for one item of a mapping: tags in their three spellings, and dimensions."""


class UnknownChoiceError(Exception):
    """A value that is not among those that the API knows. botocore itself lets these through."""

    def __init__(self, path: str, value: str, choices: list[str]):
        shown = ", ".join(choices[:8]) + (", …" if len(choices) > 8 else "")
        super().__init__(f"property {path} is {value!r}, which is none of {shown}")


class UnmappedPropertyError(Exception):
    """A property that the operation has no argument for: the table must say where it goes."""

    def __init__(self, path: str, shape: str):
        self.path = path
        super().__init__(f"property {path} has no argument in {shape}")


def member_name(shape: Any, key: str) -> str | None:
    """The member of a structure that a provider property means: the same name ignoring case, or its singular or plural."""
    by_lower = {name.lower(): name for name in shape.members}
    lower = key.lower()
    candidates = (lower, lower.removesuffix("s"), lower.removesuffix("es"), lower.removesuffix("ies") + "y", f"{lower}s")
    return next((by_lower[name] for name in candidates if name in by_lower), None)


def shaped(value: Any, shape: Any, path: str = "") -> Any:
    """The value in the form that botocore's shape asks for; nulls inside are left out. Raises UnmappedPropertyError, UnknownChoiceError."""
    convert = _CONVERTERS.get(shape.type_name)
    return convert(value, shape, path) if convert else value


def _structure(value: Any, shape: Any, path: str) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        return value
    result = {}
    for key, item in value.items():
        if item is None:
            continue
        inner = f"{path}.{key}" if path else key
        name = member_name(shape, key)
        if name is None:
            raise UnmappedPropertyError(inner, shape.name)
        result[name] = shaped(item, shape.members[name], inner)
    return result


def _list(value: Any, shape: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        members = getattr(shape.member, "members", {})
        pair = next((pair for pair in PAIRS if set(pair) == set(members)), None)
        if pair:
            return [{pair[0]: key, pair[1]: str(text)} for key, text in sorted(value.items())]
        value = [value]
    items = value if isinstance(value, (list, tuple)) else [value]
    return [shaped(item, shape.member, f"{path}.{index}") for index, item in enumerate(items)]


def _map(value: Any, shape: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: shaped(item, shape.value, f"{path}.{key}") for key, item in value.items() if item is not None}


def _string(value: Any, shape: Any, path: str) -> Any:
    if isinstance(value, (Mapping, list)):
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, (int, float)) else value
    if shape.enum and text not in shape.enum:
        raise UnknownChoiceError(path, text, shape.enum)
    return text


def _integer(value: Any, shape: Any, path: str) -> Any:
    try:
        return int(value) if isinstance(value, (str, float)) and float(value) == int(float(value)) else value
    except ValueError:
        return value


def _float(value: Any, shape: Any, path: str) -> Any:
    try:
        return float(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else value
    except ValueError:
        return value


def _boolean(value: Any, shape: Any, path: str) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _blob(value: Any, shape: Any, path: str) -> Any:
    return value.encode() if isinstance(value, str) else value


_CONVERTERS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "blob": _blob,
}
