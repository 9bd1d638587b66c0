"""A table is read whatever its encoding and its separator; what is none is refused in a sentence."""

import codecs
from pathlib import Path

import pytest

from webshop.catalog.importers.reading import read_products
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.table import read_table
from webshop.errors import Mistyped

ROWS = 'Name,Price\n"Crème brûlée, large",12\n\nBowl,18\n'


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (ROWS.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + ROWS.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + b"\t " + ROWS.encode(), "UTF-8"),
        (ROWS.encode("utf-16"), "UTF-16"),
        (ROWS.encode("utf-16-le"), "UTF-16"),
        (ROWS.encode("utf-16-be"), "UTF-16"),
        (ROWS.encode("cp1252"), "Windows-1252"),
        (ROWS.replace("\n", "\r\n").encode(), "UTF-8"),
        (ROWS.replace("\n", "\r").encode(), "UTF-8"),
        (b"sep=,\r\n" + ROWS.encode(), "UTF-8"),
        (ROWS.replace(",", ";").replace("lée;", "lée,").encode(), "UTF-8"),
        (ROWS.replace(",", "\t").replace("lée\t", "lée,").encode(), "UTF-8"),
    ],
)
def test_encodings_and_separators_are_found_out(content: bytes, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_bytes(content)
    table = read_table(file)
    assert table.headers == ["Name", "Price"]
    assert table.rows == [{"name": "Crème brûlée, large", "price": "12"}, {"name": "Bowl", "price": "18"}]
    assert table.encoding == encoding


def test_an_apostrophe_against_formulas_is_none_of_the_cell(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("Name,Published,Barcode\n'-1,'=1+1,'4006381333931\n")
    assert read_table(file).rows == [{"name": "-1", "published": "=1+1", "barcode": "'4006381333931"}]


def test_a_letter_that_is_broken_does_not_break_the_others(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_bytes(("Name,Price\n" + "Crème brûlée,12\n" * 9).encode() + b"Br\xfbl\xe9e,12\n")
    table = read_table(file)
    assert table.rows[0]["name"] == "Crème brûlée"
    assert table.encoding == "UTF-8, with letters that are broken"


NO_TABLE = "shop.csv is no table of products"
QUOTE = "a quote is never closed, or stands inside a cell"
WRONG = {
    b"": "shop.csv is empty",
    b" \n\n": "shop.csv is empty",
    b"\xef\xbb\xbf": "shop.csv is empty",
    b"\x89PNG\r\n\x1a\n": f"{NO_TABLE}, but a picture",
    b"\xff\xd8\xff\xe0": f"{NO_TABLE}, but a picture",
    b"PK\x03\x04": f"{NO_TABLE}, but a zip file or a workbook; unpack it, or save the sheet as CSV",
    b"%PDF-1.7": f"{NO_TABLE}, but a PDF; the other shop has an export of products as CSV",
    b"Name,Price\nMug\0,12": "shop.csv has bytes in it that no text has: save it again as CSV in UTF-8",
    b"<!doctype html><p>x": f"{NO_TABLE}, but a page or another kind of markup",
    b"just a line": f"{NO_TABLE}: its first line has no names of columns",
    b"Name,Price\n": "shop.csv has names of columns, but no products under them",
    b'Name,Price\nMug,12\n"Bowl,18\nJug,20\n': f"shop.csv, line 3: {QUOTE} (unexpected end of data)",
    b'Name,Price\n"Mug,12\n"Bowl",18\n': f"shop.csv, line 2: {QUOTE} (',' expected after '\"')",
    b"Colour,Weather\nblue,fine\n": (
        "shop.csv is a table, but of no kind that is known: Shopify's, WooCommerce's, a Google feed, this "
        "shop's own, or one with name and price. Its columns: Colour, Weather"
    ),
    b"<?xml version='1.0'?><rss><channel>": (
        "shop.csv is XML that cannot be read: no element found: line 1, column 14"
    ),
    b"<?xml version='1.0'?><a/>": (
        "shop.csv is XML, but no feed of products: it has no items with an id and a title"
    ),
}


def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    said = {}
    for content in WRONG:
        file.write_bytes(content)
        with pytest.raises(Mistyped) as refused:
            read_products(file, Report())
        said[content] = refused.value.message
    assert said == WRONG


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    with file.open("wb") as sparse:
        sparse.truncate(200_000_000)
    with pytest.raises(Mistyped) as refused:
        read_products(file, Report())
    assert refused.value.message == "shop.csv is larger than 100 MB; split it"


def test_what_is_no_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for path, problem in ((tmp_path, "Is a directory"), (tmp_path / "none.csv", "No such file or directory")):
        with pytest.raises(Mistyped) as refused:
            read_products(path, Report())
        assert refused.value.message == f"{path} cannot be read: {problem}"


def test_a_bomb_in_xml_does_not_go_off(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text('<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><item>&c;</item></rss>')
    with pytest.raises(Mistyped):
        read_products(file, Report())
    file.write_text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rss><item>&a;</item></rss>')
    with pytest.raises(Mistyped) as refused:
        read_products(file, Report())
    assert "cannot be read: EntitiesForbidden" in refused.value.message
