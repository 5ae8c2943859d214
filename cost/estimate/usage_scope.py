"""Which usage files apply: those named, or the one that lies in the working directory for an environment; and what of one a part of a stack can take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cost.estimate.usage import NamedUsage, Usage
from cost.estimate.usage_only import resource_names
from plinth.stack import Stack

DEFAULT_NAMES = ("plinth-usage.{environment}.yaml", "plinth-usage.yaml")
"""Looked for in this order where an environment is estimated and no usage file is named."""


def default_usage_file(environment: str | None, folder: Path) -> Path | None:
    """The usage file that lies in a folder for an environment, or None; without an environment there is none to find."""
    if environment is None:
        return None
    candidates = (folder / name.format(environment=environment) for name in DEFAULT_NAMES)
    return next((path for path in candidates if path.is_file()), None)


def usable_in(usages: Sequence[Usage], stack: Stack) -> tuple[tuple[Usage, ...], tuple[str, ...]]:
    """The usages without names that the stack does not have, and the keys that were left out.

    For a stack that is only a part: the one before a change, or a preview that does not show what is unchanged.
    """
    names = resource_names(stack)
    left_out: list[str] = []
    kept: list[Usage] = []
    for usage in usages:
        present = tuple(entry for entry in usage.named if not _absent(entry, names))
        left_out += [entry.key for entry in usage.named if _absent(entry, names)]
        kept.append(replace(usage, named=present) if len(present) < len(usage.named) else usage)
    return tuple(kept), tuple(dict.fromkeys(left_out))


def _absent(entry: NamedUsage, names: dict[str, frozenset[str]]) -> bool:
    candidates = names.get(entry.terraform_type)
    return entry.exact and candidates is not None and entry.pattern not in candidates
