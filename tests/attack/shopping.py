"""Somebody buys in every way there is, so that an attack begins with real orders, sessions and tokens."""

import re

from httpx2 import Client

from tests.attack.survey import Survey, fields_of
from tests.people import CARD, CHALLENGED, GOOD_CARD, TYPED
from tests.shopper import Shopper

# Who buys. None of it may turn up where somebody else looks, or in the log.
PERSON = {
    **TYPED,
    "email": "zqada.canary@example.com",
    "name": "Zqada Zqlovelace",
    "address-line1": "17 Zqanalytical Street",
}
PERSONAL = (PERSON["email"], PERSON["name"], PERSON["address-line1"])
ROUNDS = 3  # of orders: an attack soon ends some of their sessions
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def shop_around(client: Client, survey: Survey) -> None:
    """Orders that are paid, that a bank has still to confirm, that wait for 3-D Secure, and that are only
    begun, without htmx and with it. Notes whatever is seen on the way."""
    shopper = Shopper(client)
    slug = _slug(shopper)
    survey.refill = str(shopper.page.select("form.buy")[0]["action"])
    for form in ({"number": GOOD_CARD}, {"method": "bank"}, {"number": CHALLENGED}, {}) * ROUNDS:
        client.cookies.clear()  # another cart: one cart pays for one thing at a time
        shopper.add(slug).check_out(**{name.replace("-", "_"): value for name, value in PERSON.items()})
        survey.see(shopper.response)
        if form:
            url = str(shopper.response.url)
            shopper.response = client.post(url, data={**CARD, **form}, follow_redirects=True)
            survey.see(shopper.response)
    survey.see(shopper.add(slug).visit("/checkout").response)
    begun = shopper.page.select_one("main form")
    assert begun is not None, shopper.response.text
    typed = {name: value for name, value in fields_of(begun).items() if name != "act"}
    opened = client.post("/checkout", data=typed, headers=HTMX)
    assert "_secret_" in opened.text, opened.text
    survey.see(opened)
    for secret in re.findall(r"cs_\w+_secret_\w+", opened.text):
        survey.note(f"/sandbox/embedded/{secret}")
        survey.note(f"/sandbox/embedded/{secret}/challenge")
    client.cookies.clear()
    survey.see(shopper.add(slug).response)  # the cart that is attacked ends none of these sessions
    survey.keys.update(word for word in survey.words if re.match(r"cs_|[0-9A-Z]{4}-[0-9A-Z]{4}\.", word))


def _slug(shopper: Shopper) -> str:
    """Of the first product that can be bought."""
    links = shopper.visit("/").page.select('main a[href^="/products/"]')
    for slug in dict.fromkeys(str(link["href"]).rpartition("/")[2] for link in links):
        if shopper.visit(f"/products/{slug}").page.select_one("form.buy"):
            return slug
    raise AssertionError("nothing can be bought")


def read_the_manual(survey: Survey) -> None:
    """What the sandbox takes besides its forms, as webshop/sandbox/README.md says. No rule of faults: what
    comes of one would be a fault on purpose."""
    intent = survey.word("pi_")
    for session in sorted(word for word in survey.words if re.fullmatch(r"cs_test_[A-Za-z0-9]+", word)):
        survey.forms["/sandbox/pay.json"].append({"session": session, "card": GOOD_CARD})
        survey.forms["/sandbox/bank.json"].append({"session": session, "outcome": "succeed"})
        survey.forms["/sandbox/expire.json"].append({"session": session})
    survey.forms["/sandbox/refund.json"].append({"payment_intent": intent, "amount": "100"})
    survey.forms["/sandbox/webhooks.json"].append({"action": "normal"})
    calls = f"checkout/sessions charges events refunds payment_intents/{intent} balance customers"
    survey.parts["/sandbox/v1/{path}", "path"] += calls.split()
    survey.forms["/sandbox/v1/{path}"].append(
        {
            "mode": "payment",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "eur",
            "line_items[0][price_data][unit_amount]": "500",
            "line_items[0][price_data][product_data][name]": "Cup",
            "success_url": "http://127.0.0.1/",
        }
    )
