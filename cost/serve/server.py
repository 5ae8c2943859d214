"""The server: uvicorn on a socket of 127.0.0.1 that is bound before anything is said of it."""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from typing import Final

import uvicorn
from fastapi import FastAPI

from plinth.errors import InputError

ADDRESS: Final = "127.0.0.1"


def bound(port: int) -> socket.socket:
    """A socket on 127.0.0.1; port 0 is any free one. Raises InputError where the port can't be had."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((ADDRESS, port))
        made.listen()
    except OSError as error:
        made.close()
        raise InputError(f"the port can't be used: {error.strerror}", where="--port", value=port, fix="give another --port, or 0 for any free one") from error
    return made


def url_of(listening: socket.socket) -> str:
    """The page's address."""
    return f"http://{ADDRESS}:{listening.getsockname()[1]}/"


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Answer requests until interrupted."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
    with closing(listening), suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
