"""Prices on pages: the earlier one of what is reduced, and what a unit costs."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.catalog.feeds.goods import LOADED, OIL, sell, sell_all
from tests.conftest import site_of
from tests.web.questions import soup, words
from webshop.catalog import load as catalogue
from webshop.catalog.model import Catalogue
from webshop.shop import Prices


def test_a_reduced_price_stands_beside_the_lowest_of_30_days(client: TestClient) -> None:
    sell_all(client)
    sentence = "€17.85 instead of €22.00 −18% Lowest price of the 30 days before: €22.00 €7.14 / 100 ml"
    assert words(client.get("/products/oil"), ".product__price .price") == sentence
    assert sentence in words(client.get("/products"), ".main")
    assert words(client.get("/products/oil"), ".price s") == "instead of €22.00"


def test_without_history_a_price_stands_alone(client: TestClient) -> None:
    sell(client, OIL)
    assert words(client.get("/products/oil"), ".product__price .price") == "€17.85 €7.14 / 100 ml"


def test_a_shop_outside_the_eu_may_show_what_it_was(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(client, OIL)
    monkeypatch.setitem(vars(site_of(client).shop), "prices", Prices(earlier="was"))
    assert (
        words(client.get("/products/oil"), ".product__price .price")
        == "€17.85 instead of €25.00 −28% €7.14 / 100 ml"
    )


def test_what_is_bought_costs_the_price_and_nothing_else(client: TestClient) -> None:
    sell_all(client)
    client.post("/cart/lines", data={"sku": "OIL", "quantity": "2"})
    assert "€35.70" in words(client.get("/cart"), "#cart-page")


def test_only_what_is_shown_as_reduced_is_listed_as_reduced(client: TestClient) -> None:
    def listed() -> list[str]:
        page = soup(client.get("/products?sale=yes"))
        return [str(link["href"]) for link in page.select("a.card__link")]

    sell(client, OIL)
    assert listed() == []
    with site_of(client).db.write(LOADED) as connection:
        catalogue.load(connection, Catalogue((OIL,), currency="EUR", prices=Prices(earlier="was")))
    assert listed() == ["/products/oil"]
    sell(client, replace(OIL, variants=(replace(OIL.variants[0], was=None),)), day=1)
    sell(client, OIL, day=40)
    assert listed() == []  # it cost no more before
    sell(client, replace(OIL, variants=(replace(OIL.variants[0], was=None, price=2200),)), day=41)
    sell(client, OIL, day=80)
    assert listed() == ["/products/oil"]
