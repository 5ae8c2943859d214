"""One way to a Stack for every command: an environment of our own program, a preview's JSON, or a stack export."""

from __future__ import annotations

from pathlib import Path

from plinth.errors import UsageError
from plinth.stack.model import Stack


def load_stack(environment: str | None = None, *, preview: Path | None = None, export: Path | None = None, project: Path | None = None) -> Stack:
    """The stack from exactly one of the three sources. `project` is the folder of Pulumi.yaml (default: the nearest one upwards).

    Raises UsageError where not exactly one source is given, InputError where the source can't be read.
    """
    if sum(source is not None for source in (environment, preview, export)) != 1:
        raise UsageError("give exactly one of ENV, --preview FILE and --export FILE", fix="plinth check dev, or plinth check --export stack.json")
    if preview is not None:
        from plinth.stack.preview import read_preview

        return read_preview(preview)
    if export is not None:
        from plinth.stack.export import read_export

        return read_export(export)
    from plinth.stack.recorder import record

    assert environment is not None
    return record(environment, project)
