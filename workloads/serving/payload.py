"""Requests in and answers out: application/json and text/csv, every refusal with its HTTP status and a reason a caller can act on."""

from __future__ import annotations

import io
import json

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workloads.network import FEATURES, HIGHEST_PIXEL, Array

MAX_BODY_BYTES = 6 * 1024 * 1024
"""The most that InvokeEndpoint passes on. Source: the API model of sagemaker-runtime (botocore 1.44.5), BodyBlob, max 6291456."""

JSON, CSV = "application/json", "text/csv"
_SHOWN_PROBLEMS = 3


class Refusal(Exception):
    """A request that can't be answered, with the HTTP status that says why."""

    def __init__(self, status: int, reason: str):
        """Keep the status and the reason, which goes to the caller as it stands."""
        super().__init__(reason)
        self.status, self.reason = status, reason


class Instances(BaseModel):
    """The JSON request: rows of 64 pixels, each 0 to 16."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    instances: list[list[float]] = Field(min_length=1)


class Prediction(BaseModel):
    """The answer for one row."""

    model_config = ConfigDict(frozen=True)

    label: int
    probabilities: list[float]


class Predictions(BaseModel):
    """The JSON answer, a prediction a row in the order asked."""

    model_config = ConfigDict(frozen=True)

    predictions: list[Prediction]


def media_type(header: str | None, default: str) -> str:
    """The media type of a Content-Type header without its parameters, in lower case."""
    return (header or default).split(";", 1)[0].strip().lower()


def accepted_type(header: str | None, request_type: str) -> str:
    """The type to answer in: the first of Accept that is known; the request's own where anything will do. Raises Refusal 406.

    Quality weights are not read: SageMaker's callers name one type.
    """
    wanted = [media_type(part, "") for part in (header or "*/*").split(",")]
    for name in wanted:
        if name in (JSON, CSV):
            return name
        if name in ("*/*", "", request_type.split("/")[0] + "/*"):
            return request_type
    raise Refusal(406, f"the answer can be {JSON} or {CSV}, not {header!r:.80}")


def parse(body: bytes, content_type: str) -> Array:
    """The rows of a request as pixels (rows, 64).

    Raises Refusal: 415 for another type, 400 for what is not JSON or csv, 422 for another shape, NaN or a pixel outside 0 to 16.
    """
    if content_type == JSON:
        rows = _parse_json(body)
    elif content_type == CSV:
        rows = _parse_csv(body)
    else:
        raise Refusal(415, f"the content type must be {JSON} or {CSV}, not {content_type!r:.80}")
    inside = (rows >= 0) & (rows <= HIGHEST_PIXEL)
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        raise Refusal(422, f"row {row + 1}, pixel {column + 1} is {rows[row, column]:g}; pixels are 0 to {HIGHEST_PIXEL:g}")
    return rows


def render(probabilities: Array, answer_type: str) -> bytes:
    """The answer: JSON with a label and probabilities a row, or csv with a label a line."""
    labels = probabilities.argmax(axis=1).tolist()
    if answer_type == CSV:
        return "".join(f"{label}\n" for label in labels).encode()
    predictions = [{"label": label, "probabilities": row} for label, row in zip(labels, probabilities.tolist(), strict=True)]
    return json.dumps({"predictions": predictions}, separators=(",", ":")).encode()


def _parse_json(body: bytes) -> Array:
    try:
        rows = Instances.model_validate_json(body).instances
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        status = 400 if problems[0]["type"] == "json_invalid" else 422
        shown = [f"{'.'.join(str(part) for part in problem['loc']) or 'the body'}: {problem['msg']}" for problem in problems[:_SHOWN_PROBLEMS]]
        more = len(problems) - len(shown)
        raise Refusal(status, "; ".join(shown) + (f"; and {more} more" if more > 0 else "")) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != FEATURES:
            raise Refusal(422, f"row {number} has {len(row)} numbers; give {FEATURES}")
    return np.array(rows, dtype=np.float64)


def _parse_csv(body: bytes) -> Array:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"the csv is not UTF-8 at byte {error.start}") from error
    if not text.strip():
        raise Refusal(422, f"the csv has no row; give rows of {FEATURES} numbers without a header")
    try:
        rows = np.loadtxt(io.StringIO(text), delimiter=",", comments=None, ndmin=2, dtype=np.float64)
    except ValueError as error:
        raise Refusal(400, f"the csv can't be read: {error!s:.160}") from error
    if rows.shape[1] != FEATURES:
        raise Refusal(422, f"the csv has {rows.shape[1]} columns; give {FEATURES}, without a header or a label")
    return rows
