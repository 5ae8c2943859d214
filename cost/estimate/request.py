"""One run of `plinth cost estimate`: the stack, its usage and prices, what it is compared with, and what its guardrails say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cost.estimate.clouds import refuse_other_clouds
from cost.estimate.compare import compare, read_earlier
from cost.estimate.discounts import Discounts
from cost.estimate.discounts_file import read_discounts
from cost.estimate.engine import estimate
from cost.estimate.model import Comparison, Estimate
from cost.estimate.presets import Preset
from cost.estimate.prices import PriceBook, load_price_book
from cost.estimate.usage import Usage, load_usage
from cost.estimate.usage_scope import default_usage_file, usable_in
from plinth.errors import InputError
from plinth.stack import Stack
from plinth.stack.load import load_stack
from plinth.stack.preview import PreviewChange, read_preview_change

SHOW_SAMES = "write it by: pulumi preview --json --show-sames"


@dataclass(frozen=True)
class Request:
    """What a user asks for. `folder` is where a usage file is looked for, where an environment is asked for and none is named."""

    today: date
    environment: str | None = None
    preview: Path | None = None
    export: Path | None = None
    usage: tuple[Path, ...] = ()
    prices: Path | None = None
    compare: Path | None = None
    guardrails: Path | None = None
    preset: Preset = Preset.SMALL
    free_tier: bool = False
    folder: Path = field(default_factory=Path)
    discounts: Path | None = None


@dataclass(frozen=True)
class Answer:
    """The estimate, and the project and the environment that it is of."""

    estimate: Estimate
    project: str
    environment: str

    @property
    def title(self) -> str:
        """`project/environment`."""
        return f"{self.project}/{self.environment}"


def answer(request: Request) -> Answer:
    """Run a request. Raises UsageError where not exactly one stack is named, InputError for a file that is not what it should be."""
    paths = request.usage or tuple(path for path in (default_usage_file(request.environment, request.folder),) if path)
    book = load_price_book(request.prices)
    discounts = None if request.discounts is None else read_discounts(request.discounts, book.services)
    run = _Run(request, book, tuple(load_usage(path) for path in paths), discounts)
    stack, change = _read(request)
    refuse_other_clouds(stack, request.preview or request.export)
    result = run.whole(stack, change.unseen if change else 0)
    result = result.model_copy(update={"comparison": run.comparison(result, change), "usage_files": tuple(map(str, paths))})
    if request.guardrails is not None:
        from cost.estimate.guardrails import with_guardrails
        from cost.estimate.guardrails_file import load_guardrails

        result = with_guardrails(load_guardrails(request.guardrails), result, stack.name, run.prices, request.today)
    return Answer(result, stack.project, stack.name)


def _read(request: Request) -> tuple[Stack, PreviewChange | None]:
    if request.preview is None or request.environment is not None or request.export is not None:
        return load_stack(request.environment, preview=request.preview, export=request.export, command="plinth cost estimate"), None
    change = read_preview_change(request.preview)
    return change.after, change


@dataclass(frozen=True)
class _Run:
    request: Request
    prices: PriceBook
    usages: Sequence[Usage]
    discounts: Discounts | None = None

    def whole(self, stack: Stack, unseen: int) -> Estimate:
        """The estimate of what was asked for. Of a preview that shows a part, names that it does not have are left out, and said."""
        if not unseen:
            return self._estimated(stack, self.usages)
        usages, left_out = usable_in(self.usages, stack)
        said = tuple(f"the usage file's {key} is no resource that the preview shows" for key in left_out)
        result = self._estimated(stack, usages)
        return result.model_copy(update={"unseen": unseen, "warnings": (*result.warnings, *said)})

    def comparison(self, after: Estimate, change: PreviewChange | None) -> Comparison | None:
        """Against the file to compare with, else against the stack before the preview."""
        path = self.request.compare
        if path is not None:
            _refuse_partial(after, self.request.preview)
            earlier = read_earlier(path, self.other)
            _refuse_partial(earlier, path)
            return compare(earlier, after, against=path.name)
        if change is None:
            return None
        from cost.estimate.preview_change import preview_comparison

        return preview_comparison(change, after, self.other)

    def other(self, stack: Stack) -> Estimate:
        """The estimate of the stack to compare with, by the same usage and prices: what they differ in is the stack."""
        result = self._estimated(stack, usable_in(self.usages, stack)[0])
        return result.model_copy(update={"unseen": stack.unseen}) if stack.unseen else result

    def _estimated(self, stack: Stack, usages: Sequence[Usage]) -> Estimate:
        request = self.request
        return estimate(stack, usages, self.prices, as_of=request.today, preset=request.preset, free_tier=request.free_tier, discounts=self.discounts)


def _refuse_partial(side: Estimate, path: Path | None) -> None:
    if side.unseen:
        raise InputError("the preview leaves out unchanged resources, which a comparison would call removed or added", where=path, fix=SHOW_SAMES)
