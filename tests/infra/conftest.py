"""What the tests of infra share: our program under altered settings, and a policy document as data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from plinth.stack import Resource, Stack
from plinth.stack.recorder import record

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", params=["dev", "staging", "prod"])
def stack(request, recorded: Callable[[str], Stack]) -> Stack:
    """Our program, once for each environment."""
    return recorded(request.param)


@pytest.fixture(scope="session")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stack]:
    """`altered("dev", {"plinth:keys": {"rotation_days": 3}})` evaluates our program with changes laid over an environment's file.

    None removes a key.
    """

    def evaluate(environment: str, changes: Mapping[str, Any]) -> Stack:
        document = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())
        document["config"] = _overlaid(document["config"], changes)
        folder = tmp_path_factory.mktemp("altered")
        (folder / "Pulumi.yaml").write_text(f"name: plinth\nruntime: python\nmain: {ROOT / 'infra'}\n")
        (folder / f"Pulumi.{environment}.yaml").write_text(yaml.safe_dump(document))
        return record(environment, folder)

    return evaluate


@pytest.fixture(scope="session")
def statements() -> Callable[..., list[dict[str, Any]]]:
    """The statements of a resource's policy document; `key` is the input that holds it."""
    return lambda resource, key="policy": json.loads(resource.inputs[key])["Statement"]


@pytest.fixture(scope="session")
def named() -> Callable[[Stack, str], Resource]:
    """The one resource of a stack whose name ends so."""

    def find(stack: Stack, ending: str) -> Resource:
        found = [resource for resource in stack.resources if resource.name.endswith(ending)]
        assert len(found) == 1, f"{ending}: {[resource.name for resource in found]}"
        return found[0]

    return find


def _overlaid(document: Any, changes: Any) -> Any:
    if not isinstance(changes, Mapping):
        return changes
    result = dict(document) if isinstance(document, Mapping) else {}
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _overlaid(result.get(key), value)
    return result
