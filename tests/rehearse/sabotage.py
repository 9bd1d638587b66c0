"""Losses made on purpose, the last thing before nobody buys any more: a rehearsal that does not notice them
is worth nothing."""

import os
import signal
import time
from collections.abc import Callable

import httpx2

from tests.people import GOOD_CARD
from tests.rehearse.premises import Premises


def lose_requests(shop: Premises) -> None:
    """A web process dies although nobody has killed it on purpose."""
    running = shop.running["web-1"]
    os.killpg(running.pid, signal.SIGKILL)
    running.kill()
    shop.start("web-1")


def lose_an_order(shop: Premises) -> None:
    number = shop.database.ask("SELECT number FROM orders WHERE state = 'paid' LIMIT 1", "shop")[0][0]
    delete = f"DELETE FROM orders WHERE number = '{number}'"
    shop.database.tell(f"SET session_replication_role = replica; {delete}", "shop")


def charge_twice(shop: Premises) -> None:
    """Somebody is given a second page for what was paid, and pays there."""
    paid = shop.database.ask("SELECT number FROM orders WHERE state = 'paid' LIMIT 1", "shop")[0][0]
    answer = httpx2.post(
        f"http://127.0.0.1:{shop.sandbox.port}/v1/checkout/sessions",
        auth=(shop.environment["STRIPE_SECRET_KEY"], ""),
        trust_env=False,
        data={
            "mode": "payment",
            "client_reference_id": paid,
            "success_url": shop.proxy.url,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "eur",
            "line_items[0][price_data][unit_amount]": "2400",
            "line_items[0][price_data][product_data][name]": "Harbour mug",
        },
    )
    status, paid_for = shop.sandbox.pay(answer.json()["id"], card=GOOD_CARD, email="ada@example.com")
    assert status == 200, paid_for
    time.sleep(2)


SABOTAGES: dict[str, Callable[[Premises], None]] = {
    "lost-request": lose_requests,
    "lost-order": lose_an_order,
    "double-charge": charge_twice,
}
