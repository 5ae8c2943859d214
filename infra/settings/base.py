"""What every settings model shares: strict frozen fields that say what changing them does, checks, and the problems they find."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""An AWS account's id. Source: AWS Account Management guide, View AWS account identifiers."""
Method = TypeVar("Method", bound=Callable[..., Iterator["Problem"]])


class Change(StrEnum):
    """What changing a field of a deployed environment does; `plinth plan` prints it."""

    IN_PLACE = "in place"
    ROLLING = "rolling"
    REPLACES = "replaces"
    FORBIDDEN = "forbidden"


class Settings(BaseModel):
    """A settings model: frozen, and an unknown key is a problem rather than silence.

    `load_settings` parses the config's JSON in pydantic's strict mode, so that `"3"` is not a number and `"yes"` not a boolean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def setting(*, change: Change, description: str, **constraints: Any) -> Any:
    """A settings field: `change` says what altering it later does; `constraints` are pydantic's (default, ge, le, pattern …)."""
    return Field(description=description, json_schema_extra={"change": change.value}, **constraints)


class Absent(Enum):
    """The value of a key that is not in the config."""

    MISSING = "(missing)"


MISSING: Final = Absent.MISSING


@dataclass(frozen=True)
class Problem:
    """One thing wrong in the config. `key` is relative to the area in a check, and full (`plinth:network.cidr`) in the message."""

    key: str
    value: object
    limit: str
    fix: str

    def under(self, area: str) -> Problem:
        """The same problem with its full key: `cidr` in the area `network` becomes `plinth:network.cidr`."""
        joint = "." if self.key and not self.key.startswith("[") else ""
        return Problem(f"plinth:{area}{joint}{self.key}", self.value, self.limit, self.fix)

    def __str__(self) -> str:
        value = self.value.value if isinstance(self.value, Absent) else repr(self.value)
        shown = value if len(value) <= 120 else f"{value[:119]}…"
        return f"{self.key}\n  value: {shown}\n  limit: {self.limit}\n  fix:   {self.fix}"


def nearest(name: str, names: Sequence[str]) -> str:
    """The way out of an unknown name: the nearest valid one, or all of them."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"remove it, or use one of: {', '.join(sorted(names))}"


def check(*fields: str) -> Callable[[Method], Method]:
    """Mark a method `(self) -> Iterator[Problem]` as a check over several fields; it runs where each of `fields` is valid by itself."""
    return _marked("area", fields)


def profile_check(*fields: str) -> Callable[[Method], Method]:
    """Mark a method `(self, profile: Profile) -> Iterator[Problem]` as a check against the environment's profile."""
    return _marked("profile", fields)


def _marked(kind: str, fields: tuple[str, ...]) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        method.__dict__["checks"] = (kind, fields)
        return method

    return mark


def run_checks(settings: Settings, valid: frozenset[str], profile: Settings | None) -> Iterator[Problem]:
    """Every problem that the model's checks find. `valid` names its usable fields; without a profile its checks against one wait."""
    for method in vars(type(settings)).values():
        kind, fields = getattr(method, "checks", (None, ()))
        if kind is None or not valid.issuperset(fields):
            continue
        if kind == "area":
            yield from method(settings)
        elif profile is not None:
            yield from method(settings, profile)
