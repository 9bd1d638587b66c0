"""What a browser prints: packing slips from their file, and an order's page."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import insert, select

from tests.browser.server import place_orders, served
from tests.till import Till
from webshop.db.tables import order_lines


def test_each_order_begins_on_a_page_of_its_own(
    said: Any, till: Till, browser: Browser, shop_folder: Path
) -> None:
    orders = [till.bought(till.cart(TILES=1))[0] for _each in range(3)]
    with till.db.write() as connection:  # the second one needs two pages
        line = connection.execute(select(order_lines).limit(1)).one()._asdict()
        line["order_number"] = orders[1].number
        many = [{**line, "sku": f"SKU-{number}", "position": number} for number in range(1, 25)]
        connection.execute(insert(order_lines), many)
    assert said("orders", "pack")[0] == 0
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((shop_folder / "packing-slips.html").as_uri())
    printed = page.pdf(format="A4")
    size = page.evaluate("getComputedStyle(document.querySelector('.slip__address')).fontSize")
    has_font = page.evaluate("document.fonts.ready.then(() => document.fonts.check('600 20pt Fraunces'))")
    face = page.evaluate("getComputedStyle(document.querySelector('.slip__shop')).fontFamily")
    page.close()
    assert (has_font, face.split(",")[0]) == (True, "Fraunces")
    assert complaints == []
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 4
    assert size == "22.6667px"  # 17 points


LOOKED_FOR = "a, button, nav, input, form, summary, .seller, .invoice, .site-header__name"
SEEN = f"""() => [...document.querySelectorAll("{LOOKED_FOR}")]
    .filter((it) => it.checkVisibility()).map((it) => it.className.split(" ")[0])"""
INK = """() => [...document.querySelectorAll("body, .site-header, .site-header__name, .order__heading")]
    .map((it) => [getComputedStyle(it).backgroundColor, getComputedStyle(it).color])"""


@pytest.mark.parametrize("theme", ["", "linocut"])
def test_an_order_is_printed_with_the_shop_s_name_and_who_sells_and_nothing_to_press(
    browser: Browser, tmp_path: Path, theme: str
) -> None:
    with served(tmp_path, theme=theme) as shop:
        place_orders(shop, "paid", "pending")
        page = browser.new_page(color_scheme="dark")
        page.emulate_media(media="print")
        seen, inks = {}, []
        for name, link in shop.links.items():
            page.goto(f"{shop.url}/orders/{link}")
            seen[name] = page.evaluate(SEEN)
            inks += page.evaluate(INK)
        face = page.evaluate("getComputedStyle(document.querySelector('.order__heading')).fontFamily")
        page.emulate_media(media="screen")  # there all of this is to be seen
        assert len(page.evaluate(SEEN)) > 10
        page.close()
    assert seen == {
        "paid": ["site-header__name", "invoice"],
        "pending": ["site-header__name", "seller", "seller__link"],
    }
    assert {ground for ground, _ink in inks} == {"rgba(0, 0, 0, 0)"}
    assert {ink for _ground, ink in inks} <= {"rgb(0, 0, 0)", "rgb(32, 38, 41)", "rgb(17, 17, 17)"}
    assert face.split(",")[0] == ("Bricolage" if theme else "Fraunces")
