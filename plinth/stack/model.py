"""The stack as data: one frozen model that policies, prices, the local AWS and runbooks read, wherever it came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer

from plinth.errors import InputError
from plinth.stack.providers import regions_of
from plinth.stack.values import UNKNOWN, Lookup, Value, displayed, lookup

Properties = Annotated[Mapping[str, Any], PlainSerializer(displayed)]
"""Resource properties by their provider (camelCase) names; printed with secrets withheld."""


STACK_TYPE = "pulumi:pulumi:Stack"
"""The root of every stack: neither a component of ours nor a provider's resource."""


class Source(StrEnum):
    """Where a stack was read from."""

    PROGRAM = "program"
    PREVIEW = "preview"
    EXPORT = "export"


class Operation(StrEnum):
    """What a preview says will be done to a resource; a program or an export leaves it unset."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"
    READ = "read"
    IMPORT = "import"


class Options(BaseModel):
    """The resource options that the engine keeps (Pulumi docs: concepts/options)."""

    model_config = ConfigDict(frozen=True)

    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = {}
    provider: str | None = None
    provider_version: str | None = None


class Resource(BaseModel):
    """One resource. `inputs` is what the program asks for; `outputs` what the provider answers (made up by the recorder)."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    urn: str
    type: str
    name: str
    parent: str | None = None
    custom: bool = True
    id: str | None = None
    inputs: Properties = {}
    outputs: Properties = {}
    options: Options = Options()
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = {}
    operation: Operation | None = None
    replaced_for: tuple[str, ...] = ()
    previous_inputs: Properties | None = None

    @property
    def provider_package(self) -> str:
        """The provider's name: `aws` for `aws:s3/bucket:Bucket`."""
        return self.type.split(":", 1)[0]

    def input(self, path: str) -> Lookup:
        """Look up a dotted path in the inputs."""
        return lookup(self.inputs, path)

    def output(self, path: str) -> Lookup:
        """Look up a dotted path in the outputs, falling back to the inputs, as a deployed resource echoes them."""
        found = lookup(self.outputs, path)
        return found if found.present else lookup(self.inputs, path)

    @property
    def tags(self) -> Value:
        """The tags asked for, `tagsAll` before `tags`; a dict, UNKNOWN, or None where there are none."""
        for key in ("tagsAll", "tags"):
            found = lookup(self.inputs, key)
            if found.present:
                return found.value if found.known else UNKNOWN
        return None


class Stack(BaseModel):
    """A whole stack: its resources in dependency order (ties by URN), its outputs and its configuration's region."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    project: str
    name: str
    source: Source
    region: str | None = None
    provider_regions: Mapping[str, str | None] = {}
    """The Region of each AWS provider that the source shows, by URN; None where it names none that is known."""
    resources: tuple[Resource, ...]
    outputs: Properties = {}
    notes: tuple[str, ...] = ()
    unseen: int = 0
    """How many unchanged resources a preview does not show: they are in the stack and not in `resources`."""

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def by_type(self) -> dict[str, tuple[Resource, ...]]:
        """The resources by type token, in stack order."""
        grouped: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            grouped[resource.type].append(resource)
        return {type_: tuple(found) for type_, found in grouped.items()}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Stack:
        """A changed copy, without the look-ups that this one has cached."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("by_urn", "by_type", "_dependents"):
            vars(copy).pop(name, None)
        return copy

    @property
    def custom(self) -> tuple[Resource, ...]:
        """The resources that a provider creates, without components and providers."""
        return tuple(resource for resource in self.resources if resource.custom and not resource.type.startswith("pulumi:"))

    def of_type(self, type_: str) -> tuple[Resource, ...]:
        """The resources of one type token; empty where the stack has none."""
        return self.by_type.get(type_, ())

    def ancestors(self, resource: Resource) -> tuple[Resource, ...]:
        """The components above a resource, nearest first; read from `parent`, never parsed from a URN."""
        chain: list[Resource] = []
        while resource.parent in self.by_urn and self.by_urn[resource.parent] not in chain:
            resource = self.by_urn[resource.parent]
            chain.append(resource)
        return tuple(chain)

    def children(self, resource: Resource) -> tuple[Resource, ...]:
        """The resources whose parent is this one."""
        return tuple(child for child in self.resources if child.parent == resource.urn)

    def dependents(self, resource: Resource, *types: str) -> tuple[Resource, ...]:
        """The resources that depend on this one, of the given types or of any: a bucket's side-cars, say."""
        return tuple(other for other in self._dependents[resource.urn] if not types or other.type in types)

    @cached_property
    def _dependents(self) -> dict[str, list[Resource]]:
        result: dict[str, list[Resource]] = {urn: [] for urn in self.by_urn}
        for resource in self.resources:
            for urn in dict.fromkeys([*resource.dependencies, *(u for urns in resource.property_dependencies.values() for u in urns)]):
                if urn in result:
                    result[urn].append(resource)
        return result


def build_stack(resources: list[Resource], **fields: Any) -> Stack:
    """A Stack with its resources in dependency order. Raises InputError on a duplicate URN or a cycle."""
    by_urn: dict[str, Resource] = {}
    for resource in resources:
        if resource.urn in by_urn:
            raise InputError("two resources have the same URN", where=resource.urn, fix="give one of them another name; the engine refuses duplicates")
        by_urn[resource.urn] = resource
    shown = regions_of({"urn": resource.urn, "type": resource.type, "inputs": resource.inputs} for resource in resources)
    fields["provider_regions"] = {**shown, **fields.get("provider_regions", {})}
    return Stack(resources=tuple(by_urn[urn] for urn in _dependency_order(by_urn)), **fields)


def _dependency_order(by_urn: Mapping[str, Resource]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for urn in sorted(by_urn):
        resource = by_urn[urn]
        above = {resource.parent, *resource.dependencies, *(u for urns in resource.property_dependencies.values() for u in urns)}
        sorter.add(urn, *sorted(u for u in above if u in by_urn and u != urn))
    try:
        sorter.prepare()
    except CycleError as error:
        raise InputError("the resources depend on one another in a circle", where=" -> ".join(error.args[1]), fix="break the circle") from error
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered.extend(ready)
        sorter.done(*ready)
    return ordered
