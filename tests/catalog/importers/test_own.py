"""What the shop writes of its catalogue, it reads back: catalog.toml, and the table for spreadsheets."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import DATA, both_databases
from webshop.catalog.file.entries import CatalogEntry, ProductEntry, VariantEntry
from webshop.catalog.importers.formats.own import write_own
from webshop.catalog.writing import write_catalog
from webshop.db.engine import Database
from webshop.db.tables import moved_addresses, products, variants
from webshop.settings.model import ROOT
from webshop.toml_files import read_toml

EVERYTHING = DATA / "everything.toml"


def without_comments(path: Path) -> str:
    return path.read_text().partition("\n\n")[2]


def sold(db: Database) -> list[Any]:
    with db.read() as connection:
        return [
            sorted(map(repr, connection.execute(select(t)))) for t in (products, variants, moved_addresses)
        ]


def test_a_file_is_written_as_a_person_wrote_it() -> None:
    catalog = read_toml(EVERYTHING, CatalogEntry)
    written = "".join(write_catalog(catalog.products, catalog.categories, "A comment,\nand another."))
    assert written.startswith("# A comment,\n# and another.\n\n[[products]]\n")
    assert written.partition("\n\n")[2] == without_comments(EVERYTHING)


def test_the_owners_manual_has_each_word_of_the_file(tmp_path: Path) -> None:
    written = (ROOT / "docs" / "owner.md").read_text().partition("```toml\n")[2].partition("```")[0]
    file = tmp_path / "catalog.toml"
    file.write_text(written)
    product = read_toml(file, CatalogEntry).products[0]
    of_before = {"category", "picture", "picture_alt", "title"}  # today's words are others
    assert product.model_fields_set >= set(ProductEntry.model_fields) - of_before
    assert product.variants[0].model_fields_set >= set(VariantEntry.model_fields) - of_before | {"picture"}


def test_text_that_is_hard_to_write_is_read_back(tmp_path: Path) -> None:
    product = read_toml(EVERYTHING, CatalogEntry).products[0]
    hard = [
        '"',
        '""',
        '"""',
        "'''",
        "\\",
        '\\"',
        'a"\n"""b',
        "'''\n\\",
        "x  \ny",
        "x\tx",
        "é\u2028ü",
        "#",
        '"""\\"""\'\'\'',
    ]
    entries = [
        product.model_copy(update={"slug": f"p-{number}", "description": f"{each}.", "tags": [each[0] + "."]})
        for number, each in enumerate(hard)
    ]
    file = tmp_path / "catalog.toml"
    file.write_text("".join(write_catalog(entries)))
    assert list(read_toml(file, CatalogEntry).products) == entries
    file.write_text("".join(write_catalog([])))
    assert read_toml(file, CatalogEntry).products == []


@both_databases
def test_export_import_and_load_change_nothing(
    said: Any, shop_folder: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(EVERYTHING, shop_folder / "catalog.toml")
    assert said("catalog", "load")[0] == 0
    before = sold(db)
    toml, table, again = (shop_folder / name for name in ("export.toml", "export.csv", "again.toml"))
    assert said("catalog", "export", "--out", str(toml)) == (0, [], [])
    assert said("catalog", "export", "--csv", "--out", str(table)) == (0, [], [])
    assert without_comments(toml) == without_comments(EVERYTHING)
    code, out, _err = said("import", str(table), "--out", str(again))
    assert code == 0
    assert out[1:6] == [
        "Took",
        "  this shop's own table, 8 rows, UTF-8",
        "  3 products in 8 variants; 1 drafts",
        "  2 categories, 3 tags, 2 variants with an earlier price",
        "  2 pictures; 0 are not here yet",
    ]
    assert out[6].startswith("Look it over")
    assert without_comments(again) == without_comments(EVERYTHING)
    for file in (toml, again):
        monkeypatch.setenv("CATALOG_FILE", str(file))
        assert said("catalog", "load")[0] == 0
        assert sold(db) == before


def test_the_export_has_todays_stock(said: Any) -> None:
    said("catalog", "stock", "MUG-BLUE", "3")
    code, out, err = said("catalog", "export")
    assert (code, err) == (0, [])
    place = out.index('  sku = "MUG-BLUE"')
    assert out[place : place + 4] == [
        '  sku = "MUG-BLUE"',
        "  price = 12.00",
        "  stock = 3",
        "  weight = 300",
    ]


def test_a_spreadsheet_reckons_with_none_of_the_cells() -> None:
    rows = b"".join(write_own(read_toml(EVERYTHING, CatalogEntry).products)).decode()
    cells = [cell for row in csv.reader(rows.splitlines(keepends=True)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert "'=SUM(A1) \"Mug\" | 'x' \\ &amp; <b>" in cells


def test_what_a_person_typed_into_the_table_is_mended_and_told(imported: Any) -> None:
    out, catalog = imported(
        "slug;title;options;sku;option 1;price;stock;sold\n"
        "mug;Mug;Size;M;S;12,50;3;yes\nmug;;;m;L;14;unlimited;no\n",
        "own.csv",
    )
    assert [line.strip() for line in catalog.splitlines() if "=" in line] == [
        'slug = "mug"',
        'title = "Mug"',
        'options = ["Size"]',
        'sku = "M"',
        'options = ["S"]',
        "price = 12.50",
        "stock = 3",
        "weight = 0",
        'sku = "m-2"',
        'options = ["L"]',
        "price = 14.00",
        "weight = 0",
        "active = false",
    ]
    assert "  1 × a sku that differs only in capitals; a number was put behind it: Mug (L)" in out
