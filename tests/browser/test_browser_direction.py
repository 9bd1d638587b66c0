"""From right to left: in a language of Hebrew letters that says everything at greater length, pages fit a
phone and mirror what they should."""

import re
from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from babel import Locale
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.server import ServedShop, place_orders, served
from webshop.language import messages
from webshop.language.messages import HOLE, Language

SHOWN = ("pending", "paid", "shipped")


class Mirrored(NullTranslations):
    """Each Latin letter as a Hebrew one, and a word more."""

    def gettext(self, message: str) -> str:
        parts = re.split(f"({HOLE.pattern})", message)
        return "".join(part if HOLE.match(part) else _hebrew(part) for part in parts) + " ושלום"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _hebrew(text: str) -> str:
    return re.sub("[A-Za-z]", lambda letter: chr(0x5D0 + ord(letter[0].lower()) - ord("a")), text)


def say(message: str) -> str:
    return Mirrored().gettext(message)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "load", lambda _code, _zone: Language(Locale("he"), Mirrored()))
        with served(tmp_path_factory.mktemp("direction")) as shop:
            place_orders(shop, *SHOWN)
            yield shop


@pytest.fixture
def shop_url(shop: ServedShop) -> str:
    return shop.url


def fits(page: Page) -> None:
    """Nothing is to be scrolled sideways to."""
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], f"{page.url} is {wide[0]} wide, of {wide[1]}"


def left(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]


@pytest.mark.slow
def test_pages_fit_a_phone_and_a_desk(visitor: Visitor, shop: ServedShop) -> None:
    page = visitor.open("/products/tiles")
    page.locator(".buy__add").click()
    expect(page.get_by_role("status")).to_contain_text("Glaze tiles")
    paths = ["/", "/products/bowl", "/cart", "/checkout", "/checkout/quote?country=US", "/nothing"]
    paths += [f"/orders/{shop.links[name]}" for name in SHOWN]
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            page.goto(visitor.url + path)
            assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
            fits(page)
    visitor.complaints.clear()  # Chromium says that it saw 404


def test_what_is_at_the_end_is_on_the_left(visitor: Visitor) -> None:
    page = visitor.open("/products/tiles")
    page.locator(".buy__add").click()
    expect(page.locator("#cart-badge .badge__number")).to_have_text("1")
    page.set_viewport_size({"width": 1280, "height": 844})
    page.locator("#cart summary").click()
    assert left(page, "#cart") < left(page, ".site-header__name")
    assert left(page, "#cart-panel") < 640  # and in a language like English on the right
    assert left(page, "#cart-panel .cart-line__picture") > left(page, "#cart-panel .cart-line__total")
    fits(page)
    page.goto(visitor.url + "/checkout")
    assert left(page, "#checkout > .summary") < left(page, "#checkout > form")
    page.goto(visitor.url + "/cart")
    assert left(page, "#cart-page .cart-line__what") > left(page, "#cart-page .cart-line__total")


def test_what_is_typed_and_what_is_owed_keep_their_own_direction(visitor: Visitor, shop: ServedShop) -> None:
    page = visitor.open("/products/tiles")
    page.locator(".buy__add").click()
    expect(page.locator("#cart-badge .badge__number")).to_have_text("1")
    page.goto(visitor.url + "/checkout")
    directions = "it => getComputedStyle(it).direction"
    for field, typed, expected in (
        ("email", "ada@example.com", "ltr"),
        ("postal_code", "10115", "ltr"),
        ("name", "Ada Lovelace", "ltr"),
        ("name", "עדה לאבלייס", "rtl"),
    ):
        page.locator(f"#{field}").fill(typed)
        assert page.locator(f"#{field}").evaluate(directions) == expected, (field, typed)
    page.goto(f"{visitor.url}/orders/{shop.links['paid']}")
    lines = page.locator("#order address bdi")
    assert lines.evaluate_all(f"all => all.map({directions})") == ["ltr"] * 3
    assert lines.nth(1).inner_text() == "1 Analytical Street"
