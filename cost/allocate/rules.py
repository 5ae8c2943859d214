"""The reviewed rules file: who pays for untagged cost, and how shared cost is split. All problems of a file are reported at once."""

from __future__ import annotations

import calendar
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cost.allocate.dimensions import COLUMNS
from cost.allocate.patterns import matches_text
from cost.bill.groups import SENTINELS
from cost.bill.tags import normalise_tag_key
from plinth.strict_yaml import Document, Location, read_document

HUNDRED: Final = Decimal(100)
DEFAULT_OVER: Final = "team"
CostKind = Literal["billed", "list", "contracted", "unblended", "amortized", "net_amortized"]


def _texts(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value if isinstance(value, tuple | Mapping) or value is None else (value,)


def _percent(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts), Field(min_length=1)]
Percent = Annotated[Decimal, BeforeValidator(_percent), Field(ge=0, le=100, max_digits=12)]


class Strict(BaseModel):
    """A frozen part of the rules file: no unknown key, no value of another type."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


class Reviewed(Strict):
    """What every rule may say of itself: why it is there, who looked at it, and in which month it last holds.

    `expires` is compared with the bill's months and never with today: the same bill always gives the same answer.
    """

    name: Text
    reason: str | None = None
    reviewer: str | None = None
    expires: date | None = None

    def past(self, periods: Iterable[str]) -> tuple[str, ...]:
        """Those of these billing periods (`2026-10`) in which the rule holds no more."""
        return past(self.expires, periods)

    def is_over(self, periods: Sequence[str]) -> bool:
        """Whether the rule holds in none of these billing periods."""
        return bool(periods) and len(self.past(periods)) == len(periods)


def past(expires: date | None, periods: Iterable[str]) -> tuple[str, ...]:
    """The billing periods after the month in which a rule expires."""
    return () if expires is None else tuple(period for period in periods if period > expires.isoformat()[:7])


def last_day(expires: date | None) -> date | None:
    """The last day of the month in which a rule expires: it holds for all charges of that billing period."""
    return None if expires is None else expires.replace(day=calendar.monthrange(expires.year, expires.month)[1])


class Match(Strict):
    """Which charges: every field that is given must match, by one of its patterns (`*` any text, `?` one character).

    Without `charge_category` or `line_item_type` a rule takes only usage that could carry a tag: no tax, credit, fee or unused commitment.
    """

    account: Texts | None = None
    resource: Texts | None = None
    service: Texts | None = Field(default=None, description="a service's name or code: `Amazon Elastic Compute Cloud`, `AmazonEC2`")
    usage_type: Texts | None = None
    region: Texts | None = None
    charge_category: Texts | None = None
    line_item_type: Texts | None = None
    tags: Mapping[Text, Texts] | None = Field(default=None, description="another tag's values, as the bill has them")

    @model_validator(mode="after")
    def _something(self) -> Match:
        if not self.model_dump(exclude_none=True):
            raise ValueError("it matches everything: name an account, resource, service, usage_type, region, tags, charge_category or line_item_type")
        return self


class AttributionRule(Reviewed):
    """Charges without a tag get it from here. For each tag, the first rule that matches and sets it wins."""

    match: Match
    set: Annotated[Mapping[Text, Text], Field(min_length=1)]


class Source(Strict):
    """Which cost a split takes: every field that is given must match. `tags` sees tags after attribution, `(untagged)` and `(shared)` included."""

    account: Texts | None = None
    service: Texts | None = None
    charge_category: Texts | None = None
    line_item_type: Texts | None = None
    unused_commitment: Literal[True] | None = None
    untagged: Text | None = Field(default=None, description="a tag's name: usage without it")
    tags: Mapping[Text, Texts] | None = None

    @model_validator(mode="after")
    def _something(self) -> Source:
        if not self.model_dump(exclude_none=True):
            raise ValueError("it takes everything: name tags, account, service, charge_category, line_item_type, unused_commitment or untagged")
        return self


class Method(StrEnum):
    """How a split shares out. The first three are AWS's (Cost Categories, CostCategorySplitChargeMethod)."""

    EVEN = "even"
    PROPORTIONAL = "proportional"
    FIXED = "fixed"
    USAGE = "usage"
    CONTAINERS = "containers"


class UsageMetric(Strict):
    """What a split by usage is measured by: a csv file with `group,value` and, if it has several months, `period`; or quantities in the bill."""

    file: Text | None = None
    usage_type: Texts | None = Field(default=None, description="the consumed quantity of the usage types that match")

    @model_validator(mode="after")
    def _one(self) -> UsageMetric:
        if (self.file is None) == (self.usage_type is None):
            raise ValueError("give either file or usage_type")
        return self


class ContainerMetric(Strict):
    """What a split by containers is measured by: the cost of pods, by their namespace or by a pod label whose value is the group."""

    by: Text = Field(default="namespace", description="`namespace`, or `label:team`")
    groups: Mapping[Text, Text] | None = Field(default=None, description="a namespace's or label's value -> the group, where they differ")


class Split(Reviewed):
    """One shared cost, split over the groups of the dimension `over`; within a group, in proportion to its leaves' direct cost."""

    source: Source = Field(alias="from")
    method: Annotated[Method, BeforeValidator(lambda value: Method(value.lower()) if isinstance(value, str) and value.lower() in list(Method) else value)]
    over: Text = DEFAULT_OVER
    to: Texts | None = None
    shares: Mapping[Text, Percent] | None = None
    usage: UsageMetric | None = None
    containers: ContainerMetric | None = None
    basis: CostKind = Field(default="amortized", description="the cost kind that proportions are taken from")

    @model_validator(mode="after")
    def _whole(self) -> Split:
        for method, needed in ((Method.FIXED, "shares"), (Method.USAGE, "usage")):
            if (self.method is method) != (getattr(self, needed) is not None):
                raise ValueError(f"{needed} belongs to the method {method.value}, and the method needs it")
        if self.containers is not None and self.method is not Method.CONTAINERS:
            raise ValueError("containers belongs to the method containers")
        if self.shares is not None and sum(self.shares.values()) != HUNDRED:
            raise ValueError(f"the shares add up to {sum(self.shares.values())}, not to 100")
        if self.shares is not None and self.to is not None:
            raise ValueError("shares already names the groups: take `to` out")
        return self

    def named_groups(self) -> tuple[str, ...]:
        """The groups that the split names itself."""
        return self.to or tuple(self.shares or ())


class AllocationRules(Strict):
    """The rules file. Order: tags as billed, then stack exports, then rules, each first match first; then the splits, one after the other."""

    version: Literal[1] = 1
    stacks: Texts | tuple[()] = ()
    rules: Annotated[tuple[AttributionRule, ...], BeforeValidator(_texts)] = ()
    splits: Annotated[tuple[Split, ...], BeforeValidator(_texts)] = ()

    def tags_set(self) -> tuple[str, ...]:
        """The tags that rules can set, in normal form."""
        return tuple(sorted({normalise_tag_key(key) for rule in self.rules for key in rule.set}))


def read_rules(path: Path) -> AllocationRules:
    """The rules in a file; its paths are relative to its folder. Raises one InputError that lists every problem with line, key and fix."""
    document = read_document(path, fix="start it with version: 1; docs/allocate.md has an example")
    if document.value is None:
        document.refuse("the allocation rules")
    found = _validated(document)
    if found is not None:
        for location, what, value, fix in (*_repeated_names(found), *cycles(found.splits), *_missing_files(found, path.parent)):
            document.problem(location, what, value, fix)
    document.refuse("the allocation rules")
    assert found is not None
    return _anchored(found, path.parent)


def _validated(document: Document) -> AllocationRules | None:
    if "version" not in document.value:
        document.problem((), "the version is missing", None, "start the file with version: 1")
    try:
        return AllocationRules.model_validate(document.value)
    except ValidationError as error:
        for each in error.errors():
            location = tuple(part for part in each["loc"] if part not in ("[key]", "tuple[constrained-str, ...]", "tuple[()]"))
            document.problem(location, _what(each), None if isinstance(each["input"], Mapping) else each["input"], _fix(each))
        return None


def _what(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    return str(error["msg"]).removeprefix("Value error, ")


_FIXES: Final = {
    "string_type": 'write it in quotes: "123456789012"',
    "missing": "add it",
    "date_type": "write it as 2027-03-31, without quotes",
    "literal_error": "write one of the values named",
    "enum": f"use one of {', '.join(Method)}",
    "value_error": "see docs/allocate.md",
}


def _fix(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if kind == "extra_forbidden":
        known = sorted({name for model in (Match, Source, AttributionRule, Split, AllocationRules, UsageMetric, ContainerMetric) for name in _keys(model)})
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        return f"did you mean {close[0]}?" if close else "take it out; docs/allocate.md lists the keys"
    if kind == "is_instance_of" or kind.startswith("enum"):
        return _FIXES["enum"]
    return _FIXES.get(kind, "write it as docs/allocate.md shows")


def _keys(model: type[BaseModel]) -> Iterator[str]:
    yield from (field.alias or name for name, field in model.model_fields.items())


Found = tuple[Location, str, object, str]


def _repeated_names(rules: AllocationRules) -> Iterator[Found]:
    for part, items in (("rules", rules.rules), ("splits", rules.splits)):
        names: set[str] = set()
        for index, item in enumerate(items):
            if item.name in names:
                yield (part, index, "name"), "the name is used before", item.name, "give each rule a name of its own"
            names.add(item.name)


def cycles(splits: Sequence[Split]) -> Iterator[Found]:
    """Splits that give to a group which they or an earlier split have emptied: its cost would go round."""
    for index, split in enumerate(splits):
        for emptied in splits[: index + 1]:
            for name in split.named_groups():
                if emptied.over == split.over and emptied.source.untagged is None and matches_text(name, _group_patterns(emptied)):
                    message = f"{name} gets cost after {emptied.name} has split {name}'s: that would go round"
                    yield ("splits", index), message, name, f"take {name} out of the groups, or put this split before {emptied.name}"
        for name in split.named_groups():
            if name in SENTINELS:
                yield ("splits", index), "cost can't be split to this group", name, "name groups that people are in"


def _group_patterns(split: Split) -> tuple[str, ...]:
    """The groups of `over` that a split empties: those it selects by nothing but that tag, or that account."""
    given = split.source.model_dump(exclude_none=True)
    if split.over == "account":
        return tuple(given["account"]) if set(given) == {"account"} else ()
    if set(given) != {"tags"} or split.over in COLUMNS or len(given["tags"]) != 1:
        return ()
    return next((tuple(values) for key, values in given["tags"].items() if normalise_tag_key(key) == normalise_tag_key(split.over)), ())


def _missing_files(rules: AllocationRules, folder: Path) -> Iterator[Found]:
    files: list[tuple[Location, str]] = [(("stacks", index), name) for index, name in enumerate(rules.stacks)]
    files += [(("splits", index, "usage", "file"), split.usage.file) for index, split in enumerate(rules.splits) if split.usage and split.usage.file]
    for location, name in files:
        if not (folder / name).is_file():
            yield location, "there is no such file", name, f"give its path from {folder}"


def _anchored(rules: AllocationRules, folder: Path) -> AllocationRules:
    return rules.model_copy(
        update={"stacks": tuple(str(folder / name) for name in rules.stacks), "splits": tuple(_anchored_split(split, folder) for split in rules.splits)}
    )


def _anchored_split(split: Split, folder: Path) -> Split:
    if split.usage is None or split.usage.file is None:
        return split
    return split.model_copy(update={"usage": split.usage.model_copy(update={"file": str(folder / split.usage.file)})})
