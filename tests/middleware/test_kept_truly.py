"""What pages show beside what they are about changes with it, on the pages of each process."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of
from tests.middleware.test_page_cache import CATALOG, MUG, processes
from tests.web.questions import soup
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.db.engine import Database
from webshop.middleware import page_cache
from webshop.telemetry.logs import REQUESTS


def store(db: Database, folder: Path, before: str, after: str) -> None:
    (folder / "catalog.toml").write_text(CATALOG.read_text().replace(before, after))
    catalogue.store(db, read_catalog(folder / "catalog.toml", "EUR"), after, {})


def menu(client: TestClient, path: str) -> list[Any]:
    return [link["href"] for link in soup(client.get(path)).select("header .menu a")][:3]


@both_databases
def test_another_name_of_a_category_is_in_the_menu_of_each_page_of_each_process(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 0.0)  # time is never asserted
    with processes(tmp_path, database_url) as clients:

        def seen() -> list[list[Any]]:
            return [menu(client, path) for client in clients for path in (MUG, "/products")]

        assert seen() == [["/c/mugs", "/c/bowls", "/c/vases"]] * 4
        store(site_of(clients[0]).db, tmp_path, 'category = "Mugs"', 'category = "Cups"')
        assert seen() == [["/c/cups", "/c/bowls", "/c/vases"]] * 4


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, br", "gzip"), ("br, gzip;q=0.5", "gzip"), ("br", None), ("br, gzip;q=0", None), ("xgzip", None)],
)
def test_what_is_drawn_for_somebody_is_packed_with_gzip_if_they_take_that(
    tmp_path: Path, database_url: str, accepted: str, coding: str | None
) -> None:
    """It is packed with nothing else: also where a page is kept with Brotli for all others."""
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        for path in (MUG, MUG, "/cart"):
            answer = client.get(path, headers={"Accept-Encoding": accepted})
            assert answer.headers.get("content-encoding") == coding
            assert "Accept-Encoding" in answer.headers["vary"]
            assert "€0.99" in answer.text


def test_what_is_not_kept_stands_in_the_log_once_also_for_who_has_a_cart(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It was looked for as everybody's first. The answer bears the id that the log has."""
    with processes(tmp_path, database_url) as (client, _other):
        client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
        caplog.clear()
        caplog.set_level("INFO", REQUESTS)
        answer = client.get("/products/no-such")
        lines = [each for each in caplog.records if each.name == REQUESTS]
        assert [each.getMessage().split()[:3] for each in lines] == [["GET", "/products/{slug:slug}", "404"]]
        assert "€0.99" in answer.text  # the control: of somebody with a cart
