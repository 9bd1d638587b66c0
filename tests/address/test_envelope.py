"""How each country writes an envelope: whatever was typed is there, once."""

import pytest

from webshop import address
from webshop.address import Address
from webshop.address.countries import facts

ENVELOPES = [
    (
        Address("Ada Lovelace", "Invalidenstr. 1", "Hinterhaus", "10115", "Berlin", "DE"),
        ["Ada Lovelace", "Invalidenstr. 1", "Hinterhaus", "10115 BERLIN"],
    ),
    (
        Address("Ada Lovelace", "Invalidenstr. 1", "", "10115", "Berlin", "DE", company="Engine GmbH"),
        ["Ada Lovelace", "Engine GmbH", "Invalidenstr. 1", "10115 BERLIN"],
    ),
    (
        Address("Ada Lovelace", "1 Analytical Street", "", "SW1A 1AA", "London", "GB"),
        ["Ada Lovelace", "1 Analytical Street", "LONDON", "SW1A 1AA"],
    ),
    (Address("Maud Gonne", "1 Quay", "", "", "Cork", "IE"), ["Maud Gonne", "1 Quay", "CORK"]),
    (
        Address("山田 太郎", "三宿1-2-3", "201号", "154-0005", "世田谷区", "JP", "東京都", "陶芸社"),
        ["〒154-0005", "東京都", "世田谷区", "三宿1-2-3", "201号", "陶芸社", "山田 太郎"],
    ),
    (
        Address("Taro Yamada", "1-2-3 Mishuku", "", "154-0005", "Setagaya", "JP", "Tokyo"),
        ["Taro Yamada", "1-2-3 Mishuku", "Setagaya, TOKYO", "154-0005"],
    ),
    (Address("Li", "1 Road", "#2", "546080", "Singapore", "SG"), ["Li", "1 Road", "#2", "SINGAPORE 546080"]),
    (Address("Li", "1 Road", "", "546080", "Bedok", "SG"), ["Li", "1 Road", "BEDOK", "SINGAPORE 546080"]),
    (Address("A", "Street 1", "", "", "Gibraltar", "GI"), ["A", "Street 1", "GIBRALTAR"]),
    (Address("A", "Street 1", "", "", "Deira", "AE", "Dubai"), ["A", "Street 1", "DEIRA", "Dubai"]),
    (Address("A", "Street 1", "", "12345", "Town", "AE", "Dubai"), ["A", "Street 1", "TOWN 12345", "Dubai"]),
    (Address("Ana", "Calle 1", "", "28039", "Madrid", "ES", "M"), ["Ana", "Calle 1", "28039 MADRID MADRID"]),
    (Address("Ana", "Calle 1", "", "29001", "Málaga", "ES", "MA"), ["Ana", "Calle 1", "29001 MÁLAGA MÁLAGA"]),
    (Address("Ugo", "Via 1", "", "20121", "Milano", "IT", "MI"), ["Ugo", "Via 1", "20121 MILANO MI"]),
    (Address("Jo", "1 Road", "", "95014", "Cupertino", "US", "CA"), ["Jo", "1 Road", "CUPERTINO, CA 95014"]),
    (Address("Jo", "1 Road", "", "", "Cupertino", "US"), ["Jo", "1 Road", "CUPERTINO"]),
    (Address("Ann", "Calea 1", "", "8001", "Zürich", "CH"), ["Ann", "Calea 1", "CH-8001 Zürich"]),
    (Address("Ann", "Calea 1", "", "", "Zürich", "CH"), ["Ann", "Calea 1", "Zürich"]),
    (Address("Jón", "Gata 1", "", "100", "Tórshavn", "FO"), ["Jón", "Gata 1", "FO100 TÓRSHAVN"]),
    (Address("Åsa", "Gata", "", "22100", "Mariehamn", "AX"), ["Åsa", "Gata", "AX-22100 MARIEHAMN", "ÅLAND"]),
    (Address("Ada", "Weg", "", "10115", "Berlin", "DE", "Mitte"), ["Ada", "Weg", "10115 BERLIN", "Mitte"]),
]  # fmt: skip


@pytest.mark.parametrize(("to", "envelope"), ENVELOPES)
def test_an_address_is_written_as_its_country_does(to: Address, envelope: list[str]) -> None:
    assert address.lines(to) == envelope


PARTS = ("name", "company", "line1", "line2", "postal_code", "city", "region")


def in_letters(country: str) -> list[Address]:
    """The address in Latin letters, and in those of Japan, with all its parts and with few."""
    latin = Address("Namen", "Weg 1", "Etage 2", "90817", "Ortsteil", country, "Gegend", "Firma")
    local = Address("山田", "三宿一", "二階", "90817", "世田谷", country, "東京", "陶芸")
    few = {"line2": "", "company": ""}
    made = [Address(**{**vars(each), **few}) for each in (latin, local)]
    return [
        latin,
        local,
        *made,
        *(Address(**{**vars(latin), part: ""}) for part in ("postal_code", "city", "region")),
    ]


def test_in_every_country_each_part_appears_exactly_once() -> None:
    """Also a region where a country's style has none, and a city where it has none, as in Japan's."""
    wrong, cases = [], 0
    for country in address.list_countries():
        for to in in_letters(country):
            written = "\n".join(address.lines(to)).casefold()
            cases += 1
            counts = {
                part: written.count(getattr(to, part).casefold()) for part in PARTS if getattr(to, part)
            }
            if set(counts.values()) != {1}:
                wrong.append((country, to, written))
    assert wrong == []
    assert cases > 1700


def test_in_every_country_nothing_dangles_where_a_part_is_missing() -> None:
    wrong = []
    for country in address.list_countries():
        for to in in_letters(country):
            for line in address.lines(to):
                if line != line.strip(" ,-/") or ", ," in line or "  " in line:
                    wrong.append((country, line))
    assert wrong == []


def test_every_region_that_can_be_chosen_stands_on_the_envelope() -> None:
    wrong = []
    for country in address.list_countries():
        for language in ("en", facts(country).get("lang", "en")):
            for written, name in address.regions(country, language):
                to = Address("N", "Q 1", "", "", "Qq", country, written)
                envelope = "\n".join(address.lines(to)).casefold()
                if written.casefold() not in envelope and name.casefold() not in envelope:
                    wrong.append((country, written, envelope))
    assert wrong == []
