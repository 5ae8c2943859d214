"""From a Markdown page to a Runbook: YAML front matter, and one typed step in each fenced block marked `yaml step`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from markdown_it import MarkdownIt
from pydantic import BaseModel, ValidationError

from plinth.errors import InputError
from plinth.files import read_text
from runbooks.model import Runbook, Step

LIBRARY = Path(__file__).parent / "library"
MARK = "yaml step"
MAX_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


def find_runbooks(folder: Path = LIBRARY) -> list[Path]:
    """The runbook pages of a folder, by name."""
    return sorted(folder.glob("*.md"))


def load_runbook(name: str, folder: Path = LIBRARY) -> Runbook:
    """The runbook of a name in the library, or of a path that ends in `.md`. Raises InputError with line and key."""
    path = Path(name) if name.endswith(".md") else folder / f"{name}.md"
    if not path.is_file():
        known = ", ".join(found.stem for found in find_runbooks(folder))
        raise InputError("there is no such runbook", where=path, value=name, fix=f"use one of: {known}")
    return parse_runbook(path)


def parse_runbook(path: Path) -> Runbook:
    """Read one page. Raises InputError where the front matter or a step is not what it must be."""
    text = read_text(path, limit=MAX_BYTES)
    matter, body, offset = _front_matter(text, path)
    steps = tuple(_steps(body, offset, path))
    if not steps:
        raise InputError("the runbook has no step", where=path, fix=f"add a fenced block marked `{MARK}`")
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise InputError("two steps have the same id", where=f"{path}, line {step.line}", value=step.id, fix="rename one")
        seen.add(step.id)
    fields = {**matter, "path": path, "sha256": hashlib.sha256(text.encode()).hexdigest(), "steps": steps}
    return _validated(Runbook, fields, f"{path}, front matter")


def _front_matter(text: str, path: Path) -> tuple[dict[str, Any], str, int]:
    lines = text.splitlines(keepends=True)
    end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if not lines or lines[0].rstrip() != "---" or end is None:
        raise InputError("the runbook has no front matter", where=f"{path}, line 1", fix="begin with a block between two lines of `---`")
    return _mapping("".join(lines[1:end]), path, 2), "".join(lines[end + 1 :]), end + 1


def _steps(body: str, offset: int, path: Path) -> Iterator[Step]:
    heading = ""
    tokens = MarkdownIt("commonmark").parse(body)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[index + 1].content
        if token.type == "fence" and token.info.strip() == MARK:
            line = offset + (token.map or [0])[0] + 1
            document = _mapping(token.content, path, line + 1)
            yield _validated(Step, {**document, "line": line, "heading": heading}, f"{path}, line {line}")


def _mapping(text: str, path: Path, first_line: int) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        raise InputError(f"this is not YAML: {getattr(error, 'problem', error)}", where=f"{path}, line {line}", fix="correct the YAML") from error
    if not isinstance(document, dict):
        raise InputError("this block holds no mapping", where=f"{path}, line {first_line}", value=document, fix="write `key: value` lines")
    return document


def _validated(model: type[Model], fields: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise InputError(f"{key}: {problem['msg']}", where=where, value=problem.get("input"), fix="see docs/runbooks.md for the form") from error
