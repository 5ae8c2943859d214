"""Destroy a deployment in reverse order, and find what is left by listing the services."""

from __future__ import annotations

import re
import time
from typing import Any

from plinth.local.aws import LocalAws
from plinth.local.deploy import redacted
from plinth.local.deployment import DeployedResource, Deployment, DestroyReport
from plinth.local.entry import Call, Entry
from plinth.local.inventory import inventory, leftovers
from plinth.local.requests import call_arguments
from plinth.local.services import TABLE
from plinth.local.verify import facts_of


def destroy(deployment: Deployment, aws: LocalAws, *, force: bool = False) -> DestroyReport:
    """Delete what the deployment created, last first.

    Without `force`, a protected resource makes it refuse before anything is deleted, and resources to retain stay. With
    `force` both go too, and buckets are emptied first: the second opt-in that destroying data needs.
    """
    started = time.perf_counter()
    standing = [resource for resource in reversed(deployment.resources) if resource.id is not None and resource.type in TABLE]
    protected = tuple(resource.urn for resource in standing if resource.options.protect)
    if protected and not force:
        return DestroyReport(refused=protected, seconds=time.perf_counter() - started)
    retained = {resource.urn for resource in standing if resource.options.retain_on_delete and not force}
    failed: dict[str, str] = {}
    lingering: dict[str, str] = {}
    going = [resource for resource in standing if resource.urn not in retained]
    for resource in going:
        entry = TABLE[resource.type]
        try:
            _delete(resource, entry, aws, force)
        except Exception as error:  # whatever moto raises belongs in the report, and the rest must still go
            failed[resource.urn] = redacted(f"{type(error).__name__}: {error}", resource.inputs)
        else:
            lingering |= {str(resource.id): f"{resource.urn} ({resource.id}): {entry.lingers}"} if entry.lingers else {}
    return DestroyReport(
        destroyed=tuple(resource.urn for resource in going if resource.urn not in failed),
        retained=tuple(sorted(retained)),
        failed=failed,
        leftovers=_left(deployment, aws, {str(resource.id) for resource in standing if resource.urn in retained} | set(lingering)),
        pending_deletion=tuple(lingering.values()),
        seconds=time.perf_counter() - started,
    )


def _delete(resource: DeployedResource, entry: Entry, aws: LocalAws, force: bool) -> None:
    client = aws.client(entry.service, resource.region)
    facts: dict[str, Any] = {**facts_of(resource, aws), "force": force}
    for delete in entry.deletes:
        if isinstance(delete, Call):
            getattr(client, delete.operation)(**call_arguments(client, delete, facts))
        else:
            delete(client, facts)


def _left(deployment: Deployment, aws: LocalAws, expected: set[str]) -> tuple[str, ...]:
    """What the services list now and did not list before the deploy, without the ids that are expected to be there still."""
    entries = [TABLE[type_] for type_ in sorted({resource.type for resource in deployment.resources}) if type_ in TABLE]
    regions = sorted({resource.region or deployment.region for resource in deployment.resources})
    found = leftovers(deployment.before, inventory(aws, entries, regions))
    return tuple(line for line in found if not {item := line.split(": ", 1)[1], *re.split("[/:]", item)} & expected)
