"""Postcodes as people write them: they are stored as their country does."""

import pytest

from webshop import address
from webshop.address.countries import facts
from webshop.address.postcodes import PREFIXES


def test_a_country_is_one_that_parcels_can_be_sent_to() -> None:
    codes = ["DE", "IE", "US", "ZZ", "XX", "EU", "", "D", "DEU", "..", "US/CA", "de", "S\u212a", "\u212aR"]
    assert [code for code in codes if address.is_country(code)] == ["DE", "IE", "US"]


TYPED = {
    "AD": {"AD500": "AD500", "500": "AD500"},
    "AI": {"AI-2640": "2640", "2640": "2640"},
    "AT": {"A-1010": "1010", "AT 1010": "1010", "1010": "1010"},
    "AX": {"AX-22100": "22100", "FIN-22100": "22100"},
    "BE": {"B-1000": "1000"},
    "BM": {"hmgx": "HM GX", "HM-12": "HM 12"},
    "BR": {"40301110": "40301-110", "40301 110": "40301-110"},
    "CA": {"k1a0b1": "K1A 0B1", "K1A-0B1": "K1A 0B1", "CDN K1A 0B1": "K1A 0B1"},
    "CH": {"CH-8001": "8001", "8001": "8001"},
    "CZ": {"11000": "110 00", "CZ-110 00": "110 00"},
    "DE": {
        "D-04109": "04109",
        "DE 04109": "04109",
        "d04109": "04109",
        "0\u00ad4109\u200b": "04109",
        "０４１０９": "04109",
        " 04109\n": "04109",
        "\u2066D\u201304109\u2069": "04109",
    },
    "DK": {"DK-8660": "8660"},
    "FI": {"FIN-00550": "00550", "FI-00550": "00550", "SF-00550": "00550"},
    "FR": {"75 001": "75001", "F-75001": "75001"},
    "GB": {
        "sw1a1aa": "SW1A 1AA",
        "SW1A  1AA": "SW1A 1AA",
        "GB-SW1A 1AA": "SW1A 1AA",
        "UK SW1A1AA": "SW1A 1AA",
        "m25bq": "M2 5BQ",
        "m344ab": "M34 4AB",
        "bfpo61": "BFPO 61",
        "BFPO 1": "BFPO 1",
    },
    "GR": {"15124": "151 24", "GR-151 24": "151 24"},
    "HK": {"": "", "anything\u200b": "anything"},  # has none
    "HU": {"H-1037": "1037"},
    "IE": {"d02af30": "D02 AF30", "D02-AF30": "D02 AF30", "IRL D02 AF30": "D02 AF30"},
    "IR": {"۱۱۹۳۶-۱۲۳۴۵": "11936-12345", "1193612345": "11936-12345"},
    "IT": {"I-00144": "00144"},
    "JP": {
        "1000001": "100-0001",
        "１００－０００１": "100-0001",
        "〒100-0001": "100-0001",
        "〒１００ー０００１": "100-0001",
        "100 0001": "100-0001",
    },
    "KR": {"03051": "03051"},
    "LI": {"FL-9490": "9490"},
    "LU": {"L-1009": "1009"},
    "LV": {"1073": "LV-1073", "LV 1073": "LV-1073", "LV-1073": "LV-1073"},
    "MC": {"MC-98000": "98000", "F-98000": "98000"},
    "MT": {"vlt1234": "VLT 1234"},
    "NL": {"1234ab": "1234 AB", "NL-1234 AB": "1234 AB"},
    "NO": {"N-0025": "0025"},
    "OM": {"PC 133": "133"},
    "PL": {"00950": "00-950", "PL 00-950": "00-950", "00 950": "00-950"},
    "PR": {"00930-1234": "00930-1234", "PR 00930": "00930"},
    "PT": {"2725079": "2725-079", "P-2725-079": "2725-079"},
    "SE": {"SE-113 51": "11351", "S-113 51": "11351", "113 51": "11351"},
    "SK": {"SK-010 01": "010 01"},
    "US": {"95014": "95014", "123456789": "12345-6789", "12345 6789": "12345-6789", "US-95014": "95014"},
}


def test_a_postcode_is_stored_as_its_country_writes_it() -> None:
    read = {code: {typed: address.read_postcode(typed, code) for typed in TYPED[code]} for code in TYPED}
    assert read == TYPED


def test_every_country_s_own_examples_are_taken_however_they_are_written() -> None:
    """Without spaces and hyphens, in small letters, with what is put before them in letters from abroad."""
    wrong, cases = [], 0
    for country in address.list_countries():
        for example in filter(None, facts(country).get("zipex", "").split(",")):
            before = [country, *PREFIXES.get(country, "").split()]
            forms = [example, example.lower(), example.replace(" ", "").replace("-", ""), f"\ufeff{example} "]
            for form in [*forms, *(f"{code}-{example}" for code in before)]:
                cases += 1
                if address.read_postcode(form, country) != EXCEPTIONS.get(example, example):
                    wrong.append((country, form, address.read_postcode(form, country)))
    assert wrong == []
    assert cases > 2000


EXCEPTIONS: dict[str, str] = {}


@pytest.mark.parametrize(
    ("country", "postcode", "problem"),
    [
        ("DE", "", "missing"),
        ("GB", "\u200b\u3164", "missing"),
        ("US", "", "missing"),
        ("IE", "", ""),  # optional there
        ("HK", "anything", ""),
        ("DE", "10115", ""),
        ("DE", "1011", "26133"),
        ("DE", "A-10115", "26133"),
        ("DE", "0410O", "26133"),
        ("DE", "04109 Leipzig", "26133"),
        ("DE", "SW1A 1AA", "26133"),
        ("DE", "\u0661\u0660\u0661\u0661\u0665", "26133"),  # Arabic-Indic digits
        ("GB", "10115", "EC1Y 8SY"),
        ("US", "9501", "95014"),
        ("IE", "10115", "A65 F4E2"),
    ],
)
def test_what_is_none_is_answered_with_an_example(country: str, postcode: str, problem: str) -> None:
    assert address.postcode_problem(postcode, country) == problem


BEGINNINGS = [
    ("GB", "SE1", {"SE1 1AA": True, "SE16 1AA": False, "SE11 6AA": False, "SE1": True, "SE16": False}),
    ("GB", "SE", {"SE1 1AA": True, "SE16 1AA": True, "S1 1AA": False, "SE1P 5LX": True}),
    ("GB", "S", {"S1 1AA": True, "S10 1AA": True, "SE1 1AA": False, "SW1A 1AA": False}),
    ("GB", "SE16", {"SE16 1AA": True, "SE1 6AA": False}),
    ("GB", "SE1 6", {"SE1 6AA": True, "SE16 1AA": False, "SE1 1AA": False}),
    ("GB", "EC1", {"EC1Y 8SY": True, "EC1A 1HQ": True, "E1 1AA": False, "EC12 1AA": False}),
    ("GB", "W1A", {"W1A 4ZZ": True, "W1B 1AA": False, "W1 1AA": False}),
    ("GB", "SW1A1AA", {"sw1a1aa": True, "SW1A 1AB": False}),
    ("GB", "BT", {"bt1 1aa": True, "B1 1AA": False}),
    ("GG", "GY1", {"GY1 1AA": True, "GY10 1AA": False}),
    ("IM", "IM9", {"IM9 1AA": True, "IM99 1PS": False}),
    ("JE", "JE", {"JE2 2BT": True}),
    ("BH", "1", {"101": True, "199": True, "1017": False, "317": False}),
    ("DE", "27498", {"27498": True, "D-27498": True, "27499": False}),
    ("DE", "2", {"27498": True, "12345": False}),
    ("ES", "35", {"35001": True, "E-35001": True, "38001": False}),
    ("CA", "K1", {"k1a0b1": True, "K2A 0B1": False}),
    ("JP", "100", {"〒100-0001": True, "101-0001": False}),
    ("LV", "LV-10", {"1073": True, "2001": False}),
    ("AT", "6691", {"A-6691": True, "6692": False}),
]


@pytest.mark.parametrize(("country", "prefix", "postcodes"), BEGINNINGS)
def test_a_beginning_ends_where_a_part_of_the_country_does(
    country: str, prefix: str, postcodes: dict[str, bool]
) -> None:
    found = {each: address.postcode_begins(each, prefix, country) for each in postcodes}
    assert found == postcodes


def test_a_phone_shows_digits_alone_where_postcodes_have_nothing_else() -> None:
    numeric = [code for code in ("DE", "US", "FR", "GB", "NL", "PL", "JP", "HK") if address.is_numeric(code)]
    assert numeric == ["DE", "FR"]
