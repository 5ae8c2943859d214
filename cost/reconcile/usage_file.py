"""A usage file, written: learned figures or a preset's, by resource, with a default for each type that new resources take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from cost.estimate.meters import METERS
from cost.estimate.presets import Preset, preset_usage
from cost.estimate.usage import LEARNED_FROM, RESOURCES, TYPE_DEFAULTS, VERSION
from cost.reconcile.model import LearnedUsage
from plinth.stack import Operation, Stack

LEARNED_HEADER = (
    "# Usage of a month of 730 hours, learned from a bill; Infracost's usage-file format. Lines that rest on it say `learned`.\n"
    "# Learn it again each month, and state what will change in a second file: plinth cost estimate ENV --usage THIS --usage OWN\n"
)
PRESET_HEADER = (
    "# Usage of a month of 730 hours; Infracost's usage-file format. The figures are the preset's: put your own in their place,\n"
    "# and take out what you don't know, so that its lines go on saying `preset`.\n"
)


def learned_text(learned: LearnedUsage, bill: str) -> str:
    """The usage file of what a bill taught: each resource's own figures, and the mean of each type for resources that are new."""
    by_key: defaultdict[str, dict[str, float]] = defaultdict(dict)
    by_type: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for field in learned.fields:
        by_key[field.key][field.field] = field.value
        if field.field != "instances":
            by_type[field.key.split(".", 1)[0]][field.field].append(field.value)
    means = {type_: {name: float(f"{sum(values) / len(values):.6g}") for name, values in fields.items()} for type_, fields in by_type.items()}
    document = {
        "version": VERSION,
        LEARNED_FROM: f"{bill}, {learned.month}" + (" (generated)" if learned.synthetic else ""),
        TYPE_DEFAULTS: {type_: _nested(fields) for type_, fields in sorted(means.items())},
        RESOURCES: {key: _nested(fields) for key, fields in sorted(by_key.items())},
    }
    return LEARNED_HEADER + _yaml(document)


def preset_text(stack: Stack, preset: Preset) -> tuple[str, int]:
    """A usage file with every resource of a stack that has usage fields, filled with a preset's figures; and how many those are."""
    resources: dict[str, Any] = {}
    for resource in stack.custom:
        meter = METERS.get(resource.type)
        figures = preset_usage(preset).by_type.get(meter.terraform_type, {}) if meter else {}
        stated = {field: value for field, value in figures.items() if meter and field in meter.fields}
        if meter and stated and resource.operation is not Operation.DELETE:
            resources[f"{meter.terraform_type}.{resource.name}"] = _nested(stated)
    return PRESET_HEADER + _yaml({"version": VERSION, RESOURCES: dict(sorted(resources.items()))}), len(resources)


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=160)


def _nested(fields: Iterable[tuple[str, float | str]] | Mapping[str, float | str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in sorted(dict(fields).items()):
        *above, last = path.split(".")
        place = found
        for name in above:
            place = place.setdefault(name, {})
        place[last] = int(value) if isinstance(value, float) and value.is_integer() else value
    return found
