"""The floors do what they are said to do: else the shop would be compared with something easier."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from bench.floors import on_starlette
from bench.floors.on_flask import app as on_flask
from tests.conftest import empty_postgresql

HEADERS = {"content-type": "text/html; charset=utf-8", "etag": '"a-tag"', "content-length": "6"}
FORM = {"sku": "BOWL-S", "quantity": "2"}
LINES = "SELECT sku, quantity FROM bench_lines"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With what the shop has said."""
    (tmp_path / "plain.json").write_text(json.dumps({"headers": HEADERS, "body": "\xc3\xbcber\n"}))
    return tmp_path


@pytest.mark.parametrize("floor", ["raw", "constant"])
def test_what_the_shop_has_said_is_said_again(folder: Path, floor: str) -> None:
    answer = TestClient(on_starlette.FLOORS[floor](folder)).get("/")

    assert (answer.status_code, dict(answer.headers), answer.text) == (200, HEADERS, "über\n")


def test_an_upsert_adds_to_the_line_of_its_cart_and_keeps_it(folder: Path) -> None:
    _add_twice(on_starlette.upsert(folder))

    with closing(sqlite3.connect(folder / "floor.sqlite3")) as connection:
        assert connection.execute(LINES).fetchall() == [("BOWL-S", 4)]


def test_so_does_one_on_postgresql(folder: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = empty_postgresql(postgresql, "floor")
    monkeypatch.setenv("DATABASE_URL", url)
    _add_twice(on_starlette.upsert_postgresql(folder))

    with psycopg.connect(url) as connection:
        assert connection.execute(LINES).fetchall() == [("BOWL-S", 4)]


def _add_twice(app: ASGIApp) -> None:
    with TestClient(app) as client:
        assert [client.post("/cart/lines", data=FORM).status_code for _ in range(2)] == [200, 200]


def test_jinja_draws_the_page_that_flask_draws(folder: Path) -> None:
    by_flask = on_flask.test_client().get("/").text
    by_jinja = TestClient(on_starlette.jinja(folder)).get("/").text

    assert by_jinja == by_flask
    assert (by_jinja.count('class="card"'), by_jinja.count('class="cart-line"')) == (20, 3)
