"""Orders by any word that an owner remembers of them: names, things, places, numbers.

The words are compared here and not in SQL, so that both databases find the same, without regard to capitals
and accents, and no letter of a word means anything else. That reads all orders, the newest first, page by
page: slow in a big shop, but each page is a transaction that only reads, so nobody waits for it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from unicodedata import category, normalize

from sqlalchemy import ColumnElement, Connection, Row, Select, select, tuple_

from webshop.admin import order_list
from webshop.db.engine import Database
from webshop.db.tables import order_lines, orders
from webshop.orders.model import read_number

PAGE = 1000  # orders that are compared at once
SHORTEST_CODE = 4  # letters of a number; fewer are in many a number by chance

# Accents and what is invisible go; these letters Unicode does not take apart. German also writes ä as ae.
MARKS = [each for each in map(chr, range(0xAD, 0xFFFF)) if category(each) in ("Mn", "Cf")]
LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
}
PLAIN = str.maketrans({**dict.fromkeys(MARKS, ""), **LETTERS})
UMLAUT_SPELT_OUT = re.compile("(?<=[a-z])([aou])e(?=[a-z]{2})")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

WORDS = (orders.c.name, orders.c.email, orders.c.line1, orders.c.line2, orders.c.city, orders.c.postal_code)
CODES = (orders.c.number, orders.c.invoice, orders.c.tracking)


def find_orders(db: Database, typed: str, limit: int) -> Sequence[Row[Any]]:
    """The newest `limit` orders in which each of the words stands, as rows of `order_list`; or the one alone
    whose whole number, or whose invoice's, was typed."""
    with db.read() as connection:
        found = _find_exactly(connection, typed)
    if not found:
        found = list(islice(_matching(db, typed), limit))
    with db.read() as connection:
        return order_list.list_these(connection, found)


def _find_exactly(connection: Connection, typed: str) -> list[str]:
    if not typed.isprintable():
        return []  # no database takes a letter that is half of one
    exact = (orders.c.number == read_number(typed)) | (orders.c.invoice == typed.strip().upper())
    return list(connection.execute(select(orders.c.number).where(exact)).scalars())


def _matching(db: Database, typed: str) -> Iterator[str]:
    words = [(_ways(word), _code(word)) for word in typed.split() if fold(word)]
    whole = _code(typed)
    seen: Row[Any] | None = None
    while words and (page := _read(db, seen)):
        for row, text, codes in page:
            if _has(codes, whole) or all(
                any(way in text for way in ways) or _has(codes, code) for ways, code in words
            ):
                yield row.number
        seen = page[-1][0]


def _has(codes: str, code: str) -> bool:
    return len(code) >= SHORTEST_CODE and code in codes


def _read(db: Database, seen: Row[Any] | None) -> list[tuple[Row[Any], str, str]]:
    """The next page: each order with its words and its codes."""
    query: Select[Any] = select(orders.c.placed_at, *CODES, *WORDS).limit(PAGE)
    if seen:
        query = query.where(_before(seen))
    with db.read() as connection:
        found = connection.execute(query.order_by(orders.c.placed_at.desc(), orders.c.number.desc())).all()
        sold = _sold(connection, [row.number for row in found])
    return [
        (row, fold("\n".join([*row[4:], *sold.get(row.number, ())])), "\n".join(map(_code, row[1:4])))
        for row in found
    ]


def _before(seen: Row[Any]) -> ColumnElement[bool]:
    return tuple_(orders.c.placed_at, orders.c.number) < (seen.placed_at, seen.number)


def _sold(connection: Connection, numbers: Sequence[str]) -> dict[str, list[str]]:
    line = order_lines.c
    query = select(line.order_number, line.sku, line.code, line.title, line.variant)
    sold: dict[str, list[str]] = {}
    for number, *words in connection.execute(query.where(line.order_number.in_(numbers))):
        sold.setdefault(number, []).extend(words)
    return sold


def _code(text: str | None) -> str:
    """A number without the spaces and hyphens that set parts of it off."""
    return re.sub(r"[\W_]", "", fold(text or ""))


def _ways(word: str) -> set[str]:
    """Müller is found by muller and by mueller, and so are Muller and Mueller by Müller."""
    plain = fold(word)
    spelt_out = fold(normalize("NFC", word).casefold().translate(UMLAUTS))
    return {plain, spelt_out, UMLAUT_SPELT_OUT.sub(r"\1", plain)}


def fold(text: str) -> str:
    """Small letters without accents, marks and what is invisible."""
    if text.isascii():
        return text.lower()
    return normalize("NFKD", text.casefold()).translate(PLAIN)
