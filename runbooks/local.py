"""A drill on the local AWS: the recorded stack is deployed to moto, the drill is run against it, and all is destroyed."""

from __future__ import annotations

from plinth.local import LocalAws, deploy, destroy
from plinth.stack.load import load_stack
from runbooks.model import Runbook
from runbooks.record import DrillRecord
from runbooks.runner import run_drill

TARGET = "local AWS (moto, in this process)"


def drill_on_local_aws(runbook: Runbook, environment: str) -> DrillRecord:
    """Deploy the environment's stack on moto, run the drill against its real outputs, destroy it again."""
    stack = load_stack(environment)
    with LocalAws(stack.region or "us-east-1") as aws:
        deployment = deploy(stack, aws)
        try:
            return run_drill(runbook, aws.client, deployment.outputs, environment=environment, target=TARGET)
        finally:
            destroy(deployment, aws, force=True)
