"""/gallery: every template in every state, with what it reads, who answers with it and what it weighs."""

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of, state_of
from tests.keys import KEY
from webshop.design.answers import answers
from webshop.routes import ROUTES
from webshop.settings.model import SettingsError


def soup(client: TestClient, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return BeautifulSoup(answer.text, "html.parser")


def test_all_templates_are_listed_and_each_shows_its_contract_states_data_routes_and_size(
    client: TestClient,
) -> None:
    links = [str(link["href"]) for link in soup(client, "/gallery").select(".list a")]
    assert {"/gallery/cart/_line.html", "/gallery/catalog/show.html", "/gallery/mail/receipt.txt"} <= {*links}

    page = soup(client, "/gallery/cart/_page.html?scheme=dark")
    assert page.select_one(".contract")
    text = page.get_text(" ", strip=True)
    assert "cart Cart" in text
    assert "sold out" in [each.text for each in page.select(".state h2")]
    assert "Line(sku='HARBOUR-MUG-BLUE'" in text
    assert "bytes" in text
    assert "GET /cart" in soup(client, "/gallery/cart/show.html").get_text()
    frames = [str(frame["src"]) for frame in page.select("iframe")]
    assert len(frames) == len(page.select(".state"))
    assert all("scheme=dark" in frame for frame in frames)


def test_a_state_alone_is_a_page_that_only_this_site_may_frame(client: TestClient) -> None:
    answer = client.get("/gallery/draw?template=cart/_line.html&state=sold+out&scheme=dark")
    assert "Sold out. Please remove it." in answer.text
    assert "/gallery/shop.css?scheme=dark" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    right = client.get("/gallery/draw?template=catalog/show.html&state=from+right+to+left").text
    assert '<html lang="ar" dir="rtl">' in right
    assert "كوب الميناء" in right
    assert "<pre>" in client.get("/gallery/draw?template=mail/receipt.txt&state=paid").text


def test_the_stylesheet_of_a_scheme_asks_no_browser(client: TestClient) -> None:
    dark, light = (client.get(f"/gallery/shop.css?scheme={scheme}").text for scheme in ("dark", "light"))
    assert "prefers-color-scheme" not in dark + light
    assert dark.endswith(":root{color-scheme:dark}")
    assert "(max-width:0)" in light


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/gallery/cart/none.html", "/gallery/draw", "/gallery/draw?template=../shop.toml&state=one"):
        assert client.get(path).status_code == 404, path


def test_a_template_that_cannot_be_drawn_says_why_on_its_page(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart/_badge.html").write_text("{#\n  Broken.\n\n  cart  Cart\n#}\n{{ cart.colour }}")
    pages, gallery = site_of(client).pages, state_of(client).states
    pages.folders = gallery.bench.folders = (tmp_path, *pages.folders)
    loader: Any = pages.environment.loader
    loader.searchpath.insert(0, str(tmp_path))
    problems = [each.get_text() for each in soup(client, "/gallery/cart/_badge.html").select(".problem")]
    assert len(problems) == 6
    assert "line 6" in problems[0]
    assert "'webshop.cart.model.Cart object' has no attribute 'colour'" in problems[0]


def test_states_that_cannot_be_read_are_shown_with_file_and_line(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart/states.toml").write_text("[_line]\n\none = {")
    gallery = state_of(client).states
    gallery.bench.folders = (tmp_path, *gallery.bench.folders)
    told = f"{tmp_path}/cart/states.toml, line 3: Invalid"
    for path in ("/gallery", "/gallery/cart/_line.html", "/gallery/cart/_page.html"):
        [problem] = soup(client, path).select(".problem")
        assert problem.get_text().startswith(told), path


def test_a_shop_that_takes_real_money_has_no_gallery(database_url: str, tmp_path: Path) -> None:
    config = make_config(
        tmp_path,
        database_url=database_url,
        public_url="https://shop.example",
        stripe_secret_key=f"sk_live_{KEY}",
        stripe_publishable_key=f"pk_live_{KEY}",
        stripe_webhook_secret=f"whsec_{KEY}",
        secret_keys=KEY,
    )
    assert not config.has_gallery
    with pytest.raises(SettingsError, match="DESIGN: cannot be used with live keys"):
        make_config(tmp_path, design=True, stripe_secret_key=f"sk_live_{KEY}")


def test_views_tell_which_templates_they_answer_with() -> None:
    found = answers(ROUTES)
    assert found["catalog/show.html"] == ["GET /products/{slug}"]
    assert found["cart/_answer.html"][-2:] == ["POST /cart/lines/undo", "POST /cart/restore"]
    assert "GET /orders/{signed}" in found["orders/show.html"]
