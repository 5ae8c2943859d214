from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from typer.testing import CliRunner

import cost.bill
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.serve import server
from cost.serve.model import Served
from plinth.commands import serve
from plinth.errors import InputError


def run(*arguments: str) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    serve.register(app)
    result = CliRunner().invoke(app, ["serve", "bill", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]) -> list[tuple[FastAPI, socket.socket, Any]]:
    """What would have been served, and where; the bill is made by hand, and its engine is the session's: it stays open."""
    monkeypatch.setattr(Engine, "close", lambda _: None)
    rows = [row(date(2026, 9, 1), Tags={"team": "vision"}), row(date(2026, 10, 1), 5, Tags={"team": "language"})]
    monkeypatch.setattr(cost.bill, "read_bill", lambda paths: bill_of(rows))
    made: list[tuple[FastAPI, socket.socket, Any]] = []
    monkeypatch.setattr(server, "serve", lambda app, listening: made.append((app, listening, listening.getsockname())))
    return made


def test_it_says_once_where_the_page_is(answered: list[tuple[FastAPI, socket.socket, Any]]):
    found = Served.model_validate(json.loads(run("--port", "0", "--json")))
    ((app, listening, (address, port)),) = answered
    assert isinstance(app, FastAPI)
    assert (address, found.url) == ("127.0.0.1", f"http://127.0.0.1:{port}/")
    assert (found.months, found.teams, found.rows, found.tag) == (("2026-10", "2026-09"), ("language", "vision"), 2, "team")
    assert listening.fileno() == -1, "the socket is closed at the end"


def test_without_json_it_says_so_in_a_sentence(answered: list[tuple[FastAPI, socket.socket, Any]]):
    text = run("--port", "0")
    assert f"http://127.0.0.1:{answered[0][2][1]}/ on this machine only" in text


def test_a_tag_that_the_bill_does_not_have_is_refused_before_anything_is_served(answered: list[tuple[FastAPI, socket.socket, Any]]):
    with pytest.raises(InputError, match="no charge of this bill has this tag"):
        run("--port", "0", "--tag", "nobody-has-this")
    assert answered == []


def test_a_taken_port_is_refused_before_the_bill_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cost.bill, "read_bill", lambda paths: pytest.fail("the bill was read"))
    taken = server.bound(0)
    with pytest.raises(InputError, match="the port can't be used"):
        run("--port", str(taken.getsockname()[1]))
    taken.close()
