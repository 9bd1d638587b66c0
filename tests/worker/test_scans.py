"""What happens every few seconds looks into no table from end to end, however many orders there are."""

from tests.conftest import only_sqlite
from tests.due import DAY, NOW
from tests.orders.test_order_scans import GROWING
from tests.plans import explained, scans, statements
from tests.scale import books
from tests.till import Till
from webshop.worker import housekeeping, rounds, tidying


@only_sqlite
def test_no_round_of_the_worker_scans_a_table(till: Till) -> None:
    for number in range(3):
        till.bought(till.cart(TILES=1))
        till.check_out(till.cart(MUG_BLUE=number + 1))
    with statements(till.db) as found:
        rounds.work(till.db, till.stripe, NOW)
    assert len({words for words, _values in found}) >= 9
    assert explained(till.db, found, GROWING) == {}


@only_sqlite
def test_control_without_the_index_the_last_payment_is_looked_for_in_all_orders(till: Till) -> None:
    till.bought(till.cart(TILES=1))
    with till.db.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_orders_paid")
    with statements(till.db) as found:
        tidying.tidy(till.db, NOW)
    with till.db.read() as connection:
        [last_paid] = [each for each in found if "max(orders.paid_at)" in each[0]]
        assert scans(connection, last_paid, GROWING) == ["orders"]


def steps_of_cleaning_up(till: Till) -> str:
    """As SQLite plans to look for what is old."""
    with statements(till.db) as found:
        rounds.clean_up(till.db, NOW)
    with till.db.read() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values) for words, values in found]
        return "\n".join(str(row[-1]) for plan in plans for row in plan)


@only_sqlite
def test_what_is_old_is_looked_for_in_its_own_indexes(till: Till) -> None:
    till.bought(till.cart(TILES=1))
    steps = steps_of_cleaning_up(till)
    assert "carts USING INDEX ix_carts_changed_at (changed_at<?)" in steps
    assert "carts USING INDEX ix_carts_unseen (changed_at>? AND changed_at<?)" in steps
    assert steps.count("orders USING INDEX ix_orders_not_erased (state=? AND placed_at<?)") == 2
    assert "SCAN" not in steps


@only_sqlite
def test_a_batch_is_erased_by_its_numbers(till: Till) -> None:
    """Not looked for among all that were ever given up."""
    order = books.run_out(till)
    with till.db.write() as connection:
        books.copy_orders(
            connection, order, "old", housekeeping.A_BATCH, NOW - 200 * DAY, email="ada@example.com"
        )
    with statements(till.db) as found:
        rounds.clean_up(till.db, NOW)
    [asked] = [each for each in found if each[0].startswith("SELECT") and "orders.number IN" in each[0]]
    with till.db.read() as connection:
        words, values = asked
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
        steps = [str(row[-1]) for row in plan if " orders " in str(row[-1])]
    assert steps == ["SEARCH orders USING INDEX sqlite_autoindex_orders_1 (number=?)"]


@only_sqlite
def test_control_without_their_indexes_more_is_looked_at(till: Till) -> None:
    till.bought(till.cart(TILES=1))
    with till.db.write() as connection:
        for name in ("ix_carts_unseen", "ix_orders_not_erased"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
    steps = steps_of_cleaning_up(till)
    assert steps.count("carts USING INDEX ix_carts_changed_at") == 2
    assert "orders USING INDEX ix_orders_list (state=? AND placed_at<?)" in steps
