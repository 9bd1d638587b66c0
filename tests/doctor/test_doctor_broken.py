"""A good shop of real processes (PostgreSQL, TLS proxy, mail server), then broken in one place at a time."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.doctor.premises import Good, named, premises, tell_all
from tests.ports import free_port
from tests.postgres import on_server
from webshop.alarms.model import THE_SHOP, AlarmKind
from webshop.alarms.queries import raise_alarm
from webshop.catalog import load as catalogue
from webshop.catalog.file.reading import read_catalog
from webshop.db import pauses
from webshop.doctor import http
from webshop.doctor.examination import may_take_money
from webshop.doctor.public import jump
from webshop.settings.model import ROOT

pytestmark = pytest.mark.slow

Break = Callable[[Good], Good]


@pytest.fixture(scope="module")
def premises_of_all(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Good]:
    with premises(postgresql, tmp_path_factory.mktemp("doctor")) as good:
        yield good


@pytest.fixture
def good(premises_of_all: Good) -> Good:
    return premises_of_all


def at(way: str) -> Break:
    return lambda good: good.at(way)


def set_to(**values: object) -> Break:
    return lambda good: good.set_to(**values)


def of_server(*statements: str) -> Break:
    """The server's settings; each test takes them back."""

    def tell(good: Good) -> Good:
        tell_all(good.server, statements)
        return good

    return tell


def of_database(*statements: str) -> Break:
    def tell(good: Good) -> Good:
        db = good.database
        with db.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        db.engine.dispose()
        return good

    return tell


def another_database(name: str) -> Break:
    """A new one without tables, or one that is not there."""

    def change(good: Good) -> Good:
        if name == "empty":
            on_server(good.server, "DROP DATABASE IF EXISTS empty WITH (FORCE)")
            on_server(good.server, "CREATE DATABASE empty")
        return good.set_to(database_url=good.server.replace("/postgres?", f"/{name}?"))

    return change


def alarmed(good: Good) -> Good:
    db = good.database
    with db.write() as connection:
        raise_alarm(connection, AlarmKind.WEBHOOK, THE_SHOP, "silent")
    db.engine.dispose()
    return good


def restored(good: Good) -> Good:
    db = good.database
    with db.write() as connection:
        pauses.begin(connection, "a-backup", datetime.now(UTC))
    db.engine.dispose()
    return good


def without_tools(good: Good) -> Good:
    return good.set_to(backup_to=str(good.folder / "backups"))


def demo_on_sale(good: Good) -> Good:
    db = good.database
    with db.write() as connection:
        catalogue.load(connection, read_catalog(ROOT / "catalog.toml", "EUR"))
    db.engine.dispose()
    return good


def in_memory(good: Good) -> Good:
    """Where Linux keeps what is gone with the machine."""
    path = IN_MEMORY / f"webshop-doctor-{os.getpid()}.sqlite3"
    path.touch()
    return good.set_to(database_url=f"sqlite:///{path}")


def says_nothing(good: Good) -> Good:
    """It takes the connection, until the operating system's queue is full, and that is all."""
    return good.set_to(public_url=f"https://localhost:{good.silent}")


IN_MEMORY = Path("/dev/shm")
LONG_AGO = (datetime.now(UTC) - timedelta(days=3)).isoformat()

# How it is broken, the finding, and a word of its cure.
BROKEN: dict[str, tuple[Break, str, str]] = {
    "no mail server": (set_to(smtp_url=""), "mail.server", "smtp+starttls"),
    "a wrong password": (
        lambda good: good.set_to(smtp_url=good.values["smtp_url"].replace("horse", "mule")),
        "mail.server",
        "password",
    ),
    "nobody at the port": (set_to(smtp_url="smtps://shop:x@localhost:1"), "mail.server", "port"),
    "no TLS there": (
        lambda good: good.set_to(smtp_url=good.values["smtp_url"].replace("localhost", "127.0.0.1")),
        "mail.server",
        "SMTP_URL",
    ),
    "a name that leads nowhere": (set_to(public_url="https://nowhere.invalid"), "public.dns", "DNS"),
    "nobody listens": (set_to(public_url="https://localhost:1"), "public.connection", "80 and 443"),
    "it says nothing": (says_nothing, "public.connection", "proxy"),
    "an expired certificate": (at("expired"), "public.tls", "renew"),
    "a certificate of another name": (at("unnamed"), "public.tls", "this name"),
    "a certificate for three days": (at("soon"), "public.certificate", "renew"),
    "the shop is down": (at("nobody"), "public.ready", "log"),
    "another site answers": (at("elsewhere"), "webhook.forged", "lead to this shop"),
    "the proxy keeps the name to itself": (at("hostless"), "public.host", "Host"),
    "the proxy says http": (at("plain"), "public.host", "X-Forwarded-Proto"),
    "a wrong clock there": (at("yesterday"), "public.clock", "NTP"),
    "the proxy takes HSTS away": (at("bare"), "public.hsts", "headers"),
    "the proxy takes the policy away": (at("bare"), "public.csp", "headers"),
    "the proxy takes Secure away": (at("insecure"), "public.cookie", "cookies"),
    "the proxy takes cookies away": (at("cookieless"), "public.cookie", "Set-Cookie"),
    "the secret is another one": (
        set_to(stripe_webhook_secret="whsec_0123456789abcdefghijklmnopqrstuv"),
        "webhook.event",
        "secret",
    ),
    "another release": (set_to(release="webshop@9.9"), "public.release", "deploy"),
    "the database is away": (
        set_to(database_url="postgresql://shop:x@127.0.0.1:1/shop"),
        "database.reachable",
        "host and port",
    ),
    "there is no such database": (another_database("nowhere"), "database.reachable", "CREATE DATABASE"),
    "there are no tables": (another_database("empty"), "database.migrated", "release"),
    "the tables are old": (
        of_database("UPDATE alembic_version SET version_num = '0008'"),
        "database.migrated",
        "release",
    ),
    "the tables are new": (
        of_database("UPDATE alembic_version SET version_num = '9999'"),
        "database.migrated",
        "deployed",
    ),
    "of test mode": (of_database("UPDATE modes SET mode = 'test'"), "database.mode", "go-live"),
    "fsync is off": (of_server("ALTER SYSTEM SET fsync = off"), "database.durable", "fsync = on"),
    "commits are not waited for": (
        of_server("ALTER SYSTEM SET synchronous_commit = off"),
        "database.durable",
        "synchronous_commit = on",
    ),
    "half pages": (
        of_server("ALTER SYSTEM SET full_page_writes = off"),
        "database.durable",
        "full_page_writes = on",
    ),
    "too few connections": (
        of_server("ALTER DATABASE doctor CONNECTION LIMIT 4"),
        "database.connections",
        "WEB_CONCURRENCY",
    ),
    "only to be read": (
        of_server("ALTER DATABASE doctor SET default_transaction_read_only = on"),
        "database.writable",
        "primary",
    ),
    "the worker is dead": (
        of_database(f"UPDATE heartbeats SET at = '{LONG_AGO}' WHERE name = 'worker'"),
        "life.worker",
        "python -m webshop worker",
    ),
    "no worker ever": (
        of_database("DELETE FROM heartbeats WHERE name = 'worker'"),
        "life.worker",
        "python -m webshop worker",
    ),
    "no backup for days": (
        of_database(f"UPDATE heartbeats SET at = '{LONG_AGO}' WHERE name = 'backup'"),
        "life.backup",
        "BACKUP_TO",
    ),
    "it was restored and not opened": (restored, "life.paused", "reopen"),
    "nobody answers where backups are": (
        set_to(
            backup_to="s3://backups/shop",
            aws_endpoint_url="http://127.0.0.1:1",
            aws_access_key_id="AKIATESTTESTTESTTEST",
            aws_secret_access_key="a-secret-of-the-tests-only",
        ),
        "life.backup_place",
        "AWS_",
    ),
    "no pg_dump": (without_tools, "life.backup_tool", "install"),
    "backups on a disk that is wiped": (
        lambda good: good.set_to(backup_to=str(good.folder / "backups"), wiped_disk="web.1"),
        "life.backup_place",
        "s3://",
    ),
    "an alarm is open": (alarmed, "life.alarms", "alarms"),
    "nothing is on sale": (
        of_database("UPDATE products SET active = false"),
        "life.catalogue",
        "catalog load",
    ),
    "a price was not loaded": (
        of_database("UPDATE variants SET price = price + 100 WHERE sku = 'MUG-BLUE'"),
        "life.not_loaded",
        "catalog load",
    ),
    "the demo is on sale": (demo_on_sale, "life.demo", "catalog load"),
    "SQLite in memory": (in_memory, "database.durable", "PostgreSQL"),
}


def test_nothing_is_named_in_a_good_shop_and_it_may_take_real_money(good: Good) -> None:
    found = good.found(mail=True)
    assert named(found) == {}
    assert may_take_money(found)
    assert good.mails == ["ada@kiln-street.shop"]


def test_a_test_mail_that_is_refused_is_named(good: Good) -> None:
    found = named(good.set_to(owner_email="nobody@kiln-street.shop").found(mail=True))
    assert found.keys() == {"mail.test"}
    assert "550" in found["mail.test"].what


@pytest.mark.parametrize("how", BROKEN)
def test_each_fault_is_named_with_its_cure(good: Good, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.5)
    monkeypatch.setenv("PATH", "")
    change, name, word = BROKEN[how]
    with good.as_it_was():
        found = named(change(good).found())
    for path in IN_MEMORY.glob(f"webshop-doctor-{os.getpid()}.*"):
        path.unlink()
    assert name in found, found
    assert word in found[name].cure
    assert found[name].why


def test_the_shop_is_good_again_after_all_that(good: Good) -> None:
    assert named(good.found()) == {}


def test_who_types_http_is_led_to_https(good: Good) -> None:
    url = good.config.public_url
    assert [each.kind for each in jump(f"http://localhost:{good.ports['jump']}/", url)] == ["fine"]
    assert [each.id for each in jump(f"http://localhost:{free_port()}/", url)] == ["public.jump"]
    [wrong] = jump(f"http://localhost:{good.values['port']}/", "https://elsewhere.example")
    assert (wrong.kind, "308" in wrong.cure) == ("error", True)


def test_no_secret_stands_in_what_is_found(good: Good) -> None:
    texts = [str(good.found()), *(str(change(good).found()) for change in (at("nobody"), at("expired")))]
    secrets = [secret for secret in good.config.secrets if secret]
    assert [secret for secret in secrets for found in texts if secret in found] == []
