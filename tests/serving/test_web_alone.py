"""A platform that runs only `web`, on PostgreSQL: what no request settles is settled all the same."""

from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from tests.conftest import DATA, only_postgresql
from tests.faults.sandbox import SandboxControl
from tests.faults.sink import Sink
from tests.keys import KEY
from tests.people import GOOD_CARD
from tests.ports import free_port
from tests.serving.probes import ask, running, wait_until
from tests.shopper import Shopper
from webshop.alarms import queries as alarms
from webshop.alarms.heartbeats import Heart, beat
from webshop.alarms.model import THE_SHOP
from webshop.db.engine import Database


@pytest.mark.slow
@only_postgresql
def test_web_alone_settles_and_mails_what_no_webhook_told(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    """Stand-ins have been at work before this web process begins, so that it waits for no five minutes."""
    with db.write() as connection:
        beat(connection, Heart.STAND_IN)
    till_port, port = free_port(), free_port()
    shop_url = f"http://127.0.0.1:{port}"
    sandbox = SandboxControl(till_port, tmp_path / "sandbox.sqlite3")
    sink = Sink()
    told = running(
        tmp_path,
        "webshop",
        "sandbox",
        "--file",
        str(sandbox.file),
        "--shop",
        shop_url,
        PORT=str(till_port),
        DATA_DIR=str(tmp_path),
    )
    with told as stripe:
        wait_until(lambda: "STRIPE_WEBHOOK_SECRET" in stripe.said and ask(till_port, "/ledger.json") == "200")
        environment = dict(line.split("=", 1) for line in stripe.said.splitlines() if "STRIPE_" in line)
        environment |= {
            "PORT": str(port),
            "PUBLIC_URL": shop_url,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(tmp_path),
            "SECRET_KEYS": KEY,
            "SHOP_FILE": str(DATA / "shop.toml"),
            "CATALOG_FILE": str(DATA / "catalog.toml"),
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "OWNER_EMAIL": "owner@example.com",
            "WEB_CONCURRENCY": "2",
            "DRAIN_SECONDS": "0",
        }
        web = tmp_path / "web"
        web.mkdir()
        with running(web, "webshop", "serve", **environment) as shop:
            wait_until(lambda: ask(port, "/readyz") == "200")
            with httpx2.Client(base_url=shop_url, timeout=60, trust_env=False) as client:
                Shopper(client).visit("/").follow("Blue mug").submit("form.buy").check_out()
            assert sandbox.pay(of_orders(db, "session FROM payments"), card=GOOD_CARD)[0] == 200
            assert of_orders(db, "state FROM orders") == "pending"
            wait_until(lambda: of_orders(db, "state FROM orders") == "paid", seconds=90)
            wait_until(lambda: len(sink.accepted) == 2)  # the receipt, and the owner's
            assert shop.process.poll() is None
    sink.close()
    with db.read() as connection:
        assert [(each.kind, each.about) for each in alarms.list_open(connection)] == [("worker", THE_SHOP)]


def of_orders(db: Database, what: str) -> str:
    with db.read() as connection:
        return str(connection.execute(text(f"SELECT {what}")).scalar_one())
