"""Webhook endpoints in the sandbox: kept and refused as Stripe does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stripe

from webshop.sandbox.client import SandboxHTTPClient
from webshop.sandbox.core import LIVE_KEY, SECRET_KEY, Sandbox

URL = "https://shop.example/stripe/webhook"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., stripe.StripeClient]:
    def client(*, livemode: bool = False, webhook_url: str = "") -> stripe.StripeClient:
        path = tmp_path / "sandbox.sqlite3"
        sandbox = Sandbox(path, base_url="http://sandbox.test", webhook_url=webhook_url, livemode=livemode)
        key = LIVE_KEY if livemode else SECRET_KEY
        return stripe.StripeClient(key, http_client=SandboxHTTPClient(sandbox))

    return client


def params(**changes: Any) -> Any:
    return {"url": URL, "enabled_events": ["charge.refunded"], **changes}


def test_the_secret_is_told_once(make: Callable[..., stripe.StripeClient]) -> None:
    endpoints = make().v1.webhook_endpoints
    made = endpoints.create(params(api_version=stripe.api_version))
    assert (made.object, made.status, made.url, made.livemode) == ("webhook_endpoint", "enabled", URL, False)
    assert made.api_version == stripe.api_version
    assert str(made.secret).startswith("whsec_")
    assert "secret" not in endpoints.retrieve(made.id).to_dict()
    assert [each.id for each in endpoints.list()] == [made.id]
    assert all("secret" not in each.to_dict() for each in endpoints.list())


def test_it_is_changed_and_without_a_version_it_has_the_accounts(
    make: Callable[..., stripe.StripeClient],
) -> None:
    endpoints = make().v1.webhook_endpoints
    made = endpoints.create(params())
    assert made.api_version is None
    changed = endpoints.update(made.id, {"disabled": True, "enabled_events": ["*"]})
    assert (changed.status, changed.enabled_events) == ("disabled", ["*"])
    assert endpoints.update(made.id, {"disabled": False}).status == "enabled"
    assert endpoints.retrieve(made.id).enabled_events == ["*"]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"url": "shop.example"}, "url"),
        ({"url": "https://intranet/stripe/webhook"}, "url"),
        ({"enabled_events": []}, "enabled_events"),
        ({"enabled_events": ["charge.eaten"]}, "enabled_events"),
        ({"enabled_events": ["*", "charge.refunded"]}, "enabled_events"),
        ({"api_version": "2026-13-01"}, "api_version"),
        ({"connect": True}, "connect"),
    ],
)
def test_what_stripe_refuses_is_refused(
    make: Callable[..., stripe.StripeClient], changes: dict[str, Any], param: str
) -> None:
    endpoints = make().v1.webhook_endpoints
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        endpoints.create(params(**changes))
    assert str(refusal.value.param).startswith(param)
    assert list(endpoints.list()) == []


def test_a_version_cannot_be_changed(make: Callable[..., stripe.StripeClient]) -> None:
    endpoints = make().v1.webhook_endpoints
    made = endpoints.create(params())
    changes: Any = {"api_version": stripe.api_version}
    with pytest.raises(stripe.InvalidRequestError):
        endpoints.update(made.id, changes)


def test_live_mode_wants_https_and_its_own_key(make: Callable[..., stripe.StripeClient]) -> None:
    plain = params(url="http://shop.example/stripe/webhook")
    assert make().v1.webhook_endpoints.create(plain).status == "enabled"
    live = make(livemode=True)
    with pytest.raises(stripe.InvalidRequestError, match="https"):
        live.v1.webhook_endpoints.create(plain)
    assert live.v1.webhook_endpoints.create(params()).livemode is True


def test_sixteen_are_enough(make: Callable[..., stripe.StripeClient]) -> None:
    endpoints = make().v1.webhook_endpoints
    for _number in range(16):
        endpoints.create(params())
    with pytest.raises(stripe.InvalidRequestError, match="16"):
        endpoints.create(params())
    assert len(list(endpoints.list({"limit": 5}).auto_paging_iter())) == 16


def test_the_sandboxs_own_is_listed_and_stays_what_it_is(make: Callable[..., stripe.StripeClient]) -> None:
    endpoints = make(webhook_url=URL).v1.webhook_endpoints
    [own] = endpoints.list()
    assert (own.url, own.enabled_events, own.api_version) == (URL, ["*"], stripe.api_version)
    with pytest.raises(stripe.InvalidRequestError):
        endpoints.update(own.id, {"disabled": True})


def test_the_answer_has_stripes_clock(make: Callable[..., stripe.StripeClient]) -> None:
    response: Any = make().v1.accounts.retrieve_current().last_response
    assert response.headers["date"].endswith("GMT")
