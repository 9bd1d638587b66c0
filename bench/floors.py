"""The floors on Starlette, each a server of its own: python -m bench.floors constant | upsert.

`constant` says what is in index.json. `upsert` does the least that a durable add to a cart can be.
"""

import json
import os
import secrets
import sqlite3
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

UPSERT = """
INSERT INTO lines (cart, sku, quantity) VALUES (?, ?, ?)
ON CONFLICT (cart, sku) DO UPDATE SET quantity = quantity + excluded.quantity
"""
FRAGMENT = "<p>in the cart</p>\n" * 215  # 4 kB


def constant(folder: Path) -> Route:
    index = json.loads((folder / "index.json").read_text())
    body, headers = index["body"].encode(), index["headers"]

    async def show(_request: Request) -> Response:
        return Response(body, headers=headers)

    return Route("/", show)


def upsert(folder: Path) -> Route:
    db = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)  # each statement is a transaction
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # as the shop does
    db.execute("CREATE TABLE lines (cart TEXT, sku TEXT, quantity INTEGER, PRIMARY KEY (cart, sku))")

    async def add(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        known = request.cookies.get("cart")
        cart = known or secrets.token_hex(16)
        db.execute(UPSERT, (cart, form["sku"], int(form["quantity"])))
        response = Response(FRAGMENT, media_type="text/html")
        if not known:
            response.set_cookie("cart", cart)
        return response

    return Route("/cart/lines", add, methods=["POST"])


if __name__ == "__main__":
    route = {"constant": constant, "upsert": upsert}[sys.argv[1]](Path(os.environ["BENCH_FOLDER"]))
    uvicorn.run(  # with the options of python -m webshop serve
        Starlette(routes=[route]),
        port=int(os.environ["PORT"]),
        http="httptools",
        loop="uvloop",
        timeout_keep_alive=95,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
