"""From one area of the config to its model, with every problem said by key, value, limit and fix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from infra.settings.base import MISSING, Problem, Settings, nearest

Area = TypeVar("Area", bound=Settings)


def parse_area(model: type[Area], raw: Any) -> tuple[Area, frozenset[str], list[Problem]]:
    """The model, the fields of it that are usable, and the problems of the others (keys relative to the area).

    Where there are problems, the model holds its usable fields only, so that checks over them still run.
    """
    try:
        # JSON and not Python: strict mode then takes a list for a tuple and a string for a date, but no "3" for a 3.
        return model.model_validate_json(json.dumps(raw), strict=True), frozenset(model.model_fields), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    usable = frozenset(model.model_fields) - {str(part) for detail in details for part in detail["loc"][:1]}
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in model.model_fields.items() if name in usable}
    partial = create_model("Partial", __base__=Settings, **fields)
    given = {name: value for name, value in raw.items() if name in usable} if isinstance(raw, Mapping) else {}
    values = dict(partial.model_validate_json(json.dumps(given), strict=True)) if isinstance(raw, Mapping) else {}
    return model.model_construct(None, **values), usable if values else frozenset(), [_problem(model, detail) for detail in details]


def change_effects(model: type[Settings], prefix: str = "") -> dict[str, str]:
    """What changing each key of a model does: `zones[].private_cidr` → `replaces`. Read from the fields' metadata."""
    effects: dict[str, str] = {}
    for name, field in model.model_fields.items():
        nested = _model_in(field.annotation)
        if nested is None:
            extra = field.json_schema_extra
            effects[f"{prefix}{name}"] = str(extra["change"]) if isinstance(extra, dict) else "unknown"
        else:
            effects |= change_effects(nested, f"{prefix}{name}{_joint(field.annotation)}.")
    return effects


def _joint(annotation: Any) -> str:
    origin = get_origin(annotation)
    if not isinstance(origin, type):
        return ""
    if issubclass(origin, Mapping):
        return ".*"
    return "[]" if issubclass(origin, Sequence) else ""


def _model_in(annotation: Any) -> type[Settings] | None:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _model_in(argument))), None)


def _walk(model: type[Settings], parts: Sequence[str | int]) -> tuple[FieldInfo | None, type[Settings] | None]:
    field: FieldInfo | None = None
    current: type[Settings] | None = model
    for part in parts:
        if current is not None and part in current.model_fields:
            field = current.model_fields[str(part)]
            current = _model_in(field.annotation)
    return field, current


def _problem(model: type[Settings], detail: ErrorDetails) -> Problem:
    parts = detail["loc"]
    key = "".join(_key_parts(parts))
    field, _ = _walk(model, parts)
    meaning = field.description if field is not None and field.description else "see docs/platform.md"
    match detail["type"]:
        case "missing":
            return Problem(key, MISSING, "required", f"add it: {meaning}")
        case "extra_forbidden":
            _, above = _walk(model, parts[:-1])
            return Problem(key, detail["input"], "a known key", nearest(str(parts[-1]), list(above.model_fields if above else ())))
        case "string_type" if isinstance(detail["input"], int | float):
            # YAML reads 012345678901 as another number than it looks: the text as it stands in the file is not known here.
            return Problem(key, detail["input"], "text", f"put it in quotes: {meaning}")
    return Problem(key, detail["input"], detail["msg"].removeprefix("Input should be ").removeprefix("Value error, "), f"correct it: {meaning}")


def _key_parts(parts: Sequence[str | int]) -> Iterator[str]:
    for index, part in enumerate(parts):
        yield f"[{part}]" if isinstance(part, int) else f".{part}" if index else part
