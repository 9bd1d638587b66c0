"""What the platform asks: is the process alive, and can it serve."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.conftest import both_databases, site_of, state_of
from webshop.db.engine import Database


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_shop_that_works_says_ok(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)

    assert response.status_code == 200
    assert response.text == ("ok" if method == "GET" else "")
    assert "set-cookie" not in response.headers


@both_databases
def test_a_shop_without_its_database_is_alive_but_not_ready(client: TestClient) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    state_of(client).site = replace(site_of(client), db=gone)

    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


@both_databases
def test_a_page_without_its_database_is_503_with_a_sentence(client: TestClient) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    state_of(client).site = replace(site_of(client), db=gone)

    for path in ("/", "/products/bowl"):
        response = client.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert "The shop is very busy. Please try again in a moment." in response.text
