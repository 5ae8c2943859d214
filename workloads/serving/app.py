"""The HTTP side: /ping says 200 once the model is loaded, /invocations answers, and each refusal is a 4xx with a reason.

Source of the contract: SageMaker Developer Guide, "Custom Inference Code with Hosting Services" (port 8080; /ping within 2 seconds; an answer
within 60 seconds; SIGTERM, then SIGKILL 30 seconds later; the image is started with the word `serve`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from workloads.serving.model import Model
from workloads.serving.payload import JSON, MAX_BODY_BYTES, Refusal, accepted_type, media_type, parse, render

ATTRIBUTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
_ATTRIBUTES = re.compile(r"[\x20-\x7e]{0,900}")
_log = logging.getLogger("uvicorn.error")


def create_app(load: Callable[[], Model], on_failure: Callable[[BaseException], None] = lambda error: None) -> FastAPI:
    """The application. `load` runs in a thread once the server listens; `on_failure` hears of a model that can't be loaded."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.model = None
        loading = asyncio.create_task(_load(app, load, on_failure))
        yield
        await loading

    app = FastAPI(title="Plinth digits", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.get("/ping")(_ping)
    app.post("/invocations")(_invocations)
    return app


async def _load(app: FastAPI, load: Callable[[], Model], on_failure: Callable[[BaseException], None]) -> None:
    try:
        app.state.model = await asyncio.to_thread(load)
    except Exception as error:
        _log.error("the model can't be loaded: %s", error)
        on_failure(error)
    else:
        _log.info("model loaded sha256=%s", app.state.model.sha256)


async def _ping(request: Request) -> Response:
    return Response(status_code=200 if request.app.state.model is not None else 503)


async def _invocations(request: Request) -> Response:
    model: Model | None = request.app.state.model
    try:
        if model is None:
            raise Refusal(503, "the model is not loaded")
        body = await _body(request)
        content_type = media_type(request.headers.get("content-type"), JSON)
        answer_type = accepted_type(request.headers.get("accept"), content_type)
        # In a thread, so that a large request can't keep /ping from answering within its 2 seconds.
        answer = await asyncio.to_thread(_answer, model, body, content_type, answer_type)
    except Refusal as refusal:
        return Response(json.dumps({"error": refusal.reason}), refusal.status, media_type=JSON)
    return Response(answer, media_type=answer_type, headers={ATTRIBUTES_HEADER: _attributes(request, model)})


def _answer(model: Model, body: bytes, content_type: str, answer_type: str) -> bytes:
    return render(model.predict(parse(body, content_type)), answer_type)


async def _body(request: Request) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY_BYTES:
            raise Refusal(413, f"the request has more than {MAX_BODY_BYTES:,} bytes, the most that InvokeEndpoint passes on; send fewer rows")
    return bytes(received)


def _attributes(request: Request, model: Model) -> str:
    # The container is responsible for the answer's attributes: the caller's trace id goes back, with the model that answered.
    ours = f"model-sha256={model.sha256}"
    theirs = request.headers.get(ATTRIBUTES_HEADER, "")
    return f"{theirs};{ours}" if theirs and _ATTRIBUTES.fullmatch(theirs) else ours
