"""What the tables themselves refuse, and how orders are written, read and moved."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

from tests.conftest import both_databases, only_sqlite
from tests.people import ADA
from tests.till import SHOP, Till
from webshop.checkout.place import place_order
from webshop.db.engine import Database
from webshop.db.tables import attempts, carts
from webshop.db.tables import orders as order_table
from webshop.orders import queries as orders
from webshop.orders.model import State, new_number
from webshop.orders.queries import IllegalMove

pytestmark = both_databases
GOOD = {
    ("pending", "processing"), ("pending", "paid"), ("pending", "cancelled"), ("pending", "expired"),
    ("pending", "refund_due"), ("processing", "paid"), ("processing", "failed"), ("processing", "refund_due"),
    ("paid", "shipped"), ("paid", "refunded"), ("shipped", "refunded"), ("cancelled", "paid"),
    ("cancelled", "processing"), ("cancelled", "refund_due"), ("expired", "paid"), ("expired", "processing"),
    ("expired", "refund_due"), ("refund_due", "refunded"),
}  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE variants SET stock = -1",
        "UPDATE variants SET price = 0",
        "INSERT INTO cart_lines (cart, sku, quantity, added_at) VALUES ('none', 'TILES', 1, '2026-01-01')",
    ],
)
def test_the_database_itself_refuses_what_must_not_be(db: Database, statement: str) -> None:
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(text(statement))


@only_sqlite
def test_of_all_81_moves_only_those_are_made_that_stand_here(
    till: Till,
) -> None:
    order = place_order(
        till.db,
        SHOP,
        cart=till.cart(TILES=1),
        details=ADA,
        shown_total=589,
        ui_mode="hosted_page",
        visitor="",
    )
    made = set()
    for before in State:
        for after in State:
            with till.db.write() as connection:
                connection.execute(update(order_table).values(state=before))
            try:
                with till.db.write() as connection:
                    orders.move(connection, replace(order, state=before), after)
                made.add((str(before), str(after)))
            except IllegalMove:
                assert till.state(order) == before
    assert made == GOOD


def test_a_cart_has_one_pending_order_and_any_number_of_others(till: Till) -> None:
    cart = till.cart(TILES=1)
    order = place_order(
        till.db, SHOP, cart=cart, details=ADA, shown_total=589, ui_mode="hosted_page", visitor=""
    )
    another = replace(order, number=new_number())
    with pytest.raises(IntegrityError), till.db.write() as connection:
        orders.insert_order(connection, another, {"TILES": 100})
    with till.db.write() as connection:
        orders.move(connection, order, State.CANCELLED)
        orders.insert_order(connection, another, {"TILES": 100})
    assert sorted(till.states()) == ["cancelled", "pending"]


def test_an_order_is_read_as_it_was_written(till: Till) -> None:
    order = place_order(
        till.db,
        SHOP,
        cart=till.cart(MUG_BLUE=2, BOWL_L=1),
        details=ADA,
        shown_total=5790,
        ui_mode="hosted_page",
        visitor="",
    )

    assert till.order(order.number) == order
    assert [(line.name, line.unit_price, line.quantity, line.held) for line in order.lines] == [
        ("Blue mug", 1200, 2, 2),
        ("Bowl, Large", 2900, 1, 0),
    ]


def test_a_session_pays_one_attempt_only(till: Till) -> None:
    first, _session = till.check_out(till.cart(TILES=1))
    second, _session = till.check_out(till.cart(TILES=1))
    with pytest.raises(IntegrityError), till.db.write() as connection:
        connection.execute(
            update(attempts)
            .where(attempts.c.order_number.in_([first.number, second.number]))
            .values(session_id="x")
        )


def test_carts_are_named_by_whole_ids_only(db: Database) -> None:
    row = {"id": "a" * 32, "created_at": datetime.now(UTC), "changed_at": datetime.now(UTC)}
    with db.write() as connection:
        connection.execute(insert(carts).values(**row))
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(insert(carts).values(**row))
