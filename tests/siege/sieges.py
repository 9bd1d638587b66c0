"""What besieges the shop, and what must hold meanwhile. Each gives the figures that were seen."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic

from sqlalchemy import func, select, update

from tests.people import FORM, GOOD_CARD
from tests.siege.crowd import TILE_TOTAL, Visitor, address, at_once, slowest_of_a_hundred
from tests.siege.premises import Premises
from webshop.db.tables import attempts, order_lines, orders
from webshop.orders import stock

MALLORY = "203.0.113.66"


@dataclass(frozen=True)
class Seen:
    """`held` or not, and the figures in a sentence."""

    held: bool
    figures: str


async def a_thousand_carts_from_one_address(shop: Premises) -> Seen:
    """They hold at most a tenth of the pieces; another shopper buys meanwhile."""
    with shop.db.write() as connection:
        for sku, pieces in (("MUG-BLUE", 150), ("BOWL-S", 25), ("VASE", 5)):
            stock.count(connection, sku, pieces)

    async def attack(number: int) -> int:
        mallory = Visitor(shop.port, f"192.0.2.{number % 256}, {MALLORY}")
        await mallory.check_out("MUG-BLUE", 2, "2890")
        mallory.close()
        return mallory.status

    statuses = await at_once(8, attack, range(1000))
    ada = Visitor(shop.port, "198.51.100.7")
    bought = bool(await ada.check_out("MUG-BLUE", 3, "4090"))
    ada.close()
    query = select(func.sum(order_lines.c.held)).select_from(order_lines.join(orders))
    with shop.db.read() as connection:
        held = int(connection.execute(query.where(orders.c.placed_from == MALLORY)).scalar_one())
    refused = statuses.count(429)
    return Seen(
        0 < held <= 18 and bought,
        f"held {held} of 180 pieces, {refused} of 1000 refused with 429; another shopper "
        f"{'bought' if bought else 'could not buy'}",
    )


async def a_receipt_beside_two_thousand_unpaid_checkouts(shop: Premises) -> Seen:
    """Stripe takes 0.3 s for each answer, and all of them are due to be polled."""
    placed = await at_once(8, partial(_place, shop), range(2000))
    ada = Visitor(shop.port, "198.51.100.7")
    token = await ada.check_out()
    shop.sandbox.fault(effect="slow", seconds=0.3, times=1_000_000)
    with shop.db.write() as connection:
        due = update(attempts).where(attempts.c.session_id != token)
        connection.execute(due.values(poll_at=datetime.now(UTC) - timedelta(minutes=1)))
    assert shop.sandbox.pay(token, card=GOOD_CARD)[0] == 200
    start = monotonic()
    seconds = await _seconds_until(lambda: any("receipt" in mail for mail in shop.sink.accepted), start)
    waiting = select(func.count()).select_from(attempts).where(attempts.c.poll_at < datetime.now(UTC))
    with shop.db.read() as connection:
        due_still = connection.execute(waiting).scalar_one()
    shop.sandbox.forget_faults()
    ada.close()
    return Seen(
        seconds <= 10 and all(placed) and due_still > 500,
        f"the receipt left after {seconds:.1f} s beside {sum(placed)} unpaid checkouts, of which {due_still} "
        "were still to be polled",
    )


async def _place(shop: Premises, number: int) -> bool:
    visitor = Visitor(shop.port, address(number))
    token = await visitor.check_out()
    visitor.close()
    return bool(token)


async def _seconds_until(happened: Callable[[], bool], start: float) -> float:
    while not happened():
        if monotonic() - start > 120:
            return 999
        await asyncio.sleep(0.1)
    return monotonic() - start


async def a_hundred_shoppers_while_stripe_takes_five_seconds(shop: Premises) -> Seen:
    """The catalogue's p99 stays within three times that of an idle shop."""
    idle = await slowest_of_a_hundred(shop.port)
    shop.sandbox.fault(effect="slow", seconds=5, times=1_000_000)
    statuses: list[int] = []

    async def shop_on(number: int) -> None:
        visitor = Visitor(shop.port, address(100_000 + number))
        await visitor.ask("POST", "/cart/lines", {"sku": "TILES", "quantity": "1"})
        while True:
            statuses.append(await visitor.ask("POST", "/checkout", {**FORM, "total": TILE_TOTAL}, htmx=True))
            await asyncio.sleep(float(visitor.headers.get("retry-after", 1)))

    async with _beside(shop_on, 100):
        await asyncio.sleep(3)
        busy = await slowest_of_a_hundred(shop.port, 4000)  # longer than any of them waits
    shop.sandbox.forget_faults()
    return _compared(idle, busy, f"100 shoppers at the till heard {_counted(statuses)}")


async def five_hundred_slow_connections(shop: Premises) -> Seen:
    """Half of them never end their head, half of them their body."""
    idle = await slowest_of_a_hundred(shop.port)

    async def drip(number: int) -> None:
        head = (
            "GET / HTTP/1.1\r\nHost: shop\r\n"
            if number % 2
            else ("POST /cart/lines HTTP/1.1\r\nHost: shop\r\nContent-Length: 60000\r\n\r\n")
        )
        while True:
            with suppress(ConnectionError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", shop.port)
                writer.write(head.encode())
                while not writer.is_closing():
                    await asyncio.sleep(1)
                    writer.write(b"X-A: a\r\n" if number % 2 else b"a")
                    await writer.drain()

    async with _beside(drip, 500):
        await asyncio.sleep(3)
        busy = await slowest_of_a_hundred(shop.port)
    return _compared(idle, busy, "beside 500 slow connections")


@asynccontextmanager
async def _beside(act: Callable[[int], Coroutine[None, None, None]], times: int) -> AsyncIterator[None]:
    """While so many do this."""
    tasks = [asyncio.create_task(act(number)) for number in range(times)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _compared(idle: float, busy: float, beside: str) -> Seen:
    ratio = busy / idle
    return Seen(ratio <= 3, f"p99 {idle:.1f} ms idle, {busy:.1f} ms: {ratio:.1f} times; {beside}")


def _counted(statuses: list[int]) -> str:
    return (
        ", ".join(f"{statuses.count(status)} × {status}" for status in sorted(set(statuses))) or "nothing yet"
    )


async def fifty_thousand_mixed_requests(shop: Premises) -> Seen:
    """The process's memory after them is within 10 MB of what it was after the first 5,000."""
    chance = random.Random(7)
    await at_once(8, partial(_stroll, shop, chance), range(250))
    early = shop.memory()
    await at_once(8, partial(_stroll, shop, chance), range(250, 2500))
    late = shop.memory()
    return Seen(late - early <= 10, f"{early:.1f} MB after 5,000 requests, {late:.1f} MB after 50,000")


async def _stroll(shop: Premises, chance: random.Random, number: int) -> None:
    """Twenty requests of one visitor."""
    visitor = Visitor(shop.port, address(200_000 + number))
    for path in _walk(number, chance):
        await visitor.ask("GET", path, htmx=chance.random() < 0.4)
    for sku in ("TILES", "BOWL-L", "MUG-BLUE"):
        await visitor.ask("POST", "/cart/lines", {"sku": sku, "quantity": "1"}, htmx=True)
    await visitor.ask("POST", "/cart/lines/change", {"sku": "BOWL-L", "quantity": "0"})
    await visitor.ask("GET", "/checkout")
    await visitor.ask("GET", "/checkout/quote?country=DE&postal_code=10115", htmx=True)
    await visitor.ask("POST", "/cart/lines", {"sku": "TILES", "quantity": "nonsense"})
    if number % 10 == 0:
        token = await visitor.check_out()
        await visitor.ask("POST", "/charge", {"token": token or "cs_test_none"}, htmx=True)
    else:
        for _time in range(3):
            await visitor.ask("POST", "/charge", {"token": f"cs_test_{number}"})
    visitor.close()


def _walk(number: int, chance: random.Random) -> Iterator[str]:
    pages = ("/", "/products/bowl", "/products/blue-mug", "/cart", "/nothing", "/static/shop.css", "/healthz")
    for _step in range(10):
        yield chance.choice(pages)


SIEGES = (
    a_thousand_carts_from_one_address,
    a_hundred_shoppers_while_stripe_takes_five_seconds,
    five_hundred_slow_connections,
    a_receipt_beside_two_thousand_unpaid_checkouts,
    fifty_thousand_mixed_requests,
)
