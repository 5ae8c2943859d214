"""Self-contained HTML pages with one look: a title, key figures, and sections of text and tables. No script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class Figure(BaseModel):
    """A key figure: what it is, the figure with its unit, and a line that says how to read it."""

    model_config = ConfigDict(frozen=True)

    label: str
    value: str
    note: str = ""


class PageTable(BaseModel):
    """A table with a caption; columns named in `right` hold figures. A cell may be a Link or a Badge."""

    model_config = ConfigDict(frozen=True)

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    right: frozenset[str] = frozenset()
    empty: str = "Nothing."


class Badge(BaseModel):
    """A status that also reads without colour: `tone` is good, bad, warn or plain."""

    model_config = ConfigDict(frozen=True)

    text: str
    tone: str = "plain"


class Link(BaseModel):
    """A link to another page beside this one."""

    model_config = ConfigDict(frozen=True)

    text: str
    href: str


class Section(BaseModel):
    """A part of a page."""

    model_config = ConfigDict(frozen=True)

    heading: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[PageTable, ...] = ()
    preformatted: str = ""


def render_page(
    title: str, sections: Sequence[Section], *, lead: str = "", figures: Sequence[Figure] = (), notices: Sequence[str] = (), home: str | None = None
) -> str:
    """One HTML page. `notices` stand above all else (synthetic data, say); `home` is the page to go back to."""
    template = environment().get_template("page.html.j2")
    return template.render(title=title, sections=sections, lead=lead, figures=figures, notices=notices, home=home)


@cache
def environment() -> Any:
    """The Jinja environment of all pages: everything is escaped, an undefined name is an error. `base.html.j2` is there to extend."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.tests["badge"] = lambda cell: isinstance(cell, Badge)
    made.tests["link"] = lambda cell: isinstance(cell, Link)
    made.globals["style"] = (FOLDER / "style.css").read_text(encoding="utf-8")
    return made
