"""YAML that people review: read as safe YAML, with the line of every key; a duplicate key or an alias is a problem, not a surprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from plinth.errors import InputError, shortened
from plinth.files import read_text

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
SHOWN = 30
"""So many problems of a file are listed: nobody mends more at once, and a hostile file must not flood a terminal."""
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file: where (line and key), the value, and the way out."""

    line: int | None
    key: str
    what: str
    value: object
    fix: str

    def __str__(self) -> str:
        place = self.key if self.line is None else f"line {self.line}" + (f", {self.key}" if self.key else "")
        shown = [] if self.value is None else [f"  value: {shortened(self.value)}"]
        return "\n".join([f"{place}: {self.what}", *shown, f"  fix:   {self.fix}"])


@dataclass
class Document:
    """A YAML file's plain value, the line of each key, and the problems of its form."""

    path: Path
    value: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, location: Location, what: str, value: object, fix: str) -> None:
        """Note a problem at a key; a key that is not there has its parent's line."""
        self.problems.append(Problem(self._line(location), dotted(location), what, value, fix))

    def _line(self, location: Location) -> int | None:
        return next((self.lines[location[:end]] for end in range(len(location), -1, -1) if location[:end] in self.lines), None)

    def refuse(self, what: str) -> None:
        """Raise one InputError with all problems, in the order of their lines; nothing where there is none."""
        if not self.problems:
            return
        ordered = sorted(self.problems, key=lambda problem: problem.line or 0)
        count = f"{len(ordered)} problem{'s' if len(ordered) != 1 else ''}"
        more = [f"… and {len(ordered) - SHOWN} more"] if len(ordered) > SHOWN else []
        raise InputError("\n\n".join([f"{count} in {what} ({self.path})", *map(str, ordered[:SHOWN]), *more]))


def dotted(location: Location) -> str:
    """`rules[0].match.account`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def read_document(path: Path, *, fix: str, limit: int = MAX_BYTES) -> Document:
    """The file's mapping; `fix` says how such a file begins and where an example is.

    Raises InputError where it is not YAML or no mapping, or larger than `limit` bytes; duplicate keys and aliases are noted as problems.
    """
    document = Document(path)
    try:
        text = read_text(path, limit=limit)
        if _aliases(text, document, fix):
            return document
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            document.value = _plain(loader, node, (), document) if node else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else path
        raise InputError("the file is not YAML", where=where, value=getattr(error, "problem", None), fix=fix) from error
    if not isinstance(document.value, Mapping):
        raise InputError("the file is empty or no mapping", where=path, fix=fix)
    return document


def _aliases(text: str, document: Document, fix: str) -> bool:
    """Whether the file has aliases, each noted as a problem. Raises InputError where it is nested deeper than anyone writes: YAML's reader takes
    a time that grows with the square of the depth."""
    depth = 0
    found = False
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            where = f"{document.path}, line {event.start_mark.line + 1}"
            raise InputError("the file is nested too deep", where=where, value=f"more than {MAX_DEPTH} levels", fix=fix)
        if isinstance(event, yaml.AliasEvent):
            found = True
            document.problems.append(Problem(event.start_mark.line + 1, "", "an alias is not read here", f"*{event.anchor}", "write its value out"))
    return found


def _plain(loader: Any, node: yaml.Node, location: Location, document: Document) -> Any:
    document.lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, location, document)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*location, index), document) for index, item in enumerate(node.value)]
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, yaml.constructor.ConstructorError) as error:
        document.problem(location, "the value can't be read", node.value, f"write it plainly, or in quotes ({str(error).splitlines()[0]})")
        return None


def _mapping(loader: Any, node: yaml.MappingNode, location: Location, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.problems.append(Problem(line, dotted(location), "a key is no text", None, "write the key as plain text"))
            continue
        key = str(key_node.value)
        here = (*location, key)
        if key in result:
            first = document.lines[here]
            document.problems.append(Problem(line, dotted(here), f"the key stands twice: line {first} has it too", key, "keep one of them"))
            continue
        document.lines[here] = line
        result[key] = _plain(loader, value_node, here, document)
    return result
