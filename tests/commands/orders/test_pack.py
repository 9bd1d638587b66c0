"""python -m webshop orders pack: a sheet for each order, with what a packer needs and nothing of money."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.conftest import make_config
from tests.people import GRACE
from tests.till import Till
from webshop.looks.paper import paper_stylesheet
from webshop.settings.model import ROOT
from webshop.web import themes

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
PRINT = "Open it in a browser and print it: {}"


def sheets(file: Path) -> list[str]:
    """The words of each sheet."""
    page = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    return [" ".join(slip.get_text(" ").split()) for slip in page.select(".slip")]


def test_all_that_is_to_be_packed_is_a_sheet_each_the_oldest_first(
    said: Any, till: Till, shop_folder: Path
) -> None:
    nothing = "Nothing is to be packed: no order is paid and not yet shipped."
    assert said("orders", "pack") == (1, [], [nothing])
    file = shop_folder / "packing-slips.html"
    assert not file.exists()
    later = till.bought(till.cart(MUG_BLUE=2, TILES=1))[0]
    first = till.bought(till.cart(TILES=3))[0]
    till.change_order(first, placed_at=NOON - timedelta(days=1), name="Anna <b>& Co</b>")
    till.change_order(later, placed_at=NOON, refunded=500)
    shipped = till.bought(till.cart(TILES=1))[0]
    said("orders", "ship", shipped.number)
    till.check_out(till.cart(TILES=1), GRACE)

    notes = [
        PRINT.format(file),
        "2 orders to pack, a sheet each.",
        f"Of order {later.number}, €5.00 was given back: look whether all of it is to be sent.",
    ]
    assert said("orders", "pack") == (0, notes, [])
    sender = "Test Pottery · Kiln Street 1 · 04109 Leipzig"
    head = "Test Pottery Packing slip Order {} {} Not a real order: paid in sandbox mode. " + sender
    columns = "Parcel Packed Pieces What Number"
    assert sheets(file) == [
        f"{head.format(first.number, 'November 2, 2026')} Anna <b>& Co</b> 1 Analytical Street 10115 BERLIN "
        f"Germany {columns} 3 Glaze tiles TILES 3 pieces in all",
        f"{head.format(later.number, 'November 3, 2026')} Ada Lovelace 1 Analytical Street 10115 BERLIN "
        f"Germany {columns} 2 Blue mug MUG-BLUE 1 Glaze tiles TILES 3 pieces in all",
    ]
    text = file.read_text(encoding="utf-8")
    for hidden in ("€", "28.90", "ada@example.com", "VAT", "Invoice", "<script", "<style", " style="):
        assert hidden not in text  # it may be a present; and no style comes from elsewhere
    style = text.split('<link rel="stylesheet" href="data:text/css;base64,')[1].partition('"')[0]
    decoded = base64.b64decode(style)
    font = base64.b64encode((ROOT / "static/fonts/fraunces.woff2").read_bytes())
    assert decoded.endswith((ROOT / "static/print/packing.css").read_bytes())
    assert b'url("data:font/woff2;base64,' + font + b'")' in decoded
    assert b":root{--serif:Fraunces, " in decoded


def test_some_can_be_chosen_and_what_cannot_be_packed_writes_nothing(
    said: Any, till: Till, tmp_path: Path
) -> None:
    paid, shipped, other = (till.bought(till.cart(TILES=1))[0] for _each in range(3))
    said("orders", "ship", shipped.number)
    pending, _session = till.check_out(till.cart(TILES=1))
    erased = till.bought(till.cart(TILES=1))[0]
    till.change_order(erased, email="")
    till.change_order(other, mode="test")
    file = tmp_path / "slips.html"
    bad = (pending.number, "aaaa2222", erased.number, other.number)
    code, lines, errors = said("orders", "pack", paid.number, *bad, "--file", str(file))
    assert (code, lines, file.exists()) == (1, [], False)
    assert errors == [
        f"{pending.number}: Order {pending.number} is pending: only what is paid is packed.",
        "AAAA-2222: There is no such order.",
        f"{erased.number}: Name and address of order {erased.number} have been erased.",
        f"{other.number}: Order {other.number} is of test mode, which the shop has left: it is set apart, "
        "and nothing more becomes of it.",
    ]
    again = paid.number.lower().replace("-", "")
    assert said("orders", "pack", shipped.number, paid.number, again, "--file", str(file)) == (
        0,
        [
            PRINT.format(file),
            "2 orders to pack, a sheet each.",
            f"Order {shipped.number} is shipped already.",
        ],
        [],
    )
    assert [paid.number in sheet for sheet in sheets(file)] == [False, True]
    missing = tmp_path / "no" / "slips.html"
    sentence = f"{missing} cannot be written: No such file or directory"
    assert said("orders", "pack", "--file", str(missing)) == (2, [], [sentence])


def test_the_sheets_can_be_printed_for_another_program(said: Any, till: Till) -> None:
    order = till.bought(till.cart(TILES=1))[0]
    code, lines, errors = said("orders", "pack", "--file", "-")
    assert (code, lines[0], errors) == (0, "<!doctype html>", ["1 order to pack, a sheet each."])
    assert order.number in "".join(lines)


def test_a_theme_that_names_no_fonts_prints_in_those_of_the_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themes, "THEMES", tmp_path / "themes")
    monkeypatch.setattr("webshop.settings.values.THEMES", tmp_path / "themes")
    css = tmp_path / "themes/plain/static/css"
    css.mkdir(parents=True)
    (css / "theme.css").write_text(":root { --sans: Verdana }")
    made = paper_stylesheet(make_config(tmp_path, theme="plain"), "packing.css").decode()
    assert ":root{--sans:Verdana;}\n" in made
    assert made.endswith((ROOT / "static/print/packing.css").read_text())
