"""A stranger's text in Markdown: shown as it is, with nothing that it could do."""

from __future__ import annotations

import re

from plinth.console import printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|<>~$&])")


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is: no link, tag, mention, table cell or line break of its own, and nothing that steers a terminal."""
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split())).replace("://", ":\u200b//").replace("@", "@\u200b")
