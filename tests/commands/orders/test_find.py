"""python -m webshop orders find, and what a list looks like on a narrow terminal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.conftest import both_databases
from tests.till import Till
from webshop.admin import search
from webshop.admin.search import find_orders, fold
from webshop.commands.orders import listing, table
from webshop.db.tables import orders
from webshop.orders.model import Order

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

PEOPLE = {
    "müller": {"name": "Jürgen Müller", "city": "Köln", "email": "jm@example.com", "carrier": "DHL"},
    "mueller": {
        "name": "Eva MUELLER",
        "city": "Straße",
        "email": "eva_50%@example.com",
        "line2": "c/o Søren",
    },
    "łódź": {"name": "Zoë Dvořák", "city": "Łódź", "invoice": "2026-000017", "tracking": "JJD 00-1234 5678"},
    "日本": {"name": "山田 太郎", "city": "東京", "line1": "ﾃﾞパート", "postal_code": "100-0001"},
}


def placed(till: Till) -> dict[str, Order]:
    found = {}
    for hours, (key, values) in enumerate(PEOPLE.items()):
        order, _session = till.check_out(till.cart(**{"VASE" if key == "łódź" else "MUG_BLUE": 1}))
        till.change_order(order, placed_at=NOON + timedelta(hours=hours), **values)
        if key == "łódź":  # the last vase is for others, too
            till.change_order(order, state="expired")
        found[key] = order
    return found


@both_databases
def test_orders_are_found_by_what_is_remembered_of_them(
    said: Any, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    found = placed(till)
    numbers = {order.number: key for key, order in found.items()}

    both: list[str] = ["mueller", "müller"]
    none: list[str] = []
    vase = ["łódź"]
    blue = ["日本", *both]
    number = found["łódź"].number
    right = {
        "Müller": both,
        "mueller": both,
        "muller": ["müller"],
        "MÜLLER köln": ["müller"],
        "muller straße": none,
        "STRASSE": ["mueller"],
        "soren": ["mueller"],
        "lodz": vase,
        "zoe dvorak": vase,
        "JM@Example": ["müller"],
        "last vase": vase,
        "mug-blue": blue,
        "MUGBLUE": none,
        "2026-000017": vase,
        "2026 000017": vase,
        "jjd0012345678": vase,
        "JJD 00-1234": vase,
        "1234": vase,
        number: vase,
        number.lower().replace("-", ""): vase,
        number[:4].lower(): vase,
        number[:2] + "x%": none,
        "東京": ["日本"],
        "デパ": ["日本"],
        "１００": ["日本"],
        "%": ["mueller"],
        "_": ["mueller"],
        "_50%": ["mueller"],
        "a%e": none,
        "m_ller": none,
        "M*ller": none,
        "'; drop table orders; --": none,
        "\\": none,
        "\udcff": none,
    }
    answers = {typed: [numbers[row.number] for row in find_orders(till.db, typed, 9)] for typed in right}
    assert answers == right
    code, lines, errors = said("orders", "find", "blue", "jürgen")
    assert (code, [line[:9] for line in lines], errors) == (0, [found["müller"].number], [])
    assert said("orders", "find", "m_ller") == (0, ["No order has 'm_ller' in it."], [])


def test_what_is_found_is_bounded_and_says_so(said: Any, till: Till) -> None:
    found = placed(till)
    code, lines, _errors = said("orders", "find", "mug", "--limit", "2")
    assert (code, [line[:9] for line in lines]) == (
        0,
        [found["日本"].number, found["mueller"].number, "The newes"],
    )
    assert lines[-1] == "The newest 2; there are more: --limit 4 shows more of them."
    assert len(said("orders", "find", "mug", "--limit", "3")[1]) == 3
    sentence = "What is to be found? A name, an e-mail address, a product, a place, a number."
    for nothing in ("", " ", "\u200b"):
        assert said("orders", "find", nothing) == (2, [], [sentence])
    assert said("orders", "find", "x", "--limit", "0")[0] == 2


@both_databases
def test_whoever_searches_waits_for_nobody(till: Till) -> None:
    found = placed(till)
    with till.db.write() as connection, ThreadPoolExecutor(1) as searching:  # somebody has them all
        connection.execute(update(orders).values(language="en"))
        rows = searching.submit(find_orders, till.db, "lodz", 9).result(timeout=30)
        assert [row.number for row in rows] == [found["łódź"].number]


def test_letters_are_folded() -> None:
    folded = {each: fold(each) for each in ("Ærø", "İstanbul", "ﬁn", "Ｍüller", "a\u200bb", "Ελλάδα", "ß")}
    assert folded == {
        "Ærø": "aero",
        "İstanbul": "istanbul",
        "ﬁn": "fin",
        "Ｍüller": "muller",
        "a\u200bb": "ab",
        "Ελλάδα": "ελλαδα",
        "ß": "ss",
    }


def test_a_narrow_terminal_is_told_less_and_a_pipe_all(
    said: Any, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = till.bought(till.cart(MUG_BLUE=2, TILES=1))[0]
    till.change_order(order, placed_at=NOON, name="Maximiliane 山田")
    shown = {}
    for width in (None, 100, 80, 52, 30, 12):
        monkeypatch.setattr(listing, "room", lambda width=width: width)
        line = said("orders", "list")[1][0]
        assert width is None or table.width_of(line) <= width
        shown[width] = line.removeprefix(order.number)
    assert shown == {
        None: "  2026-11-03 12:00  paid  €29.89  Maximiliane 山田  2 × Blue mug, 1 × Glaze tiles"
        "  ada@example.com  DE  sandbox",
        100: "  2026-11-03 12:00  paid  €29.89  Maximiliane 山田  2 × Blue mug, 1 × Glaze t…  DE  sandbox",
        80: "  2026-11-03 12:00  paid  €29.89  Maximiliane 山田  2 × Blue mug, 1 ×…",
        52: "  paid  Maximiliane 山田  2 × Blue mug, 1…",
        30: "  paid  Maximiliane…",
        12: "…",
    }
    assert table.room() is None  # pytest catches what is printed
