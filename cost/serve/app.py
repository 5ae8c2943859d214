"""The web application: the report's page with a picker, its JSON, a reload and a health check. It answers 127.0.0.1 only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware.trustedhost import TrustedHostMiddleware

from cost.report import Report
from cost.report.html import Picker, render_html, security_policy
from cost.serve.live import LiveBill, UnknownChoiceError
from plinth.errors import PlinthError

HOSTS: Final = ("127.0.0.1", "localhost")
"""The Host headers that are answered: another name that leads here (DNS rebinding) is refused."""
SELF: Final = "'self'"
MAX_FORM: Final = 16_384
MAX_CHOICE: Final = 4_096
SAME_SITE: Final = (None, "same-origin", "none")


def create_app(live: LiveBill) -> FastAPI:
    """The application of a live bill. It has no CORS: no other site may read it; `POST /reload` is taken from its own page only."""
    app = FastAPI(title="Plinth: the live cost report", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)
    app.middleware("http")(_protected)
    app.add_exception_handler(PlinthError, _refused)

    @app.get("/", response_class=HTMLResponse)
    def page(month: str = "", team: str = "") -> str:
        report = live.report(month, team)
        return render_html(report, picker=_picker(live, month, team))

    @app.get("/api/report")
    def api_report(month: str = "", team: str = "") -> Report:
        return live.report(month, team)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/reload")
    async def reload(request: Request) -> Response:
        if request.headers.get("sec-fetch-site") not in SAME_SITE or request.headers.get("origin") not in (None, _origin(request)):
            return PlainTextResponse("only the page itself may reload the bill\n", status_code=403)
        chosen = await _form(request)
        await run_in_threadpool(live.reload)
        kept = {name: value for name, value in chosen.items() if value and value in (live.choices.months if name == "month" else live.choices.teams)}
        return RedirectResponse(f"/?{urlencode(kept)}" if kept else "/", status_code=303)

    return app


def _picker(live: LiveBill, month: str, team: str) -> Picker:
    months = [(name, f"{first:%B %Y}") for name, first in live.choices.months.items()]
    return Picker(months=months, teams=live.choices.teams, month=month or months[0][0], team=team, read_at=f"{live.read_at:%Y-%m-%d %H:%M:%S} UTC")


def _origin(request: Request) -> str:
    return f"http://{request.headers['host']}"


async def _form(request: Request) -> dict[str, str]:
    """The picker's choice from the body, of which a bounded part is read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
    return {name: fields[name][0][:MAX_CHOICE] for name in ("month", "team") if name in fields}


async def _protected(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Every answer is kept from other sites' frames, from caches and from guesses about its type."""
    response = await answer(request)
    response.headers["Content-Security-Policy"] = f"{security_policy(forms=SELF)}; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


async def _refused(request: Request, error: Exception) -> Response:
    """An error as people read it: a choice that is not there is 404, a bill that can't be read is 422."""
    status = 404 if isinstance(error, UnknownChoiceError) else 422
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": str(error)}, status_code=status)
    return PlainTextResponse(f"{error}\n", status_code=status)
