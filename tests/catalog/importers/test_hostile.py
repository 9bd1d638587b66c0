"""Whatever stands in a file: what is written can be read back, and no product is lost in silence."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from webshop.catalog.file.reading import read_catalog
from webshop.catalog.importers.mending.products import mend
from webshop.catalog.importers.mending.terms import Terms
from webshop.catalog.importers.reading import read_products
from webshop.catalog.importers.report import Report
from webshop.catalog.writing import write_catalog
from webshop.errors import Mistyped

HEADERS = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,"
    "Variant Barcode,Image Src,Image Alt Text,Care (product.metafields.custom.care),"
    "Unit Price Total Measure,Status"
).split(",")
WORDS = [
    "", "a", "A", "blue", "<b>", "&amp;", "0", "-1", "12.50", "1,5", "1e9", "999999999999", "true", "false",
    "'=1", '"', "\\", "\'\'\'", "A > B", " > ", "\u200b", "\u202e", "é" * 90, "x" * 300, "茶", "a\nb", "a\tb",
    "\x0b", "https://x.example/a.png", "../x", "4006381333931", "350 ml", "draft", "\ud7ff", "Default Title",
    "<ul><li>a</ul>", "<table><td>1", "# x", "%s{0}", "=", "\x7f", "\x85", "\u2028", "a-b--c", "-", "1", "2",
]  # fmt: skip
CELL = st.sampled_from(WORDS) | st.text(max_size=12)
ROWS = st.lists(st.lists(CELL, min_size=len(HEADERS), max_size=len(HEADERS)), min_size=1, max_size=6)


NOT_LETTERS = "\U0001239a \U0001239a"  # which no script has: nothing is left of them but the space


@settings(max_examples=150)
@given(rows=ROWS)
@example(rows=[["a", "T", *[NOT_LETTERS] * (len(HEADERS) - 2)], [NOT_LETTERS] * len(HEADERS)])
@example(rows=[["a", *[""] * 4, NOT_LETTERS, *[""] * (len(HEADERS) - 6)]])
def test_whatever_is_in_a_file_comes_out_as_a_catalogue(rows: list[list[str]]) -> None:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows([HEADERS, *rows])
    report = Report()
    with TemporaryDirectory() as folder:
        file, out = Path(folder) / "shop.csv", Path(folder) / "catalog.toml"
        file.write_text(lines.getvalue(), encoding="utf-8", errors="replace", newline="")
        try:
            found = read_products(file, report)
        except Mistyped:
            return
        entries = mend(found.products, Terms("EUR", False, ".", lambda address: "", report))
        out.write_text("".join(write_catalog(entries)))
        catalogue = read_catalog(out, "EUR")
    assert "a product that does not fit here" not in report.left_out
    assert [product.title for product in catalogue.products] == [entry.title for entry in entries]
    assert len(entries) == len(found.products)
