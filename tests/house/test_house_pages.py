"""What a rendered page promises itself: ids once, and everything that points to an id finds it."""

from collections import Counter

from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.people import TYPED
from tests.shopper import Shopper

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
    found += ["a picture without alt" for tag in page.select("img") if tag.get("alt") is None]
    return found


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


def test_what_does_not_hold_together_is_found() -> None:
    broken = '<p id="a"></p><p id="a"></p><label for="b">x</label><a hx-target="#c">x</a><img src="x">'
    assert problems(broken) == [
        "id a is there 2 times",
        "for points to b, which is not there",
        "hx-target #c is not there",
        "a picture without alt",
    ]
