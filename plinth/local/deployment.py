"""What a deployment, a verification and a destroy report: frozen models whose JSON the `local` commands print."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from plinth.local.substitution import Substitution
from plinth.stack.model import Options, Properties
from plinth.stack.values import decode

ReadProperties = Annotated[Properties, BeforeValidator(decode)]
"""Properties that may come back from a file, where a secret was withheld: it reads as a secret of unknown value."""


class Status(StrEnum):
    """What became of one resource."""

    CREATED = "created"
    NOT_HELD = "not_held"
    FAILED = "failed"


class DeployedResource(BaseModel):
    """One resource of the stack on the local AWS: its real id and facts, or the reason why it is not there."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    status: Status
    id: str | None = None
    seconds: float = 0.0
    reason: str | None = None
    region: str | None = None
    inputs: ReadProperties = {}
    outputs: ReadProperties = {}
    options: Options = Options()


class Deployment(BaseModel):
    """A stack on the local AWS, in the order of creation. `outputs` are the stack's, with real values."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    project: str
    stack: str
    region: str
    resources: tuple[DeployedResource, ...]
    outputs: ReadProperties = {}
    replacements: Mapping[str, str] = {}
    before: Mapping[str, tuple[str, ...]] = {}
    seconds: float = 0.0

    @cached_property
    def by_urn(self) -> dict[str, DeployedResource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    def of_status(self, status: Status) -> tuple[DeployedResource, ...]:
        """The resources that ended in one status."""
        return tuple(resource for resource in self.resources if resource.status is status)

    def of_type(self, type_: str) -> tuple[DeployedResource, ...]:
        """The resources of one type token."""
        return tuple(resource for resource in self.resources if resource.type == type_)

    def real(self, value: Any) -> Any:
        """The value with every made-up id, ARN and name in it replaced by the local AWS's; what has none stays."""
        return self._substitution.apply(value)

    @cached_property
    def _substitution(self) -> Substitution:
        return Substitution(real=self.replacements)


class Finding(StrEnum):
    """How a declared property compares with what was read back."""

    MATCHED = "matched"
    DIFFERS = "differs"
    NOT_ECHOED = "not_echoed"
    WITHHELD = "withheld"


class PropertyVerdict(BaseModel):
    """One property of one resource: declared, and as found. `property` is a dotted path; secrets are withheld."""

    model_config = ConfigDict(frozen=True)

    urn: str
    property: str
    finding: Finding
    declared: Any = None
    found: Any = None


class VerifyReport(BaseModel):
    """Every created resource read back: the verdict on each property that was sent, and the resources that are gone."""

    model_config = ConfigDict(frozen=True)

    verdicts: tuple[PropertyVerdict, ...] = ()
    missing: Mapping[str, str] = {}
    read: int = 0
    seconds: float = 0.0

    def of(self, finding: Finding) -> tuple[PropertyVerdict, ...]:
        """The verdicts of one kind."""
        return tuple(verdict for verdict in self.verdicts if verdict.finding is finding)

    @property
    def fine(self) -> bool:
        """Whether every resource is there and nothing differs from what was declared."""
        return not self.missing and not self.of(Finding.DIFFERS)


class DestroyReport(BaseModel):
    """What a destroy did, in its order, and what it left."""

    model_config = ConfigDict(frozen=True)

    destroyed: tuple[str, ...] = ()
    retained: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    failed: Mapping[str, str] = {}
    leftovers: tuple[str, ...] = ()
    pending_deletion: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def fine(self) -> bool:
        """Whether all that was to go is gone and nothing else is left."""
        return not self.failed and not self.refused and not self.leftovers
