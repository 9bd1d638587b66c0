"""Somebody who shops: with or without htmx, and patiently when the shop does not answer."""

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from secrets import randbits, token_hex
from typing import TypeVar

from httpx2 import Client, ConnectError, Limits, Response, TransportError

from tests.faults.lane import Lane
from tests.people import FORM, GOOD_CARD

Result = TypeVar("Result")

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used; each client would take 30 ms to make its own
PATIENCE = 4  # how often somebody presses the same button
CUT = -1
LONGEST_ANSWER = 25.0  # seconds, then the platform's router gives up


class ShopDied(Exception):
    """The connection ended without an answer."""


class NoLuck(Exception):
    """The shop did not do it, however often it was asked."""


@dataclass(frozen=True)
class Seen:
    """One answer, as the shopper saw it: status 0 if nobody listened, CUT if the connection ended early."""

    request: str
    status: int
    seconds: float
    retry_after: str = ""


@dataclass
class Placed:
    """What came of posting the checkout form: a session to pay, or an order to look at, or neither."""

    token: str = ""
    order_link: str = ""
    status: int = 0


@dataclass
class Buyer:
    """`shown` maps each session that the shopper was given to the total they had agreed to; `address` is
    where the shop's proxy has seen them. Each has an e-mail address of their own: to one only a few mails
    leave in an hour."""

    lane: Lane
    htmx: bool = False
    seen: list[Seen] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)
    wanted: dict[str, int] = field(default_factory=dict)
    patience: int = PATIENCE
    address: str = field(default_factory=lambda: str(IPv4Address(randbits(32))))
    email: str = field(default_factory=lambda: f"{token_hex(8)}@example.com")

    def __post_init__(self) -> None:
        self.client = Client(
            base_url=self.lane.url,
            timeout=30,
            trust_env=False,
            limits=Limits(max_keepalive_connections=0),
            verify=NO_TLS,
            headers={"X-Forwarded-For": self.address, **(HTMX if self.htmx else {})},
        )

    def close(self) -> None:
        self.client.close()

    def other_tab(self, *, htmx: bool) -> "Buyer":
        """The same cookies, and the same memory of what was seen."""
        tab = Buyer(
            self.lane, htmx, self.seen, self.shown, self.wanted, self.patience, self.address, self.email
        )
        tab.client.cookies.update(self.client.cookies)
        return tab

    @property
    def cart(self) -> str:
        """The cart's id, out of the signed cookie."""
        cart = self.lane.signatures.read_cart(self.client.cookies.get("cart") or "")
        assert cart
        return cart

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> Response:
        """Once. Raises ShopDied."""
        start = time.monotonic()
        what = f"{method} {path.partition('?')[0]}"
        try:
            response = self.client.request(method, path, data=data)
        except TransportError as error:
            status = 0 if isinstance(error, ConnectError) else CUT
            self.seen.append(Seen(what, status, time.monotonic() - start))
            raise ShopDied(f"{what}: {error!r}") from error
        retry_after = response.headers.get("retry-after", "")
        self.seen.append(Seen(what, response.status_code, time.monotonic() - start, retry_after))
        return response

    def insist(self, act: Callable[[], Response]) -> Response:
        """Press again when the shop has died or is busy. Raises NoLuck."""
        for _attempt in range(self.patience):
            try:
                response = act()
            except ShopDied:
                self.lane.await_death(0.5)
                continue
            if response.status_code != 503:
                return response
        raise NoLuck

    def add(self, sku: str, quantity: int = 1) -> None:
        response = self.insist(
            lambda: self.ask("POST", "/cart/lines", {"sku": sku, "quantity": str(quantity)})
        )
        assert response.status_code in (200, 303), response.text
        self.wanted[sku] = self.wanted.get(sku, 0) + quantity

    def change(self, sku: str, quantity: int) -> None:
        response = self.insist(
            lambda: self.ask("POST", "/cart/lines/change", {"sku": sku, "quantity": str(quantity)})
        )
        assert response.status_code in (200, 303), response.text
        self.wanted[sku] = quantity

    def read_total(self) -> int | None:
        """The total on the checkout page; None if there is nothing to buy."""
        page = self.insist(lambda: self.ask("GET", "/checkout"))
        found = re.search(r'name="total" value="(\d+)"', page.text)
        return int(found[1]) if found else None

    def check_out(self, **typed: str) -> Placed:
        """From the form to a session. Whoever hears that something has changed looks again and agrees."""
        placed = Placed()
        for _attempt in range(self.patience):
            total = self.read_total()
            if total is None:
                return Placed(status=303)
            placed = self.post_form(total, **typed)
            if placed.status not in (409, 503):
                return placed
        raise NoLuck

    def post_form(self, total: int, **typed: str) -> Placed:
        form = self.form(total, **typed)
        return self.read_placed(self.insist(lambda: self.ask("POST", "/checkout", form)), total)

    def form(self, total: int | None, **typed: str) -> dict[str, str]:
        """The checkout form, filled in."""
        return {**FORM, "email": self.email, "total": str(total), **typed}

    def read_placed(self, response: Response, total: int) -> Placed:
        where = response.headers.get("location") or response.headers.get("hx-redirect") or ""
        token = re.search(r'name="token" value="(cs_\w+)"', response.text) or re.search(
            r"/pay/(cs_\w+)$", where
        )
        if token:
            self.shown[token[1]] = total
            return Placed(token[1], status=response.status_code)
        link = where if where.startswith("/orders/") else ""
        return Placed(order_link=link, status=response.status_code)

    def pay(self, token: str, card: str = GOOD_CARD) -> bool:
        """At Stripe. False if the session is over, or the card declined."""
        status, answer = self.lane.sandbox.pay(token, card=card)
        return status == 200 and answer["status"] == "complete"

    def pay_by_bank(self, token: str) -> bool:
        status, _answer = self.lane.sandbox.pay(token, bank=True)
        return status == 200

    def come_back(self, token: str) -> str:
        """With the token, the way the page or Stripe brings it; gives the order's page."""
        if self.htmx:
            response = self.insist(lambda: self.ask("POST", "/charge", {"token": token}))
            link = response.headers.get("hx-push-url", "")
        else:
            response = self.insist(lambda: self.ask("GET", f"/charge?token={token}"))
            link = response.headers.get("location", "")
        assert response.status_code in (200, 303), f"{response.status_code} {response.text[:300]}"
        return str(link)

    def look(self, link: str) -> str:
        """The order's page: its state."""
        page = self.insist(lambda: self.ask("GET", link))
        state = re.search(r'class="order order--(\w+)"', page.text)
        assert state, page.text[:300]
        return state[1]
