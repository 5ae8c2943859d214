"""The life of a local AWS that outlives one command: brought up, read back, taken down. What `plinth local` prints as JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError, UsageError
from plinth.local import server
from plinth.local.aws import LocalAws
from plinth.local.deploy import deploy
from plinth.local.deployment import Deployment, DestroyReport, Status, VerifyReport
from plinth.local.destroy import destroy
from plinth.local.state import LocalState, load, save, state_file
from plinth.local.verify import verify
from plinth.stack.load import load_stack
from plinth.stack.project import find_project
from plinth.stack.recorder import DEFAULT_REGION

FORCED = "protected and retained resources go too, and buckets are emptied: `plinth local destroy` gives both opt-ins, as nothing here is real"


class LocalReport(BaseModel):
    """A running local AWS: where it is, what is deployed, and how it compares with what was declared."""

    model_config = ConfigDict(frozen=True)

    environment: str
    endpoint_url: str
    pid: int
    deployment: Deployment
    verification: VerifyReport
    notes: tuple[str, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether no resource failed and nothing differs; a resource that can't be held is no failure."""
        return self.verification.fine and not self.deployment.of_status(Status.FAILED)


class TakenDown(BaseModel):
    """What taking a local AWS down did; `destroy` is None where its server was gone already, and everything with it."""

    model_config = ConfigDict(frozen=True)

    environment: str
    destroy: DestroyReport | None
    notes: tuple[str, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether nothing is left."""
        return self.destroy is None or self.destroy.fine


def bring_up(environment: str, project: Path | None = None) -> LocalReport:
    """Start a server, deploy the environment's stack to it, verify, and keep the state. Raises UsageError where it is up already."""
    folder = find_project(project)
    path = state_file(folder, environment)
    notes = _clear_stale(path, environment)
    stack = load_stack(environment, project=folder)
    region = stack.region or DEFAULT_REGION
    pid, port = server.start(path.with_suffix(".port"), path.with_suffix(".log"), region)
    try:
        with LocalAws(region, endpoint_url=server.endpoint_url(port)) as aws:
            deployment = deploy(stack, aws)
            verification = verify(deployment, aws)
        save(path, LocalState(environment=environment, pid=pid, port=port, deployment=deployment))
    except BaseException:
        server.stop(pid, port)
        raise
    return LocalReport(environment=environment, endpoint_url=server.endpoint_url(port), pid=pid, deployment=deployment, verification=verification, notes=notes)


def read_back(environment: str, project: Path | None = None) -> LocalReport:
    """Verify a running local AWS. Raises InputError where the environment is not up, or its server has died."""
    state = load(state_file(find_project(project), environment), environment)
    if not state.running:
        raise InputError("the local AWS of this environment has died", where=f"process {state.pid}", value=environment, fix=f"plinth local up {environment}")
    with LocalAws(state.deployment.region, endpoint_url=state.endpoint_url) as aws:
        verification = verify(state.deployment, aws)
    return LocalReport(environment=environment, endpoint_url=state.endpoint_url, pid=state.pid, deployment=state.deployment, verification=verification)


def take_down(environment: str, project: Path | None = None) -> TakenDown:
    """Destroy what is deployed, by force, stop the server and remove the state file. Raises InputError where it is not up."""
    path = state_file(find_project(project), environment)
    state = load(path, environment)
    report: DestroyReport | None = None
    notes = (FORCED,)
    if state.running:
        with LocalAws(state.deployment.region, endpoint_url=state.endpoint_url) as aws:
            report = destroy(state.deployment, aws, force=True)
        server.stop(state.pid, state.port)
    else:
        notes = ("its server had died, and everything in it went with it",)
    path.unlink()
    path.with_suffix(".log").unlink(missing_ok=True)
    return TakenDown(environment=environment, destroy=report, notes=notes)


def _clear_stale(path: Path, environment: str) -> tuple[str, ...]:
    """Refuse a second `up`; remove the state of a server that has died, and say so."""
    if not path.exists():
        return ()
    state = load(path, environment)
    if state.running:
        raise UsageError(
            "this environment is up already", where=state.endpoint_url, value=environment, fix=f"plinth local status {environment}, or destroy it first"
        )
    path.unlink()
    return (f"the server of an earlier `up` (process {state.pid}) had died; this is a new one",)
