"""The checkout before anybody has typed who they are: drawn once for carts in which there is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of
from tests.people import FORM
from tests.test_settings import LIVE
from tests.till import Till
from tests.web.questions import HTMX, PLAIN
from webshop.app import create_app
from webshop.db.tables import products, variants
from webshop.settings.mode import ShopMode
from webshop.web.rendering import Renderer

HOST = "https://shop.example"
QUOTE = "/checkout/quote?country=DE&postal_code=10115"
DRAWN = ("checkout/show.html", "checkout/_quote_answer.html")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is drawn of the form, each time."""
    found: list[str] = []
    text = Renderer._text

    def note(pages: Renderer, name: str, context: dict[str, object]) -> tuple[str, bool]:
        if name in DRAWN:
            found.append(name)
        return text(pages, name, context)

    monkeypatch.setattr(Renderer, "_text", note)
    return found


@pytest.fixture
def buyers(till: Till, tmp_path: Path, database_url: str) -> Iterator[tuple[TestClient, TestClient]]:
    """Two with the same in their carts, in a live shop."""
    till.open_as(ShopMode.LIVE)
    app = create_app(make_config(tmp_path, **{**LIVE, "public_url": HOST, "database_url": database_url}))
    two = TestClient(app, base_url=HOST), TestClient(app, base_url=HOST)
    for each in two:
        each.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    yield two
    site_of(two[0]).db.engine.dispose()


def test_it_is_drawn_once_for_carts_in_which_there_is_the_same(
    buyers: tuple[TestClient, TestClient], drawn: list[str]
) -> None:
    one, two = buyers
    pages = [[each.get("/checkout").text, each.get(QUOTE, headers=HTMX).text] for each in (one, two, one)]
    assert pages[0] == pages[1] == pages[2]
    assert drawn == [*DRAWN]
    policies = {each.get("/checkout", headers=PLAIN).headers["content-security-policy"] for each in buyers}
    assert policies == {site_of(one).checkout_policy}


def test_what_somebody_has_typed_is_theirs_alone(
    buyers: tuple[TestClient, TestClient], drawn: list[str]
) -> None:
    one, two = buyers
    one.post("/checkout/draft", data=FORM, headers=HTMX)
    for path in ("/checkout", QUOTE):
        assert FORM["line1"] in one.get(path).text
        assert FORM["line1"] not in two.get(path).text
    drawn.clear()
    assert FORM["line1"] in one.get("/checkout").text
    assert drawn == [DRAWN[0]]  # the control: drawn again, for it is not kept
    one.post("/checkout/draft", data={**FORM, "line1": "", "refused": "yes"})
    assert "Please fill in this field" in one.get("/checkout").text
    assert "Please fill in this field" not in two.get("/checkout").text


@pytest.mark.parametrize(("letters", "times"), [(99, 1), (100, 2)])
def test_nobody_fills_the_memory_with_what_is_too_long_to_be_meant(
    buyers: tuple[TestClient, TestClient], drawn: list[str], letters: int, times: int
) -> None:
    for _again in range(2):
        assert buyers[0].get(f"{QUOTE}{'1' * (letters - 5)}", headers=HTMX).status_code == 200
    assert drawn == [DRAWN[1]] * times


def test_each_change_is_on_it_at_once(buyers: tuple[TestClient, TestClient]) -> None:
    one, _two = buyers
    db = site_of(one).db
    one.get("/checkout")
    one.get(QUOTE, headers=HTMX)

    def seen(words: str) -> bool:
        return all(
            words in one.get(path, headers=how).text for path, how in (("/checkout", PLAIN), (QUOTE, HTMX))
        )

    assert seen("€28.90")
    with db.write() as connection:
        connection.execute(update(variants).where(variants.c.sku == "MUG-BLUE").values(price=1300))
    assert seen("€30.90")
    with db.write() as connection:
        connection.execute(update(products).where(products.c.slug == "blue-mug").values(title="Sky <mug>"))
    assert seen("Sky &lt;mug&gt;")
    one.post("/cart/lines/change", data={"sku": "MUG-BLUE", "quantity": "3"})
    assert seen("€43.90")
    assert 'value="US" selected' in one.get("/checkout/quote?country=US", headers=HTMX).text
    assert 'value="DE" selected' in one.get("/checkout").text
    assert "x" * 99 not in one.get(f"/checkout/quote?country={'x' * 99}").text  # it is no country
