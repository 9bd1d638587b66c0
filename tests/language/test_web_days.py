"""What a shopper reads of days and times: those of the shop's clock, wherever the server stands."""

import email
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import DATA, make_config, payments_of, site_of
from tests.shopper import Shopper
from webshop.app import create_worker
from webshop.db.tables import orders
from webshop.settings.model import Settings
from webshop.worker import rounds

NEW_YEAR = datetime(2026, 12, 31, 23, 30, 9, tzinfo=UTC)  # half past eight in the morning in Tokyo


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Settings:
    path = tmp_path / "shop.toml"
    path.write_text('timezone = "Asia/Tokyo"\n' + (DATA / "shop.toml").read_text())
    return make_config(tmp_path, database_url=database_url, shop_file=path)


def test_order_page_and_receipt_are_of_the_shops_day(
    client: TestClient, shopper: Shopper, config: Settings
) -> None:
    shopper.add("blue-mug").ask_for_quote().submit("main form").pay()
    db = site_of(client).db
    with db.write() as connection:
        connection.execute(update(orders).values(placed_at=NEW_YEAR, paid_at=NEW_YEAR))
    shopper.visit(str(shopper.response.url))
    assert "Paid on January 1, 2027" in shopper.text
    assert " of Jan 1, 2027, 8:30 AM " in shopper.text
    assert "UTC" not in shopper.response.text

    worker = create_worker(config)
    rounds.work(db, payments_of(client), max(NEW_YEAR, db.clock()), worker._letters)
    worker._db.engine.dispose()
    [receipt] = (config.data_dir / "mail").glob("*.receipt_*.eml")
    mail = email.message_from_bytes(receipt.read_bytes(), policy=default)
    for part in ("plain", "html"):
        written = mail.get_body((part,))
        assert written is not None
        assert ", January 1, 2027" in written.get_content()
