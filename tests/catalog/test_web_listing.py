"""Pages of lists, search and a product's options: as pages and as fragments, by links and forms alone."""

import pytest
from starlette.testclient import TestClient

from tests.catalog.examples import PLATE, SHELF, product, shelve
from tests.conftest import site_of
from tests.shopper import Shopper
from tests.web.questions import BOTH, HTMX, element, has_vary, is_page, said, soup, words


@pytest.fixture
def shop(client: TestClient) -> TestClient:
    more = [product(f"p{n}", f"Pin {n}", "Pins", price=100 + n, tags=("tin",)) for n in range(30)]
    shelve(site_of(client).db, *SHELF, *more)
    return client


def cards(response: object) -> list[str]:
    return [str(link["href"]).removeprefix("/products/") for link in soup(response).select("a.card__link")]  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("path", ["/c/tableware", "/products", "/search?q=plate", "/products/plate"])
def test_a_list_is_a_page_or_the_part_that_htmx_asks_for(
    shop: TestClient, path: str, headers: dict[str, str]
) -> None:
    response = shop.get(path, headers=headers)
    assert response.status_code == 200
    assert is_page(response) == (not headers)
    assert has_vary(response)
    assert soup(response).select("#product" if path == "/products/plate" else "#listing")


def test_a_category_shows_where_it_stands_what_is_below_it_and_what_is_in_it(shop: TestClient) -> None:
    page = shop.get("/c/tableware")
    assert words(page, "h1") == "Tableware"
    assert [a["href"] for a in soup(page).select(".way a")] == ["/", "/c/tableware"]
    assert [a["href"] for a in soup(page).select("a.chip")] == ["/c/plates", "/c/mugs"]
    assert words(page, ".listing__found") == "3 products"
    assert cards(page) == ["plate", "mug", "cup"]


def test_a_shopper_narrows_sorts_and_turns_pages_without_javascript(shop: TestClient) -> None:
    shopper = Shopper(shop).visit("/products").follow("Next page")
    assert len(cards(shopper.response)) == 11
    shopper.follow("Previous page").submit("#filters", **{"from": "10", "to": ""})
    assert cards(shopper.response) == ["plate", "mug", "vase"]
    shopper.follow("Highest price")
    assert cards(shopper.response) == ["vase", "mug", "plate"]
    assert shopper.response.url.query == b"from=10&sort=-price"
    shopper.follow("Price")
    assert words(shopper.response, ".listing__found") == "35 products"
    assert shopper.response.url.query == b"sort=-price"


def test_htmx_is_told_the_address_without_what_says_nothing(shop: TestClient) -> None:
    path = "/products?tag=tin&q=&brand=&from=&to=2&sort=&utm=x"
    answer = shop.get(path, headers=HTMX)
    assert answer.headers["hx-push-url"] == "/products?tag=tin&to=2"
    assert soup(answer).select('hx-partial[hx-target="#filters"] input[name=tag][checked]')
    assert "hx-push-url" not in shop.get("/products?to=2").headers


@pytest.mark.parametrize("headers", BOTH)
def test_a_price_that_is_none_is_told_where_it_was_typed(shop: TestClient, headers: dict[str, str]) -> None:
    answer = shop.get("/products?from=cheap", headers=headers)
    assert answer.status_code == 422
    assert words(answer, "#from-problem") == "Please write the price as a number, such as 20."
    assert element(answer, "input[name=from]")["value"] == "cheap"


@pytest.mark.parametrize("headers", BOTH)
@pytest.mark.parametrize("query", ["sort=color", "after=A/B", "&".join(f"tag={n}" for n in range(50))])
def test_what_no_link_asks_for_is_a_sentence(shop: TestClient, query: str, headers: dict[str, str]) -> None:
    answer = shop.get(f"/products?{query}", headers=headers)
    assert answer.status_code == 422
    assert "Please" in (said(answer) if headers else words(answer, "main"))


@pytest.mark.parametrize("path", ["/c/hats", "/c/drafts"])
def test_a_category_that_is_gone_or_empty_leads_on(shop: TestClient, path: str) -> None:
    page = shop.get(path)
    assert page.status_code == 404
    assert [a["href"] for a in soup(page).select("main a")][:2] == ["/c/tableware", "/c/gifts"]
    assert shop.get(path, headers=HTMX).status_code == 404


def test_a_search_says_what_it_did_and_what_to_do(shop: TestClient) -> None:
    assert cards(shop.get("/search?q=harbor+mug"))[0] == "mug"
    assert "These are products for “supper plate”" in words(shop.get("/search?q=suppre+plate"), "main")
    nothing = shop.get("/search?q=qqqq")
    assert nothing.status_code == 200
    assert "look through the categories" in words(nothing, "main")
    assert soup(nothing).select('main a[href="/c/tableware"]')
    assert cards(shop.get("/search?q=pin&sort=-price"))[0] == "p29"
    second = Shopper(shop).visit("/search?q=pin").follow("Next page")
    assert len(cards(second.response)) == 6


def test_the_head_of_every_page_has_the_categories_and_a_search(shop: TestClient) -> None:
    for path in ("/", "/cart", "/nothing", "/c/plates"):
        page = soup(shop.get(path))
        assert [a["href"] for a in page.select("header .menu a")] == [
            *("/c/tableware", "/c/gifts", "/c/home", "/c/pins", "/products", "/pages/about")
        ]
        assert page.select_one('header form[action="/search"] input[name=q]')


def test_suggestions_are_six_products_and_the_way_to_all(shop: TestClient) -> None:
    answer = shop.get("/search/suggestions?q=pi", headers=HTMX)
    assert not is_page(answer)
    links = [str(a["href"]) for a in soup(answer).select("a")]
    assert len(links) == 7
    assert links[-1] == "/search?q=pi"
    assert is_page(shop.get("/search/suggestions?q=pi"))
    assert soup(shop.get("/search/suggestions?q=", headers=HTMX)).select("a") == []


def test_options_are_links_and_every_state_can_be_bought_or_says_why_not(shop: TestClient) -> None:
    shopper = Shopper(shop).visit("/products/plate")
    chips = [(a.get_text(" ").split()[0], a.get("aria-current")) for a in shopper.page.select(".chip")]
    assert chips == [("Blue", "true"), ("Green", None), ("Small", "true"), ("Large", None)]
    assert "sold out" in element(shopper.response, ".chip--sold-out").get_text()
    shopper.follow("Large")
    assert str(shopper.response.url).endswith(f"/products/plate?variant={PLATE.variants[1].mark}")
    assert "€30.00" in words(shopper.response, ".product__price")
    assert "Sold out" in words(shopper.response, "form.buy")
    assert shopper.page.select("form.buy button") == []
    shopper.follow("Green")
    assert "PLATE-3" in words(shopper.response, ".facts")
    shopper.submit("form.buy", quantity="2")
    assert "Supper plate" in shopper.text
    assert "€44.00" in shopper.text


def test_an_address_of_a_variant_that_is_gone_shows_the_product(shop: TestClient) -> None:
    for variant in ("gone", "%00", "a" * 3000, "%F0%9F%AB%96"):
        page = shop.get(f"/products/plate?variant={variant}")
        assert page.status_code == 200
        assert "€20.00" in words(page, ".product__price")
