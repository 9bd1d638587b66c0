"""python -m webshop forget, and personal-data: what people may ask of the shop about themselves."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.conftest import both_databases
from tests.people import ADA, GRACE
from tests.till import Till
from webshop.admin import personal_data, refunds
from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.cart import drafts
from webshop.db import tables
from webshop.db.columns import metadata
from webshop.db.tables.counters import limits
from webshop.errors import Conflict
from webshop.orders.model import Order
from webshop.worker import rounds as worker

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
WRITTEN = "2026-11-03T12:00:00Z"
ELSEWHERE = [
    "What was typed into a checkout with this address, and not bought, is forgotten.",
    "Stripe keeps a copy of its own: look for ada@example.com in its dashboard, https://dashboard.stripe.com",
    "So do your backups, and mailboxes to which the shop has written.",
]


def orders_of_ada(till: Till) -> tuple[Order, Order, Order]:
    """One that was not paid, one that is being paid, one that is paid, in 2026."""
    moments = iter(NOON.replace(hour=hour) for hour in (9, 10, 11))
    found = []
    for state in ("expired", "pending", "paid"):
        order = (
            till.bought(till.cart(TILES=1))[0] if state == "paid" else till.check_out(till.cart(TILES=1))[0]
        )
        till.change_order(order, state=state, placed_at=next(moments))
        found.append(order)
    till.change_order(found[2], paid_at=NOON)
    return found[0], found[1], found[2]


@both_databases
@pytest.mark.parametrize("typed", ["ada@example.com", " ADA@Example.com "])
def test_forgetting_tells_what_became_of_each_order(said: Any, till: Till, typed: str) -> None:
    unpaid, paying, paid = orders_of_ada(till)
    hers, _session = till.check_out(till.cart(TILES=1), GRACE)
    till.change_order(hers, state="expired")
    rest = [
        f"Order {paying.number} is pending: it is being paid; run this again afterwards.",
        f"Order {paid.number} is paid: tax law wants it kept until the end of 2036; then the shop erases it.",
        *ELSEWHERE,
    ]
    erased = f"Order {unpaid.number} is expired: its personal data is erased."
    assert said("forget", typed) == (0, [erased, *rest], [])
    assert said("forget", typed) == (0, rest, [])
    assert [till.order(each.number).email for each in (unpaid, paying, paid, hers)] == [
        "",
        "ada@example.com",
        "ada@example.com",
        "grace@example.com",
    ]


def test_an_order_that_was_forgotten_is_still_shown_and_exported(said: Any, till: Till) -> None:
    unpaid, _paying, _paid = orders_of_ada(till)
    said("forget", ADA.email)
    code, lines, _errors = said("orders", "show", unpaid.number)
    assert code == 0
    assert "  e-mail   erased" in lines
    assert lines[lines.index("Goes to") + 1 :][:2] == ["  Germany", ""]
    assert lines[-1].endswith("  personal data erased")
    assert said("orders", "list")[0] == said("orders", "export")[0] == 0


@pytest.mark.parametrize("command", ["forget", "personal-data"])
@pytest.mark.parametrize("typed", ["", "ada", "ada@", "a b@example.com", "Ada <ada@example.com>", "a@b, c@d"])
def test_what_is_no_address_is_one_sentence(said: Any, till: Till, command: str, typed: str) -> None:
    sentence = f"{typed!r} is not an e-mail address such as ada@example.com"
    assert said(command, typed) == (2, [], [sentence])


@pytest.mark.parametrize("command", ["forget", "personal-data"])
def test_somebody_unknown_is_one_sentence(said: Any, till: Till, command: str) -> None:
    orders_of_ada(till)
    assert said(command, "Grace@example.com") == (1, [], ["The shop has no order of grace@example.com."])


# Everything about one person


def collected(said: Any, tmp_path: Path) -> Any:
    file = tmp_path / "ada.json"
    assert said("personal-data", " Ada@example.com", "--file", str(file)) == (0, [], [])
    return json.loads(file.read_text(encoding="utf-8"))


@both_databases
def test_a_persons_data_is_all_there_in_utc_and_with_its_currency(
    said: Any, till: Till, tmp_path: Path
) -> None:
    cart = till.cart(MUG_BLUE=2)
    zoe = replace(ADA, address=replace(ADA.address, name="Zoë Łuczak"))
    order, session = till.check_out(cart, zoe)
    till.pay(session)
    till.settle(session)
    till.add(cart, TILES=3)
    refunds.request_refund(till.db, order.number, reason="broken")
    worker.work(till.db, till.stripe)
    till.check_out(till.cart(TILES=1), GRACE)
    with till.db.write() as connection:
        alarms.raise_alarm(connection, AlarmKind.MAIL, order.number, "550 no such user")
        connection.execute(insert(limits).values(what="orders", who="192.0.2.7", since=NOON, count=3))
        connection.execute(insert(limits).values(what="orders", who="192.0.2.8", since=NOON, count=3))
        ours = tables.orders.c.number == order.number
        connection.execute(update(tables.orders).where(ours).values(placed_at=NOON, placed_from="192.0.2.7"))
        connection.execute(
            update(tables.outbox).where(tables.outbox.c.name == "receipt").values(sent_at=NOON)
        )

    found = collected(said, tmp_path)
    assert list(found) == ["email", "collected_at", "orders", "typed_at_checkout"]
    assert (found["email"], found["collected_at"][-1]) == ("ada@example.com", "Z")
    [one] = found["orders"]
    assert (one["number"], one["state"], one["name"]) == (order.number, "refunded", "Zoë Łuczak")
    assert (one["total"], one["currency"], one["refunded"]) == (2890, "EUR", 2890)
    assert (one["placed_at"], one["placed_from"]) == (WRITTEN, "192.0.2.7")

    def shown(part: str, *names: str) -> list[list[Any]]:
        return [[each[name] for name in names] for each in one[part]]

    [attempt] = till.attempts(order)
    [refund] = till.ledger()["refunds"]
    assert shown("lines", "sku", "quantity", "unit_price", "currency") == [["MUG-BLUE", 2, 1200, "EUR"]]
    assert shown("taxes", "name", "rate", "amount", "currency") == [["VAT", 190_000, 461, "EUR"]]
    assert shown("payments", "session", "payment_intent", "charge", "amount", "currency") == [
        [session.id, attempt.payment_intent, attempt.charge, 2890, "EUR"]
    ]
    assert shown("refunds", "refund", "reason", "amount", "currency") == [
        [refund["id"], "broken", 2890, "EUR"]
    ]
    assert shown("mails", "kind", "sent_at") == [["receipt", WRITTEN], ["owner", None], ["refunded", None]]
    assert shown("events", "kind")[:2] == [["placed"], ["paid"]]
    assert shown("alarms", "kind", "detail") == [["mail", "550 no such user"]]
    assert shown("limits", "who", "count") == [[order.cart, 1], ["192.0.2.7", 3]]
    assert [(line["sku"], line["quantity"]) for line in one["cart_contents"]["lines"]] == [("TILES", 3)]


def test_the_first_order_stands_first_and_a_cart_may_be_gone(said: Any, till: Till, tmp_path: Path) -> None:
    orders = orders_of_ada(till)
    with till.db.write() as connection:
        connection.execute(tables.carts.delete().where(tables.carts.c.id == orders[0].cart))
    found = collected(said, tmp_path)["orders"]
    assert [each["number"] for each in found] == [order.number for order in orders]
    assert [each["cart_contents"] is None for each in found] == [True, False, False]


def test_no_table_and_no_column_is_forgotten(said: Any, till: Till, tmp_path: Path) -> None:
    """Whoever adds a table says here whether it is about people."""
    orders_of_ada(till)
    about_the_shop = "products variants stripe_events invoice_numbers test_invoice_numbers modes".split()
    [first, *_others] = collected(said, tmp_path)["orders"]
    parts = "lines taxes payments refunds credit_notes risks mails events alarms cart_contents limits".split()
    assert set(first) == {column.name for column in tables.orders.c} | set(parts)
    assert set(first["lines"][0]) == {column.name for column in tables.order_lines.c} | {"currency"}
    assert set(first["payments"][0]) == {column.name for column in tables.attempts.c}
    assert set(metadata.tables) == {
        *about_the_shop,
        *("credit_note_numbers", "credit_notes", "credit_note_taxes", "risks"),
        *("orders order_lines order_taxes payments refunds outbox order_events alarms limits".split()),
        *("carts cart_lines drafts heartbeats turns pauses held_mails number_gaps".split()),
        *("categories listings facets facet_counts price_history moved_addresses catalog_loads".split()),
        *("search_documents search_words search_spellings catalogue_changes".split()),
    }


def test_what_was_typed_and_not_bought_is_told_and_forgotten(said: Any, till: Till, tmp_path: Path) -> None:
    for email in ("Ada@Example.com ", "grace@example.com"):
        cart = till.cart(TILES=1)
        with till.db.write() as connection:
            drafts.keep(connection, cart, {"email": email, "name": "Ada"})
    [typed] = collected(said, tmp_path)["typed_at_checkout"]
    assert typed["fields"] == {"email": "Ada@Example.com ", "name": "Ada"}
    assert said("forget", "ADA@example.com") == (0, ELSEWHERE, [])
    assert said("forget", "ADA@example.com")[0] == 1
    with till.db.read() as connection:
        kept = [row.email for row in connection.execute(tables.drafts.select())]
    assert kept == ["grace@example.com"]


def test_it_is_printed_or_written_whole_or_not_at_all(
    said: Any, till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders_of_ada(till)
    file = tmp_path / "out" / "ada.json"
    sentence = f"{file} cannot be written: No such file or directory"
    assert said("personal-data", ADA.email, "--file", str(file)) == (2, [], [sentence])
    file.parent.mkdir()
    assert said("personal-data", ADA.email, "--file", str(file))[0] == 0
    written = file.read_bytes()
    assert written.startswith(b'{\n  "email": "ada@example.com",\n')
    assert written.endswith(b"}\n")

    def fail(*_arguments: object) -> None:
        raise Conflict("the database is gone")

    monkeypatch.setattr(personal_data, "_cart", fail)
    assert said("personal-data", ADA.email, "--file", str(file)) == (1, [], ["the database is gone"])
    assert said("personal-data", ADA.email) == (1, [], ["the database is gone"])
    assert file.read_bytes() == written
    assert list(file.parent.iterdir()) == [file]
