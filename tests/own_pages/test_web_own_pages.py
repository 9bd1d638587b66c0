"""The shop's own pages, as shoppers and search engines find them."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of
from tests.shopper import Shopper
from webshop.app import check, create_app
from webshop.toml_files import FileError

PATHS = ("/", "/products/bowl", "/cart", "/pages/about", "/nothing")


def test_menu_and_footer_lead_to_them(shopper: Shopper) -> None:
    page = shopper.visit("/").page
    assert [link.get_text() for link in page.select(".menu__link[href^='/pages/']")] == ["About us"]
    assert [link.get_text() for link in page.select(".site-footer__link[href^='/pages/']")] == [
        "About us",
        "Delivery",
    ]
    shopper.follow("Delivery")
    assert "Parcel" in shopper.text
    assert shopper.page.select_one("link[rel=canonical]") is not None


def test_every_page_says_who_sells(shopper: Shopper) -> None:
    for path in PATHS:
        footer = shopper.visit(path).page.select_one("footer")
        assert footer is not None
        assert "Kiln Street 1" in footer.get_text(), path
        assert footer.select_one("a[href='mailto:hello@pottery.example']"), path


def test_a_page_that_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/pages/nothing", "/pages/about.md", "/pages/..%2Fshop.toml", "/pages/"):
        assert client.get(path).status_code == 404, path


def test_the_sitemap_has_them(client: TestClient) -> None:
    addresses = re.findall("<loc>\n?(.*?)</loc>", client.get("/sitemaps/pages.xml").text)
    assert f"{ADDRESS}/pages/about" in addresses
    assert f"{ADDRESS}/c/mugs" in addresses


def test_a_mistake_is_seen_on_the_page_and_stops_the_next_start(shop_folder: Path) -> None:
    (shop_folder / "pages").mkdir()
    config = make_config(shop_folder, shop_file=shop_folder / "shop.toml")
    client = TestClient(create_app(config), base_url=ADDRESS)
    (shop_folder / "pages" / "new.md").write_text("+++\ntitel = 'New'\n+++\n")
    told = "pages/new.md: titel is no word that this file has; did you mean title?"
    assert told in client.get("/pages/new").text
    assert "/pages/new" not in client.get("/sitemaps/pages.xml").text
    site_of(client).db.engine.dispose()
    with pytest.raises(FileError) as refusal:
        check(config)
    assert told in refusal.value.problems
