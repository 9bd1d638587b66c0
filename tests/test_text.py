"""What people paste: without what nobody sees, with what their script needs."""

import pytest

from webshop.text import clean, clean_code, is_printable

INVISIBLE = [
    *"\u200b\ufeff\xad\u2060\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    *"\0\x07\x08\x1b\x7f\x80\u034f\u115f\u1160\u17b4\u180e\u2061\u2064\u206a\u206f\u3164\uffa0\ufff9\ufffc",
    *"\ufe0f\ufe00\u200c\u200d\U000e0001\U000e0041\U000e0100\U0001d173",
]  # fmt: skip


def test_what_is_invisible_is_gone_wherever_it_stands() -> None:
    wrong = [
        hex(ord(sign))
        for sign in INVISIBLE
        for typed in (
            f"{sign}Leipzig",
            f"Leip{sign}zig",
            f"Leipzig{sign}",
            f"{sign} {sign}Leipzig{sign * 3} ",
        )
        if clean(typed) != "Leipzig" or clean_code(typed) != "Leipzig"
    ]
    assert wrong == []


def test_what_is_only_invisible_is_empty() -> None:
    spaces = [*" \t\n\r\x0b\x0c\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\u2800"]
    assert [hex(ord(sign)) for sign in (*INVISIBLE, *spaces) if clean(sign * 2) or clean_code(sign)] == []


@pytest.mark.parametrize(
    "name",
    [
        "علی\u200cرضا",  # Persian: a non-joiner between letters
        "می\u200cخواهم",
        "ക്ഷ",
        "അവന\u0d4d\u200d",  # Malayalam: virama and joiner at the end of a word
        "क\u094d\u200dष",  # Hindi: half a letter
        "ශ්\u200dරී",  # Sinhala: Sri
        "O'Neill",
        "O’Neill",
        "D‘Arcy",
        "Nguyễn Thị Ánh",
        "Łuczak-Müller",
        "Jean–Luc",
        "辻\U000e0100",  # a variant of a Japanese name's character
        "นภา",
        "ｶﾌﾞｼｷ会社１２",  # half- and full-width letters in a Japanese name are what they are
        "ᠮᠣᠩᠭᠣᠯ\u180bᠤ",
        "€uro 😀",
    ],
)
def test_a_name_keeps_what_its_script_needs(name: str) -> None:
    assert clean(name) == name
    assert is_printable(clean(name))


def test_a_joiner_that_joins_nothing_is_gone() -> None:
    assert clean("علی\u200c") == clean("علی") == clean("\u200cعلی\u200b")
    assert clean("علی\u200c\u200c\u200dرضا") == "علی\u200cرضا"
    assert clean("A\u200db") == "Ab"


def test_names_are_composed_and_codes_are_plain() -> None:
    assert clean("Mu\u0308ller") == "Müller"
    assert clean("Rue\u00a0de  la\u3000Paix\n1") == "Rue de la Paix 1"
    assert clean_code("１００－０００１") == "100-0001"
    assert clean_code("100\u22120001") == clean_code("100\u20130001") == clean_code("100ー0001") == "100-0001"
    assert clean_code("ＡＤＡ＠ｅｘａｍｐｌｅ．ｃｏｍ") == "ADA@example.com"


def test_what_no_font_has_cannot_be_printed() -> None:
    assert [sign for sign in "a\ud800\ue000\u0378" if is_printable(sign)] == ["a"]
