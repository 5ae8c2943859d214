"""`python -m workloads.serving`: an inference container's process. It listens first, loads the model, and leaves on SIGTERM within 30 seconds."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from plinth.errors import InputError, PlinthError
from workloads.serving.app import create_app
from workloads.serving.model import load_model

PORT = 8080
SECONDS_TO_DRAIN = 25
"""SageMaker sends SIGKILL 30 seconds after SIGTERM (Developer Guide, "Custom Inference Code with Hosting Services")."""


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    result = argparse.ArgumentParser(
        prog="python -m workloads.serving",
        description="Serve the digits model: GET /ping, POST /invocations. Exit codes: 0 stopped, 3 the model can't be loaded.",
    )
    result.add_argument("command", nargs="?", choices=["serve"], default="serve", help="SageMaker starts an inference image with this word")
    result.add_argument("--model-dir", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")), help="default: %(default)s")
    result.add_argument("--host", default="0.0.0.0", help="address to listen on (default: %(default)s, as a container must)")  # noqa: S104
    result.add_argument("--port", type=int, default=PORT, help="port to listen on, 0 for a free one (default: %(default)s)")
    return result


def main() -> int:
    """Serve until SIGTERM, and give the exit code. The first line on stdout names the address."""
    options = parser().parse_args()
    failures: list[BaseException] = []

    def fail(error: BaseException) -> None:
        failures.append(error)
        server.should_exit = True

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(lambda: load_model(options.model_dir), fail),
            timeout_graceful_shutdown=SECONDS_TO_DRAIN,
            access_log=False,
            server_header=False,
        )
    )
    # uvicorn drains on SIGTERM and then raises it again; a server that left in order should say 0.
    signal.signal(signal.SIGTERM, lambda number, frame: setattr(server, "should_exit", True))
    try:
        listening = _listen(options.host, options.port)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"listening on {options.host}:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listening])
    return next((error.exit_code if isinstance(error, PlinthError) else 1 for error in failures), 0)


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named, which socket.create_server leaves out: 40 ms a request.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError("the server can't listen there", where=f"{host}:{port}", value=str(error), fix="give another --host or --port") from error
    listening.listen(128)
    return listening


if __name__ == "__main__":
    sys.exit(main())
