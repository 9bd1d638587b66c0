"""The payment pages, hosted and embedded, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stripe
from bs4 import BeautifulSoup, Tag
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from tests.people import CARD
from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects import payments
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.pages.rendering import content_security_policy
from webshop.sandbox.testing import SHOP, Clock, client_of, embedded_params, pay, session_params, shipping
from webshop.sandbox.web import create_app

stripe.enable_telemetry = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Sandbox:
    return Sandbox(tmp_path / "sandbox.db", base_url="http://testserver", shop_url=SHOP, clock=clock)


@pytest.fixture
def browser(sandbox: Sandbox) -> TestClient:
    return TestClient(create_app(sandbox), follow_redirects=False)


def new_session(sandbox: Sandbox, **changes: Any) -> stripe.checkout.Session:
    return client_of(sandbox).v1.checkout.sessions.create(session_params(**changes))


def new_embedded(sandbox: Sandbox, **changes: Any) -> stripe.checkout.Session:
    return client_of(sandbox).v1.checkout.sessions.create(embedded_params(**changes))


def reread(sandbox: Sandbox, session: stripe.checkout.Session) -> Any:
    return client_of(sandbox).v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})


def charges(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.work() as work:
        return ledger(work)["charges"]


def one(html: str, selector: str) -> Tag:
    found = BeautifulSoup(html, "html.parser").select(selector)
    assert len(found) == 1, f"{len(found)} elements match {selector}"
    return found[0]


def test_the_page_shows_what_is_bought_and_what_it_costs(sandbox: Sandbox, browser: TestClient) -> None:
    page = browser.get(f"/pay/{new_session(sandbox).id}")
    text = " ".join(BeautifulSoup(page.text, "html.parser").get_text(" ").split())
    assert page.status_code == 200
    for words in (
        "Pay €28.90",
        "Blue mug × 2 €24.00",
        "Shipping: Standard €4.90",
        "Total €28.90",
        "ann@example.com",
    ):
        assert words in text
    assert "Sandbox – no real money" in text
    assert "4000 0000 0000 0002 Declined" in text


def test_the_form_asks_for_three_things_and_its_first_button_pays(
    sandbox: Sandbox, browser: TestClient
) -> None:
    html = browser.get(f"/pay/{new_session(sandbox).id}").text
    required = BeautifulSoup(html, "html.parser").select("input[required]")
    assert [field["autocomplete"] for field in required] == ["cc-number", "cc-exp", "cc-csc"]
    assert required[0]["inputmode"] == "numeric"
    first = BeautifulSoup(html, "html.parser").select("[type=submit]")[0]
    assert first["value"] == "card"
    assert first.get_text(strip=True) == "Pay €28.90"
    assert one(html, "a[href='http://shop.test/cart']")


def test_amounts_follow_their_currency(sandbox: Sandbox, browser: TestClient) -> None:
    price = {"currency": "jpy", "unit_amount": 1500, "product_data": {"name": "Cup"}}
    session = new_session(sandbox, line_items=[{"price_data": price, "quantity": 1}], shipping_options=None)
    assert "¥1,500" in browser.get(f"/pay/{session.id}").text
    price = {"currency": "chf", "unit_amount": 1500, "product_data": {"name": "Cup"}}
    session = new_session(sandbox, line_items=[{"price_data": price, "quantity": 1}], shipping_options=None)
    assert "15.00\N{NO-BREAK SPACE}CHF" in browser.get(f"/pay/{session.id}").text


def test_paying_leads_back_to_the_shop_with_the_session_id(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/pay/{session.id}", data=CARD)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.test/charge?token={session.id}"
    paid = reread(sandbox, session)
    assert (paid.status, paid.payment_status, paid.payment_intent.status) == ("complete", "paid", "succeeded")


@pytest.mark.parametrize(
    ("number", "sentence", "code", "decline_code"),
    [
        ("4000000000000002", "Your card was declined.", "card_declined", "generic_decline"),
        ("4000000000009995", "Your card has insufficient funds.", "card_declined", "insufficient_funds"),
        ("4000000000009979", "Your card was declined.", "card_declined", "stolen_card"),
        ("4000000000000069", "Your card has expired.", "expired_card", "expired_card"),
        ("4000000000000127", "Your card's security code is incorrect.", "incorrect_cvc", "incorrect_cvc"),
    ],
)
def test_a_refused_card_is_a_sentence_and_another_card_may_follow(
    sandbox: Sandbox, browser: TestClient, number: str, sentence: str, code: str, decline_code: str
) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/pay/{session.id}", data=CARD | {"number": number})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session.id}")
    for _ in range(2):  # a reload says it again
        page = browser.get(f"/pay/{session.id}")
        assert page.status_code == 200
        assert sentence in one(page.text, "[role=alert]").get_text()
    declined = reread(sandbox, session)
    assert (declined.status, declined.payment_status) == ("open", "unpaid")
    error = declined.payment_intent.last_payment_error
    assert (error.code, error.decline_code) == (code, decline_code)
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 303
    assert [(c["status"], c["failure_code"]) for c in charges(sandbox)] == [
        ("failed", code),
        ("succeeded", None),
    ]
    assert len({c["payment_intent"] for c in charges(sandbox)}) == 1
    assert reread(sandbox, session).payment_intent.last_payment_error is None


def test_a_refusal_is_said_until_the_next_attempt(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox, customer_email=None)
    path = f"/pay/{session.id}"
    declined = CARD | {"number": "4000000000000002", "email": "bob@example.com"}
    assert 'role="alert"' not in browser.get(path).text
    browser.post(path, data=declined)
    assert one(browser.get(path).text, "#email")["value"] == "bob@example.com"
    browser.post(path, data=declined | {"number": "4000002760003184"})
    assert 'role="alert"' not in browser.get(path).text


def test_an_embedded_refusal_leads_back_to_the_frame(sandbox: Sandbox, browser: TestClient) -> None:
    path = f"/embedded/{new_embedded(sandbox).client_secret}"
    answer = browser.post(path, data=CARD | {"number": "4000000000000002"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "Your card was declined." in one(browser.get(path).text, "[role=alert]").get_text()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"number": "4242424242424241"}, "number", "Your card number is invalid."),
        ({"number": ""}, "number", "Your card number is invalid."),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "number", "Your card number is invalid."),
        ({"number": "5555555555554444"}, "number", "This is a sandbox: it takes its own test cards only."),
        ({"expiry": "13/34"}, "expiry", "Enter the expiry date as month and year"),
        ({"expiry": ""}, "expiry", "Enter the expiry date as month and year"),
        ({"expiry": "١٢/٣٤"}, "expiry", "Enter the expiry date as month and year"),
        ({"expiry": "01/20"}, "expiry", "in the past"),
        ({"cvc": "12"}, "cvc", "3 or 4 digits"),
        ({"cvc": "١٢٣"}, "cvc", "3 or 4 digits"),
    ],
)
def test_a_mistyped_card_is_a_422_beside_its_field(
    sandbox: Sandbox, browser: TestClient, changes: dict[str, str], field: str, sentence: str
) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/pay/{session.id}", data=CARD | changes)
    assert answer.status_code == 422
    wrong = one(answer.text, f"#{field}")
    assert wrong["aria-invalid"] == "true"
    assert sentence in one(answer.text, f"#{wrong['aria-describedby']}").get_text()
    assert charges(sandbox) == []
    assert reread(sandbox, session).status == "open"


@pytest.mark.parametrize("expiry", ["12/34", "12 / 34", "1234", "12/2034", " 12/34 ", "122034"])
def test_the_expiry_may_be_written_in_several_ways(
    sandbox: Sandbox, browser: TestClient, expiry: str
) -> None:
    answer = browser.post(f"/pay/{new_session(sandbox).id}", data=CARD | {"expiry": expiry})
    assert answer.status_code == 303
    card = charges(sandbox)[0]["payment_method_details"]["card"]
    assert (card["exp_month"], card["exp_year"]) == (12, 2034)


def test_a_card_number_is_never_shown_again_nor_stored(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    numbers = ("4000000000000002", "4000002760003184", "4929939187355598", "4242424242424242")
    for number in numbers:
        answer = browser.post(f"/pay/{session.id}", data=CARD | {"number": number, "cvc": "987"})
        shown = answer.text + browser.get(f"/pay/{session.id}").text
        form = re.sub(r'<section class="cards".*?</section>', "", shown, flags=re.DOTALL)
        assert number not in shown
        assert 'value="987"' not in shown
        assert f"{number[:4]} {number[4:8]} {number[8:12]}" not in form.replace(
            'placeholder="4242 4242 4242 4242"', ""
        )
    with closing(sqlite3.connect(sandbox.store.path)) as db:
        stored = "\n".join(db.iterdump())
    for number in numbers:
        assert number not in stored


def test_the_buyer_chooses_between_shipping_options(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox, shipping_options=[shipping("Standard", 490), shipping("Express", 990)])
    html = browser.get(f"/pay/{session.id}").text
    rates = [str(radio["value"]) for radio in BeautifulSoup(html, "html.parser").select("input[type=radio]")]
    assert "total €33.90" in html
    assert browser.post(f"/pay/{session.id}", data=CARD | {"shipping": rates[1]}).status_code == 303
    paid = reread(sandbox, session)
    assert (paid.amount_total, paid.payment_intent.amount) == (3390, 3390)
    assert paid.shipping_cost.shipping_rate == rates[1]


def test_a_shipping_option_of_somebody_else_changes_nothing(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    browser.post(f"/pay/{session.id}", data=CARD | {"shipping": "shr_other"})
    assert reread(sandbox, session).amount_total == 2890


def test_without_an_email_from_the_shop_the_page_asks_for_one(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox, customer_email=None)
    assert one(browser.get(f"/pay/{session.id}").text, "#email")["autocomplete"] == "email"
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 422
    assert browser.post(f"/pay/{session.id}", data=CARD | {"email": "bob@example.com"}).status_code == 303
    assert reread(sandbox, session).customer_details.email == "bob@example.com"


@pytest.mark.parametrize("number", ["4000002760003184", "4000000000003220"])
def test_authentication_passed_is_paid(sandbox: Sandbox, browser: TestClient, number: str) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/pay/{session.id}", data=CARD | {"number": number})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session.id}/challenge")
    assert reread(sandbox, session).payment_intent.status == "requires_action"
    challenge = browser.get(answer.headers["location"])
    assert "Complete authentication" in challenge.text
    assert one(challenge.text, "a[href='http://shop.test/cart']")
    done = browser.post(f"/pay/{session.id}/challenge", data={"outcome": "complete"})
    assert done.headers["location"] == f"http://shop.test/charge?token={session.id}"
    assert reread(sandbox, session).payment_status == "paid"
    assert (
        charges(sandbox)[0]["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"
    )


def test_authentication_failed_is_no_charge_and_may_be_tried_again(
    sandbox: Sandbox, browser: TestClient
) -> None:
    session = new_session(sandbox)
    browser.post(f"/pay/{session.id}", data=CARD | {"number": "4000002760003184"})
    answer = browser.post(f"/pay/{session.id}/challenge", data={"outcome": "fail"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session.id}")
    page = browser.get(f"/pay/{session.id}")
    assert "unable to authenticate" in one(page.text, "[role=alert]").get_text()
    failed = reread(sandbox, session)
    assert (failed.status, failed.payment_intent.status) == ("open", "requires_payment_method")
    assert failed.payment_intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert charges(sandbox) == []
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 303


def test_an_abandoned_authentication_leaves_the_session_open(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    browser.post(f"/pay/{session.id}", data=CARD | {"number": "4000002760003184"})
    assert reread(sandbox, session).status == "open"
    assert browser.get(f"/pay/{session.id}").status_code == 200
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 303
    assert browser.get(f"/pay/{session.id}/challenge").status_code == 200
    assert browser.post(f"/pay/{session.id}/challenge", data={"outcome": "complete"}).status_code == 409
    assert [charge["status"] for charge in charges(sandbox)] == ["succeeded"]


def test_an_answer_to_no_challenge_leads_back_to_the_form(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    for answer in (
        browser.get(f"/pay/{session.id}/challenge"),
        browser.post(f"/pay/{session.id}/challenge", data={"outcome": "complete"}),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{session.id}")
    assert browser.post(f"/pay/{session.id}/challenge", data={"outcome": "maybe"}).status_code == 422
    assert charges(sandbox) == []


def test_paying_twice_charges_once_and_says_so(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    browser.post(f"/pay/{session.id}", data=CARD)
    again = browser.post(f"/pay/{session.id}", data=CARD)
    assert again.status_code == 409
    assert "already been paid" in one(again.text, "h1").get_text()
    assert one(again.text, f"a[href='http://shop.test/charge?token={session.id}']")
    assert len(charges(sandbox)) == 1


def test_ten_clicks_at_once_charge_once(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)

    def click(_: int) -> int:
        return (
            TestClient(create_app(sandbox), follow_redirects=False)
            .post(f"/pay/{session.id}", data=CARD)
            .status_code
        )

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(click, range(10)))
    assert statuses == [303] + [409] * 9
    assert len(charges(sandbox)) == 1


def test_a_paid_page_that_is_looked_at_again_says_paid(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_session(sandbox)
    pay(sandbox, session.id)
    page = browser.get(f"/pay/{session.id}")
    assert (page.status_code, one(page.text, "h1").get_text()) == (200, "Paid")
    assert BeautifulSoup(page.text, "html.parser").select("form") == []


def test_an_expired_session_cannot_be_paid(sandbox: Sandbox, browser: TestClient, clock: Clock) -> None:
    session = new_session(sandbox)
    clock.forward(24 * 3600)
    for page in (browser.post(f"/pay/{session.id}", data=CARD), browser.get(f"/pay/{session.id}")):
        assert page.status_code == 410
        assert "expired" in one(page.text, "h1").get_text()
        assert one(page.text, "a[href='http://shop.test/cart']")
    with pytest.raises(payments.NotOpen):
        pay(sandbox, session.id)
    assert charges(sandbox) == []


def test_a_bank_payment_is_complete_and_unpaid_until_the_bank_answers(
    sandbox: Sandbox, browser: TestClient
) -> None:
    session = new_session(sandbox)
    answer = browser.post(f"/pay/{session.id}", data={"method": "bank"})
    assert answer.headers["location"] == f"http://shop.test/charge?token={session.id}"
    pending = reread(sandbox, session)
    assert (pending.status, pending.payment_status) == ("complete", "unpaid")
    assert (pending.payment_intent.status, charges(sandbox)[0]["status"]) == ("processing", "pending")
    assert "bank has been asked" in browser.get(f"/pay/{session.id}").text
    assert browser.post(f"/pay/{session.id}", data=CARD).status_code == 409


def test_the_embedded_page_is_reached_by_its_client_secret_only(
    sandbox: Sandbox, browser: TestClient
) -> None:
    session = new_embedded(sandbox)
    assert browser.get(f"/embedded/{session.client_secret}").status_code == 200
    assert browser.get(f"/embedded/{session.client_secret}x").status_code == 404
    assert browser.get(f"/embedded/{session.id}").status_code == 404
    assert browser.get(f"/pay/{session.id}").status_code == 404
    hosted = new_session(sandbox)
    assert browser.get(f"/embedded/{hosted.id}_secret_").status_code == 404
    assert browser.get(f"/pay/{hosted.id}_secret_x").status_code == 404


def test_the_embedded_page_tells_where_to_go_when_it_is_paid(sandbox: Sandbox, browser: TestClient) -> None:
    session = new_embedded(sandbox)
    path = f"/embedded/{session.client_secret}"
    answer = browser.post(path, data=CARD)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    body = one(browser.get(path).text, "body[data-complete]")
    assert body["data-onward"] == f"http://shop.test/charge?token={session.id}"


@pytest.mark.parametrize("mode", ["never", "if_required"])
def test_a_card_payment_without_redirect_only_tells_that_it_is_complete(
    sandbox: Sandbox, browser: TestClient, mode: str
) -> None:
    url = None if mode == "never" else "http://shop.test/charge"
    session = new_embedded(sandbox, redirect_on_completion=mode, return_url=url)
    browser.post(f"/embedded/{session.client_secret}", data=CARD)
    body = one(browser.get(f"/embedded/{session.client_secret}").text, "body[data-complete]")
    assert body["data-onward"] == ""


def test_the_embedded_challenge_stays_in_the_frame(sandbox: Sandbox, browser: TestClient) -> None:
    path = f"/embedded/{new_embedded(sandbox).client_secret}"
    answer = browser.post(path, data=CARD | {"number": "4000002760003184"})
    assert answer.headers["location"] == f"{path}/challenge"
    assert browser.post(f"{path}/challenge", data={"outcome": "complete"}).headers["location"] == path


def policy_of(headers: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_the_hosted_page_may_lead_to_the_shop_and_be_framed_by_nobody(
    sandbox: Sandbox, browser: TestClient
) -> None:
    policy = policy_of(browser.get(f"/pay/{new_session(sandbox).id}").headers)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self' http://shop.test"
    assert policy["frame-ancestors"] == "'none'"


def test_the_embedded_page_may_be_framed_by_the_shop(sandbox: Sandbox, browser: TestClient) -> None:
    policy = policy_of(browser.get(f"/embedded/{new_embedded(sandbox).client_secret}").headers)
    assert policy["frame-ancestors"] == "'self' http://shop.test"
    assert policy["form-action"] == "'self'"


def test_an_address_cannot_smuggle_anything_into_the_policy() -> None:
    smuggled = ("http://a;script-src*/x", "http://u@shop.test/", "http://a b", "data:x", None)
    header = content_security_policy((*smuggled, "http://shop.test:81/"))
    policy = policy_of({"content-security-policy": header})
    assert policy["form-action"] == "'self' http://shop.test:81"
    assert policy["script-src"] == "'self'"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nope"),
        ("DELETE", "/pay/x"),
        ("GET", "/pay/x"),
        ("GET", "/static/sandbox.css"),
        ("GET", "/stripe.js"),
        ("GET", "/v1/balance"),
        ("GET", "/ledger.json"),
    ],
)
def test_every_answer_carries_the_headers(browser: TestClient, method: str, path: str) -> None:
    headers = browser.request(method, path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_large_form_is_refused(sandbox: Sandbox, browser: TestClient) -> None:
    answer = browser.post(f"/pay/{new_session(sandbox).id}", data=CARD | {"junk": "x" * 70_000})
    assert answer.status_code == 413
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_a_form_from_another_site_is_refused(
    sandbox: Sandbox, browser: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = browser.post(f"/pay/{new_session(sandbox).id}", data=CARD, headers=headers)
    assert answer.status_code == status
    assert len(charges(sandbox)) == (status == 303)


def test_names_are_escaped(sandbox: Sandbox, browser: TestClient) -> None:
    evil = "<script>alert(1)</script>\"'"
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": evil}}
    session = new_session(
        sandbox,
        line_items=[{"price_data": price, "quantity": 1}],
        shipping_options=[shipping(evil, 1), shipping(evil, 2)],
        client_reference_id=evil,
    )
    for path in (f"/pay/{session.id}", "/"):
        assert "<script>" not in browser.get(path).text


@pytest.mark.parametrize("prefix", ["", "/sandbox", "/deep/down/sandbox"])
def test_all_links_are_right_wherever_it_is_mounted(tmp_path: Path, prefix: str) -> None:
    sandbox = Sandbox(tmp_path / "mounted.db", base_url=f"http://testserver{prefix}", shop_url=SHOP)
    app = Starlette(routes=[Mount(prefix or "/", create_app(sandbox))])
    browser = TestClient(app, follow_redirects=False)
    for session in (new_session(sandbox), new_embedded(sandbox)):
        path = (
            f"{prefix}/embedded/{session.client_secret}"
            if session.client_secret
            else f"{prefix}/pay/{session.id}"
        )
        html = browser.get(path).text
        assert one(html, "form")["action"] == path
        for tag in BeautifulSoup(html, "html.parser").select("link[href], script[src]"):
            assert browser.get(str(tag.get("href") or tag.get("src"))).status_code == 200
        answer = browser.post(path, data=CARD | {"number": "4000002760003184"})
        assert answer.headers["location"] == f"{path}/challenge"
        assert one(browser.get(f"{path}/challenge").text, "form")["action"] == f"{path}/challenge"
    assert one(browser.get(f"{prefix}/").text, "a[href$='ledger.json']")["href"] == f"{prefix}/ledger.json"
    assert "javascript" in browser.get(f"{prefix}/stripe.js").headers["content-type"]
