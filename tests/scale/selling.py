"""What a shop does every day that has sold much."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path

from starlette.testclient import TestClient

from tests.conftest import site_of
from tests.faults.databases import fill as fill_catalogue
from tests.scale import books, made
from tests.till import Till
from tests.wire import Wire
from webshop import links
from webshop.admin import order_list
from webshop.admin.order_list import Filter
from webshop.admin.refunds import request_refund
from webshop.admin.search import find_orders
from webshop.commands.orders.listing import MOST_COUNTED, set_apart
from webshop.db import modes
from webshop.db.engine import Database
from webshop.mail.letters import Letters
from webshop.mail.send import send_due
from webshop.mail.smtp import Mail
from webshop.orders.model import State
from webshop.payments.shapes import Session
from webshop.sandbox.core import Sandbox
from webshop.sandbox.testing import Clock
from webshop.settings.mode import ShopMode
from webshop.worker import housekeeping, rounds

OLD = timedelta(days=200)  # of carts and orders whose time is over
ADDRESS = "http://127.0.0.1:8000"

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}

Prepared = Callable[[], Callable[[], object]]  # makes what is measured


def book(url: str, orders: int, folder: Path) -> None:
    fill_catalogue(url)
    db = Database(url)
    books.fill(till_of(db, folder), orders)
    made.analyze(db)
    db.engine.dispose()


def till_of(db: Database, folder: Path) -> Till:
    clock = Clock()
    sandbox = Sandbox(folder / "sandbox.sqlite3", base_url=f"{ADDRESS}/sandbox", clock=clock)
    with db.write() as connection:
        modes.claim(connection, ShopMode.SANDBOX)
    return Till(db, sandbox, Wire(sandbox), clock)


def rows(client: TestClient, folder: Path) -> dict[str, Prepared]:
    """Each with what has to be there first, which is not measured."""
    site = site_of(client)
    db = site.db
    till = till_of(db, folder)
    order, _session = till.bought(till.cart(TILES=1, MUG_BLUE=2))
    page = links.order(site.signatures.sign_order(order.number))
    now = db.clock()
    a_day = Filter(ShopMode.SANDBOX, since=now - timedelta(days=1), until=now, by_payment=True)
    _catch_up(till)
    letters = Letters(
        Nowhere(), site_of(client).pages, site_of(client).signatures, ADDRESS, "owner@example.com"
    )
    return {
        "cart page": lambda: partial(_get, client, "/cart"),
        "add": lambda: partial(_add, client),
        "order page": lambda: partial(_get, client, page),
        "place": partial(_place, till),
        "settle": partial(_settle, till),
        "refund, and a round": partial(_refund, till),
        "mails of an order": partial(_send, till, letters),
        "worker, a round": partial(_round, till),
        "housekeeping, nothing": lambda: partial(rounds.clean_up, db, db.clock()),
        "housekeeping, a batch": partial(_clean_up, till),
        "orders list": lambda: partial(_list, db, Filter(ShopMode.SANDBOX)),
        "orders list, paid": lambda: partial(_list, db, Filter(ShopMode.SANDBOX, State.PAID)),
        "orders find, a number": lambda: partial(find_orders, db, order.number, 20),
        "orders find, a name": lambda: partial(find_orders, db, order.address.name, 20),
        "export of a day": lambda: lambda: [*islice(order_list.walk(db, a_day), 1000)],
    }


class Nowhere:
    """Takes every mail."""

    def send(self, mail: Mail) -> None:
        pass


def _catch_up(till: Till) -> None:
    while rounds.work(till.db, till.stripe) or rounds.clean_up(till.db, till.db.clock()):
        pass


def _get(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def _add(client: TestClient) -> None:
    form = {"sku": "TILES", "quantity": "1"}
    answer = client.post("/cart/lines", data=form, headers=SAME_SITE, follow_redirects=False)
    assert answer.status_code == 303, answer.status_code


def _place(till: Till) -> Callable[[], object]:
    return partial(till.check_out, till.cart(TILES=1, MUG_BLUE=2))


def _settle(till: Till) -> Callable[[], object]:
    session: Session = till.check_out(till.cart(TILES=1, MUG_BLUE=2))[1]
    till.pay(session)
    return partial(till.settle, session)


def _refund(till: Till) -> Callable[[], object]:
    """A part of an order's money, until its credit note is written."""
    order, _session = till.bought(till.cart(TILES=1, MUG_BLUE=2))
    _catch_up(till)

    def refund() -> None:
        assert request_refund(till.db, order.number, Decimal(1)).refund
        assert rounds.work(till.db, till.stripe)

    return refund


def _round(till: Till) -> Callable[[], object]:
    _catch_up(till)
    return partial(rounds.work, till.db, till.stripe)


def _send(till: Till, letters: Letters) -> Callable[[], object]:
    """To the shopper, another one each time, and to the owner."""
    while send_due(till.db, letters, till.db.clock(), most=100):
        pass
    order, _session = till.bought(till.cart(TILES=1, MUG_BLUE=2))
    till.change_order(order, email=f"{order.number}@example.com")

    def send() -> None:
        assert send_due(till.db, letters, till.db.clock(), most=3) == 2

    return send


def _clean_up(till: Till) -> Callable[[], object]:
    """As much as one of its transactions takes: carts that are forgotten, orders whose people are."""
    expired, cart, now = books.run_out(till), till.cart(TILES=1), till.db.clock()
    name, at = expired.number[-12:], now - OLD
    with till.db.write() as connection:
        books.copy_orders(connection, expired, name, housekeeping.A_BATCH, at, email="ada@example.com")
        books.copy_carts(connection, cart, name, housekeeping.A_BATCH, at)
    return partial(rounds.clean_up, till.db, now)


def _list(db: Database, chosen: Filter) -> None:
    """As its command does."""
    with db.read() as connection:
        assert order_list.list_newest(connection, chosen, 50)
        assert order_list.count(connection, chosen, 50 + MOST_COUNTED + 1)
        assert not [*set_apart(connection, chosen)]
