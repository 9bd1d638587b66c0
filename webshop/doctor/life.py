"""What goes on in the shop by itself: the worker, backups, alarms, and whether anything is on sale."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from webshop.alarms import heartbeats
from webshop.alarms import queries as alarms
from webshop.alarms.heartbeats import Heart
from webshop.backups.copies.places import open_place
from webshop.backups.copies.postgresql_dump import check_tool
from webshop.backups.take import list_backups
from webshop.catalog import queries as products
from webshop.catalog.model import Product, without_case
from webshop.db import pauses
from webshop.db.engine import moment_of
from webshop.doctor.database import Unreachable, opened
from webshop.doctor.files import demo_left, written
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.errors import OwnerError
from webshop.settings.model import Settings

WORKER_IS_DEAD = timedelta(minutes=5)
BACKUP_IS_OLD = timedelta(days=2)


def check_life(examined: Examined) -> Findings:
    """Nothing, where the database is not as it should be: that is told already."""
    try:
        with opened(examined.config) as connection:
            if connection.dialect.name == "postgresql":
                yield from _worker(connection)
            yield from _pause(connection)
            yield from _backup(connection)
            if examined.config.backup_to and connection.dialect.name == "postgresql":
                yield from _tool(connection)
            yield from _alarms(connection)
            yield from _sold(connection, examined.config)
    except Unreachable:
        return


def _worker(connection: Connection) -> Iterator[Finding]:
    """With SQLite it is inside of web."""
    since = _since(connection, Heart.WORKER)
    if since is not None and since <= WORKER_IS_DEAD:
        yield fine("life.worker", "the worker is at work")
        return
    stand_in = _since(connection, Heart.STAND_IN)
    meanwhile = stand_in is not None and stand_in <= WORKER_IS_DEAD
    yield warning(
        "life.worker",
        f"no worker has been at work{_ago(since)}",
        "the web processes do its work meanwhile, beside shoppers"
        if meanwhile
        else "payments whose webhook is lost, refunds and mails wait for it",
        "start the process: python -m webshop worker",
    )


def _pause(connection: Connection) -> Iterator[Finding]:
    if pause := pauses.current(connection):
        yield error(
            "life.paused",
            pauses.told(pause),
            "what was paid since the backup is not known here yet",
            f"{pauses.OPENS} asks Stripe, and opens the shop; --check only looks",
        )


def _backup(connection: Connection) -> Iterator[Finding]:
    since = _since(connection, Heart.BACKUP)
    if since is not None and since <= BACKUP_IS_OLD:
        yield fine("life.backup", f"the last backup was made {_hours(since)} ago")
        return
    yield warning(
        "life.backup",
        f"no backup was made by the shop{_ago(since)}",
        "when the disk or the database is lost, so are the orders",
        "set BACKUP_TO, or run python -m webshop backup every day; or know that your platform keeps backups",
    )


def _tool(connection: Connection) -> Iterator[Finding]:
    major, *_rest = connection.dialect.server_version_info or (0,)
    try:
        check_tool("pg_dump", int(major) * 10_000)
    except OwnerError as trouble:
        yield warning(
            "life.backup_tool",
            trouble.message,
            "no backup of this database can be made",
            f"install the client programs of PostgreSQL {major} or newer where the worker runs",
        )


def check_backup_place(examined: Examined) -> Findings:
    """Whether the last ones can be got at; what a storage answers is not repeated."""
    config = examined.config
    if not config.backup_to:
        return
    try:
        found = list_backups(open_place(config.backup_to, config))
    except OwnerError as trouble:
        yield warning(
            "life.backup_place",
            f"BACKUP_TO: {trouble.message}",
            "no backup can be made or restored",
            "correct BACKUP_TO, and the AWS_ settings beside s3://; then python -m webshop backup",
        )
        return
    yield fine("life.backup_place", f"backups in BACKUP_TO: {len(found)}")
    if config.wiped_disk and not config.backup_to.startswith("s3://"):
        yield warning(
            "life.backup_place",
            "BACKUP_TO is a folder, on a platform that wipes its disk",
            "the backups are gone at the next restart",
            "set BACKUP_TO to s3://bucket/prefix, or to a disk that stays",
        )


def _since(connection: Connection, heart: Heart) -> timedelta | None:
    last: datetime | None = heartbeats.last_beat(connection, heart)
    return moment_of(connection) - last if last else None


def _ago(since: timedelta | None) -> str:
    return f" for {_hours(since)}" if since else " yet"


def _hours(since: timedelta) -> str:
    minutes = round(since.total_seconds() / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _alarms(connection: Connection) -> Iterator[Finding]:
    found = alarms.list_open(connection)
    if not found:
        yield fine("life.alarms", "no alarm is open")
        return
    names = ", ".join(sorted({alarm.name for alarm in found})[:5])
    yield warning(
        "life.alarms",
        f"open alarms: {len(found)} ({names})",
        "each waits for a person",
        "python -m webshop alarms lists them; --clear when they are seen to",
    )


def _sold(connection: Connection, config: Settings) -> Iterator[Finding]:
    sold = products.list_products(connection)
    if not sold:
        yield error(
            "life.catalogue",
            "the shop sells nothing",
            "no catalogue is loaded, or all of it was taken off",
            "fill in catalog.toml, then python -m webshop catalog load",
        )
    elif demo := demo_left(sold):
        yield error(
            "life.demo",
            f"the shop sells the demo's products: {demo}",
            "people would pay for things that do not exist",
            "put your own into catalog.toml, then python -m webshop catalog load",
        )
    else:
        yield fine("life.catalogue", f"{len(sold)} products are on sale")
    told = written(config)
    if sold and told and (otherwise := _prices(sold).items() ^ _prices(told).items()):
        skus = sorted({sku for sku, _price in otherwise})
        yield warning(
            "life.not_loaded",
            f"the shop sells otherwise than {config.catalog_file.name} says: {', '.join(skus[:3])}",
            "the file was changed and not loaded, or another file was",
            "python -m webshop catalog load",
        )


def _prices(sold: Iterable[Product]) -> dict[str, int]:
    on_sale = (variant for product in sold if not product.draft for variant in product.variants)
    return {without_case(variant.written_sku): variant.price for variant in on_sale}
