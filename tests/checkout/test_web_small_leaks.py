"""What a link may fill in, and what may keep an answer."""

import pytest
from starlette.testclient import TestClient

from tests.checkout.test_web_asking import tokens_of
from tests.shopper import Shopper
from tests.web.questions import HTMX, soup


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_link_to_the_quote_fills_in_nothing_but_where_it_goes_and_how(
    client: TestClient, shopper: Shopper, headers: dict[str, str]
) -> None:
    """Another site must not put its own address or e-mail into the form."""
    shopper.add("blue-mug")
    typed = {
        "email": "att@evil.example",
        "name": "Att",
        "line1": "1 Evil Street",
        "line2": "Evil",
        "city": "Evilville",
        "country": "AT",
        "postal_code": "1010",
    }
    page = client.get("/checkout/quote", params=typed, headers=headers)
    assert page.status_code == 200
    for evil in ("att@evil.example", "Evil", ">Att<", 'value="Att"'):
        assert evil not in page.text
    assert "1010" in page.text
    assert [each["value"] for each in soup(page).select("#country option[selected]")] in ([], ["AT"])


def test_no_answer_to_the_charge_is_kept_anywhere(client: TestClient, shopper: Shopper) -> None:
    shopper.add("blue-mug").check_out().pay()
    answer = client.post("/charge", data={"token": tokens_of(client)[0]}, headers=HTMX)
    assert "your order is paid" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
