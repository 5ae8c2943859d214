"""Which files a bill is made of: found in folders, globs and S3, the newest delivery of each month, each file once."""

from __future__ import annotations

from cost.bill.sources.find import find_sources
from cost.bill.sources.model import Source, SourceKind, Sources

__all__ = ["Source", "SourceKind", "Sources", "find_sources"]
