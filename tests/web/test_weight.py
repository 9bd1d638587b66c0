"""What a first visit to each kind of page weighs, and what htmx brings after it."""

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.shopper import Shopper
from tests.web.questions import HTMX

PAGE, OWN_SCRIPT, FONT, ANSWER = 30_000, 2_000, 18_432, 2_500  # bytes on the wire
PATHS = [
    "/",
    "/products",
    "/c/mugs",
    "/search?q=mug",
    "/products/bowl",
    "/cart",
    "/checkout",
    "order",
    "/nothing",
]


def wire(client: TestClient, path: str) -> int:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
        return sum(len(chunk) for chunk in response.iter_raw())


def test_a_first_visit_is_light_wherever_it_begins(client: TestClient) -> None:
    paid = Shopper(client).add("tiles").check_out().pay().response.url.path
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    weights: dict[str, int] = {}
    files: dict[str, int] = {}
    for path in [path if path.startswith("/") else paid for path in PATHS]:
        page = BeautifulSoup(client.get(path).text, "html.parser")
        named = [
            str(tag.get("href") or tag.get("src")) for tag in page.select("link[rel=stylesheet], script[src]")
        ]
        files |= {name: wire(client, name) for name in named if name not in files}
        weights[path] = wire(client, path) + sum(files[name] for name in named)
        fonts = {str(tag["href"]): wire(client, str(tag["href"])) for tag in page.select("link[as=font]")}
        assert all(size <= FONT for size in fonts.values()), (path, fonts)
    assert {path: size for path, size in weights.items() if not 10_000 < size <= PAGE} == {}
    assert [size for name, size in files.items() if "shop.js" in name] <= [OWN_SCRIPT]


@pytest.mark.parametrize("before", [0, 3])
def test_the_answer_to_an_add_is_small(client: TestClient, before: int) -> None:
    for sku in ("MUG-BLUE", "BOWL-S", "BOWL-L")[:before]:
        client.post("/cart/lines", data={"sku": sku, "quantity": "1"})
    headers = {**HTMX, "Accept-Encoding": "gzip"}
    data = {"sku": "TILES", "quantity": "1"}
    with client.stream("POST", "/cart/lines", headers=headers, data=data) as response:
        assert response.status_code == 200
        assert 0 < sum(len(chunk) for chunk in response.iter_raw()) <= ANSWER
