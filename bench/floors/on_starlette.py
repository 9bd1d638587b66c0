"""The floors on ASGI, each a server of its own: python -m bench.floors.on_starlette NAME.

`raw`, `constant` and `packed` say what the shop has said. The upserts do the least that a durable add to a
cart can be. `jinja` draws the index from memory.
"""

import json
import os
import secrets
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import psycopg
import uvicorn
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.floors.index import TEMPLATES, money, values

TABLE = """
CREATE TABLE bench_lines (cart TEXT, sku TEXT, quantity INTEGER, PRIMARY KEY (cart, sku))
"""
UPSERT = """
INSERT INTO bench_lines (cart, sku, quantity) VALUES (?, ?, ?)
ON CONFLICT (cart, sku) DO UPDATE SET quantity = bench_lines.quantity + excluded.quantity
"""
FRAGMENT = "<p>in the cart</p>\n" * 215  # 4 kB


def raw(folder: Path) -> ASGIApp:
    body, headers = _said("plain", folder)
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": lines})
            await send({"type": "http.response.body", "body": body})

    return app


def constant(how: str, folder: Path) -> ASGIApp:
    body, headers = _said(how, folder)

    async def show(_request: Request) -> Response:
        return Response(body, headers=headers)

    return Starlette(routes=[Route("/", show)])


def _said(how: str, folder: Path) -> tuple[bytes, dict[str, str]]:
    """The bytes and headers of the shop's index, `plain` or `packed`."""
    answer = json.loads((folder / f"{how}.json").read_text())
    return answer["body"].encode("latin-1"), answer["headers"]


def upsert(folder: Path) -> ASGIApp:
    def connect() -> sqlite3.Connection:
        db = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)  # a statement is a transaction
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # as the shop does
        return db

    return _adding(connect, UPSERT)


def upsert_postgresql(_folder: Path) -> ASGIApp:
    connect = partial(psycopg.connect, os.environ["DATABASE_URL"], autocommit=True)
    return _adding(connect, UPSERT.replace("?", "%s"))


def _adding(connect: Callable[[], Any], statement: str) -> ASGIApp:
    """All on one connection, in the event loop."""
    db: Any = None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        nonlocal db
        with closing(connect()) as db:
            db.execute(TABLE)
            yield

    async def add(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        known = request.cookies.get("cart")
        cart = known or secrets.token_hex(16)
        db.execute(statement, (cart, form["sku"], int(form["quantity"])))
        response = Response(FRAGMENT, media_type="text/html")
        if not known:
            response.set_cookie("cart", cart)
        return response

    return Starlette(routes=[Route("/cart/lines", add, methods=["POST"])], lifespan=lifespan)


def jinja(_folder: Path) -> ASGIApp:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False)
    environment.filters["money"] = money
    template, index = environment.get_template("index.html"), values()

    async def show(_request: Request) -> Response:
        return HTMLResponse(template.render(index))

    return Starlette(routes=[Route("/", show)])


FLOORS: dict[str, Callable[[Path], ASGIApp]] = {
    "raw": raw,
    "constant": partial(constant, "plain"),
    "packed": partial(constant, "packed"),
    "upsert": upsert,
    "upsert_postgresql": upsert_postgresql,
    "jinja": jinja,
}

if __name__ == "__main__":
    uvicorn.run(  # with the options of python -m webshop serve
        FLOORS[sys.argv[1]](Path(os.environ["BENCH_FOLDER"])),
        port=int(os.environ["PORT"]),
        http="httptools",
        loop="uvloop",
        timeout_keep_alive=95,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
