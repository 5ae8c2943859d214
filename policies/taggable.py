"""Which AWS resource types take tags: read from the installed pulumi_aws, kept as data. `python -m policies.taggable` writes it anew."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from plinth.files import write_atomically

TABLE = Path(__file__).parent / "data" / "taggable_types.txt"
TOKEN = re.compile(r"super\([^)]*\)\.__init__\(\s*'(aws:[^']+)'")
SIGNATURE = re.compile(r"def _internal_init\((.*?)__props__=None", re.DOTALL)


@cache
def taggable_types() -> tuple[str, ...]:
    """The type tokens of AWS resources with a `tags` input, from the table."""
    return tuple(line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def scan() -> tuple[str, ...]:
    """The same from the installed provider's own source, without importing it (that takes seconds)."""
    spec = find_spec("pulumi_aws")
    assert spec is not None and spec.origin is not None
    found = set()
    for path in Path(spec.origin).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        token, signature = TOKEN.search(text), SIGNATURE.search(text)
        if token and signature and re.search(r"\btags:", signature.group(1)):
            found.add(token.group(1))
    return tuple(sorted(found))


if __name__ == "__main__":
    header = "# AWS resource types with a `tags` input, in pulumi_aws as locked in uv.lock. Written by: python -m policies.taggable"
    write_atomically(TABLE, "\n".join([header, *scan(), ""]))
