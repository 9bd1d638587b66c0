"""Packing slips as a browser prints them from their file."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from sqlalchemy import insert, select

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
    page.close()
    assert complaints == []
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 4
    assert size == "22.6667px"  # 17 points
