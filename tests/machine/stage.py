"""What a play stands on: one shop, emptied before each play; browsers, and a Stripe of its own."""

import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import start_blocking_portal
from httpx2 import Response
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from tests.conftest import ADDRESS as SITE
from tests.conftest import payments_of, site_of, state_of
from tests.machine.books import Books, read_books
from tests.machine.fate import Died, Fate, Mortal, MortalDatabase, MortalWire
from tests.machine.moving import START
from tests.people import FORM
from tests.web.questions import HTMX, PLAIN
from tests.wire import payments_over
from webshop.db.columns import metadata
from webshop.db.tables import products, variants
from webshop.db.tables.counters import modes
from webshop.payments.client import Payments
from webshop.sandbox.core import Sandbox
from webshop.sandbox.delivery import signature
from webshop.sandbox.faults import faults
from webshop.sandbox.faults.faults import Fault
from webshop.sandbox.testing import Clock
from webshop.worker import rounds as worker

A_DAY = 24 * 3600  # seconds
Result = TypeVar("Result")
Mishap = Fault | int | None
"""What goes wrong during a step: with Stripe, or the process dies at its n-th point; or nothing does."""


@dataclass
class Tab:
    """`total` is what its checkout page says, `tokens` the payment pages it was shown, `link` its order."""

    client: TestClient
    total: str = ""
    tokens: list[str] = field(default_factory=list)
    link: str = ""

    def post(self, address: str, form: dict[str, str], htmx: bool) -> Response:
        headers = HTMX if htmx else PLAIN
        return self.client.post(address, data=form, headers=headers, follow_redirects=False)

    def place(self, form: dict[str, str], htmx: bool) -> Response:
        return self.post("/checkout", {**FORM, "total": self.total, **form}, htmx)

    def read(self, answer: Response) -> None:
        """Notice a new total, a payment page, an order's page."""
        to = answer.headers.get("location", "") or answer.headers.get("hx-redirect", "")
        if total := re.search(r'name="total" value="(\d+)"', answer.text):
            self.total = total[1]
        if token := re.search(r'/pay/(cs_\w+)$|name="token" value="(cs_\w+)"', to or answer.text):
            self.tokens.append(token[1] or token[2])
        if to.startswith("/orders/"):
            self.link = to


class Stage:
    """The shop behind `client`. `happened` counts over all plays what the laws would mean nothing without."""

    def __init__(self, client: TestClient, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.happened: Counter[str] = Counter()
        self.changed: dict[str, float] = {}  # when the shop last took a change of a cart
        self.returned: set[str] = set()  # carts whose cookie has come back
        self.fate = Fate()
        self.db = MortalDatabase(site_of(client).settings.database, self.fate)
        self._client = client
        self._folder = folder / "stripe"
        self._running = ExitStack()
        self._loop = self._running.enter_context(start_blocking_portal())  # else each request starts one
        with self.db.read() as connection:
            self._goods = [row._asdict() for row in connection.execute(select(variants))]

    def clear(self) -> "Play":
        """A new play: the catalogue as it was, nothing else there, and Stripe knows nothing."""
        self.clock.now = START
        self.changed.clear()
        self.returned.clear()
        self.fate.spare()
        with self.db.write() as connection:
            for table in reversed(metadata.sorted_tables):
                if table not in (products, modes):
                    connection.execute(table.delete())
            connection.execute(insert(variants), self._goods)
        shutil.rmtree(self._folder, ignore_errors=True)
        sandbox = Sandbox(self._folder / "sandbox.sqlite3", base_url=f"{SITE}/sandbox", clock=self.clock)
        state_of(self._client).payments = payments_over(sandbox, MortalWire(sandbox, self.fate))
        state_of(self._client).site = replace(site_of(self._client), db=self.db)
        return Play(self, sandbox)

    def browser(self) -> TestClient:
        browser = TestClient(Mortal(self._client.app), base_url=SITE)
        browser.portal = self._loop
        browser.event_hooks["response"].append(self._notice)
        return browser

    def _notice(self, answer: Response) -> None:
        """What the visitor knows of the cart when there is an answer. A redirect from elsewhere than the cart
        does not look at it; the page does to which a browser then goes."""
        path = answer.request.url.path
        sent = SimpleCookie(answer.request.headers.get("cookie", ""))
        kept = SimpleCookie(answer.headers.get("set-cookie", ""))
        is_page = answer.status_code == 200 and path != "/stripe/webhook"
        about_the_cart = path.startswith(("/cart", "/checkout")) and answer.status_code < 500
        if "cart" in sent and (is_page or about_the_cart):
            self.returned.add(self._read(sent["cart"].value))
        if path.startswith("/cart/lines") and answer.status_code < 400:
            self.changed[self._read({**sent, **kept}["cart"].value)] = self.clock.now

    def left_behind(self, carts: Iterable[str]) -> set[str]:
        """Those that have had their time: ninety days after the last change, thirty where nobody came back.
        Of a cart whose answer was lost, nobody knows since when it is there."""
        return {
            cart
            for cart in carts
            if self.clock.now - self.changed.get(cart, START) > (90 if cart in self.returned else 30) * A_DAY
        }

    def cart_of(self, tab: Tab) -> str:
        """The id in its cookie; "" without one."""
        return self._read(tab.client.cookies.get("cart") or "")

    def _read(self, signed: str) -> str:
        return site_of(self._client).signatures.read_cart(signed) or ""

    @property
    def payments(self) -> Payments:
        return payments_of(self._client)

    def close(self) -> None:
        self._running.close()
        self.db.engine.dispose()


class Play:
    """One play: two tabs of one shopper, one of another, and Stripe's events on their way."""

    def __init__(self, stage: Stage, sandbox: Sandbox) -> None:
        self.stage = stage
        self.sandbox = sandbox
        self._open = sandbox.store.connect()  # SQLite tidies up whenever the last connection ends
        ann, bob = stage.browser(), stage.browser()
        self.tabs = [Tab(ann), Tab(ann), Tab(bob)]
        self.handled: list[dict[str, Any]] = []
        self.dropped: list[dict[str, Any]] = []

    def under(self, mishap: Mishap, act: Callable[[], Result]) -> Result | None:
        """Do it while something goes wrong; None if the process died of it."""
        if isinstance(mishap, Fault):
            faults.add(self.sandbox.store, mishap)
        elif mishap:
            self.stage.fate.doom(mishap)
        alive = len(self.stage.fate.deaths)
        with suppress(Died):
            answer = act()
        self.stage.fate.spare()
        if isinstance(mishap, Fault):
            self._forget_faults()
        for death in self.stage.fate.deaths[alive:]:
            self.stage.happened[f"died {death}"] += 1
            return None
        return answer

    def _forget_faults(self) -> None:
        with self.sandbox.work() as work:
            for rule in faults.list_faults(work):
                self.stage.happened[f"Stripe {rule['effect']}"] += rule["hits"]
            faults.forget(work)

    def books(self) -> Books:
        return read_books(self.stage.db, self.sandbox)

    def events(self, books: Books) -> list[dict[str, Any]]:
        """Those that are still on their way, the oldest first."""
        gone = {event["id"] for event in (*self.handled, *self.dropped)}
        return [event for event in books.events if event["id"] not in gone]

    def send(self, event: dict[str, Any]) -> Response:
        """Deliver an event as Stripe would. It was handled if the shop says so."""
        body = json.dumps(event).encode()
        headers = {"Stripe-Signature": signature(body, self.sandbox.webhook_secret, int(time.time()))}
        answer = self.tabs[0].client.post("/stripe/webhook", content=body, headers=headers)
        if answer.status_code == 200:
            self.handled.append(event)
        return answer

    def close(self) -> None:
        self._open.close()

    def work(self) -> None:
        """A round of the worker."""
        worker.work(self.stage.db, self.stage.payments, datetime.fromtimestamp(self.stage.clock.now, UTC))

    def clean_up(self) -> None:
        """A round of the worker as it is once an hour."""
        self.work()
        worker.clean_up(self.stage.db, datetime.fromtimestamp(self.stage.clock.now, UTC))
