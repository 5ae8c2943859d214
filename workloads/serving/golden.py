"""The proof that the server serves what was trained: the real process, its golden request, and its latency as a caller sees it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from plinth.errors import InputError, PlinthError
from plinth.files import read_text
from workloads.serving.payload import JSON, Prediction, Predictions

REQUESTS = 300
SECONDS_TO_START = 60
TOLERANCE = 1e-9
"""Between the trainer's probabilities and the server's: another BLAS may sum in another order."""


class Golden(BaseModel):
    """golden.json beside a model: rows, and what the trainer's own process predicted for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instances: list[list[float]]
    predictions: list[Prediction]


class ServingResult(BaseModel):
    """What was measured. Latencies are of one caller on the same machine, one request after another, each of `rows` rows."""

    model_config = ConfigDict(frozen=True)

    ping_status: int
    golden_matches: bool
    largest_difference: float
    custom_attributes: str
    requests: int
    rows: int
    p50_milliseconds: float
    p99_milliseconds: float
    seconds_to_ready: float
    exit_code: int
    seconds: float


def golden_request(model_directory: Path, requests: int = REQUESTS) -> ServingResult:
    """Start the real server on a free local port, ping it, send the golden request `requests` times, and stop it by SIGTERM.

    Raises InputError for a directory without a sound model and golden request, PlinthError where the server does not start or refuses.
    """
    began = time.monotonic()
    golden = _read_golden(model_directory / "golden.json")
    body = json.dumps({"instances": golden.instances})
    with _server(model_directory) as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_START)
        ping_status = _wait_for_ping(process, connection)
        ready = time.monotonic()
        answer, attributes = _invoke(connection, body)
        latencies = [_milliseconds(connection, body) for _ in range(requests)]
        connection.close()
        process.send_signal(signal.SIGTERM)
        exit_code = process.wait(timeout=SECONDS_TO_START)
    difference = _largest_difference(golden, answer)
    return ServingResult(
        ping_status=ping_status,
        golden_matches=difference <= TOLERANCE and [row.label for row in answer.predictions] == [row.label for row in golden.predictions],
        largest_difference=difference,
        custom_attributes=attributes,
        requests=requests,
        rows=len(golden.instances),
        p50_milliseconds=float(np.percentile(latencies, 50)),
        p99_milliseconds=float(np.percentile(latencies, 99)),
        seconds_to_ready=ready - began,
        exit_code=exit_code,
        seconds=time.monotonic() - began,
    )


def _read_golden(path: Path) -> Golden:
    try:
        golden = Golden.model_validate_json(read_text(path))
    except ValidationError as error:
        raise InputError("the golden request is not one", where=path, value=str(error).splitlines()[0], fix="train the model again") from error
    if not golden.instances or len(golden.instances) != len(golden.predictions):
        raise InputError("the golden request has no rows, or not as many predictions", where=path, fix="train the model again")
    return golden


@contextmanager
def _server(model_directory: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "workloads.serving", "serve", "--host", "127.0.0.1", "--port", "0", "--model-dir", str(model_directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 (our own module)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise PlinthError("the server did not start", where=model_directory, value=line + process.stdout.read())
        yield process, int(line.rsplit(":", 1)[1])
    finally:
        process.kill()
        process.wait()


def _wait_for_ping(process: subprocess.Popen[str], connection: http.client.HTTPConnection) -> int:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection.request("GET", "/ping")
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            # The socket listens before uvicorn serves, so this is the server having left; the loop's condition tells.
            connection.close()
            continue
        if response.status == 200:
            return response.status
        time.sleep(0.02)
    process.kill()
    assert process.stdout is not None
    raise PlinthError("the server did not become ready", value=process.stdout.read()[-400:], fix="read the server's own lines above")


def _invoke(connection: http.client.HTTPConnection, body: str) -> tuple[Predictions, str]:
    connection.request("POST", "/invocations", body, {"Content-Type": JSON, "Accept": JSON})
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise PlinthError("the server refused the golden request", value=f"HTTP {response.status}: {content[:200]!r}")
    return Predictions.model_validate_json(content), response.headers.get("X-Amzn-SageMaker-Custom-Attributes", "")


def _milliseconds(connection: http.client.HTTPConnection, body: str) -> float:
    sent = time.perf_counter()
    _invoke(connection, body)
    return (time.perf_counter() - sent) * 1000


def _largest_difference(golden: Golden, answer: Predictions) -> float:
    expected = np.array([row.probabilities for row in golden.predictions])
    found = np.array([row.probabilities for row in answer.predictions])
    return float(abs(expected - found).max()) if expected.shape == found.shape else float("inf")
