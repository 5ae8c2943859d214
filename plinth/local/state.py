"""What `plinth local up` leaves for `status` and `destroy`: one file an environment, in the project's .plinth/local."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from plinth.errors import InputError
from plinth.files import read_json, write_atomically
from plinth.local.deployment import Deployment
from plinth.local.server import alive, endpoint_url


class LocalState(BaseModel):
    """A running local AWS: its process, its port, and what is deployed on it. Secrets are withheld."""

    model_config = ConfigDict(frozen=True)

    environment: str
    pid: int
    port: int
    deployment: Deployment

    @property
    def endpoint_url(self) -> str:
        """Where clients reach it."""
        return endpoint_url(self.port)

    @property
    def running(self) -> bool:
        """Whether the server is still there."""
        return alive(self.pid, self.port)


def state_file(project: Path, environment: str) -> Path:
    """Where the state of an environment is kept."""
    return project / ".plinth" / "local" / f"{environment}.json"


def save(path: Path, state: LocalState) -> None:
    """Write the state whole; secrets in it are withheld."""
    write_atomically(path, state.model_dump_json(indent=2))


def load(path: Path, environment: str) -> LocalState:
    """Read the state of an environment that is up. Raises InputError where it is not up, or the file is not one of ours."""
    if not path.exists():
        raise InputError("this environment is not up on the local AWS", where=path, value=environment, fix=f"plinth local up {environment}")
    try:
        return LocalState.model_validate(read_json(path))
    except ValidationError as error:
        problem = error.errors()[0]
        where = f"{path}, key {'.'.join(map(str, problem['loc']))}"
        raise InputError(f"the state file is not one: {problem['msg']}", where=where, fix="delete the file, then run plinth local up again") from error
