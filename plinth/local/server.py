"""The local AWS as a server: moto with the extras on 127.0.0.1, in a process of its own that outlives the command that starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from plinth.errors import InputError
from plinth.files import write_atomically
from plinth.local.aws import local_environment

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


def start(ready_file: Path, log_file: Path, region: str) -> tuple[int, int]:
    """Start a detached server on a free port. Returns its process id and port; it writes the port to `ready_file` once it answers.

    Raises InputError where it ends or stays silent, with the log's path.
    """
    ready_file.unlink(missing_ok=True)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("wb") as log:
        command = [sys.executable, "-m", "plinth.local.server", str(ready_file), region]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 (our own module)
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise InputError("the local AWS did not start", where=log_file, value=process.returncode, fix="read the log; is moto[server] installed?")
        time.sleep(POLL_SECONDS)
    port = int(ready_file.read_text(encoding="utf-8"))
    ready_file.unlink()
    return process.pid, port


def alive(pid: int, port: int) -> bool:
    """Whether the process is there and something listens on the port: both, as either may be someone else's by now."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def stop(pid: int, port: int) -> bool:
    """End the server and wait until it is gone. Returns False where it was not there; kills nothing that does not hold the port."""
    if not alive(pid, port):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while alive(pid, port):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)
    return True


def endpoint_url(port: int) -> str:
    """Where clients reach the server."""
    return f"http://{HOST}:{port}"


def serve(ready_file: Path, region: str) -> None:
    """Serve until SIGTERM. Runs in the detached process."""
    # Blocked before any thread starts, so that sigwait below is the one place that takes it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with local_environment(region):
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        from moto.server import ThreadedMotoServer

        from plinth.local.extras import install

        install()
        server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
        server.start()
        write_atomically(ready_file, str(server.get_host_and_port()[1]))
        signal.sigwait({signal.SIGTERM})
        server.stop()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
