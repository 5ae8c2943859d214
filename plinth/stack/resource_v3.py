"""The engine's ResourceV3 JSON (pulumi/pulumi sdk/go/common/apitype/core.go), as previews and exports carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.errors import InputError
from plinth.stack.model import Options, Resource
from plinth.stack.values import decode

PROVIDER_PREFIX = "pulumi:providers:"


def parse_resource(state: Any, where: str, **extra: Any) -> Resource:
    """A Resource from one ResourceV3 object. Raises InputError where it is not one."""
    if not isinstance(state, Mapping) or not isinstance(state.get("urn"), str) or not isinstance(state.get("type"), str) or state["urn"].count("::") < 3:
        raise InputError(
            "this is not a resource of a Pulumi state",
            where=where,
            value=state,
            fix="give the unchanged output of `pulumi preview --json` or `pulumi stack export`",
        )
    resource_id = decode(state.get("id"))
    return Resource(
        urn=state["urn"],
        type=state["type"],
        name=state["urn"].split("::", 3)[3],
        parent=state.get("parent") or None,
        custom=bool(state.get("custom", True)),
        id=resource_id if isinstance(resource_id, str) and resource_id else None,
        inputs=_mapping(state, "inputs", where),
        outputs=_mapping(state, "outputs", where),
        options=_options(state),
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        property_dependencies={key: tuple(sorted(urns or ())) for key, urns in sorted((state.get("propertyDependencies") or {}).items())},
        **extra,
    )


def is_provider(state: Any) -> bool:
    """Whether the state is a provider's, which no part judges or prices."""
    return isinstance(state, Mapping) and str(state.get("type", "")).startswith(PROVIDER_PREFIX)


def stack_identity(urn: str) -> tuple[str, str]:
    """The project and the stack named in a URN (`urn:pulumi:STACK::PROJECT::TYPE::NAME`)."""
    head, project, *_ = urn.split("::")
    return project, head.removeprefix("urn:pulumi:")


def _mapping(state: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = state.get(key) or {}
    if not isinstance(value, Mapping):
        raise InputError(f"`{key}` is not an object", where=f"{where}, {state['urn']}", value=value, fix="give the file as Pulumi wrote it")
    decoded = decode(value)
    return decoded if isinstance(decoded, dict) else {}


def _options(state: Mapping[str, Any]) -> Options:
    return Options(
        protect=bool(state.get("protect")),
        retain_on_delete=bool(state.get("retainOnDelete")),
        deleted_with=state.get("deletedWith") or None,
        ignore_changes=tuple(sorted(state.get("ignoreChanges") or ())),
        replace_on_changes=tuple(sorted(state.get("replaceOnChanges") or ())),
        additional_secret_outputs=tuple(sorted(state.get("additionalSecretOutputs") or ())),
        aliases=tuple(sorted(state.get("aliases") or ())),
        custom_timeouts={key: str(value) for key, value in (state.get("customTimeouts") or {}).items() if value},
        provider=state.get("provider") or None,
    )
