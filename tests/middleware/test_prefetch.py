"""What browsers are told of pages that they may fetch before somebody asks, and of those that they forget."""

import json
import re

from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.web.questions import HTMX

RULES = re.compile(r'"(/static/js/prefetch\.speculationrules\?v=[0-9a-f]{10})"')
FORGET = '"prefetchCache"'


def test_every_page_names_the_rules_and_they_are_a_file_that_browsers_take(client: TestClient) -> None:
    named = {
        path: client.get(path).headers.get("speculation-rules", "")
        for path in ("/", "/products/bowl", "/cart", "/checkout", "/nothing")
    }
    assert len(set(named.values())) == 1
    found = RULES.fullmatch(named["/"])
    assert found
    rules = client.get(found[1])
    assert rules.headers["content-type"] == "application/speculationrules+json"
    assert rules.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert [rule["eagerness"] for rule in json.loads(rules.text)["prefetch"]] == ["moderate"]
    for path in ("/robots.txt", "/static/shop.css", "/healthz"):
        assert "speculation-rules" not in client.get(path).headers


def test_no_page_is_fetched_for_a_link_that_leads_out_of_this_one(client: TestClient) -> None:
    """What it leads to is opened elsewhere, or kept as a file."""
    links = """<a href="/products/a">a</a> <a href="/products/b" target="_blank">b</a>
        <a href="/products/c" download>c</a> <a href="/products/d" rel="nofollow external">d</a>"""
    rules = json.loads(client.get("/static/js/prefetch.speculationrules").text)
    for rule in rules["prefetch"]:
        [excluded] = [each["not"]["selector_matches"] for each in rule["where"]["and"] if "not" in each]
        fetched = BeautifulSoup(links, "html.parser").select(f"a:not({excluded})")
        assert [str(each["href"]) for each in fetched] == ["/products/a"]


def test_whatever_may_change_a_cart_makes_browsers_forget_pages_with_the_cart_of_before(
    client: TestClient,
) -> None:
    client.follow_redirects = False
    line = {"sku": "TILES", "quantity": "1"}
    for headers in ({}, HTMX):
        assert client.post("/cart/lines", data=line, headers=headers).headers["clear-site-data"] == FORGET
    for path in ("/cart/lines/change", "/cart/lines/undo", "/cart/restore", "/checkout", "/charge"):
        assert client.post(path, data=line).headers["clear-site-data"] == FORGET, path
    assert client.get("/charge?token=x").headers["clear-site-data"] == FORGET
    for path in ("/", "/products/bowl", "/cart", "/checkout", "/checkout/quote", "/static/shop.css"):
        assert "clear-site-data" not in client.get(path).headers, path
