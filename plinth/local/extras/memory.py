"""Where the extras keep what moto drops: on moto's own backend of an account and region, so that a reset clears it too."""

from __future__ import annotations

from typing import Any


def memory(backend: Any, kind: str) -> dict[str, Any]:
    """What is remembered of a kind of resource in one backend, by the resource's name. The dictionary itself, to be changed in place."""
    return vars(backend).setdefault("plinth_extras", {}).setdefault(kind, {})


def asked(response: Any, *names: str) -> dict[str, Any]:
    """The parameters among `names` that the request of a moto response gives."""
    return {name: value for name in names if (value := response._get_param(name)) is not None}
