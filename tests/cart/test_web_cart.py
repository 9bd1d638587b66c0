"""The cart: adding, changing, removing, restoring, with htmx and without."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.web.questions import BOTH, HISTORY, HTMX, PLAIN, element, has_vary, is_page, said, soup, words
from webshop.cart import cookie as visitors_cart
from webshop.cart.cookie import new_cart_id
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue, mark_of
from webshop.errors import Unavailable
from webshop.orders import stock
from webshop.settings.model import Settings
from webshop.web.signing import Signatures

BAD_QUANTITIES = [
    "", " ", "-1", "+1", "1000000000", "100", "1_0", "1_000", "٣", "１", "²", "NaN", "inf", "1e1", "1.0",
    "0x1", str(2**63), str(2**64), "9" * 5000, "1 ", " 1", "01", "1\n", "1\r\n", "\x00", "1\x00", "one",
    "null", "[]", "'--",
]  # fmt: skip


def add(client: TestClient, sku: str, quantity: str = "1", headers: dict[str, str] | None = None) -> Response:
    return client.post(
        "/cart/lines",
        data={"sku": sku, "quantity": quantity},
        headers=headers or {},
        follow_redirects=False,
    )


def change(client: TestClient, sku: str, quantity: str, headers: dict[str, str] | None = None) -> Response:
    return client.post(
        "/cart/lines/change",
        data={"sku": sku, "quantity": quantity},
        headers=headers or {},
        follow_redirects=False,
    )


def restore(client: TestClient, lines: object, headers: dict[str, str] | None = None) -> Response:
    text = lines if isinstance(lines, str) else json.dumps(lines)
    return client.post("/cart/restore", data={"lines": text}, headers=headers or {})


def contents(client: TestClient) -> dict[str, int]:
    """What the cart's mirror says is in it."""
    mirror = json.loads(element(client.get("/cart"), "#cart-mirror").get_text())
    return {line["sku"]: line["quantity"] for line in mirror}


# The page


def test_an_empty_cart_says_so(client: TestClient) -> None:
    response = client.get("/cart")

    assert response.status_code == 200
    assert "Your cart is empty." in words(response, "#cart-page")
    assert "set-cookie" not in response.headers


def test_a_fragment_is_answered_only_to_htmx_that_asks_for_a_part(client: TestClient) -> None:
    asked = {
        "plain": PLAIN,
        "htmx": HTMX,
        "history": HISTORY,
        "only one header": {"HX-Request": "true"},
        "only the other": {"HX-Request-Type": "partial"},
        "false": {"HX-Request": "false", "HX-Request-Type": "partial"},
    }
    pages = {name: is_page(client.get("/cart", headers=headers)) for name, headers in asked.items()}

    assert pages == {name: name != "htmx" for name in asked}
    assert all(has_vary(client.get("/cart", headers=headers)) for headers in asked.values())


def test_the_fragment_holds_every_place_that_shows_the_cart(client: TestClient) -> None:
    add(client, "MUG-BLUE", "2")
    fragment = soup(client.get("/cart", headers=HTMX))

    places = [tag["hx-target"] for tag in fragment.select("hx-partial")]
    assert places == ["#cart-badge", "#cart-sheet", "#cart-page"]
    assert fragment.select_one("#cart-panel") is not None
    assert words(client.get("/cart", headers=HTMX), "#cart-badge .visually-hidden") == "2 items"


# Adding


def test_adding_sends_a_browser_to_the_cart_with_a_sentence(client: TestClient) -> None:
    response = add(client, "MUG-BLUE", "2")

    assert (response.status_code, response.headers["location"]) == (303, f"/cart?added={mark_of('MUG-BLUE')}")
    assert said(client.get(f"/cart?added={mark_of('MUG-BLUE')}")) == "Blue mug added. 2 items, €24.00"


def test_adding_answers_htmx_with_the_cart_and_the_same_sentence(client: TestClient) -> None:
    response = add(client, "MUG-BLUE", "2", HTMX)

    assert response.status_code == 200
    assert not is_page(response)
    assert said(response) == "Blue mug added. 2 items, €24.00"
    assert has_vary(response)


def test_adding_again_adds_up(client: TestClient) -> None:
    add(client, "MUG-BLUE", "2")
    add(client, "MUG-BLUE", "3")
    assert contents(client) == {"MUG-BLUE": 5}


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("sku", ["NOPE", "", "mug_blue", "A" * 65, "MUG-BLUE\x00", "';--", "../x", "\ud83d"])
def test_an_unknown_sku_is_404_and_sets_no_cookie(
    client: TestClient, sku: str, headers: dict[str, str]
) -> None:
    body = f"quantity=1&sku={_quoted(sku)}"
    response = client.post("/cart/lines", content=body, headers={**FORM, **headers})

    assert response.status_code == 404
    assert said(response) == "We do not have this product."
    assert "set-cookie" not in response.headers
    assert contents(client) == {}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    ("sku", "quantity", "in_cart", "sentence"),
    [
        ("BOWL-XL", "1", 0, "Sorry, this is sold out."),
        ("BOWL-S", "6", 0, "Sorry, only 5 left."),
        ("BOWL-S", "3", 3, "Sorry, only 5 left, and 3 in your cart already."),
        ("VASE", "2", 0, "Sorry, only 1 left."),
        ("TILES", "1", 99, "You can order at most 99 of one kind."),
    ],
)
def test_more_than_there_is_is_409_with_what_is_left(
    client: TestClient, sku: str, quantity: str, in_cart: int, sentence: str, headers: dict[str, str]
) -> None:
    if in_cart:
        add(client, sku, str(in_cart))
    response = add(client, sku, quantity, headers)

    assert response.status_code == 409
    assert said(response) == sentence
    assert contents(client) == ({sku: in_cart} if in_cart else {})


@pytest.mark.parametrize("headers", BOTH)
def test_a_quantity_that_is_none_is_422_and_the_cart_stays(
    client: TestClient, headers: dict[str, str]
) -> None:
    add(client, "MUG-BLUE", "1")
    for quantity in [*BAD_QUANTITIES, "0"]:
        response = add(client, "MUG-BLUE", quantity, headers)
        assert response.status_code == 422, quantity
        assert said(response) == "Please choose a quantity from 1 to 99."
    for quantity in BAD_QUANTITIES:
        response = change(client, "MUG-BLUE", quantity, headers)
        assert response.status_code == 422, quantity
    assert contents(client) == {"MUG-BLUE": 1}


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize(
    "body",
    [
        "sku=MUG-BLUE&quantity=1&quantity=2",
        "sku=MUG-BLUE&sku=TILES&quantity=1",
        "quantity=1&quantity=1&sku=TILES",
    ],
)
def test_a_repeated_field_is_422(client: TestClient, body: str, headers: dict[str, str]) -> None:
    response = client.post("/cart/lines", content=body, headers={**FORM, **headers})

    assert response.status_code == 422
    assert "The form was sent in a way that we do not understand." in response.text
    assert contents(client) == {}


def test_a_missing_field_is_refused(client: TestClient) -> None:
    assert client.post("/cart/lines", data={"sku": "TILES"}).status_code == 422
    assert client.post("/cart/lines", data={"quantity": "1"}).status_code == 404
    assert client.post("/cart/lines").status_code == 422
    assert client.post("/cart/lines", json={"sku": "TILES", "quantity": "1"}).status_code == 422


def test_a_cart_holds_fifty_different_things_at_most(client: TestClient) -> None:
    with site_of(client).db.write() as connection:
        tiles = products.get_product(connection, "tiles")
        many = [replace(tiles.variants[0], sku=f"TILE-{n}", title=f"Tile {n}") for n in range(51)]
        catalogue.load(connection, Catalogue((replace(tiles, variants=tuple(many)),)))
    restore(client, [{"sku": f"TILE-{n}", "quantity": 1} for n in range(50)])
    response = add(client, "TILE-50", "1", HTMX)

    assert response.status_code == 409
    assert said(response) == "Your cart is full: it takes 50 different things."
    assert len(contents(client)) == 50


@pytest.mark.parametrize("headers", BOTH)
def test_reading_a_form_address_is_405(client: TestClient, headers: dict[str, str]) -> None:
    for path in ("/cart/lines", "/cart/lines/change", "/cart/restore"):
        response = client.get(path, headers=headers)
        assert response.status_code == 405
        assert "POST" in response.headers["allow"]


# Changing and removing


def test_changing_sets_the_quantity(client: TestClient) -> None:
    add(client, "MUG-BLUE", "2")
    plain = change(client, "MUG-BLUE", "4")
    fragment = change(client, "MUG-BLUE", "5", HTMX)

    assert (plain.status_code, plain.headers["location"]) == (303, f"/cart?changed={mark_of('MUG-BLUE')}")
    assert (
        said(client.get(f"/cart?changed={mark_of('MUG-BLUE')}"))
        == "Blue mug: 5 in your cart. 5 items, €60.00"
    )
    assert (fragment.status_code, said(fragment)) == (200, "Blue mug: 5 in your cart. 5 items, €60.00")
    assert contents(client) == {"MUG-BLUE": 5}


def test_a_quantity_of_0_removes_the_line(client: TestClient) -> None:
    add(client, "MUG-BLUE", "2")
    add(client, "TILES", "1")
    plain = change(client, "MUG-BLUE", "0")
    fragment = change(client, "TILES", "0", HTMX)

    assert (plain.status_code, plain.headers["location"]) == (303, f"/cart?removed={mark_of('MUG-BLUE')}")
    assert said(fragment) == "Removed from your cart. Your cart is empty."
    assert contents(client) == {}


def test_removing_twice_is_no_error(client: TestClient) -> None:
    add(client, "MUG-BLUE", "2")
    assert change(client, "MUG-BLUE", "0", HTMX).status_code == 200
    assert change(client, "MUG-BLUE", "0", HTMX).status_code == 200


@pytest.mark.parametrize("headers", BOTH)
def test_changing_what_is_not_in_the_cart_is_404(client: TestClient, headers: dict[str, str]) -> None:
    assert change(client, "MUG-BLUE", "2", headers).status_code == 404
    add(client, "TILES")
    response = change(client, "MUG-BLUE", "2", headers)

    assert response.status_code == 404
    assert said(response) == "This is not in your cart any more."
    assert contents(client) == {"TILES": 1}


@pytest.mark.parametrize("headers", BOTH)
def test_raising_a_line_above_the_stock_is_409_with_what_is_left(
    client: TestClient, headers: dict[str, str]
) -> None:
    add(client, "BOWL-S", "2")
    response = change(client, "BOWL-S", "6", headers)

    assert response.status_code == 409
    assert said(response) == "Sorry, only 5 left."
    assert contents(client) == {"BOWL-S": 2}


def test_a_line_that_was_sold_meanwhile_is_marked_and_the_way_to_the_checkout_is_closed(
    client: TestClient,
) -> None:
    add(client, "BOWL-S", "3")
    with site_of(client).db.write() as connection:
        stock.count(connection, "BOWL-S", 2)
    page = client.get("/cart")

    assert "Only 2 left. Please lower the quantity." in words(page, "#cart-page")
    assert soup(page).select('#cart-page a[href="/checkout"]') == []
    with site_of(client).db.write() as connection:
        stock.count(connection, "BOWL-S", 0)
    assert "Sold out. Please remove it." in words(client.get("/cart"), "#cart-page")


# The cookie


@pytest.fixture
def cookies(config: Settings) -> Iterator[dict[str, str]]:
    """Cookies that name no cart of this shop."""
    own = Signatures(config.secret_keys)
    yield {
        "broken": "x",
        "empty": "",
        "only dots": "...",
        "unsigned": new_cart_id(),
        "another shop's": Signatures(["k" * 32]).sign_cart(new_cart_id()),
        "an order's signature": own.sign_order(new_cart_id()),
        "tampered": own.sign_cart("a" + new_cart_id()[1:]).replace("a", "b", 1),
        "long": "a" * 4000,
        "octal": '"\\303\\050\\000"',
        "latin": "\xe9\xff",
        "of a cart that is gone": own.sign_cart(new_cart_id()),
    }


def test_a_cookie_that_names_no_cart_is_a_new_visitor(client: TestClient, cookies: dict[str, str]) -> None:
    for name, cookie in cookies.items():
        headers = [(b"cookie", f"cart={cookie}".encode("latin-1"))]
        for path in ("/", "/cart", "/checkout"):
            response = client.get(path, headers=headers, follow_redirects=True)
            assert response.status_code == 200, (name, path)
        assert element(response, "#cart-mirror")["data-known"] == "no", name


def test_a_planted_cookie_is_never_adopted(client: TestClient, cookies: dict[str, str]) -> None:
    for name, cookie in cookies.items():
        response = client.post(
            "/cart/lines",
            data={"sku": "TILES", "quantity": "1"},
            headers=[(b"cookie", f"cart={cookie}".encode("latin-1"))],
            follow_redirects=False,
        )
        assert response.status_code == 303, name
        if len(cookie) > 30 and name != "of a cart that is gone":
            assert cookie not in response.headers["set-cookie"]
        client.cookies.clear()


def test_an_error_page_shows_the_visitors_cart_and_restores_none(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where the database may be what failed, it does not look."""

    def known(path: str, status: int) -> str:
        response = client.get(path)
        assert response.status_code == status
        return str(element(response, "#cart-mirror")["data-known"])

    assert known("/nowhere", 404) == "unread"
    add(client, "MUG-BLUE", "2")
    assert known("/nowhere", 404) == "yes"

    def busy(*_arguments: object) -> None:
        raise Unavailable("The shop is very busy.")

    monkeypatch.setattr(products, "get_product", busy)
    assert known("/products/bowl", 503) == "unread"
    monkeypatch.setattr(visitors_cart, "look", busy)
    assert known("/nowhere", 404) == "unread"


def test_a_cart_that_was_cleaned_up_starts_anew_under_its_own_name(
    client: TestClient, cookies: dict[str, str]
) -> None:
    client.cookies.set("cart", cookies["of a cart that is gone"])
    assert add(client, "TILES").status_code == 303
    assert contents(client) == {"TILES": 1}


# The mirror


def test_a_mirror_is_restored_at_todays_prices(client: TestClient) -> None:
    mirror = [{"sku": "MUG-BLUE", "product": "Blue mug", "amount": 1, "quantity": 2, "price": -5}]
    response = restore(client, mirror, HTMX)

    assert response.status_code == 200
    assert said(response) == "We put back your cart: Blue mug."
    assert "€24.00" in words(response, "#cart-panel")
    assert "cart=" in response.headers["set-cookie"]
    assert contents(client) == {"MUG-BLUE": 2}


def test_what_cannot_be_restored_is_said(client: TestClient) -> None:
    mirror = [
        {"sku": "TILES", "quantity": 1},
        {"sku": "GONE", "quantity": 1},
        {"sku": "BOWL-XL", "quantity": 1},
    ]
    response = restore(client, mirror, HTMX)

    assert said(response) == "We put back your cart: Glaze tiles. Some of it is no longer available."
    assert contents(client) == {"TILES": 1}


def test_whoever_has_a_cart_keeps_that(client: TestClient) -> None:
    add(client, "TILES", "1")
    assert restore(client, [{"sku": "MUG-BLUE", "quantity": 2}], HTMX).status_code == 200
    assert contents(client) == {"TILES": 1}


HOSTILE = [
    "", "x", "null", "1", "true", '"a"', "{}", '{"__proto__": {"x": 1}}', "NaN", "[", "[" * 9_000,
    "[" * 9_000 + "]" * 9_000 + "x", '{"a":' * 3_000 + "1" + "}" * 3_000, "1" * 10_000, "\x00",
    "<script>alert(1)</script>", "\ufeff[]",
]  # fmt: skip


@pytest.mark.parametrize("headers", BOTH)
def test_a_mirror_that_is_no_list_is_422(client: TestClient, headers: dict[str, str]) -> None:
    for text in HOSTILE:
        response = restore(client, text, headers)
        assert response.status_code == 422, text[:50]
        assert "The saved cart could not be read." in response.text
        assert "set-cookie" not in response.headers


def test_lines_that_make_no_sense_are_left_out(client: TestClient) -> None:
    quantities = 'null true "1" 1.0 1e999 NaN 0 -1 100 9223372036854775808 {} []'.split()
    skus = ["null", '{"__proto__": 1}', '"\\ud800"', '"\\u0000"', '"<script>alert(1)</script>"', '"NO-SUCH"']
    entries = ["null", "1", '"TILES"', "[]", "{}", '{"sku": "TILES"}', '{"__proto__": {"sku": "TILES"}}']
    entries += [f'{{"sku": "TILES", "quantity": {quantity}}}' for quantity in quantities]
    entries += [f'{{"sku": {sku}, "quantity": 1}}' for sku in [*skus, '"MUG-BLUE"']]
    response = restore(client, f"[{', '.join(entries)}]", HTMX)

    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert contents(client) == {"MUG-BLUE": 1}


def test_a_mirror_of_which_nothing_is_left_sets_no_cookie(client: TestClient) -> None:
    response = restore(client, [{"sku": "GONE", "quantity": 1}], HTMX)

    assert response.status_code == 200
    assert said(response) == "Nothing from your last visit can be bought any more."
    assert "set-cookie" not in response.headers
    assert element(response, "#cart-mirror").get_text() == "[]"


def test_more_lines_than_a_cart_holds_are_cut_off(client: TestClient) -> None:
    response = restore(client, [{"sku": "TILES", "quantity": 1}] * 500, HTMX)

    assert response.status_code == 200
    assert contents(client) == {"TILES": 50}


@pytest.mark.parametrize("headers", BOTH)
def test_a_megabyte_of_mirror_is_413(client: TestClient, headers: dict[str, str]) -> None:
    response = restore(client, "[" + "1," * 500_000 + "1]", headers)

    assert response.status_code == 413
    assert contents(client) == {}
