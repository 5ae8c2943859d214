"""A Pulumi project's files as data: its name, its program's folder, and the configuration of one environment."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from plinth.errors import InputError
from plinth.files import read_text

WITHHELD_CONFIG = "[secret]"


@dataclass(frozen=True)
class Project:
    """A project and one environment's configuration, as the engine would hand it to the program."""

    folder: Path
    name: str
    program: Path
    environment: str
    config: dict[str, str]
    secret_keys: tuple[str, ...]

    @property
    def region(self) -> str | None:
        """The region of the AWS provider's configuration."""
        return self.config.get("aws:region")

    @property
    def config_file(self) -> Path:
        """The environment's own file."""
        return self.folder / f"Pulumi.{self.environment}.yaml"


def find_project(start: Path | None = None) -> Path:
    """The nearest folder upwards that holds Pulumi.yaml. Raises InputError where there is none."""
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / "Pulumi.yaml").is_file():
            return candidate
    raise InputError("there is no Pulumi.yaml here or above", where=folder, fix="run plinth from the project's folder")


def environments(folder: Path) -> list[str]:
    """The environments of a project: the names of its `Pulumi.<env>.yaml` files, sorted."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def read_project(environment: str, folder: Path | None = None) -> Project:
    """Read Pulumi.yaml and `Pulumi.<environment>.yaml`. Raises InputError on an unknown environment or a bad file."""
    folder = find_project(folder)
    known = environments(folder)
    if environment not in known:
        near = difflib.get_close_matches(environment, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(
            "there is no such environment", where=folder, value=environment, fix=f"{hint}use one of: {', '.join(known) or '(none: add Pulumi.<env>.yaml)'}"
        )
    project_file = folder / "Pulumi.yaml"
    document = _read_mapping(project_file)
    if not isinstance(document.get("name"), str):
        raise InputError("the project has no name", where=f"{project_file}, key name", value=document.get("name"), fix="add `name: …`")
    values = {**_defaults(document), **_config(folder / f"Pulumi.{environment}.yaml")}
    config, secret_keys = _as_engine_config(values, document["name"])
    return Project(folder, document["name"], folder / str(document.get("main", ".")), environment, config, secret_keys)


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML's safe loader, but for a key that stands twice: PyYAML would let the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                raise yaml.constructor.ConstructorError(problem=f"the key {key!r} is given twice", problem_mark=node.value[index][0].start_mark)
        return super().construct_mapping(node, deep)


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(read_text(path), Loader=_UniqueKeys)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise InputError(f"the file is not YAML: {getattr(error, 'problem', error)}", where=where, fix="correct the YAML") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise InputError("the file holds no mapping", where=path, value=document, fix="write `key: value` lines")
    return document


def _config(path: Path) -> dict[str, Any]:
    config = _read_mapping(path).get("config") or {}
    if not isinstance(config, dict):
        raise InputError(
            "`config` is not a mapping", where=f"{path}, key config", value=config, fix="write `config:` and below it `namespace:key: value` lines"
        )
    return config


def _defaults(document: dict[str, Any]) -> dict[str, Any]:
    declared = document.get("config") or {}
    pairs = ((key, entry.get("value", entry.get("default")) if isinstance(entry, dict) else entry) for key, entry in declared.items())
    return {key: value for key, value in pairs if value is not None}


def _as_engine_config(values: dict[str, Any], project: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The engine hands scalars as text and objects as JSON; a key without a namespace belongs to the project."""
    config: dict[str, str] = {}
    secret_keys: list[str] = []
    for key, value in values.items():
        full_key = str(key) if ":" in str(key) else f"{project}:{key}"
        if isinstance(value, dict) and set(value) == {"secure"}:
            secret_keys.append(full_key)
            value = WITHHELD_CONFIG
        if isinstance(value, bool):
            value = str(value).lower()
        config[full_key] = value if isinstance(value, str) else json.dumps(value, default=str)
    return config, tuple(secret_keys)
