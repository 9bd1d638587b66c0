"""The sandbox as a command: what it is told about its shop."""

from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from webshop.sandbox.testing import session_params

WEBHOOK = "https://hooks.shop.example/stripe/webhook"


def session_of(shop: str) -> dict[str, str]:
    """The form that opens a session of the shop at this address."""
    return {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "1200",
        "line_items[0][price_data][product_data][name]": "Blue mug",
        "success_url": session_params(shop)["success_url"],
    }


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Filled in when the command serves: for each shop, how its session was answered."""
    seen: dict[str, int] = {}

    def visit(web: Any, **_how: Any) -> None:
        client = TestClient(web, base_url="http://127.0.0.1:8000")
        key = {"Authorization": "Bearer sk_test_sandbox"}
        for shop in ("https://shop.example", "https://hooks.shop.example", "http://localhost:8000"):
            answer = client.post("/v1/checkout/sessions", data=session_of(shop), headers=key)
            seen[shop] = answer.status_code
        seen["rebound"] = client.get("/", headers={"Host": "evil.example"}).status_code

    monkeypatch.setattr(uvicorn, "run", visit)
    return seen


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        ([], [400, 400, 200, 421]),
        (["--webhook", WEBHOOK], [400, 200, 200, 421]),
        (["--webhook", WEBHOOK, "--shop", "https://shop.example"], [200, 400, 200, 421]),
        (["--shop", "https://shop.example/"], [200, 400, 200, 421]),
    ],
)
def test_shoppers_go_back_to_the_shop_that_it_is_told_of_or_to_this_machine(
    said: Any, statuses: dict[str, int], told: list[str], answers: list[int]
) -> None:
    code, _out, err = said("sandbox", *told)
    assert (code, err) == (0, [])
    assert list(statuses.values()) == answers


@pytest.mark.parametrize("name", ["--webhook", "--shop"])
@pytest.mark.parametrize(
    "address", ["shop.example", "javascript:alert(1)", "//shop.example", "file:///etc/passwd", "https://a@b/"]
)
def test_an_address_that_is_none_is_told(said: Any, name: str, address: str) -> None:
    assert said("sandbox", name, address) == (2, [], [f"{name}: must begin like https://shop.example"])
