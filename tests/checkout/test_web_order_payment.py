"""An order that waits for payment is paid from its own page, in whatever browser that is opened: in its own
session, and never in two."""

from datetime import timedelta
from functools import partial

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, both_databases, site_of
from tests.people import FORM
from tests.shopper import Shopper
from tests.till import at_once
from tests.web.questions import BOTH, HTMX, PLAIN, element, has_vary, is_page, said, words
from tests.wire import Wire
from webshop.db.tables import attempts, orders
from webshop.limits.model import CHECKOUTS_OF_CART
from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects import sessions as stripes_sessions
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import pay as pay_by_card

pytestmark = both_databases


@pytest.fixture
def link(client: TestClient, wire: Wire) -> str:
    """The path of an order for two mugs that waits, placed without htmx; nobody here has its cart."""
    return placed(client, PLAIN)


def placed(client: TestClient, headers: dict[str, str]) -> str:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    client.post("/checkout", data={**FORM, "total": "2890"}, headers=headers, follow_redirects=False)
    client.cookies.clear()
    with site_of(client).db.read() as connection:
        number = connection.execute(select(orders.c.number)).scalar_one()
    return f"/orders/{site_of(client).signatures.sign_order(number)}"


def pay(client: TestClient, link: str, headers: dict[str, str]) -> Response:
    return client.post(f"{link}/payment", headers=headers, follow_redirects=False)


def where(response: Response) -> str:
    """Where it leads, without the shop's own name."""
    led = response.headers.get("location", "") or response.headers.get("hx-redirect", "")
    return led.removeprefix(ADDRESS)


def change(client: TestClient, **values: object) -> None:
    with site_of(client).db.write() as connection:
        connection.execute(update(orders).values(**values))


def state(client: TestClient) -> str:
    with site_of(client).db.read() as connection:
        return str(connection.execute(select(orders.c.state)).scalar_one())


def sessions(sandbox: Sandbox) -> list[str]:
    with sandbox.work() as work:
        return [session["status"] for session in ledger(work)["sessions"]]


def token_of(client: TestClient) -> str:
    """Of the latest attempt."""
    with site_of(client).db.read() as connection:
        query = select(attempts.c.session_id).order_by(attempts.c.number.desc())
        return str(connection.execute(query).scalars().first())


def test_pay_now_without_a_cookie_opens_the_orders_own_session_again(
    client: TestClient, link: str, sandbox: Sandbox
) -> None:
    shopper = Shopper(client).visit(link)
    assert element(shopper.response, "#order-pay").get_text() == "Pay now"
    shopper.follow("Pay now").submit("#checkout form")
    assert "Pay €28.90" in shopper.response.text
    assert str(shopper.response.url).endswith(token_of(client))
    assert sessions(sandbox) == ["open"]
    shopper.pay()
    assert "Thank you, your order is paid" in shopper.text
    assert sessions(sandbox) == ["complete"]


def test_htmx_is_given_the_payment_in_the_orders_place(
    client: TestClient, wire: Wire, sandbox: Sandbox
) -> None:
    link = placed(client, HTMX)
    page = client.get(f"{link}/payment")
    form = element(page, "#checkout form")
    assert (form["action"], form["hx-post"], form["method"]) == (f"{link}/payment", f"{link}/payment", "post")
    assert page.headers["content-security-policy"] == site_of(client).checkout_policy  # Stripe may run
    for elsewhere in (link, "/cart", "/"):
        assert "stripe" not in client.get(elsewhere).headers["content-security-policy"]
    for _time in range(3):
        response = pay(client, link, HTMX)
        assert (response.status_code, is_page(response), has_vary(response)) == (200, False, True)
        assert element(response, "#charge input[name=token]")["value"] == token_of(client)
        assert "Change something" not in response.text  # whose cart it was, is not known here
    assert sessions(sandbox) == ["open"]


def test_who_has_the_cart_may_still_change_something(client: TestClient, wire: Wire) -> None:
    client.post("/cart/lines", data={"sku": "MUG-BLUE", "quantity": "2"})
    response = client.post("/checkout", data={**FORM, "total": "2890"}, headers=HTMX)
    assert "Change something" in response.text


def test_the_other_way_to_pay_ends_the_session_before(
    client: TestClient, link: str, sandbox: Sandbox
) -> None:
    first = token_of(client)
    assert pay(client, link, HTMX).status_code == 200
    assert sessions(sandbox) == ["expired", "open"]
    assert token_of(client) != first
    assert pay(client, link, PLAIN).status_code == 303
    assert sessions(sandbox) == ["expired", "expired", "open"]


def pay_in_turn(client: TestClient, link: str, kinds: int, number: int) -> Response:
    return pay(client, link, BOTH[number % kinds])


def test_many_browsers_at_once_have_one_session_between_them(
    client: TestClient, link: str, sandbox: Sandbox
) -> None:
    """Each other kind of page replaces the session of the one before, which can no longer be paid: so many at
    once of both kinds may use up all attempts."""
    for kinds, fewest in ((1, 1), (2, 0)):
        answers = at_once(6, partial(pay_in_turn, client, link, kinds))
        assert {answer.status_code for answer in answers if isinstance(answer, Response)} <= {200, 303, 409}
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert fewest <= sessions(sandbox).count("open") <= 1


@pytest.mark.parametrize("headers", BOTH)
def test_a_session_that_was_paid_meanwhile_leads_to_the_order(
    client: TestClient, link: str, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    pay_by_card(sandbox, token_of(client))
    assert where(pay(client, link, headers)) == link
    assert state(client) == "paid"
    assert where(pay(client, link, headers)) == link
    assert sessions(sandbox) == ["complete"]


def test_a_session_that_is_over_is_followed_by_the_next(
    client: TestClient, link: str, sandbox: Sandbox
) -> None:
    with sandbox.work() as work:
        stripes_sessions.expire(work, token_of(client))
    assert pay(client, link, PLAIN).status_code == 303
    assert sessions(sandbox) == ["expired", "open"]


@pytest.mark.parametrize("headers", BOTH)
def test_an_order_that_has_waited_too_long_says_so_and_opens_nothing(
    client: TestClient, link: str, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    with sandbox.work() as work:
        stripes_sessions.expire(work, token_of(client))
    with site_of(client).db.read() as connection:
        placed_at = connection.execute(select(orders.c.placed_at)).scalar_one()
    change(client, placed_at=placed_at - timedelta(minutes=71))
    response = pay(client, link, headers)
    assert (response.status_code, is_page(response)) == (409, not headers)
    assert said(response) == "This order has waited too long for its payment. Please order again."
    assert "This order was not paid" in words(response, "#order")
    assert (state(client), sessions(sandbox)) == ("cancelled", ["expired"])
    assert where(pay(client, link, headers)) == link


@pytest.mark.parametrize("other", ["processing", "paid", "cancelled", "expired", "failed", "refunded"])
def test_whatever_does_not_wait_leads_to_its_page_and_asks_nobody(
    client: TestClient, link: str, wire: Wire, other: str
) -> None:
    change(client, state=other)
    asked = len(wire.calls)
    for headers in BOTH:
        assert where(pay(client, link, headers)) == link
    assert len(wire.calls) == asked
    assert element(client.get(link), "#order").select("form[action$=payment]") == []


@pytest.mark.parametrize("headers", BOTH)
def test_when_stripe_is_silent_the_order_waits_on(
    client: TestClient, link: str, wire: Wire, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    wire.down = True
    assert pay(client, link, headers).status_code == 503
    wire.down = False
    assert state(client) == "pending"
    assert pay(client, link, headers).status_code == (200 if headers else 303)
    assert sessions(sandbox).count("open") == 1


def test_a_link_that_was_not_signed_pays_nothing(client: TestClient, link: str, wire: Wire) -> None:
    asked = len(wire.calls)
    number = link.removeprefix("/orders/").partition(".")[0]
    for forged in (number, f"{number}.", "AAAA-AAAA.x", site_of(client).signatures.sign_cart(number)):
        assert pay(client, f"/orders/{forged}", PLAIN).status_code == 404
    assert len(wire.calls) == asked


def test_an_order_is_not_tried_without_end(client: TestClient, link: str) -> None:
    statuses = [pay(client, link, PLAIN).status_code for _time in range(CHECKOUTS_OF_CART.most + 2)]
    assert statuses[: CHECKOUTS_OF_CART.most - 1] == [303] * (CHECKOUTS_OF_CART.most - 1)
    assert statuses[-2:] == [429, 429]
