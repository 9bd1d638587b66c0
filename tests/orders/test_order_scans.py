"""Nothing that becomes of an order looks into a table that grows from end to end, nor does any round of the
worker, with its mails."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from tests.checkout.test_risks import DISPUTED, bought, hear
from tests.conftest import both_databases, only_postgresql, site_of
from tests.mail.test_limits import Post
from tests.plans import explained, nodes, statements
from tests.scale import books, made
from tests.till import Till
from webshop.admin import order_list
from webshop.admin.order_list import Filter
from webshop.admin.refunds import request_refund
from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.mail.letters import Letters
from webshop.orders.model import State
from webshop.payments import attempts
from webshop.payments.events import remember
from webshop.settings.mode import ShopMode
from webshop.worker import rounds

pytestmark = both_databases

GROWING = {
    "orders",
    "order_lines",
    "order_taxes",
    "order_events",
    "payments",
    "outbox",
    "stripe_events",
    "refunds",
    "credit_notes",
    "credit_note_taxes",
    "alarms",
    "risks",
    "carts",
    "cart_lines",
    "drafts",
    "limits",
}
LATER = datetime.now(UTC) + timedelta(hours=2)  # no mail was sent within the hour


@pytest.fixture
def letters(client: TestClient) -> Letters:
    site = site_of(client)
    return Letters(Post(), site.pages, site.signatures, "https://shop.example", "owner@example.com")


@pytest.fixture
def large(till: Till) -> Till:
    """A shop that has sold enough for an index, known to the planner."""
    books.fill(till, 2000)
    made.analyze(till.db)
    return till


def live(till: Till, letters: Letters) -> None:
    """An order each that is placed, paid, given back in part, and disputed; with what the worker does."""
    till.check_out(till.cart(TILES=1))
    order, _session = till.bought(till.cart(MUG_BLUE=2))
    request_refund(till.db, order.number, Decimal(1))
    bought(till, DISPUTED)
    hear(till, "dispute")
    with till.db.write() as connection:
        assert attempts.find_by_charge(connection, "ch_of_another_shop") is None
        alarms.raise_alarm(connection, AlarmKind.REFUND, order.number, "a reason")
        remember(connection, "evt_1", "checkout.session.completed")
    for moment in (LATER, LATER + timedelta(minutes=16)):
        rounds.work(till.db, till.stripe, moment, letters)
        while rounds.clean_up(till.db, moment):
            pass


def test_nothing_that_becomes_of_an_order_scans_a_growing_table(large: Till, letters: Letters) -> None:
    with statements(large.db) as found:
        live(large, letters)
    assert len({words for words, _values in found}) > 60
    assert explained(large.db, found, GROWING) == {}


def test_control_without_their_indexes_all_refunds_payments_and_alarms_are_gone_through(
    large: Till, letters: Letters
) -> None:
    with large.db.write() as connection:
        for index in ("ix_refunds_payment", "ix_refunds_mail", "ix_payments_charge", "ix_alarms_open"):
            connection.exec_driver_sql(f"DROP INDEX {index}")
    with statements(large.db) as found:
        live(large, letters)
    scanned = {table for each in explained(large.db, found, GROWING).values() for table in each}
    assert scanned == {"refunds", "payments", "alarms"}


@only_postgresql
def test_the_newest_orders_are_read_from_their_index(large: Till) -> None:
    """PostgreSQL knows how many are of the shop's mode: all."""
    with statements(large.db) as found, large.db.read() as connection:
        assert len(order_list.list_newest(connection, Filter(ShopMode.SANDBOX), 50)) == 50
        assert len(order_list.list_newest(connection, Filter(ShopMode.SANDBOX, State.PAID), 50)) == 50
    with large.db.read() as connection:
        steps = [node for each in found for node, _limited in nodes(connection, each)]
    assert {node["Index Name"] for node in steps if node.get("Relation Name") == "orders"} == {
        "ix_orders_placed",
        "ix_orders_list",
    }
