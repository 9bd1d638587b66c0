"""A shop without HTTP: its database, its sandbox, and what a shopper does, as functions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Row, func, select, update

from tests.people import ADA
from tests.wire import RealMoney, Wire, payments_over
from webshop import shop
from webshop.cart import queries as carts
from webshop.cart.cookie import new_cart_id
from webshop.checkout.details import Details
from webshop.checkout.place import check_out
from webshop.checkout.settle import settle
from webshop.db.engine import Database
from webshop.db.tables import order_events, order_lines, refunds, variants
from webshop.db.tables import orders as order_table
from webshop.db.tables.counters import modes
from webshop.orders import queries as orders
from webshop.orders.model import Order, State
from webshop.payments import attempts
from webshop.payments.client import Payments
from webshop.payments.model import Attempt
from webshop.payments.request import UiMode
from webshop.payments.shapes import Session
from webshop.sandbox.core import Sandbox
from webshop.sandbox.objects import payments as bank
from webshop.sandbox.pages.ledger import ledger
from webshop.sandbox.testing import Clock
from webshop.sandbox.testing import pay as pay_by_card
from webshop.settings.mode import ShopMode

SITE = "http://127.0.0.1:8000"
DATA = Path(__file__).parent / "data"
SHOP = shop.load(DATA / "shop.toml")  # EUR, a parcel for 4.90
PARCEL = 490

Result = TypeVar("Result")


@dataclass
class Till:
    """`clock` is the sandbox's: moving it lets sessions run out."""

    db: Database
    sandbox: Sandbox
    wire: Wire
    clock: Clock

    def __post_init__(self) -> None:
        self.stripe = payments_over(self.sandbox, self.wire)

    def open_as(self, mode: ShopMode) -> None:
        """From now on the shop is of this mode, and the sessions are, too."""
        with self.db.write() as connection:
            connection.execute(update(modes).values(mode=mode))
        self.stripe = payments_over(self.sandbox, self.wire, RealMoney if mode is ShopMode.LIVE else Payments)

    def cart(self, **quantities: int) -> str:
        """A new cart with these skus (MUG_BLUE is MUG-BLUE)."""
        cart = new_cart_id()
        self.add(cart, **quantities)
        return cart

    def add(self, cart: str, **quantities: int) -> None:
        for sku, quantity in quantities.items():
            with self.db.write() as connection:
                carts.add(connection, cart, sku.replace("_", "-"), quantity)

    def contents(self, cart: str) -> dict[str, int]:
        with self.db.read() as connection:
            return {line.sku: line.quantity for line in carts.list_lines(connection, cart)}

    def total(self, cart: str) -> int:
        with self.db.read() as connection:
            lines = carts.list_lines(connection, cart)
        return sum(line.total for line in lines) + (PARCEL if any(line.shipped for line in lines) else 0)

    def check_out(
        self,
        cart: str,
        details: Details = ADA,
        ui_mode: UiMode = "hosted_page",
        visitor: str = "",
    ) -> tuple[Order, Session]:
        return check_out(
            self.db,
            self.stripe,
            shop=SHOP,
            site=SITE,
            cart=cart,
            details=details,
            shown_total=self.total(cart),
            ui_mode=ui_mode,
            visitor=visitor,
        )

    def pay(self, session: Session) -> None:
        pay_by_card(self.sandbox, session.id)

    def pay_by_bank(self, session: Session) -> None:
        with self.sandbox.work() as work:
            bank.pay_by_bank(work, session.id)

    def bank_answers(self, session: Session, *, succeeded: bool) -> None:
        with self.sandbox.work() as work:
            assert bank.settle_bank_payment(work, session.id, succeeded=succeeded)

    def settle(self, session: Session) -> Order:
        return settle(self.db, self.stripe, session.id)

    def bought(self, cart: str) -> tuple[Order, Session]:
        """An order that is paid and settled."""
        _order, session = self.check_out(cart)
        self.pay(session)
        return self.settle(session), session

    def stock(self, sku: str) -> int | None:
        with self.db.read() as connection:
            stock: int | None = connection.execute(
                select(variants.c.stock).where(variants.c.sku == sku)
            ).scalar_one()
        return stock

    def held(self, sku: str) -> int:
        query = select(func.coalesce(func.sum(order_lines.c.held), 0)).where(order_lines.c.sku == sku)
        with self.db.read() as connection:
            return int(connection.execute(query).scalar_one())

    def order(self, number: str) -> Order:
        with self.db.read() as connection:
            return orders.get_order(connection, number)

    def change_order(self, order: Order, **values: object) -> None:
        """What nobody may do: another agreement than was made."""
        with self.db.write() as connection:
            changed = update(order_table).where(order_table.c.number == order.number)
            connection.execute(changed.values(**values))

    def state(self, order: Order) -> State:
        return self.order(order.number).state

    def states(self) -> list[str]:
        """Of all orders, the first placed first."""
        with self.db.read() as connection:
            return list(
                connection.execute(select(order_table.c.state).order_by(order_table.c.placed_at)).scalars()
            )

    def attempts(self, order: Order) -> list[Attempt]:
        with self.db.read() as connection:
            return attempts.list_attempts(connection, order.number)

    def refunds(self) -> list[Row[Any]]:
        with self.db.read() as connection:
            return list(connection.execute(select(refunds).order_by(refunds.c.id)))

    def events(self, order: Order) -> list[str]:
        query = select(order_events.c.kind).where(order_events.c.order_number == order.number)
        with self.db.read() as connection:
            return list(connection.execute(query.order_by(order_events.c.id)).scalars())

    def ledger(self) -> dict[str, Any]:
        """What the sandbox has seen, oldest first."""
        with self.sandbox.work() as work:
            return dict(ledger(work))

    def session_states(self) -> list[str]:
        return [session["status"] for session in self.ledger()["sessions"]]

    def charged(self) -> list[int]:
        """The amounts of the charges that succeeded."""
        return [charge["amount"] for charge in self.ledger()["charges"] if charge["paid"]]


def at_once(times: int, act: Callable[[int], Result]) -> list[Result | Exception]:
    """What `act` gave or raised, called with 0, 1, 2 … in as many threads."""

    def attempt(number: int) -> Result | Exception:
        try:
            return act(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(attempt, range(times)))
