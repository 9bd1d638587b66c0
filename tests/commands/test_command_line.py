"""python -m webshop: what it says, and that it exits before anything happens when something is wrong."""

import os
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, text

from tests.conftest import both_databases, only_postgresql
from tests.till import Till
from webshop.__main__ import main
from webshop.db import migrate
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.settings.model import ROOT


def contents(db: Database) -> dict[str, set[tuple[Any, ...]]]:
    with db.read() as connection:
        return {
            table.name: {_hashable(row) for row in connection.execute(select(table))}
            for table in metadata.sorted_tables
        }


def _hashable(row: Row[Any]) -> tuple[Any, ...]:
    """Whenever it was."""
    shown = ("when" if isinstance(value, datetime) else value for value in row)
    return tuple(repr(value) if isinstance(value, list) else value for value in shown)


@pytest.mark.parametrize("command", ["orders export", "orders list", "catalog check"])
def test_whoever_has_read_enough_hears_no_complaint(command: str, shop_folder: Path) -> None:
    """As in: python -m webshop orders list | head -1"""
    words = [sys.executable, "-m", "webshop", *command.split()]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(words, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def mistake(folder: Path, right: str, wrong: str, file: str = "catalog.toml") -> None:
    path = folder / file
    content = path.read_text()
    assert content.count(right) == 1
    path.write_text(content.replace(right, wrong))


def test_serve_with_bad_settings_says_all_of_them_before_the_port_is_bound(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(taken.getsockname()[1]),  # binding it would fail, and say so
            "DATA_DIR": str(tmp_path / "var"),
            "PUBLIC_URL": "shop.example",
            "SECRET_KEYS": "short",
            "STRIPE_SECRET_KEY": "sk_live_hunter2",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
            "STRIPE_WEBHOOK_SECRET": "whsec_1",
        }
        command = [sys.executable, "-m", "webshop", "serve"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "PUBLIC_URL: must look like https://shop.example, without a path",
        "SECRET_KEYS: each key needs at least 32 characters, without spaces; "
        "make one with python -c 'import secrets; print(secrets.token_hex())'",
        "STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY: one is a test key, the other a live key",
    ]
    assert not (tmp_path / "var").exists()


def test_every_mistake_in_the_files_is_named(said: Any, shop_folder: Path) -> None:
    """Also those between fields of another product, in the same round."""
    mistake(shop_folder, 'slug = "bowl"', 'slug = "Bowl"')
    mistake(shop_folder, "price = 12.00", "price = 0")
    mistake(shop_folder, "price = 95.00", "was = 12.00\n  price = 95.00")
    assert said("catalog", "load") == (
        2,
        [],
        [
            "catalog.toml: product 'Blue mug', variant 'MUG-BLUE': price must be more than 0",
            "catalog.toml: product 'Bowl': slug must be small letters, digits and hyphens, such as blue-mug, "
            "not 'Bowl'",
            "catalog.toml: Last vase: was 12.00 is less than the price 95.00; it is the earlier price of "
            "what is reduced: leave it out",
        ],
    )
    mistake(shop_folder, '"EUR"', '"euro"', "shop.toml")
    assert said("serve") == (
        2,
        [],
        ["shop.toml: currency: 'euro' is no currency that Stripe charges, such as EUR or USD"],
    )


@only_postgresql
def test_serve_refuses_tables_of_another_version(
    said: Any, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", 0)
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert said("serve") == (
        2,
        [],
        ["DATABASE_URL: its tables are not of this version; run python -m webshop release"],
    )


def test_the_catalogue_can_be_checked_without_a_database(
    said: Any, shop_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop")  # a closed port
    assert said("catalog", "check") == (0, ["catalog.toml is fine: 4 products in 6 variants."], [])
    mistake(shop_folder, "price = 12.00", "price = 4.905")
    assert said("catalog", "check") == (
        2,
        [],
        ["catalog.toml: Blue mug: price 4.905 has more than 2 decimals (EUR)"],
    )


def test_a_class_that_stripe_cannot_know_stops_check_load_and_start(said: Any, shop_folder: Path) -> None:
    text = (shop_folder / "shop.toml").read_text().partition("[tax]")[0]
    (shop_folder / "shop.toml").write_text(text.replace('language = "en"', 'language = "en"\ntax = "stripe"'))
    assert said("catalog", "check")[0] == 0
    mistake(shop_folder, 'title = "Blue mug"', 'title = "Blue mug"\ntax = "low"')
    for command in (("catalog", "check"), ("catalog", "load"), ("release",)):
        code, _out, [problem] = said(*command)
        assert code == 2
        assert problem.startswith("catalog.toml: Blue mug: Stripe reckons the tax and does not know")


def test_a_price_that_no_card_is_charged_alone_stops_the_check_only(said: Any, shop_folder: Path) -> None:
    mistake(shop_folder, "price = 0.99", "price = 0.30")
    code, _out, [problem] = said("catalog", "check")
    words = "price 0.30 is less than Stripe charges at all: 0.50 EUR; raise it, or sell several pieces as one"
    assert (code, problem) == (2, f"catalog.toml: Glaze tiles: {words}")
    assert said("catalog", "load")[0] == 0


def test_a_picture_that_is_not_there_is_a_mistake_to_the_check_and_a_word_to_who_loads(
    said: Any, shop_folder: Path
) -> None:
    mistake(shop_folder, '"harbour-mug.svg"', '"nope.jpg"')
    missing = "Blue mug: there is no picture 'nope.jpg' in static/img/products/"
    assert said("catalog", "check") == (2, [], [f"catalog.toml: {missing}"])
    sold = "The shop sells 4 products in 6 variants."
    assert said("catalog", "load") == (
        0,
        [sold, "Changed: Blue mug.", f"{missing}; a placeholder is shown"],
        [],
    )
    mistake(shop_folder, "price = 12.00", "price = 4.905")
    assert said("catalog", "check")[2] == [
        "catalog.toml: Blue mug: price 4.905 has more than 2 decimals (EUR)",
        f"catalog.toml: {missing}",
    ]


@both_databases
def test_loading_the_catalogue_twice_changes_nothing(said: Any, db: Database) -> None:
    said("release")  # the first start: the database remembers its mode
    before = contents(db)
    for command in (("catalog", "load"), ("release",), ("catalog", "load")):
        assert said(*command) == (0, ["The shop sells 4 products in 6 variants."], [])
    assert contents(db) == before


def test_stock_is_not_touched_by_loading_and_the_command_says_so(
    said: Any, shop_folder: Path, till: Till
) -> None:
    said("catalog", "stock", "MUG-BLUE", "unlimited")
    mistake(shop_folder, 'sku = "VASE"\n  price = 95.00\n  stock = 1\n', 'sku = "VASE"\n  price = 95.00\n')
    for command in (("catalog", "load"), ("release",)):
        assert said(*command) == (
            0,
            [
                "The shop sells 4 products in 6 variants.",
                "Stock of Blue mug (MUG-BLUE): is sold without counting, although the file has a stock of 10"
                ". To count: python -m webshop catalog stock MUG-BLUE 10",
                "Stock of Last vase (VASE): the shop counts 1, although the file has no stock for it. To "
                "sell it without counting: python -m webshop catalog stock VASE unlimited",
            ],
            [],
        )
    assert (till.stock("MUG-BLUE"), till.stock("VASE")) == (None, 1)


def test_a_file_with_a_mistake_changes_nothing(said: Any, shop_folder: Path, db: Database) -> None:
    before = contents(db)
    mistake(shop_folder, "price = 12.00", "price = 13.00")
    mistake(shop_folder, 'sku = "VASE"', 'sku = "TILES"')
    assert said("catalog", "load") == (2, [], ["catalog.toml: sku 'TILES' is used 2 times"])
    assert contents(db) == before


@both_databases
def test_release_makes_the_tables_of_a_new_database(said: Any, db: Database) -> None:
    before = contents(db)
    with db.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    assert said("release")[0] == 0
    after = contents(db)
    assert [row[:2] for row in after.pop("modes")] == [(1, "sandbox")]
    for tables in (before, after):
        tables.pop("catalog_loads")  # the release knows the file
        tables.pop("catalogue_changes")
    assert after == {name: rows for name, rows in before.items() if name != "modes"}


@pytest.mark.parametrize(("pieces", "stock"), [("7", 7), ("0", 0), ("unlimited", None)])
def test_the_stock_of_a_sku_can_be_set(said: Any, till: Till, pieces: str, stock: int | None) -> None:
    assert said("catalog", "stock", "MUG-BLUE", pieces) == (0, [f"MUG-BLUE: {pieces}"], [])
    assert till.stock("MUG-BLUE") == stock
    assert till.stock("BOWL-S") == 5


@pytest.mark.parametrize("pieces", ["many", "", "1.5", "1_000", "٣", "12345678", "None"])
def test_what_is_no_number_of_pieces_changes_nothing(said: Any, till: Till, pieces: str) -> None:
    sentence = f"{pieces!r} is neither a number of pieces nor unlimited"
    assert said("catalog", "stock", "MUG-BLUE", pieces) == (2, [], [sentence])
    assert till.stock("MUG-BLUE") == 10


def test_the_stock_of_an_unknown_sku_cannot_be_set(said: Any) -> None:
    assert said("catalog", "stock", "MUG", "7") == (1, [], ["There is no sku MUG."])


def test_a_database_that_does_not_answer_is_one_sentence(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop")
    code, out, errors = said("catalog", "load")
    sentence = "nobody answers at 127.0.0.1:1; check host and port, and whether the database runs"
    assert (code, out, errors) == (1, [], [f"DATABASE_URL: {sentence}"])


@pytest.mark.parametrize(
    "arguments", [[], ["sell"], ["catalog"], ["catalog", "stock", "MUG", "1", "2"], ["serve", "8000"]]
)
def test_a_command_that_is_none_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(arguments)
    assert refusal.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m webshop")


def test_what_the_shop_keeps_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Addresses of customers, keys and mails: files 0600, folders 0700."""
    folder = tmp_path / "var"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "webshop", "release"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=60)
    kept = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert kept["var"] == 0o700
    assert kept["shop.sqlite3"] == 0o600
    assert {mode & 0o077 for mode in kept.values()} == {0}
