"""The order page: whoever has the signed link may look, nobody else."""

from dataclasses import replace

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import site_of, state_of
from tests.shopper import Shopper
from tests.web.questions import BOTH, HTMX, has_vary, is_page, words
from webshop.db.tables import orders
from webshop.web.signing import Signatures


@pytest.fixture
def link(shopper: Shopper) -> str:
    """The path of a paid order for two mugs."""
    shopper.add("blue-mug", "2").check_out().pay()
    return str(shopper.response.url.path)


def test_the_order_is_shown_as_it_was_agreed(client: TestClient, link: str) -> None:
    shown = words(client.get(link), "#order")

    assert "Thank you, your order is paid" in shown
    assert "2 × Blue mug €24.00" in shown
    assert "Parcel €4.90" in shown
    assert "Total €28.90" in shown
    assert "Delivery address Ada Lovelace 1 Analytical Street 10115 BERLIN Germany" in shown
    assert "ada@example.com" in shown


@pytest.mark.parametrize(
    ("mode", "number", "sentence"),
    [
        ("sandbox", "SANDBOX-2026-000001", "Not a real invoice: paid in sandbox mode."),
        ("test", "TEST-2026-000001", "Not a real invoice: paid in test mode."),
        ("live", "2026-000001", ""),
    ],
)
def test_an_invoice_that_no_real_money_paid_says_so(
    client: TestClient, link: str, mode: str, number: str, sentence: str
) -> None:
    """By the order's own mode: it may have been set apart since."""
    with site_of(client).db.write() as connection:
        connection.execute(update(orders).values(mode=mode, invoice=number))
    shown = words(client.get(link), ".invoice")
    assert f"Invoice {number} Paid on " in shown
    assert shown.count("Not a real invoice") == shown.count(sentence or "Not a real") == bool(sentence)


def test_a_shipped_order_says_how_it_comes_and_where_to_follow_it(client: TestClient, link: str) -> None:
    def shown(carrier: str, tracking: str, **more: str) -> str:
        with site_of(client).db.write() as connection:
            values = {"state": "shipped", "carrier": carrier, "tracking": tracking, **more}
            connection.execute(update(orders).values(**values))
        return words(client.get(link), ".order__state").partition(" Ordered ")[0]

    title = "Your order is on its way "
    sentence = "It is paid and has been handed to the carrier. "
    followed = f"{title}{sentence}dhl, tracking number JJD 1&2 Follow your parcel"
    assert shown("dhl", "JJD 1&2") == followed
    anchor = 'href="https://dhl.example/track?number=JJD%201%262&amp;lang=en" rel="noopener noreferrer"'
    assert anchor in client.get(link).text
    assert shown("Bike & Son", "7") == f"{title}{sentence}Bike & Son, tracking number 7"
    letter = "It is paid and has left us with Post. It has no tracking number."
    assert shown("Post", "") == title + letter
    assert shown("", "") == f"{title}It is paid and has left us. It has no tracking number."
    assert shown("DHL", "", email="") == f"{title}It is paid and has left us."  # nobody knows any more


@pytest.mark.parametrize("headers", BOTH)
def test_an_order_whose_person_was_erased_is_shown_without(
    client: TestClient, link: str, headers: dict[str, str]
) -> None:
    with site_of(client).db.write() as connection:
        gone = dict.fromkeys(("email", "name", "line1", "postal_code", "city"), "")
        connection.execute(update(orders).values(state="expired", **gone))
    shown = words(client.get(link, headers=headers), "#order")
    assert "This order was not paid" in shown
    assert "Total €28.90" in shown
    assert "Name and address of this order have been erased." in shown
    assert "Bought by" not in shown


@pytest.mark.parametrize("headers", BOTH)
def test_the_page_works_without_a_cookie_and_is_kept_by_nobody(
    client: TestClient, link: str, headers: dict[str, str]
) -> None:
    client.cookies.clear()
    response = client.get(link, headers=headers)

    assert response.status_code == 200
    assert is_page(response) == (not headers)
    assert has_vary(response)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("headers", BOTH)
def test_a_link_that_was_not_signed_for_an_order_is_404(
    client: TestClient, link: str, headers: dict[str, str]
) -> None:
    signed = link.removeprefix("/orders/")
    number, _dot, signature = signed.partition(".")
    own = Signatures(site_of(client).settings.secret_keys)
    refused = {
        "only the number": number,
        "no signature": f"{number}.",
        "another number": f"AAAA-AAAA.{signature}",
        "another signature": f"{number}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "lower case": signed.lower(),
        "another shop": Signatures(["k" * 32]).sign_order(number),
        "a cart's signature": own.sign_cart(number),
        "no such order": own.sign_order("AAAA-AAAA"),
        "encoded": "%00%ff",
        "long": "a" * 3000,
    }
    for name, text in refused.items():
        response = client.get(f"/orders/{text}", headers=headers)
        assert response.status_code == 404, name
        assert "Ada" not in response.text, name
    assert client.get("/orders/").status_code == 404
    assert client.get("/orders").status_code == 404


def test_an_order_link_still_works_after_the_key_was_rotated(client: TestClient, link: str) -> None:
    keys = site_of(client).settings.secret_keys
    state_of(client).site = replace(site_of(client), signatures=Signatures(["n" * 32, *keys]))
    assert client.get(link).status_code == 200
    state_of(client).site = replace(site_of(client), signatures=Signatures(["n" * 32]))
    assert client.get(link).status_code == 404


def test_an_order_cannot_be_changed_over_its_link(client: TestClient, link: str) -> None:
    assert client.post(link).status_code == 405
    assert client.delete(link).status_code == 405


def test_what_the_link_is_asked_besides_changes_nothing(client: TestClient, link: str) -> None:
    for query in (
        "?amount=1",
        "?state=refunded",
        "?poll=99",
        "?poll=-1",
        "?poll=٣",
        "?poll=x&poll=1",
        "?id=%ff",
    ):
        response = client.get(link + query, headers=HTMX)
        assert response.status_code == 200, query
        assert "Total €28.90" in words(response, "#order")


def test_an_order_that_waits_asks_again_and_one_that_is_paid_does_not(
    client: TestClient, shopper: Shopper, link: str
) -> None:
    assert 'hx-trigger="load' not in client.get(link).text
    shopper.add("tiles").check_out()
    token = str(shopper.response.url.path).rpartition("/")[2]
    waiting = client.get("/charge", params={"token": token})

    assert "Waiting for your payment" in words(waiting, "#order")
    assert 'hx-trigger="load' in waiting.text
