"""One way to a Stack for every command: an environment of our own program, a preview's JSON, or a stack export."""

from __future__ import annotations

from pathlib import Path

from plinth.errors import UsageError
from plinth.stack.model import Stack


def load_stack(
    environment: str | None = None,
    *,
    preview: Path | None = None,
    export: Path | None = None,
    project: Path | None = None,
    command: str = "plinth check",
) -> Stack:
    """The stack from exactly one of the three sources. `project` is the folder of Pulumi.yaml (default: the nearest one upwards).

    `command` is what the user called, for the way out.

    Raises UsageError where not exactly one source is given, InputError where the source can't be read.
    """
    if sum(source is not None for source in (environment, preview, export)) != 1:
        raise UsageError("give exactly one of ENV, --preview FILE and --export FILE", fix=f"{command} dev, or {command} --export stack.json")
    if preview is not None:
        from plinth.stack.preview import read_preview

        return read_preview(preview)
    if export is not None:
        from plinth.stack.export import read_export

        return read_export(export)
    from plinth.stack.recorder import record

    assert environment is not None
    return record(environment, project)


def read_stack_file(path: Path) -> Stack:
    """The stack in a file that is either a preview's JSON or a stack export, told apart by content. Raises InputError where it is neither."""
    from plinth.files import read_json
    from plinth.stack.export import read_export
    from plinth.stack.preview import read_preview

    document = read_json(path)
    return read_export(path) if isinstance(document, dict) and "deployment" in document else read_preview(path)


def load_workloads(infra: Stack, project: Path | None = None) -> Stack:
    """The workloads project recorded for the same environment, its StackReference answered by the recorded infra outputs."""
    from plinth.stack.project import find_project
    from plinth.stack.recorder import ORGANIZATION, record

    folder = find_project(project) / "workloads"
    return record(infra.name, folder, references={f"{ORGANIZATION}/{infra.project}/{infra.name}": infra.outputs})
