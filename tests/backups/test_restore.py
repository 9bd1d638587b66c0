"""python -m webshop restore: into an empty place only, all or nothing, and never as a shop that sells."""

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from tests.conftest import both_databases, empty_postgresql, only_postgresql
from tests.till import Till
from webshop.backups import contents
from webshop.backups import restore as restoring
from webshop.backups.copies import sqlite_file
from webshop.db import pauses
from webshop.db.engine import Database
from webshop.db.tables import orders, outbox

NUMBERS = count(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def empty(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], str]:
    """Moves the shop to a place where there is nothing; its address."""

    def move() -> str:
        if database_url.startswith("sqlite"):
            url = f"sqlite:///{tmp_path / 'elsewhere' / 'shop.sqlite3'}"
        else:
            url = empty_postgresql(request.getfixturevalue("postgresql"), f"restored_{next(NUMBERS)}")
        monkeypatch.setenv("DATABASE_URL", url)
        return url

    return move


@pytest.fixture
def look() -> Iterator[Callable[[str], Database]]:
    opened: list[Database] = []

    def at(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield at
    for each in opened:
        each.engine.dispose()


def backed_up(said: Any, place: Path | str) -> str:
    code, out, err = said("backup", str(place))
    assert (code, err) == (0, [])
    return str(out[0].split()[0])


def is_empty(db: Database) -> bool:
    if db.is_embedded:
        file = Path(str(db.engine.url.database))
        return list(file.parent.iterdir()) == []
    with db.read() as connection:
        return inspect(connection).get_table_names() == []


@both_databases
def test_what_was_backed_up_is_there_again_and_the_shop_is_paused(
    till: Till, said: Any, place: Path, empty: Callable[[], str], look: Callable[[str], Database]
) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=1))
    name = backed_up(said, place)
    restored = look(empty())
    code, out, err = said("restore", str(place))
    assert (code, err) == (0, [])
    assert out[0].startswith(f"{name} is restored: 1 order, as they were at ")
    assert out[1] == "Mails that waited then, and may have gone since, are held: 2."
    with restored.read() as connection:
        assert connection.execute(select(orders.c.number, orders.c.state)).all() == [(order.number, "paid")]
        pause = pauses.current(connection)
        assert pause
        assert pause.backup == name
        assert connection.execute(select(outbox.c.due_at)).scalars().all() == [None, None]
    mind = f"Mind that the shop is paused since it was restored from {name}: nothing is sold, mailed or sent"
    assert said("alarms")[1][-1].startswith(mind)
    assert said("orders", "list")[1][-1].startswith(mind)


@both_databases
def test_it_is_found_by_folder_file_name_and_in_a_bucket(
    said: Any,
    place: Path,
    bucket: str,
    empty: Callable[[], str],
    till: Till,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    name, stored = backed_up(said, place), backed_up(said, bucket)
    monkeypatch.setenv("BACKUP_TO", str(place))
    for number, source in enumerate((str(place), str(place / name), name, bucket, f"{bucket}/{stored}")):
        if till.db.is_embedded:
            monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / str(number) / 'shop.sqlite3'}")
        else:
            empty()
        code, out, err = said("restore", source)
        assert (code, err) == (0, []), source
        assert out[0].split()[0] in (name, stored)


@both_databases
def test_nothing_is_restored_over_something(till: Till, said: Any, place: Path) -> None:
    order, _session = till.bought(till.cart(MUG_BLUE=1))
    backed_up(said, place)
    code, out, err = said("restore", str(place))
    assert (code, out) == (1, [])
    assert "a backup is restored only" in err[0]
    assert till.order(order.number).state == "paid"
    with till.db.read() as connection:
        assert pauses.current(connection) is None


def test_what_a_lost_database_has_left_beside_it_is_something(
    said: Any, place: Path, empty: Callable[[], str]
) -> None:
    """SQLite would play the old -wal into the restored file."""
    backed_up(said, place)
    file = Path(empty().removeprefix("sqlite:///"))
    file.parent.mkdir()
    left = file.with_name("shop.sqlite3-wal")
    left.touch()
    code, _out, err = said("restore", str(place))
    assert code == 1
    assert err[0].startswith(f"{left} is there: ")
    assert [each.name for each in file.parent.iterdir()] == [left.name]


def spoil(file: Path, how: str) -> Path:
    """The backup with something wrong, under a name that fits."""
    name, content = file.name, file.read_bytes()
    match how:
        case "cut off":
            content = content[: len(content) * 2 // 3]
        case "something else":
            content = b"something else " * 1000
        case "a newer one":
            name = name.replace("-0012.", "-0099.")
            content = _of_revision(file, "0099")
        case "of real money":
            name = name.replace("-sandbox-", "-live-")
    spoilt = file.with_name(name)
    file.unlink()
    spoilt.write_bytes(content)
    return spoilt


def _of_revision(file: Path, revision: str) -> bytes:
    if file.suffix == ".dump":
        return file.read_bytes()  # what a dump says of itself cannot be changed here
    raw = file.with_name("raw")
    raw.write_bytes(gzip.decompress(file.read_bytes()))
    with closing(sqlite3.connect(raw)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    return gzip.compress(raw.read_bytes())


@both_databases
@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("cut off", ""),
        ("something else", ""),
        ("a newer one", "restore it with the release that it was taken with, or a newer one."),
        ("of real money", "is of live mode, and the shop of sandbox mode."),
    ],
)
def test_what_cannot_be_restored_leaves_nothing(
    said: Any,
    place: Path,
    empty: Callable[[], str],
    look: Callable[[str], Database],
    how: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = spoil(place / backed_up(said, place), how)
    if how == "a newer one" and file.suffix == ".dump":
        monkeypatch.setattr(restoring, "head", lambda: "0009")
    db = look(empty())
    code, out, err = said("restore", str(file))
    assert (code, out) == (1, [])
    assert len(err) == 1
    assert err[0].endswith(sentence)
    assert is_empty(db)


@both_databases
def test_a_restore_that_dies_half_way_leaves_no_shop(
    said: Any,
    place: Path,
    empty: Callable[[], str],
    look: Callable[[str], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed where all rows are there already, and the pause is not."""
    backed_up(said, place)
    db = look(empty())

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(restoring, "adopt", dies)
        killed.setattr(contents, "clear_away", lambda _db: None)
        killed.setattr(sqlite_file, "what_is_there", lambda _path: [])
        with pytest.raises(KeyboardInterrupt):
            said("restore", str(place))
    if db.is_embedded:
        assert not Path(str(db.engine.url.database)).exists()
        assert said("restore", str(place))[0] == 0
    else:
        with db.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 0
        assert said("restore", str(place))[0] == 1


@only_postgresql
def test_a_restore_that_fails_half_way_can_be_tried_again(
    said: Any, place: Path, empty: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    backed_up(said, place)
    empty()

    def fails(*_args: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(restoring, "adopt", fails)
        assert said("restore", str(place))[0] == 1
    assert said("restore", str(place))[0] == 0


# Of the revisions after 0015; PostgreSQL has two more of them than SQLite.
LATER_INDEXES = (
    *("ix_orders_list", "ix_orders_not_erased", "ix_carts_unseen"),
    *("ix_refunds_payment", "ix_refunds_mail", "ix_payments_charge", "ix_alarms_open"),
    *("ix_search_documents_titles", "ix_search_documents_names"),
)


@both_databases
def test_an_older_revision_is_brought_to_this_one(
    till: Till, said: Any, place: Path, empty: Callable[[], str], look: Callable[[str], Database]
) -> None:
    """As a backup that was taken right before a release."""
    with till.db.write() as connection:
        for index in LATER_INDEXES:
            connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    code, out, _err = said("backup", str(place))
    name = f"{(place / out[0].split()[0]).name}" if code == 0 else ""
    assert "-0015." in name
    db = look(empty())
    assert said("restore", str(place))[0] == 0
    with db.read() as connection:
        assert pauses.current(connection)


def test_what_is_meant_by_something_else_is_asked(said: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3.bak").touch()
    for source in (str(tmp_path / "shop.sqlite3.bak"), str(tmp_path / "nowhere"), "newest"):
        code, _out, err = said("restore", source)
        assert (code, "not called as backups are" in err[0]) == (2, True), source
    (tmp_path / "none").mkdir()
    assert said("restore", str(tmp_path / "none")) == (
        1, [], [f"No backup of sandbox mode is in {tmp_path}/none."]
    )  # fmt: skip
