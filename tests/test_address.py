"""Addresses: each country's postcodes, and how it writes an envelope."""

import pytest

from webshop import address
from webshop.address import Address


@pytest.mark.parametrize(
    ("country", "postcodes"),
    [
        ("DE", ["10115", "01067"]),
        ("GB", ["SW1A 1AA", "sw1a 1aa", "EC1Y8SY"]),
        ("US", ["95014", "12345-6789"]),
        ("IE", ["", "D02 AF30", "d02af30"]),  # optional in Ireland
        ("HK", ["", "anything"]),  # has none
    ],
)
def test_a_postcode_of_the_country_is_accepted(country: str, postcodes: list[str]) -> None:
    assert [address.postcode_problem(each, country) for each in postcodes] == [""] * len(postcodes)


@pytest.mark.parametrize(
    ("country", "postcode", "problem"),
    [
        ("DE", "", "missing"),
        ("GB", "", "missing"),
        ("US", "", "missing"),
        ("DE", "1011", "26133"),
        ("DE", "SW1A 1AA", "26133"),
        ("DE", "\u0661\u0660\u0661\u0661\u0665", "26133"),  # Arabic-Indic digits
        ("DE", "10115\n", "26133"),
        ("GB", "10115", "EC1Y 8SY"),
        ("US", "9501", "95014"),
        ("IE", "10115", "A65 F4E2"),
    ],
)
def test_any_other_postcode_is_answered_with_an_example(country: str, postcode: str, problem: str) -> None:
    assert address.postcode_problem(postcode, country) == problem


def test_a_country_is_one_that_parcels_can_be_sent_to() -> None:
    codes = ["DE", "IE", "US", "ZZ", "XX", "EU", "", "D", "DEU", "..", "US/CA"]
    assert [code for code in codes if address.is_country(code)] == ["DE", "IE", "US"]


@pytest.mark.parametrize(
    ("to", "envelope"),
    [
        (
            Address("Ada Lovelace", "Invalidenstr. 1", "Hinterhaus", "10115", "Berlin", "DE"),
            ["Ada Lovelace", "Invalidenstr. 1", "Hinterhaus", "10115 BERLIN"],
        ),
        (
            Address("Ada Lovelace", "1 Analytical Street", "", "SW1A 1AA", "London", "GB"),
            ["Ada Lovelace", "1 Analytical Street", "LONDON", "SW1A 1AA"],
        ),
        (Address("Maud Gonne", "1 Quay", "", "", "Cork", "IE"), ["Maud Gonne", "1 Quay", "CORK"]),
    ],
)
def test_an_address_is_written_as_its_country_does(to: Address, envelope: list[str]) -> None:
    assert address.lines(to) == envelope


@pytest.mark.parametrize("code", ["", "D", "DEU", "ZZ", "all", "..", "D\n", "S\u212a", "\u212aR"])
def test_what_is_no_country_has_no_regions(code: str) -> None:
    """A Kelvin sign is a k in lower case, and not a K in upper case."""
    assert not address.is_country(code)
    assert address.regions(code) == []
