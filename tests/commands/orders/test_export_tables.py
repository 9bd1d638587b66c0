"""python -m webshop orders export --lines | --taxes, and how tables are written for other countries."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from tests.conftest import both_databases
from tests.till import Till
from webshop.admin import order_list
from webshop.db.tables import order_lines, order_taxes
from webshop.orders.model import Order

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def exported(said: Any, *arguments: str, separator: str = ",") -> list[dict[str, str]]:
    code, lines, errors = said("orders", "export", *arguments)
    assert (code, errors) == (0, [])
    return list(csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator))


def bought(till: Till, **quantities: int) -> Order:
    order = till.bought(till.cart(**quantities))[0]
    till.change_order(order, placed_at=NOON, paid_at=NOON + timedelta(hours=1), invoice=order.number)
    return order


def taxed(till: Till, order: Order, mode: str, *taxes: tuple[str, int, int, int]) -> None:
    till.change_order(order, tax_mode=mode)
    with till.db.write() as connection:
        connection.execute(delete(order_taxes).where(order_taxes.c.order_number == order.number))
        for position, values in enumerate(taxes):
            row = dict(zip(("name", "rate", "base", "amount"), values, strict=True))
            connection.execute(
                insert(order_taxes).values(order_number=order.number, position=position, **row)
            )


@both_databases
def test_each_thing_that_was_sold_is_a_row(said: Any, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_list, "PAGE", 2)
    order = bought(till, MUG_BLUE=2, TILES=1)
    with till.db.write() as connection:
        connection.execute(update(order_lines).where(order_lines.c.sku == "TILES").values(title="=1+1"))
    head = {
        "number": order.number,
        "invoice": order.number,
        "placed": "2026-11-03 12:00:00",
        "paid": "2026-11-03 13:00:00",
        "state": "paid",
        "country": "DE",
        "currency": "EUR",
        "variant": "",
        "mode": "sandbox",
        "tax_percent": "19",
    }
    mugs = {"sku": "MUG-BLUE", "title": "Blue mug", "quantity": "2", "unit_price": "12.00", "total": "24.00"}
    tiles = {"sku": "TILES", "title": "'=1+1", "quantity": "1", "unit_price": "0.99", "total": "0.99"}
    assert exported(said, "--lines") == [head | mugs, head | tiles]
    for _each in range(4):
        bought(till, TILES=1)
    rows = exported(said, "--lines")
    assert len(rows) == 6
    assert len({row["number"] for row in rows}) == 5
    taxed(till, order, "stripe_added", ("VAT", 190_000, 2499, 475))
    rows = [row for row in exported(said, "--lines") if row["number"] == order.number]
    assert [row["tax_percent"] for row in rows] == ["", ""]  # nobody knows which


@both_databases
def test_the_taxes_of_an_order_are_a_row_for_each_rate_and_add_up_to_its_total(said: Any, till: Till) -> None:
    order = bought(till, MUG_BLUE=2)  # 28.90

    def rows() -> list[tuple[str, ...]]:
        names = ("tax_name", "tax_percent", "net", "tax", "gross")
        return [tuple(row[name] for name in names) for row in exported(said, "--taxes")]

    assert rows() == [("VAT", "19", "24.29", "4.61", "28.90")]
    taxed(till, order, "included", ("VAT", 190_000, 490, 78), ("VAT", 70_000, 2000, 131))
    assert rows() == [
        ("VAT", "19", "4.12", "0.78", "4.90"),
        ("VAT", "7", "18.69", "1.31", "20.00"),
        ("", "0", "4.00", "0.00", "4.00"),
    ]
    taxed(till, order, "added", ("=tax", 255_000, 2303, 587))
    assert rows() == [("'=tax", "25.5", "23.03", "5.87", "28.90")]
    taxed(till, order, "none")
    assert rows() == [("", "0", "28.90", "0.00", "28.90")]
    [row] = exported(said, "--taxes")
    assert (row["country"], row["postcode"], row["currency"]) == ("DE", "10115", "EUR")


@both_databases
def test_a_table_can_go_by_the_day_of_payment(said: Any, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_list, "PAGE", 1)
    late, early, other = (bought(till, TILES=1) for _each in range(3))
    till.change_order(late, paid_at=NOON + timedelta(days=2))
    till.change_order(early, placed_at=NOON + timedelta(hours=3), paid_at=NOON + timedelta(days=1))
    till.change_order(other, placed_at=NOON + timedelta(days=1), paid_at=NOON + timedelta(days=9))
    till.check_out(till.cart(TILES=1))  # is not paid
    days = ("--since", "2026-11-04", "--until", "2026-11-05")
    for table in ([], ["--lines"], ["--taxes"]):
        paid = [row["number"] for row in exported(said, *table, "--paid", *days)]
        assert paid == [early.number, late.number]
        assert [row["number"] for row in exported(said, *table, *days)] == [other.number]
        assert [row["number"] for row in exported(said, *table, "--paid")] == [
            early.number,
            late.number,
            other.number,
        ]


def test_a_spreadsheet_of_a_country_with_decimal_commas_reads_it(
    said: Any, till: Till, tmp_path: Path
) -> None:
    order = bought(till, MUG_BLUE=2)
    till.change_order(order, name="Müller; =1+1")
    for arguments in (("--decimal", ","), ("--decimal", ",", "--separator", ";")):
        [row] = exported(said, *arguments, separator=";")
        assert (row["total"], row["name"]) == ("28,90", "Müller;' =1+1")
    [row] = exported(said, "--separator", "tab", "--decimal", ",", separator="\t")
    assert row["total"] == "28,90"
    [row] = exported(said, "--separator", ";", separator=";")
    assert row["total"] == "28.90"
    [row] = exported(said, "--taxes", "--decimal", ",", separator=";")
    assert (row["tax_percent"], row["net"]) == ("19", "24,29")
    file = tmp_path / "orders.csv"
    said("orders", "export", "--decimal", ",", "--file", str(file))
    assert file.read_bytes().startswith(b"\xef\xbb\xbfnumber;invoice;placed;")


def test_what_cannot_be_written_is_one_sentence(said: Any) -> None:
    one_place = "Between cells and before decimals, a comma can stand only in one place."
    for arguments, sentence in (
        (["--separator", "x"], "'x' is nothing to stand between cells: , or ; or tab"),
        (["--separator", ""], "'' is nothing to stand between cells: , or ; or tab"),
        (["--decimal", ";"], "';' is nothing to stand before decimals: . or ,"),
        (["--decimal", ",", "--separator", ","], one_place),
    ):
        assert said("orders", "export", *arguments) == (2, [], [sentence])
