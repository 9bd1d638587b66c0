"""What a rendered page promises itself: ids once, everything that points to an id finds it, and htmx only
enhances what works without it, whichever macro has written it."""

from collections import Counter

import pytest
from bs4 import BeautifulSoup, Tag
from starlette.testclient import TestClient

from tests.people import TYPED
from tests.shopper import Shopper
from tests.web.questions import HTMX

POINTERS = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


def problems(html: str) -> list[str]:
    page = BeautifulSoup(html, "html.parser")
    ids = Counter(str(tag["id"]) for tag in page.select("[id]"))
    found = [f"id {name} is there {times} times" for name, times in ids.items() if times > 1]
    for pointer in POINTERS:
        pointed = {name for tag in page.select(f"[{pointer}]") for name in str(tag[pointer]).split()}
        found += [f"{pointer} points to {name}, which is not there" for name in pointed - set(ids)]
    for tag in page.select("[hx-target]"):
        target = str(tag["hx-target"])
        if target.startswith("#") and target[1:] not in ids and tag.name != "hx-partial":
            found.append(f"hx-target {target} is not there")
    found += [
        f"{tag.name} without a name" for tag in page.select("main input, main select") if not tag.get("name")
    ]
    return found + unsupported(page)


def unsupported(page: BeautifulSoup) -> list[str]:
    """Forms, links and pictures that a browser without htmx, or a person without eyes, cannot use as well."""
    found = ["a picture without alt" for tag in page.select("img") if tag.get("alt") is None]
    for form in page.select("form"):
        plain, enhanced = _act(form, "method", "action"), _enhanced(form)
        if not form.get("method") or not (form.get("action") or form["method"] == "dialog"):
            found.append(f"{form.attrs} is no plain form")
        if enhanced and enhanced != plain:
            found.append(f"{form.attrs} is sent elsewhere by htmx")
        if enhanced and not form.get("hx-sync"):
            found.append(f"{form.attrs} does not wait its turn")
    for link in page.select("a"):
        if not link.get("href") or _enhanced(link) not in ("", f"get {link.get('href')}"):
            found.append(f"{link.attrs} is no plain link")
    return found + _cart_in_other_ways(page)


def _cart_in_other_ways(page: BeautifulSoup) -> list[str]:
    """Whatever asks for the cart's panel swaps it in one way, and waits in one queue."""
    asking = page.select("form[hx-target='#cart-panel'], a[hx-target='#cart-panel']")
    ways = {f"{tag.get('hx-swap')} {tag.get('hx-sync')}" for tag in asking}
    return [f"the cart is asked for in {len(ways)} ways: {sorted(ways)}"] if len(ways) > 1 else []


def _act(form: Tag, method: str, action: str) -> str:
    return f"{form.get(method)} {form.get(action)}"


def _enhanced(tag: Tag) -> str:
    """What htmx sends: a method and an address; "" without htmx."""
    return next((f"{way} {tag[f'hx-{way}']}" for way in ("get", "post") if tag.get(f"hx-{way}")), "")


def test_every_page_in_every_state_holds_together(client: TestClient, shopper: Shopper) -> None:
    pages = [client.get(path) for path in ("/", "/products/bowl", "/products/blue-mug", "/cart", "/nothing")]
    shopper.add("blue-mug", "2").add("bowl")
    pages += [client.get(path) for path in ("/", "/products/bowl", "/cart", "/checkout")]
    pages.append(client.post("/cart/lines", data={"sku": "VASE", "quantity": "9"}))
    pages.append(client.post("/checkout", data={"total": "1"}))
    pages.append(client.post("/checkout", data=TYPED))
    shopper.check_out().pay()
    pages.append(shopper.response)

    assert {page.status_code for page in pages} == {200, 404, 409, 422}
    assert [(str(page.url), problem) for page in pages for problem in problems(page.text)] == []


def test_every_fragment_can_be_used_without_htmx(client: TestClient) -> None:
    answers = [client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"}, headers=HTMX)]
    answers.append(client.post("/cart/lines/change", data={"sku": "MUG-BLUE", "quantity": "3"}, headers=HTMX))
    answers += [
        client.get(path, headers=HTMX) for path in ("/cart", "/checkout", "/checkout/quote?country=US")
    ]
    answers.append(client.post("/checkout", data={"total": "1"}, headers=HTMX))

    assert {answer.status_code for answer in answers} == {200, 422}
    pages = [BeautifulSoup(answer.text, "html.parser") for answer in answers]
    assert all(page.select("form[hx-post]") for page in pages[:4])
    assert [problem for page in pages for problem in unsupported(page)] == []


def test_what_does_not_hold_together_is_found() -> None:
    broken = (
        '<p id="a"></p><p id="a"></p><label for="b">x</label><a href="/" hx-target="#c">x</a><img src="x">'
    )
    assert problems(broken) == [
        "id a is there 2 times",
        "for points to b, which is not there",
        "hx-target #c is not there",
        "a picture without alt",
    ]


@pytest.mark.parametrize(
    ("html", "number"),
    [
        (
            '<form method="post" action="/a" hx-post="/a" hx-sync="this:drop"></form>'
            '<a href="/a" hx-get="/a">x</a>',
            0,
        ),
        ('<form hx-post="/a" hx-sync="this:drop"></form>', 2),
        ('<form method="post" action="/a" hx-post="/b" hx-sync="this:drop"></form>', 1),
        ('<form method="get" action="/a" hx-post="/a" hx-sync="this:drop"></form>', 1),
        ('<form method="post" action="/a" hx-post="/a"></form>', 1),
        ('<a hx-get="/a">x</a><a href="/a" hx-get="/b">x</a>', 2),
        (
            '<a href="/a" hx-target="#cart-panel" hx-swap="outerMorph" hx-sync="this:drop">x</a>'
            '<a href="/a" hx-target="#cart-panel" hx-swap="outerMorph" hx-sync="#cart:queue all">x</a>',
            1,
        ),
    ],
)
def test_what_htmx_does_not_only_enhance_is_found(html: str, number: int) -> None:
    assert len(unsupported(BeautifulSoup(html, "html.parser"))) == number
