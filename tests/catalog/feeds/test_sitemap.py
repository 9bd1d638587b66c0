"""The sitemap and the rules for robots."""

import re
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from sqlalchemy import event
from starlette.testclient import TestClient

from tests.catalog.feeds.goods import DRAFT, GOODS, MUG, sell, sell_all
from tests.conftest import both_databases, make_config, site_of
from tests.keys import KEY
from webshop.app import create_app
from webshop.catalog.feeds import reading
from webshop.catalog.model import Product, Variant

SITE = "http://127.0.0.1:8000"
S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
I = "{http://www.google.com/schemas/sitemap-image/1.1}"  # noqa: E741
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def read(client: TestClient, path: str, kind: str, child: str) -> list[Element]:
    """What https://www.sitemaps.org/schemas/sitemap/0.9/ allows: a place, a moment, pictures."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=3600")
    root = fromstring(answer.content)
    assert root.tag == f"{S}{kind}"
    assert 1 <= len(root) <= 50_000
    for each in root:
        tags = [field.tag for field in each]
        assert each.tag == f"{S}{child}"
        assert tags == [f"{S}loc", f"{S}lastmod"][: len(tags)] + [f"{I}image"] * (len(tags) - 2)
        assert all([field.tag for field in image] == [f"{I}loc"] for image in each.findall(f"{I}image"))
        for place in each.iter():
            assert not place.tag.endswith("loc") or re.fullmatch(
                r"http://127\.0\.0\.1:8000/\S{0,2000}", place.text or ""
            )
            assert not place.tag.endswith("lastmod") or MOMENT.fullmatch(place.text or "")
    return list(root)


def places(found: list[Element]) -> list[str]:
    return [str(each.findtext(f"{S}loc")) for each in found]


def test_all_pages_that_are_to_be_found_are_in_it(client: TestClient) -> None:
    sell_all(client)
    parts = places(read(client, "/sitemap.xml", "sitemapindex", "sitemap"))
    assert parts == [f"{SITE}/sitemaps/pages.xml", f"{SITE}/sitemaps/products-1.xml"]
    assert places(read(client, "/sitemaps/pages.xml", "urlset", "url"))[0] == f"{SITE}/"
    found = read(client, "/sitemaps/products-1.xml", "urlset", "url")
    assert places(found) == [f"{SITE}/products/{good.slug}" for good in GOODS if good is not DRAFT]
    assert [image.findtext(f"{I}loc") for image in found[0].findall(f"{I}image")] == [
        f"{SITE}/pictures/mug.jpg/0123456789-640.jpg",
        f"{SITE}/pictures/inside.jpg/abcdef0123-640.jpg",
        f"{SITE}/pictures/plan.svg/fedcba9876.svg",
    ]


def test_a_page_is_as_old_as_its_last_change(client: TestClient) -> None:
    oil, mug = GOODS[1], MUG
    sell(client, mug, oil)
    dearer = Product("oil", "Olive oil", "Green.", "", (Variant("OIL", "oil", "", 1999, None, 400),))
    sell(client, mug, dearer, day=3)
    found = read(client, "/sitemaps/products-1.xml", "urlset", "url")
    moments = [each.findtext(f"{S}lastmod") for each in found]
    assert moments == ["2026-03-01T12:00:00Z", "2026-03-04T12:00:00Z"]


@both_databases
def test_a_part_has_a_bounded_number_of_products(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PART", 10)
    monkeypatch.setattr(reading, "BATCH", 4)
    numbers = range(45)
    mugs = [
        Product(f"p-{n}", "P", "", "", (Variant(f"P-{n}", f"p-{n}", "", 1, None, 1),), draft=10 <= n < 20)
        for n in numbers
    ]
    sell(client, *mugs)
    parts = [
        place.removeprefix(SITE)
        for place in places(read(client, "/sitemap.xml", "sitemapindex", "sitemap"))[1:]
    ]
    assert parts == [f"/sitemaps/products-{n}.xml" for n in (1, 3, 4, 5)]
    listed = [place for part in parts for place in places(read(client, part, "urlset", "url"))]
    assert listed == [f"{SITE}/products/p-{n}" for n in numbers if not 10 <= n < 20]
    for nothing in (0, 2, 6, 1_001, 10**30):
        assert client.get(f"/sitemaps/products-{nothing}.xml").status_code == 404


@both_databases
def test_no_question_reads_more_than_its_part(client: TestClient) -> None:
    """PostgreSQL would read a small table as a whole, unless it is told not to."""
    sell_all(client)
    db = site_of(client).db
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
    with db.read() as connection:
        reading.list_parts(connection)
        reading.list_category_slugs(connection)
    assert len(next(reading.read_part(db, 1))) == 5
    questions = [each for each in asked if "FROM products" in each[0]]
    assert len(questions) == 3
    with db.read() as connection:
        if not db.is_embedded:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in questions:
            explain = "EXPLAIN QUERY PLAN" if db.is_embedded else "EXPLAIN"
            plan = str(connection.exec_driver_sql(f"{explain} {statement}", values).all())
            assert "ix_products_shown" in plan, statement
            assert "SCAN products" not in plan
            assert "Seq Scan on products" not in plan
            assert "TEMP B-TREE" not in plan


def test_robots_are_kept_from_what_is_one_persons(client: TestClient) -> None:
    assert client.get("/robots.txt").text.splitlines() == [
        "User-agent: *",
        "Disallow: /cart",
        "Disallow: /checkout",
        "Disallow: /charge",
        "Disallow: /orders/",
        "Disallow: /sandbox",
        "",
        "Sitemap: http://127.0.0.1:8000/sitemap.xml",
    ]


def test_nobody_is_to_find_a_shop_that_sells_nothing_but_one_that_does(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    live = {
        "demo": False,
        "secret_keys": KEY,
        "stripe_secret_key": "sk_live_1",
        "stripe_publishable_key": "pk_live_1",
        "stripe_webhook_secret": "whsec_1",
    }
    said = {}
    for name, settings in {"demo": {}, "live": live}.items():
        folder = tmp_path_factory.mktemp(name)
        config = make_config(folder, public_url="https://shop.example", **settings)
        client = TestClient(create_app(config), base_url="https://shop.example")
        said[name] = client.get("/robots.txt").text.splitlines()
        site_of(client).db.engine.dispose()
    assert said["demo"] == ["User-agent: *", "Disallow: /"]
    assert said["live"][-1] == "Sitemap: https://shop.example/sitemap.xml"
    assert "Disallow: /" not in said["live"]
