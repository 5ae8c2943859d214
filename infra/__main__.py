"""The program that `pulumi up` runs: the platform of one environment."""

import sys
from pathlib import Path

# Pulumi runs this folder with runpy, which puts it first on sys.path, where our platform.py would stand in for the standard
# library's `platform` in every later import. The project is installed in the virtual environment, so nothing is lost with the entry.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).parent.resolve()]

from infra.platform import build  # noqa: E402

build()
