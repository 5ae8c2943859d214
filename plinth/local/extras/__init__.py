"""What moto lacks and our stacks need, added to moto's own service classes: real state that create, describe and delete work on."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

EXTENDED_SERVICES = ("ec2", "eks", "iam", "logs", "s3", "sagemaker")
"""Each has a module here with an `install`."""


def install() -> None:
    """Have moto load a service's extras with the service, in this process; doing it twice changes nothing."""
    from moto import backends

    if getattr(backends.get_backend, "__module__", "") != __name__:
        backends.get_backend = _with_extras(backends.get_backend)
        extend("iam")  # moto's other services reach IAM by import, past get_backend


def _with_extras(get_backend: Any) -> Any:
    def extended(name: str) -> Any:
        extend(name)
        return get_backend(name)

    return extended


@cache
def extend(service: str) -> None:
    """Add the extras of one service, where there are any."""
    if service in EXTENDED_SERVICES:
        importlib.import_module(f"plinth.local.extras.{service}").install()
