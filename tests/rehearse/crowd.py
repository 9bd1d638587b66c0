"""Buyers without JavaScript, each purchase somebody else's, and visitors who only look; answers are kept."""

import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.faults.sandbox import SandboxControl
from tests.people import GOOD_CARD
from tests.rehearse.judge import BROKEN, Asked, Purchase
from tests.shopper import Shopper

BUYERS = 4
TRIES = 6  # how often somebody presses the same button
PAUSE = 0.1  # seconds between two pages
LOOKED_AT = ("/", "/products/harbour-mug", "/cart", "/healthz")
THINGS = (
    ("harbour-mug", "HARBOUR-MUG-BLUE"),
    ("harbour-mug", "HARBOUR-MUG-OATMEAL"),
    ("fern-bowl", "FERN-BOWL-CELADON"),
)


class Counted(httpx2.BaseTransport):
    """Notes each request to the shop. Whoever is told to come again in some seconds does so, once; whoever
    gets no answer, or a router's, presses the button again."""

    def __init__(self, inner: httpx2.BaseTransport, origin: str, note: Callable[[Asked], None]) -> None:
        self._inner = inner
        self._port = urlsplit(origin).port
        self._note = note

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.port != self._port:
            return self._inner.handle_request(request)
        for attempt in range(TRIES):
            with suppress(httpx2.TransportError):
                response = self._politely(request)
                if response.status_code < 500 or attempt == TRIES - 1:
                    return response
            time.sleep(0.5)
        raise httpx2.ConnectError(f"{request.url.path} was tried {TRIES} times", request=request)

    def _politely(self, request: httpx2.Request) -> httpx2.Response:
        response = self._once(request)
        if response.status_code == 503 and "retry-after" in response.headers:
            time.sleep(min(float(response.headers["retry-after"]), 5))
            response = self._once(request, second=True)
        return response

    def _once(self, request: httpx2.Request, *, second: bool = False) -> httpx2.Response:
        began, status, polite = time.time(), BROKEN, False
        try:
            response = self._inner.handle_request(request)
            response.read()
            status, polite = response.status_code, "retry-after" in response.headers
        finally:
            what = f"{request.method} {request.url.path}"
            self._note(Asked(what, began, time.time(), status, polite, second))
        return response

    def close(self) -> None:
        self._inner.close()


@dataclass
class Crowd:
    """Buys from `start` on, whenever it is not told to `wait`."""

    url: str
    authority: Path
    sandbox: SandboxControl
    asked: list[Asked] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _go: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _busy: set[int] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._trusted = ssl.create_default_context(cafile=str(self.authority))  # takes long to make

    def start(self) -> None:
        acts = [self._buy] * BUYERS + [self._look]
        self._threads = [
            threading.Thread(target=self._again_and_again, args=[act, number], daemon=True)
            for number, act in enumerate(acts)
        ]
        self._go.set()
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Nobody begins anything; what was begun is over when this returns."""
        self._go.clear()
        end = time.monotonic() + 90
        while self._busy and time.monotonic() < end:
            time.sleep(0.05)

    def go_on(self) -> None:
        self._go.set()

    def stop(self) -> None:
        self.wait()
        self._over.set()
        self._go.set()
        for thread in self._threads:
            thread.join(30)

    def _again_and_again(self, act: Callable[[random.Random], None], number: int) -> None:
        chance = random.Random(number)
        while True:
            self._go.wait()
            if self._over.is_set():
                return
            self._busy.add(number)
            if self._go.is_set():
                act(chance)
            self._busy.discard(number)

    def _client(self, number: int) -> httpx2.Client:
        """At an address of its own, as far as this machine has them: limits count by address."""
        address = f"127.1.{number // 250 % 250}.{1 + number % 250}"
        inner = httpx2.HTTPTransport(verify=self._trusted, local_address=address, trust_env=False)
        transport = Counted(inner, self.url, self.asked.append)
        return httpx2.Client(base_url=self.url, timeout=30, transport=transport, trust_env=False)

    def _look(self, chance: random.Random) -> None:
        """A new connection for each page."""
        with self._client(next(self._numbers)) as client, suppress(httpx2.TransportError):
            client.get(chance.choice(LOOKED_AT))
        time.sleep(0.03)

    def _buy(self, chance: random.Random) -> None:
        number = next(self._numbers)
        purchase = Purchase(f"buyer-{number}@example.com", time.time())
        self.purchases.append(purchase)
        with self._client(number) as client:
            try:
                self._purchase(Shopper(client), purchase, chance)
            except Exception as problem:  # whatever it was, this one could not buy
                purchase.problem = f"{type(problem).__name__}: {str(problem)[:300]}"
        purchase.ended = time.time()

    def _purchase(self, shopper: Shopper, purchase: Purchase, chance: random.Random) -> None:
        shopper.visit("/")
        for slug, sku in chance.sample(THINGS, chance.choice((1, 2))):
            time.sleep(PAUSE)
            shopper.add(slug, chance.choice("12"), sku)
        time.sleep(PAUSE)
        shopper.check_out(email=purchase.email)
        purchase.session = _session(shopper)
        if chance.random() < 0.25:  # pays, and closes the browser
            self.sandbox.pay(purchase.session, card=GOOD_CARD)
            return
        time.sleep(PAUSE)
        shopper.pay()
        purchase.number = _number_of_paid(shopper)


def _session(shopper: Shopper) -> str:
    """Of the page that asks for a card."""
    found = re.search(r"/pay/(cs_\w+)", str(shopper.response.url))
    assert found, f"{shopper.response.status_code} {shopper.response.url}: {shopper.text}"
    return found[1]


def _number_of_paid(shopper: Shopper) -> str:
    """From the order's page, looked at again while the payment is looked into."""
    for _time in range(10):
        if "Thank you, your order is paid" in shopper.text:
            break
        time.sleep(1)
        shopper.visit(str(shopper.response.url))
    assert "Thank you, your order is paid" in shopper.text, shopper.text
    found = re.search(r"Order (\w{4}-\w{4}) of", shopper.text)
    assert found, shopper.text
    return found[1]


def skus() -> Sequence[str]:
    """Of all that is bought."""
    return [sku for _slug, sku in THINGS]
