"""A value that also waits for resources: how a component says that its output is of use only once more than one resource stands."""

from __future__ import annotations

from typing import TypeVar

import pulumi

T = TypeVar("T")


def after(value: pulumi.Output[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """The same value; what uses it is created after `resources`, and deleted before them.

    `depends_on` on a component does not reach its children, so the order travels with the value. It goes by the resources' URNs,
    which a preview knows, so that the value stays known where it is known.
    """
    return pulumi.Output.all(value, *(resource.urn for resource in resources)).apply(lambda found: found[0])
