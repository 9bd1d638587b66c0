"""What the doctor sees without any process: settings, files, and what Stripe says."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.doctor.premises import Good, Named, named, paper_shop
from webshop.doctor.examination import CHECKS
from webshop.payments.inspection import API_VERSION
from webshop.payments.webhook.endpoint import EVENTS
from webshop.sandbox.core import Sandbox
from webshop.sandbox.delivery import deliver_due
from webshop.sandbox.state import events
from webshop.sandbox.testing import Clock

NEED_NOBODY = """check_mode check_unwise check_secrets check_files check_account check_endpoint
    check_addresses check_sentry""".split()
ON_PAPER: list[Named] = [each for each in CHECKS if each[1].__name__ in NEED_NOBODY]
# The shop of these is SQLite's, which is a warning of its own.
ALWAYS = "settings.sqlite"

Break = Callable[[Good], Good]
KEY_OF_ANOTHER = "pk_live_51Other0therOtherX" + "a" * 80


@pytest.fixture
def good(tmp_path: Path) -> Good:
    return paper_shop(tmp_path)


def account(before: str, after: str) -> Break:
    return answers("/v1/account", before, after)


def endpoint(before: str, after: str) -> Break:
    return answers("/v1/webhook_endpoints", before, after)


def answers(path: str, before: str, after: str) -> Break:
    """Stripe says something else about this."""

    def change(good: Good) -> Good:
        good.wire.changes = {path: (before, after)}
        return good

    return change


def refuses(status: int, message: str) -> Break:
    def lie(good: Good) -> Good:
        good.wire.lie = json.dumps({"error": {"type": "invalid_request_error", "message": message}}), status
        return good

    return lie


def silent(good: Good) -> Good:
    good.wire.down = True
    return good


def rubbish(good: Good) -> Good:
    good.wire.lie = '{"object": "account"}', 200
    return good


def no_endpoint(good: Good) -> Good:
    return good.set_to(public_url="https://www.kiln-street.shop")


def two_endpoints(good: Good) -> Good:
    paper_shop(good.folder)
    return good


def refused_event(good: Good) -> Good:
    """Of an hour ago, by an endpoint that has another secret."""
    clock = Clock()
    clock.forward(-3600)
    sandbox = Sandbox(
        good.folder / "sandbox.sqlite3",
        base_url="",
        webhook_url="https://x.example",
        livemode=True,
        clock=clock,
    )
    with sandbox.work() as work:
        events.record(work, "charge.refunded", {"id": "ch_1", "object": "charge"})
    deliver_due(sandbox, lambda _url, _headers, _body: 400)
    return good


def late(good: Good) -> Good:
    clock = Clock()
    clock.forward(timedelta(minutes=9).total_seconds())
    good.wire._sandbox = Sandbox(good.folder / "sandbox.sqlite3", base_url="", livemode=True, clock=clock)
    return good


def with_shop(change: Callable[[str], str]) -> Break:
    return with_file("shop", change)


def with_file(name: str, change: Callable[[str], str]) -> Break:
    def write(good: Good) -> Good:
        path = good.folder / f"{name}.toml"
        path.write_text(change((DATA / path.name).read_text()))
        return good.set_to(**{f"{name}_file": path})

    return write


def without(begin: str) -> Callable[[str], str]:
    """The file up to this line."""
    return lambda text: text.partition(begin)[0]


def untaxed(text: str) -> str:
    return text.replace(text.partition("[tax]")[2].partition("[carriers]")[0], "\n")


def set_to(**values: object) -> Break:
    return lambda good: good.set_to(**values)


# How it is broken, the finding, and a word of its cure.
BROKEN: dict[str, tuple[Break, str, str]] = {
    "no owner": (set_to(owner_email=""), "mail.owner", "mailbox"),
    "the example's owner": (set_to(owner_email="owner@shop.example"), "mail.owner", "mailbox"),
    "the example's sender": (set_to(mail_from="shop@shop.example"), "mail.sender", "MAIL_FROM"),
    "a free sender": (set_to(mail_from="our.shop@gmail.com"), "mail.sender", "your own domain"),
    "a typed key": (
        set_to(secret_keys="the-quick-brown-fox-jumps-over-a-lazy-dog"),
        "settings.secret_keys",
        "put a new one first",
    ),
    "half a webhook secret": (
        set_to(stripe_webhook_secret="whsec_aB3dE5fG7"),
        "settings.webhook_secret",
        "copy it again",
    ),
    "two web processes on SQLite": (set_to(web_concurrency=2), "settings.concurrency", "WEB_CONCURRENCY=1"),
    "DEMO is left": (set_to(demo=True), "settings.demo", "remove DEMO"),
    "test keys": (
        set_to(stripe_secret_key="sk_test_1", stripe_publishable_key="pk_test_1"),
        "settings.mode",
        "STRIPE_SECRET_KEY",
    ),
    "a mistake in shop.toml": (
        with_shop(lambda text: text.replace("EUR", "EURO")),
        "files.shop",
        "catalog check",
    ),
    "the demo's imprint": (
        with_shop(lambda text: text.replace("Kiln Street 1", "VAT number DE 000 000 000")),
        "files.imprint",
        "your own name",
    ),
    "no imprint": (with_shop(lambda text: text.replace("imprint = [", "# [")), "files.imprint", "imprint ="),
    "no tax": (with_shop(untaxed), "files.tax", "[tax"),
    "no tax at home": (with_shop(lambda text: text.replace("DE = {", "FR = {")), "files.tax", "[tax.DE]"),
    "no carriers": (with_shop(without("[carriers]")), "files.carriers", "[carriers]"),
    "a mistake in catalog.toml": (
        with_file("catalog", lambda text: text.replace("price =", "prize =", 1)),
        "files.catalogue",
        "catalog check",
    ),
    "a picture is missing": (
        with_file("catalog", lambda text: text.replace("moor-vase.svg", "new-vase.svg")),
        "files.catalogue",
        "catalog check",
    ),
    "the demo's products": (
        with_file("catalog", lambda text: text.replace('"blue-mug"', '"harbour-mug"')),
        "files.demo",
        "put your own",
    ),
    "another key": (set_to(stripe_secret_key="sk_live_another"), "stripe.key", "apikeys"),
    "a key without permission": (
        refuses(403, "The provided key does not have it. Having the 'rak_account_read' permission would do."),
        "stripe.key",
        "dashboard",
    ),
    "Stripe is silent": (silent, "stripe.key", "api.stripe.com"),
    "Stripe has a bad day": (refuses(500, "An error"), "stripe.key", "again"),
    "Stripe says rubbish": (rubbish, "stripe.key", "again"),
    "no charges": (
        account('"charges_enabled": true', '"charges_enabled": false'),
        "stripe.charges",
        "onboarding",
    ),
    "no details": (
        account('"details_submitted": true', '"details_submitted": false'),
        "stripe.details",
        "onboarding",
    ),
    "no payouts": (account('"payouts_enabled": true', '"payouts_enabled": false'), "stripe.payouts", "bank"),
    "papers are due": (
        account('"past_due": []', '"past_due": ["external_account"]'),
        "stripe.wanted",
        "onboarding",
    ),
    "another currency": (account('"eur"', '"usd"'), "stripe.currency", "EUR"),
    "a publishable key of another account": (
        set_to(stripe_publishable_key=KEY_OF_ANOTHER),
        "stripe.publishable",
        "same page",
    ),
    "a wrong clock": (late, "stripe.clock", "NTP"),
    "no endpoint": (no_endpoint, "webhook.endpoint", "--create-webhook"),
    "a disabled endpoint": (
        endpoint('"status": "enabled"', '"status": "disabled"'),
        "webhook.enabled",
        "--mend",
    ),
    "another version": (endpoint(API_VERSION, "2024-06-20"), "webhook.version", "--create-webhook"),
    "the account's version": (endpoint(f'"{API_VERSION}"', "null"), "webhook.version", "--create-webhook"),
    "an event is missing": (endpoint('"refund.failed", ', ""), "webhook.events", "--mend"),
    "events are refused": (refused_event, "webhook.undelivered", "secret"),
    "two endpoints": (two_endpoints, "webhook.twice", "delete all but one"),
}


def test_a_good_shop_is_told_of_nothing(good: Good) -> None:
    assert named(good.found(ON_PAPER)).keys() == {ALWAYS}


@pytest.mark.parametrize("how", BROKEN)
def test_each_fault_is_named_with_its_cure(good: Good, how: str) -> None:
    change, name, word = BROKEN[how]
    found = named(change(good).found(ON_PAPER))
    assert name in found, found
    assert word in found[name].cure
    assert found[name].why
    # A key that is refused is refused for the endpoint, too; another key may be another mode's.
    others = {"stripe.key", "webhook.endpoint", "settings.mode", "mail.sender", ALWAYS}
    assert found.keys() - others <= {name}


@pytest.fixture
def unfinished(good: Good) -> Iterator[Good]:
    """Its endpoint is off, and misses an event that it did not know when it was made."""
    with good.sandbox.work() as work:
        [made] = work.select("webhook_endpoint", {})
        work.update(made | {"status": "disabled", "enabled_events": ["charge.refunded", "customer.created"]})
    yield good


def test_mending_switches_the_endpoint_on_and_keeps_its_own_events(unfinished: Good) -> None:
    assert {"webhook.enabled", "webhook.events"} <= named(unfinished.found(ON_PAPER)).keys()
    assert named(unfinished.found(ON_PAPER, mend=True)).keys() == {ALWAYS}
    with unfinished.sandbox.work() as work:
        [mended] = work.select("webhook_endpoint", {})
    assert set(mended["enabled_events"]) == {*EVENTS, "customer.created"}


def test_an_endpoint_is_made_when_asked_and_its_secret_told_once(good: Good) -> None:
    elsewhere = good.set_to(public_url="https://www.kiln-street.shop")
    found = named(elsewhere.found(ON_PAPER, create_webhook=True))
    told = found["webhook.created"]
    assert "whsec_" in told.what and "STRIPE_WEBHOOK_SECRET" in told.cure
    assert "webhook.endpoint" not in found
    # The next time there is one, and nobody can say its secret again.
    again = named(elsewhere.found(ON_PAPER, create_webhook=True))
    assert again.keys() == {ALWAYS}


def test_without_being_asked_nothing_is_written_at_stripe(good: Good) -> None:
    good.set_to(public_url="https://www.kiln-street.shop").found(ON_PAPER)
    asked = [call for call in good.wire.calls if "webhook_endpoints" in call]
    assert [call for call in asked if call.startswith("POST")] == [
        "POST /v1/webhook_endpoints"
    ]  # the premises'


def test_the_documentation_has_the_same_events() -> None:
    """docs/deploy.md lists them for whoever makes the endpoint by hand."""
    text = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    section = text.partition("## The webhook")[2].partition("\n## ")[0]
    assert [each for each in EVENTS if f"`{each}`" not in section] == []


def test_the_demos_own_files_are_known_as_such(good: Good) -> None:
    root = Path(__file__).parents[2]
    for name in ("shop", "catalog"):
        shutil.copy(root / f"{name}.toml", good.folder)
    demo = good.set_to(shop_file=good.folder / "shop.toml", catalog_file=good.folder / "catalog.toml")
    assert {"files.imprint", "files.demo"} <= named(demo.found(ON_PAPER)).keys()
