"""Tax of a part of a country: by postcode or state, before the country's; and the demo's, place by place."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from webshop import shop as shop_file
from webshop.settings.model import ROOT
from webshop.shop import Shop
from webshop.toml_files import FileError

DEMO = shop_file.load(ROOT / "shop.toml")

# Postcodes by country, each with its standard and reduced rate in percent, or none where no tax is owed.
# (07 are the Balearic Islands, 980 is Monaco.)
PLACES = {
    "ES": "28001 21 10, 35001, 38600, 51001, 51005, 52001, 50001 21 10, 07001 21 10",
    "FI": "00100 25.5 13.5, 22100, 22999, 21600 25.5 13.5",
    "FR": (
        "75001 20 5.5, 97110, 97200, 97300, 97400, 97500, 97600, 97700, 97800, 98600, 98714, "
        "98800, 98000 20 5.5, 20000 20 2.1, 20200 20 2.1, 21000 20 5.5"
    ),
    "MC": "98000 20 5.5",
    "DE": "10115 19 7, 78266, 78224 19 7, 27498, 87491 19 10, 87567 19 10, 87561 19 7",
    "AT": "1010 20 10, 6691 19 10, 6991 19 10, 6992 19 10, 6993 19 10, 6900 20 10",
    "IT": "20121 22 10, 23041, 23030, 22061, 22060, 47890, 47921 22 10, 00120, 00118 22 10",
    "GR": "10557 24 13, 63086, 630 87, 63080 24 13",
    "DK": "1000 25 25, 3900, 3800 25 25",
    "PT": "1000-001 23 6, 9000-001 22 4, 9400-150 22 4, 9500-321 16 4, 9980-010 16 4, 8900-001 23 6",
    "GB": "SW1A 1AA, BT1 1AA 20 5, bt48 6dq 20 5, B1 1AA, JE2 3AB, GY1 1AA, IM1 1AA",
}  # fmt: skip
OTHER_COUNTRIES = "RE GP MQ GF YT PM BL MF NC PF WF AX JE GG IM GL FO SM VA".split()


def places() -> Iterator[tuple[str, str, list[int] | None]]:
    """Country, postcode and the two rates in millionths."""
    for country, written in PLACES.items():
        for place in written.split(", "):
            found = re.fullmatch(r"(.*?)(?: ([\d.]+) ([\d.]+))?", place)
            assert found is not None
            rates = [round(float(percent) * 10_000) for percent in found.groups()[1:] if percent]
            yield country, found[1], rates or None
    yield from ((code, "", None) for code in OTHER_COUNTRIES)


def test_each_place_of_the_demo_has_the_rates_that_hold_there() -> None:
    wrong = []
    for country, postcode, expected in places():
        there = DEMO.tax_at(country, postcode)
        rates = [there.rate("standard"), there.rate("reduced")] if there else None
        if rates != expected:
            wrong.append((country, postcode, rates))
    assert wrong == []
    assert len(list(places())) == 90


# https://ec.europa.eu/taxation_customs/tedb, April 2026
TODAY = """
AT 20 10, BE 21 6, BG 20 9, CY 19 5, CZ 21 12, DE 19 7, DK 25 25, EE 24 9, ES 21 10, FI 25.5 13.5, FR 20 5.5,
GR 24 13, HR 25 13, HU 27 5, IE 23 13.5, IT 22 10, LT 21 12, LU 17 8, LV 21 12, MC 20 5.5, MT 18 5, NL 21 9,
PL 23 8, PT 23 6, RO 21 11, SE 25 12, SI 22 9.5, SK 23 19
"""


def test_the_demo_has_todays_rates_of_every_country_of_the_union() -> None:
    found = ", ".join(
        f"{code} {tax.rate('standard') / 10_000:g} {tax.rate('reduced') / 10_000:g}"
        for code, tax in sorted(DEMO.tax.items())
    )
    assert found == " ".join(TODAY.split())


CALIFORNIA = 'country = "US"\nregions = ["CA"]'
RIGHT = """
name = "Test Pottery"
currency = "USD"
[[shipping.zones]]
name = "Here"
countries = ["US", "ES"]
methods = [{ key = "parcel", title = "Parcel", price = 5 }]
[tax]
ES = { standard = 21 }
[[tax_parts]]
name = "California"
country = "US"
regions = ["CA"]
tax = { name = "Sales tax", standard = 7.25 }
[[tax_parts]]
name = "New York, and a street of Los Angeles"
country = "US"
regions = ["NY"]
postcodes = ["90210"]
tax = { name = "Sales tax", standard = 4 }
[[tax_parts]]
name = "The Canaries"
country = "ES"
postcodes = ["35", "38"]
tax = "none"
"""


def read(folder: Path, text: str) -> Shop:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return shop_file.load(path)


@pytest.mark.parametrize(
    ("address", "rate"),
    [
        (("US", "94103", "CA"), 72_500),
        (("US", "10001", "NY"), 40_000),
        (("US", "90210", "CA"), 72_500),  # the first one counts
        (("US", "90210", ""), 40_000),
        (("US", "73301", "TX"), None),
        (("US", "", ""), None),
        (("ES", "28001", "M"), 210_000),
        (("ES", "35001", "GC"), None),
        (("ES", " 35 001 ", "GC"), None),  # as it is typed
        (("ES", "", ""), 210_000),  # not known yet
        (("PT", "3500-001", ""), None),  # another country's
    ],
)
def test_the_first_part_with_the_postcode_or_state_comes_before_the_country(
    tmp_path: Path, address: tuple[str, str, str], rate: int | None
) -> None:
    there = read(tmp_path, RIGHT).tax_at(*address)
    assert (there and there.rate("standard")) == rate


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('regions = ["CA"]\n', "", "tax part 'California': California needs postcodes, or regions"),
        ('"CA"', '"Kalifornien"', "tax part 'California': 'Kalifornien' is no region of US, such as AL"),
        (CALIFORNIA, 'country = "DE"\nregions = ["BY"]', "tax part 'California': 'BY' is no region of DE"),
        (CALIFORNIA, 'country = "UX"\nregions = ["CA"]', "tax part 'California': country: 'UX' is"),
        ('tax = "none"', 'tax = "nothing"', "tax part 'The Canaries': tax: 'nothing' is neither"),
        ("7.25", "725", "tax part 'California', tax: standard must be 100 or less"),
        ('"90210"', '"?"', "tax part 'New York, and a street of Los Angeles', postcode 1: must be"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_part_is_named(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    assert RIGHT.count(right) == 1
    with pytest.raises(FileError) as refusal:
        read(tmp_path, RIGHT.replace(right, wrong))
    [told] = refusal.value.problems
    assert told.startswith(f"shop.toml: {problem}")


def test_a_region_is_the_same_in_the_letters_of_every_page(tmp_path: Path) -> None:
    """A Japanese page writes 東京都 where an English one writes Tokyo."""
    text = RIGHT.replace(CALIFORNIA, 'country = "JP"\nregions = ["Tokyo"]')
    there = read(tmp_path, text)
    rates = {
        name: there.tax_at("JP", "100-0001", name) for name in ("Tokyo", "東京都", "Osaka", "大阪府", "")
    }
    assert [name for name, rate in rates.items() if rate] == ["Tokyo", "東京都"]


def test_stripe_needs_no_parts(tmp_path: Path) -> None:
    text = RIGHT.replace('name = "Test Pottery"', 'name = "Test Pottery"\ntax = "stripe"')
    with pytest.raises(FileError) as refusal:
        read(tmp_path, text.replace("[tax]\nES = { standard = 21 }\n", ""))
    sentence = 'tax_parts: with tax = "stripe", Stripe knows every place; leave them out'
    assert refusal.value.problems == [f"shop.toml: {sentence}"]


def test_parts_alone_are_a_table_of_taxes_too(tmp_path: Path) -> None:
    assert read(tmp_path, RIGHT.replace("ES = { standard = 21 }\n", "")).tax_mode == "included"


def test_a_parcel_follows_the_goods_or_has_a_rate(tmp_path: Path) -> None:
    goods = [(210_000, 2000), (100_000, 3000)]
    parcels: dict[str, Any] = {
        "ES = { standard = 21, reduced = 10 }": [(210_000, 500)],
        "ES = { standard = 21, shipping = 7 }": [(70_000, 500)],
        'ES = { standard = 21, shipping = "main" }': [(100_000, 500)],
        'ES = { standard = 21, shipping = "proportion" }': [(210_000, 200), (100_000, 300)],
    }
    for line, expected in parcels.items():
        there = read(tmp_path, RIGHT.replace("ES = { standard = 21 }", line)).tax_at("ES")
        assert there is not None
        assert there.tax_parcel(goods, 500, "EUR") == expected
    with pytest.raises(FileError) as refusal:
        read(tmp_path, RIGHT.replace("ES = { standard = 21 }", 'ES = { standard = 21, shipping = "most" }'))
    sentence = '\'most\' is neither a rate in percent nor "main" or "proportion"'
    assert refusal.value.problems == [f"shop.toml: tax, ES: shipping: {sentence}"]
