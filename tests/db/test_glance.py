"""A glance in the event loop: what a look says, or nothing where a thread had better ask."""

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Float, bindparam, event, func, select, text

from tests.conftest import both_databases, only_postgresql
from tests.loops import run_alone
from webshop.db import hot
from webshop.db.engine import Database
from webshop.db.hot import Hot
from webshop.db.tables import variants

PRICE = Hot(select(variants.c.price, variants.c.sku).where(variants.c.sku == bindparam("one")))
WHO = Hot(select(func.pg_backend_pid().label("process"), bindparam("one", type_=variants.c.sku.type)))
MUG = {"one": "MUG-BLUE"}
A_MINUTE = 60.0
OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> :own")
TERMINATE = text("SELECT pg_terminate_backend(:process)")

Rows = Sequence[Any] | None


@pytest.fixture(autouse=True)
def _a_busy_machine_is_no_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "PATIENCE", A_MINUTE)
    monkeypatch.setattr(hot, "LONGEST", A_MINUTE)


@pytest.fixture
def glancing(database_url: str) -> Iterator[Database]:
    db = Database(database_url, connections=2, glances=True)
    yield db
    db.engine.dispose()


def together(*coroutines: Coroutine[Any, Any, Rows]) -> list[Rows]:
    async def all_of_them() -> list[Rows]:
        return await asyncio.gather(*coroutines)

    return run_alone(all_of_them())


@both_databases
def test_a_glance_says_what_a_look_says(glancing: Database) -> None:
    assert together(glancing.glance(PRICE, MUG)) == [glancing.look(PRICE, MUG)] == [[(1200, "MUG-BLUE")]]
    with glancing.write() as connection:
        connection.execute(variants.update().where(variants.c.sku == "MUG-BLUE").values(price=1300))
    assert together(glancing.glance(PRICE, MUG), glancing.glance(PRICE, {"one": "' OR 1 --"})) == [
        [(1300, "MUG-BLUE")],
        [],
    ]


@only_postgresql
def test_all_glances_share_one_connection_of_those_that_there_may_be(glancing: Database) -> None:
    async def several() -> set[int]:
        rows = await asyncio.gather(*(glancing.glance(WHO, MUG) for _each in range(20)))
        return {row[0].process for row in rows if row}

    (process,) = run_alone(several())
    with glancing.read() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert own != process
        assert glancing.engine.pool.size() == 1  # type: ignore[attr-defined]  # two in all


@only_postgresql
@pytest.mark.parametrize(("connections", "glances"), [(1, True), (2, False)])
def test_where_no_connection_can_be_spared_a_thread_has_to_look(
    database_url: str, connections: int, glances: bool
) -> None:
    db = Database(database_url, connections=connections, glances=glances)
    assert together(db.glance(PRICE, MUG)) == [None]
    assert db.engine.pool.size() == connections  # type: ignore[attr-defined]
    assert db.look(PRICE, MUG) == [(1200, "MUG-BLUE")]
    db.engine.dispose()


@only_postgresql
def test_where_somebody_listens_to_what_is_asked_a_thread_has_to_look(glancing: Database) -> None:
    heard: list[str] = []
    event.listen(glancing.engine, "before_cursor_execute", lambda *of: heard.append(of[2]))
    assert together(glancing.glance(PRICE, MUG)) == [None]
    glancing.look(PRICE, MUG)
    assert len(heard) == 1


@only_postgresql
def test_a_connection_that_has_broken_is_made_anew_after_a_while(
    glancing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart of the server; meanwhile it is for threads."""
    now = 1000.0
    monkeypatch.setattr(hot, "monotonic", lambda: now)

    async def glances() -> list[Rows]:
        nonlocal now
        first = await glancing.glance(WHO, MUG) or []
        with glancing.read() as connection:
            connection.execute(TERMINATE, {"process": first[0].process})
        found = [await glancing.glance(PRICE, MUG) for _each in range(3)]
        now += hot.REST
        return [*found, await glancing.glance(PRICE, MUG)]

    assert run_alone(glances()) == [None, None, None, [(1200, "MUG-BLUE")]]


@only_postgresql
def test_who_cannot_be_reached_leaves_it_to_threads(glancing: Database) -> None:
    db = Database(str(glancing.engine.url.set(database="none_of_this_name")), glances=True)
    assert together(db.glance(PRICE, MUG), db.glance(PRICE, MUG)) == [None, None]


@only_postgresql
def test_nobody_waits_long_for_a_glance_that_does_not_end(
    glancing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "PATIENCE", 0.05)

    async def glances() -> list[Rows]:
        with glancing.write() as connection:
            connection.execute(text("LOCK TABLE variants IN ACCESS EXCLUSIVE MODE"))
            first = asyncio.create_task(glancing.glance(PRICE, MUG))
            await asyncio.sleep(0)  # so that it has its turn
            second = await glancing.glance(PRICE, MUG)
            assert not first.done()
        return [second, await first]

    assert run_alone(glances()) == [None, [(1200, "MUG-BLUE")]]


@only_postgresql
def test_an_answer_that_does_not_come_is_for_a_thread_to_get(
    glancing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: whoever has the time waits for it."""
    slow = Hot(select(func.pg_sleep(bindparam("seconds", type_=Float))))
    assert together(glancing.glance(slow, {"seconds": 0.3})) == [[("",)]]
    monkeypatch.setattr(hot, "LONGEST", 0.1)
    assert together(glancing.glance(slow, {"seconds": 0.3})) == [None]
    monkeypatch.setattr(hot, "LONGEST", A_MINUTE)
    monkeypatch.setattr(hot, "monotonic", lambda: time.monotonic() + hot.REST)
    assert together(glancing.glance(PRICE, MUG)) == [[(1200, "MUG-BLUE")]]


@only_postgresql
def test_disposing_of_the_engine_ends_what_the_event_loop_has_opened(glancing: Database) -> None:
    together(glancing.glance(PRICE, MUG))
    glancing.engine.dispose()
    with glancing.read() as connection:
        own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        left = connection.execute(OTHERS, {"own": own}).scalar_one()
    assert left == 0
    assert together(glancing.glance(PRICE, MUG)) == [[(1200, "MUG-BLUE")]]
