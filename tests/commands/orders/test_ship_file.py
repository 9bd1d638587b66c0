"""python -m webshop orders ship --file: many parcels at once, each line for itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import both_databases
from tests.till import Till
from webshop.commands.orders.parcels import Parcel, read_parcels
from webshop.errors import Mistyped
from webshop.orders.model import Order


def bought(till: Till, number: int) -> list[Order]:
    return [till.bought(till.cart(TILES=1))[0] for _each in range(number)]


@both_databases
def test_a_bad_line_stops_no_other_and_running_twice_changes_nothing(
    said: Any, till: Till, tmp_path: Path
) -> None:
    first, second, letter = bought(till, 3)
    pending, _session = till.check_out(till.cart(TILES=1))
    lines = [
        "number,carrier,tracking",
        f"{first.number},DHL,JJD 1",
        "AAAA-2222,DHL,JJD 2",
        "",
        f"{second.number.lower().replace('-', '')},,9",
        f"{pending.number},DHL,3",
        f"{letter.number}",
        f"{first.number},DHL,JJD 9",
        "what,DHL,3",
        f"{first.number},DHL,JJD 1",
        f'{letter.number},"DHL\nBcc: x",4',
    ]
    file = tmp_path / "parcels.csv"
    file.write_text("\n".join(lines))
    command = ("orders", "ship", "--file", str(file), "--carrier", "Post")
    mail = "The shopper gets a mail."
    again = "No mail is sent: --mail-again sends one."
    bad = [
        "line 3: There is no order AAAA-2222.",
        f"line 6: Order {pending.number} is pending: only a paid order can be shipped.",
        f"line 8: Order {first.number} stands in line 2 already, with another parcel.",
        "line 9: There is no order 'what': a number looks like K7QM-2XTD.",
        f"line 11: Order {letter.number} stands in line 7 already, with another parcel.",
        "5 of 9 lines of parcels.csv could not be done.",
    ]
    assert said(*command) == (
        1,
        [
            f"line 2: Order {first.number} is shipped: DHL JJD 1. {mail}",
            f"line 5: Order {second.number} is shipped: Post 9. {mail}",
            f"line 7: Order {letter.number} is shipped: Post, without a tracking number. {mail}",
            f"line 10: Order {first.number} is shipped already: DHL JJD 1. {again}",
        ],
        bad,
    )
    before = [(till.order(order.number), till.events(order)) for order in (first, second, letter)]
    code, told, errors = said(*command)
    assert (code, errors) == (1, bad)
    assert [line.partition(" is shipped already: ")[1] != "" for line in told] == [True] * 4
    assert [(till.order(order.number), till.events(order)) for order in (first, second, letter)] == before

    file.write_text("\n".join(lines[:2]))
    assert said(*command)[0] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"number,carrier,tracking\nK7QM-2XTD,DHL,JJD 1\n",
        b"\xef\xbb\xbfNumber;Carrier;Tracking\r\nK7QM-2XTD;DHL;JJD 1\r\n",
        "\ufeffTRACKING NUMBER\tORDER\tCARRIER\r\nJJD 1\tK7QM-2XTD\tDHL".encode("utf-16-le"),
        b'"An";"Sendungsnummer";"Referenz";"Versanddienst"\r\n"M\xfcller; A";"JJD 1";"K7QM-2XTD";"DHL"',
        b"\n\n  Order_Number | carrier | Tracking-No. | x\n K7QM-2XTD | DHL | JJD 1 |\n\n | | |\n",
    ],
)
def test_what_carriers_export_is_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "parcels.csv"
    file.write_bytes(content)
    (read,) = read_parcels(file)
    assert (read.number, read.carrier, read.tracking) == ("K7QM-2XTD", "DHL", "JJD 1")


def test_a_line_is_counted_where_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text('number,note,tracking\n1,"two\nlines",2\n3,,4\n5\n')
    assert read_parcels(file) == [
        Parcel(2, "1", None, "2"),
        Parcel(4, "3", None, "4"),
        Parcel(5, "5", None, None),
    ]


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    names = (
        f"{file} begins without a line of names; one of them has to be number, for the order's, and the "
        "others are carrier and tracking."
    )
    for content, sentence in (
        (None, f"{file} cannot be read: No such file or directory"),
        ("", f"{file} is empty."),
        (" \n ;; \n", f"{file} is empty."),
        ("K7QM-2XTD,DHL,1\n", names),
        ('number\n"open', f"{file} is no table that can be read: unexpected end of data"),
    ):
        if content is not None:
            file.write_text(content)
        with pytest.raises(Mistyped) as refusal:
            read_parcels(file)
        assert refusal.value.message == sentence
    with pytest.raises(Mistyped, match="cannot be read: Is a directory"):
        read_parcels(tmp_path)


def test_one_order_or_a_file_of_them(said: Any, till: Till, tmp_path: Path) -> None:
    which = "Which order has left? Its number, or --file with many of them."
    assert said("orders", "ship") == (2, [], [which])
    assert said("orders", "ship", "AAAA-2222", "--file", "x") == (2, [], [which])
    single = "--tracking and --mail-again are for one order, not for a file of them."
    assert said("orders", "ship", "--file", "x", "--mail-again") == (2, [], [single])
    assert said("orders", "ship", "--file", "x", "--tracking", "1") == (2, [], [single])
