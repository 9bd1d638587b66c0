"""States, provinces, prefectures: in whose letters they are offered, and which postcodes are theirs."""

from collections.abc import Callable
from functools import partial
from weakref import ref

import pytest

from webshop import address
from webshop.address.countries import load
from webshop.address.regions import is_latin


@pytest.mark.parametrize("code", ["", "D", "DEU", "ZZ", "all", "..", "D\n", "S\u212a", "\u212aR"])
def test_what_is_no_country_has_no_regions(code: str) -> None:
    """A Kelvin sign is a k in lower case, and not a K in upper case."""
    assert not address.is_country(code)
    assert address.regions(code) == []


class Typed(str):
    """A word that one can tell whether somebody still keeps it."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize(
    "ask",
    [
        address.regions,
        partial(address.form_rows, language="en"),
        partial(address.postcode_problem, "12345"),
    ],
)
def test_what_anybody_types_as_a_country_is_not_kept(ask: Callable[[str], object]) -> None:
    """A process has what is known of those that there are, and no more."""
    typed = Typed("QX" * 15_000)
    is_there = ref(typed)
    ask(typed)
    del typed
    assert is_there() is None


FIRST = [
    ("JP", "ja", ("北海道", "北海道")),
    ("JP", "en", ("Hokkaido", "Hokkaido")),
    ("JP", "de-AT", ("Hokkaido", "Hokkaido")),
    ("US", "en", ("AL", "Alabama")),
    ("US", "ja", ("AL", "Alabama")),
    ("CA", "fr_CA", ("AB", "Alberta")),
    ("AE", "ar", ("أبو ظبي", "أبو ظبي")),
    ("AE", "en", ("Abu Dhabi", "Abu Dhabi")),
    ("KR", "ko", ("강원도", "강원")),
    ("KR", "en", ("Gangwon-do", "Gangwon-do")),
    ("RU", "ru", ("Алтайский край", "Алтайский край")),
    ("RU", "en", ("Altayskiy kray", "Altayskiy kray")),
    ("CN", "zh", ("安徽省", "安徽省")),
    ("TW", "zh_Hant_TW", ("台中市", "台中市")),
    ("HK", "zh", ("九龍", "九龍")),
    ("HK", "en", ("Kowloon", "Kowloon")),
    ("IN", "hi", ("अंडमान और निकोबार द्वीपसमूह", "अंडमान और निकोबार द्वीपसमूह")),
    ("IN", "en", ("Andaman and Nicobar Islands", "Andaman & Nicobar")),
    ("ES", "en", ("VI", "Álava")),
    ("ES", "eu", ("VI", "Araba")),
    ("MX", "es", ("Ags.", "Aguascalientes")),
]


@pytest.mark.parametrize(("country", "language", "first"), FIRST)
def test_regions_are_in_the_letters_of_the_page(country: str, language: str, first: tuple[str, str]) -> None:
    assert address.regions(country, language)[0] == first


def test_every_region_can_be_read_and_written_in_latin_letters_or_in_those_of_its_country() -> None:
    wrong = []
    for country in address.list_countries():
        english = address.regions(country, "en")
        if not all(is_latin(words) for pair in english for words in pair):
            wrong.append(country)
        own = address.regions(country, load(country)[country].get("lang", "en"))
        if [len({written for written, _name in found}) for found in (english, own)] != [len(english)] * 2:
            wrong.append(country)
    assert wrong == []


def test_a_region_is_found_by_each_of_its_names() -> None:
    found = {
        typed: region and region.written
        for typed, country in [
            ("東京都", "JP"), ("Tokyo", "JP"), ("CA", "US"), ("California", "US"), ("ca", "US"),
            ("Madrid", "ES"),
            ("M", "ES"), ("Québec", "CA"), ("Estado de México", "MX"), ("Bavaria", "DE"), ("Alacant", "ES"),
        ]
        for region in [address.find_region(typed, country, "en")]
    }  # fmt: skip
    assert found == {
        "東京都": "Tokyo", "Tokyo": "Tokyo", "CA": "CA", "California": "CA", "ca": None,
        "Madrid": "M", "M": "M",
        "Québec": "QC", "Estado de México": "Méx.", "Bavaria": None, "Alacant": "A",
    }  # fmt: skip
    japanese = address.find_region("Tokyo", "JP", "ja")
    assert japanese
    assert japanese.written == "東京都"


DISAGREE = [
    ("US", "NY", "90210", ["California"]),
    ("US", "CA", "10001", ["New York"]),
    ("US", "CA", "09123", ["Armed Forces (AE)"]),
    ("US", "TX", "00930", ["Puerto Rico"]),
    ("CA", "ON", "V8X 3X4", ["British Columbia"]),
    ("AU", "NSW", "3000", ["Victoria"]),
    ("BR", "SP", "20040-002", ["Rio de Janeiro"]),
    ("IN", "Delhi", "400001", ["Maharashtra"]),
    ("IN", "Kerala", "500001", ["Andhra Pradesh", "Telangana"]),
    ("ES", "B", "28039", ["Madrid"]),
    ("IT", "MI", "00144", ["Roma"]),
    ("JP", "Osaka", "100-0001", ["Tokyo"]),
    ("MX", "Jal.", "64000", ["Nuevo León"]),
    ("KR", "Busan", "03051", ["Seoul"]),
    ("TW", "Taipei City", "800", ["Kaohsiung City"]),
    ("RU", "Moskva", "190000", ["Sankt-Peterburg"]),
]
AGREE = [
    ("US", "NY", "10001"), ("US", "NY", "06390"), ("US", "MA", "05501"), ("US", "WY", "83414"),
    ("US", "TX", "73301"),
    ("US", "DC", "20500"), ("US", "GA", "39901"), ("US", "AE", "09123"), ("US", "AA", "34001"),
    ("US", "AP", "96201"), ("US", "GU", "96910"), ("US", "CA", "00100"),  # nobody's
    ("CA", "QC", "K1A 0B1"), ("CA", "ON", "K1A 0B1"), ("AU", "NSW", "2620"), ("AU", "ACT", "2620"),
    ("AU", "NSW", "4383"), ("AU", "QLD", "4383"), ("AU", "QLD", "2406"), ("AU", "SA", "0872"),
    ("AU", "NT", "0872"),
    ("IN", "Puducherry", "673310"), ("IN", "Telangana", "500001"), ("IN", "Ladakh", "194101"),
    ("IT", "CA", "09010"), ("IT", "SS", "07026"), ("IT", "MB", "20900"), ("IT", "MI", "20900"),
    ("ES", "SO", "42001"), ("JP", "Kyoto", "600-8001"), ("CN", "Beijing Shi", "100096"),
    ("CO", "Bogotá", "111221"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "region", "postcode", "names"), DISAGREE)
def test_a_postcode_of_another_region_is_noticed(
    country: str, region: str, postcode: str, names: list[str]
) -> None:
    chosen = address.find_region(region, country, "en")
    assert chosen
    assert [each.name for each in address.regions_of_postcode(postcode, country, chosen)] == names


@pytest.mark.parametrize(("country", "region", "postcode"), AGREE)
def test_a_postcode_that_may_be_the_region_s_is_left_alone(country: str, region: str, postcode: str) -> None:
    chosen = address.find_region(region, country, "en")
    assert chosen
    assert address.regions_of_postcode(postcode, country, chosen) == []


def test_every_example_of_a_region_s_postcodes_is_its_own() -> None:
    wrong, cases = [], 0
    for country in address.list_countries():
        for written, _name in address.regions(country):
            chosen = address.find_region(written, country)
            assert chosen
            facts = load(country).get(f"{country}/{chosen.key}", {})
            for example in filter(None, facts.get("zipex", "").split(",")):
                cases += 1
                if address.regions_of_postcode(example, country, chosen):
                    wrong.append((country, written, example))
    assert wrong == []
    assert cases > 300
