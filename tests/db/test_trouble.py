"""What is wrong with a database is one sentence that names the setting and the cure: seen on real servers and
files."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from sqlalchemy import text

from tests.db.answers import answers
from tests.db.strict import NOBODY, RIGHT, TLS_ONLY, StrictServer, somebody_else, strict_server, tls_before
from tests.postgres import on_server
from webshop.db import engine
from webshop.db.engine import Database
from webshop.db.migrate import migrate, patiently
from webshop.db.trouble import find, told
from webshop.errors import Unavailable
from webshop.settings.model import Settings

A_MOMENT = {"passes": True, "is_mistake": False}
MISTAKE = {"passes": False, "is_mistake": True}
BROKEN = {"passes": False, "is_mistake": False}


@pytest.fixture(scope="module")
def server() -> Iterator[StrictServer]:
    with strict_server() as server:
        yield server


def settings(url: str) -> Settings:
    return Settings(_env_file=None, database_url=url, demo=True)  # type: ignore[call-arg]


def sentence(url: str, statement: str = "SELECT 1") -> tuple[str, dict[str, bool]]:
    """What is told of the first statement on this database, and whether it may pass or is a mistake."""
    db = Database(url)
    db.logs = False
    try:
        with pytest.raises(Unavailable) as error, db.write() as connection:
            connection.execute(text(statement))
    finally:
        db.engine.dispose()
    trouble = find(error.value)
    assert trouble
    return told(error.value, settings(url)), {"passes": trouble.passes, "is_mistake": trouble.is_mistake}


def sentence_of_asking(url: str) -> tuple[str, dict[str, bool]] | None:
    """None while it answers."""
    db = Database(url)
    ready = answers(db)
    db.engine.dispose()
    return None if ready else sentence(url)


def test_a_right_address_is_none(server: StrictServer) -> None:
    """The control: the server does let in."""
    db = Database(server.url())
    assert answers(db)
    db.engine.dispose()


def test_what_is_wrong_in_the_address_is_named(server: StrictServer) -> None:
    wrong = {
        server.url(user="shop:hunter2@"): (
            'the password of "shop" is wrong, or there is no such role; check user and password (in a '
            "password "
            "@ is %40, / is %2F and % is %25)",
            MISTAKE,
        ),
        server.url(user="nobody:hunter2@"): (
            'the password of "nobody" is wrong, or there is no such role; check user and password (in a '
            "password @ is %40, / is %2F and % is %25)",
            MISTAKE,
        ),
        server.url(user="shop@"): (
            "the database wants a password, and there is none; it is written like "
            "postgresql://user:password@host:5432/name",
            MISTAKE,
        ),
        f"postgresql://nobody@/shop?host={server.folder}&port={server.port}": (
            'there is no role "nobody" that may log in; check the user',
            MISTAKE,
        ),
        f"postgresql://locked_out@/shop?host={server.folder}&port={server.port}": (
            'there is no role "locked_out" that may log in; check the user',
            MISTAKE,
        ),
        server.url(name="hunter"): (
            'there is no database "hunter"; check the name at the end, or make it with CREATE DATABASE',
            MISTAKE,
        ),
        server.url(name="others"): (
            'its role may not use the database "others"; let the database\'s owner GRANT CONNECT to it',
            MISTAKE,
        ),
        server.url(name="shop?sslmode=require"): (
            "the database speaks no TLS, and sslmode demands it; take sslmode away if the way to the "
            "database is private, or let the server speak TLS",
            MISTAKE,
        ),
        server.url(name="shop?pgbouncer=true"): (
            "PostgreSQL knows no such pgbouncer as is written after the ?; take it away, or mend it",
            MISTAKE,
        ),
        server.url(name="shop?sslmode=requre"): (
            "PostgreSQL knows no such sslmode as is written after the ?; take it away, or mend it",
            MISTAKE,
        ),
        server.url(port=1): (
            "nobody answers at 127.0.0.1:1; check host and port, and whether the database runs",
            A_MOMENT,
        ),
        "postgresql://shop:hunter2@/shop?host=/nowhere": (
            "nobody answers at /nowhere:5432; check host and port, and whether the database runs",
            A_MOMENT,
        ),
        "postgresql://shop:hunter2@nobody.invalid/shop": (
            "no machine is called nobody.invalid; check it",
            A_MOMENT,
        ),
    }
    found = {url: sentence(url) for url in wrong}
    assert found == {url: (f"DATABASE_URL: {words}", kind) for url, (words, kind) in wrong.items()}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            TLS_ONLY,
            "the database takes no connection without TLS from here; add ?sslmode=require, or let its "
            "pg_hba.conf allow this machine",
        ),
        (
            NOBODY,
            "the database takes no connection without TLS from here; add ?sslmode=require, or let its "
            "pg_hba.conf allow this machine",
        ),
    ],
    ids=["tls only", "nobody"],
)
def test_a_server_that_lets_nobody_in_from_here(server: StrictServer, line: str, words: str) -> None:
    server.lets_in(line)
    assert sentence(server.url()) == (f"DATABASE_URL: {words}", MISTAKE)
    server.lets_in(RIGHT)


def test_a_certificate_that_cannot_be_trusted(server: StrictServer, tmp_path: Path) -> None:
    authority, another = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "right.pem"))
    another.cert_pem.write_to_path(str(tmp_path / "wrong.pem"))
    with tls_before(server.port, authority) as port:
        url = server.url(port=port, name=f"shop?sslmode=verify-full&sslrootcert={tmp_path}/")
        cannot = (
            "DATABASE_URL: the TLS certificate of the database cannot be trusted; name its authority's "
            "file with ?sslrootcert=, and the host as it is written in the certificate",
            MISTAKE,
        )
        assert [sentence(f"{url}{name}.pem") for name in ("wrong", "right", "none")] == [cannot] * 3
        db = Database(f"{url}right.pem&hostaddr=127.0.0.1".replace("127.0.0.1:", "db.example:", 1))
        assert answers(db)  # the control: this certificate is that of db.example
        db.engine.dispose()


HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "query"),
    [(HTTP, ""), (HTTP, "?sslmode=disable"), (b"SSH-2.0-OpenSSH_9.6\r\n", ""), (b"J\0\0\0\n8.0.36", "")],
    ids=["a web server", "without TLS", "ssh", "mysql"],
)
def test_what_is_no_postgresql(answer: bytes, query: str) -> None:
    with somebody_else(answer) as port:
        assert sentence(f"postgresql://shop:hunter2@127.0.0.1:{port}/shop{query}") == (
            f"DATABASE_URL: what answers at 127.0.0.1:{port} is no PostgreSQL; check host and port",
            MISTAKE,
        )


def test_who_says_nothing_or_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 2)  # libpq takes no less
    with somebody_else(b"") as port:
        assert sentence(f"postgresql://shop:hunter2@127.0.0.1:{port}/shop") == (
            f"DATABASE_URL: nobody answers at 127.0.0.1:{port}; check host and port, and whether the "
            "database runs",
            A_MOMENT,
        )
    with somebody_else(b"", hangs=True) as port:
        assert sentence(f"postgresql://shop:hunter2@127.0.0.1:{port}/shop") == (
            f"DATABASE_URL: nobody answers at 127.0.0.1:{port}; check host and port, and what stands between",
            A_MOMENT,
        )


TAKEN = (
    "DATABASE_URL: all connections of the database are taken; end what else uses it, or give each "
    "process fewer",
    A_MOMENT,
)


@pytest.mark.parametrize("what", ["ROLE", "DATABASE"])
def test_all_connections_are_taken(server: StrictServer, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 1)
    on_server(server.admin, f"ALTER {what} shop CONNECTION LIMIT 0")
    assert sentence(server.url()) == TAKEN
    on_server(server.admin, f"ALTER {what} shop CONNECTION LIMIT -1")


def test_a_database_that_only_reads_or_lets_nobody_make_tables(server: StrictServer) -> None:
    make = "CREATE TABLE made (id INTEGER)"
    on_server(server.admin, "ALTER DATABASE shop SET default_transaction_read_only = on")
    assert sentence(server.url(), make) == (
        "DATABASE_URL: the database only reads: it is a copy, or was told so; name the one that writes",
        BROKEN,
    )
    on_server(server.admin, "ALTER DATABASE shop RESET default_transaction_read_only")
    on_server(server.admin, "GRANT CONNECT ON DATABASE others TO shop")
    assert sentence(server.url(name="others"), make) == (
        "DATABASE_URL: its role may not do what the shop needs (permission denied for schema public); let "
        "the database's owner GRANT ALL ON SCHEMA public to it, or take the role that made the tables",
        BROKEN,
    )
    on_server(server.admin, "REVOKE CONNECT ON DATABASE others FROM shop")


def test_a_server_that_speaks_another_language_is_quoted(server: StrictServer) -> None:
    fatal = b"SFATAL\0VFATAL\0C28P01\0Mmot de passe incorrect\0\0"
    answer = b"E" + (len(fatal) + 4).to_bytes(4, "big") + fatal
    with somebody_else(answer) as port:
        assert sentence(f"postgresql://shop:hunter2@127.0.0.1:{port}/shop?sslmode=disable") == (
            "DATABASE_URL: the database refuses: mot de passe incorrect",
            BROKEN,
        )


def test_a_server_that_stops_and_starts_is_waited_for(
    server: StrictServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The last one that needs it."""
    asked: list[str] = []
    db = Database(server.url())
    db.logs = False

    def wait() -> None:
        patiently(db.ask, settings(server.url()))
        asked.append("it answers")

    with db.engine.connect():  # somebody whom the server waits for
        server.stop("smart", waits=False)
        while not (stopping := sentence_of_asking(server.url())):
            time.sleep(0.1)
    assert stopping == (
        "DATABASE_URL: the database is starting, or being stopped; try again in a moment",
        A_MOMENT,
    )
    server.stop()
    waiting = threading.Thread(target=wait)
    waiting.start()
    while not caplog.records:
        time.sleep(0.1)
    assert asked == []
    server.start()
    waiting.join(30)
    assert asked == ["it answers"]
    db.engine.dispose()
    said = {record.getMessage().partition(": ")[2] for record in caplog.records}
    assert (
        f"DATABASE_URL: nobody answers at 127.0.0.1:{server.port}; check host and port, and whether the "
        in str(said)
    )


# Files


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite3"
    db = Database(f"sqlite:///{path}")
    migrate(db)
    db.engine.dispose()
    return path


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("This is no database, and never was one. " * 50)
    (tmp_path / "folder").mkdir()
    another = (
        "cannot be opened: it, or its folder, is missing, of another kind, or not for this user; name another"
    )
    wrong = {
        tmp_path / "text": "is no SQLite database; put a backup in its place, or name another file",
        tmp_path / "folder": another,
        tmp_path / "text" / "shop.sqlite3": another,
        Path("/proc/shop.sqlite3"): another,
    }
    found = {path: sentence(f"sqlite:///{path}") for path in wrong}
    assert found == {path: (f"DATABASE_URL: {path} {words}", BROKEN) for path, words in wrong.items()}


def test_a_damaged_file(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[4096 : len(content) // 2] = b"\xff" * (len(content) // 2 - 4096)
    database.write_bytes(content)
    assert sentence(f"sqlite:///{database}", "SELECT * FROM orders") == (
        f"DATABASE_URL: {database} is damaged; put a backup in its place",
        BROKEN,
    )


def test_a_file_that_another_process_keeps(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0)
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert sentence(f"sqlite:///{database}") == (
        f"DATABASE_URL: another process keeps {database} locked; try again when it is done",
        A_MOMENT,
    )
    holder.close()


def test_a_full_disk(database: Path) -> None:
    """As SQLite sees one: the file may not grow."""
    db = Database(f"sqlite:///{database}")
    with pytest.raises(Unavailable) as error, db.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE filled (what BLOB)")
        connection.exec_driver_sql("INSERT INTO filled VALUES (randomblob(1000000))")
    db.engine.dispose()
    assert told(error.value, settings(f"sqlite:///{database}")) == (
        "DATABASE_URL: the disk of the database is full; make room"
    )
