"""What the shop tells its doctor: only by an event that its webhook's secret has signed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from tests.conftest import site_of
from webshop.db.tables import alarms, carts, stripe_events
from webshop.payments.webhook.endpoint import examination
from webshop.sandbox.core import Sandbox
from webshop.settings.model import Settings


@pytest.fixture
def rows(client: TestClient) -> Iterator[None]:
    """Nothing is written meanwhile, not even that something was refused."""
    yield
    with site_of(client).db.read() as connection:
        for table in (alarms, carts, stripe_events):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_it_tells_how_it_sees_the_request_and_sets_the_carts_cookie(
    client: TestClient, sandbox: Sandbox, config: Settings, rows: None
) -> None:
    body, signature = examination(sandbox.webhook_secret)
    headers = {"Stripe-Signature": signature, "X-Forwarded-For": "203.0.113.7, 198.51.100.1"}
    answer = client.post("/stripe/webhook", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json() == {
        "release": config.release,
        "mode": "sandbox",
        "url": "http://127.0.0.1:8000",
        "proxies": 0,
        "hops": 2,
    }
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("cart=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_nobody_else_is_told(client: TestClient, rows: None) -> None:
    body, signature = examination("whsec_of_somebody_else")
    for given in (signature, "", "t=1,v1=0"):
        answer = client.post("/stripe/webhook", content=body, headers={"Stripe-Signature": given})
        assert answer.status_code == 400
        assert "release" not in answer.text
        assert "set-cookie" not in answer.headers
