"""E-mail addresses, phone and VAT numbers as they are stored."""

import string

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, validate_email
from hypothesis import given
from hypothesis import strategies as st

from webshop.address.contacts import _is_plain, read_email, read_phone, read_vat_number, vat_area


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada+shop@Example.COM", "Ada+shop@Example.COM"),
        ("a.b-c_d@xn--mnchen-3ya.de", "a.b-c_d@xn--mnchen-3ya.de"),
        ("ada@müller.de", "ada@xn--mller-kva.de"),
        ("Ada@MÜLLER.de", "Ada@xn--mller-kva.de"),
        ("ada@mu\u0308ller.de", "ada@xn--mller-kva.de"),
        ("ada@例え.jp", "ada@xn--r8jz45g.jp"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
        ("\u200bada@\u00adexample.com\u2060", "ada@example.com"),
        ("\u202aada@example.com\u202c", "ada@example.com"),
        ("ädä@example.com", ""),
        ("ada@exam😀ple.com", ""),
        ("ada", ""),
    ],
)
def test_an_e_mail_address_is_stored_as_mail_servers_take_it(typed: str, stored: str) -> None:
    assert read_email(typed) == stored


NEARLY_PLAIN = st.text(string.ascii_letters + string.digits + "._+-", max_size=66)
ENDS = st.sampled_from(["com", "Museum", "x", "1a", "xn--p1ai", "Local", *SPECIAL_USE_DOMAIN_NAMES])


@given(NEARLY_PLAIN, NEARLY_PLAIN, ENDS)
def test_what_is_so_plain_that_nobody_is_asked_would_be_taken(local: str, domain: str, end: str) -> None:
    typed = f"{local}@{domain}.{end}"
    if _is_plain(typed):
        found = validate_email(typed, check_deliverability=False, test_environment=True, strict=True)
        assert found.ascii_domain == typed.rpartition("@")[2].lower()


@pytest.mark.parametrize(
    ("typed", "is_plain"),
    [
        ("Ada.Lovelace+shop@my-shop.example.com", True),
        ("a" * 52 + "@example.com", True),
        ("a" * 53 + "@example.com", False),
        ("ada@my--shop.com", False),
        ("ada@example.com\n", False),
        ("ada@example.\u212aom", False),  # the sign for kelvin is a k without case
        ("ada@printer.LOCAL", False),
        ("ada..l@example.com", False),
        ("ada@example", False),
        ("ada@10.0.0.1", False),
    ],
)
def test_the_library_is_asked_about_what_is_not_plain(typed: str, is_plain: bool) -> None:
    assert _is_plain(typed) == is_plain


@pytest.mark.parametrize(
    "typed", ["ada@printer.local", "ada@x.onion", "ada@localhost", "ada@10.0.0.1", "a@b"]
)
def test_where_no_mail_can_come_from_nobody_is_reached(typed: str) -> None:
    assert read_email(typed) == ""


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("0341 123456", "DE", "+49 341 123456"),
        ("+49 (0)341 / 123456", "DE", "+49 341 123456"),
        ("0049341123456", "DE", "+49 341 123456"),
        ("+44 20 7946 0018", "DE", "+44 20 7946 0018"),
        ("020 7946 0018", "GB", "+44 20 7946 0018"),
        ("(212) 555-0123", "US", "+1 212-555-0123"),
        ("０３－１２３４－５６７８", "JP", "+81 3-1234-5678"),
        ("\u202d+49 341 123456\u202c", "DE", "+49 341 123456"),
        ("+39 06 1234 5678", "IT", "+39 06 1234 5678"),
        ("none", "DE", ""),
        ("12", "DE", ""),
        ("0341 123456 0341 123456 0341", "DE", ""),
        ("+999 12345678", "DE", ""),
    ],
)
def test_a_phone_number_is_stored_as_it_is_dialled_from_abroad(typed: str, country: str, stored: str) -> None:
    assert read_phone(typed, country) == stored


@pytest.mark.parametrize(
    ("typed", "country", "stored", "area"),
    [
        ("de 123.456.789", "DE", "DE123456789", "eu"),
        ("ＤＥ１２３４５６７８９", "DE", "DE123456789", "eu"),
        ("123456789", "DE", "123456789", ""),
        ("DE12345678", "DE", "", ""),
        ("ATU12345678", "DE", "ATU12345678", "eu"),
        ("GR123456789", "GR", "EL123456789", "eu"),
        ("EL 123456789", "GR", "EL123456789", "eu"),
        ("ESX1234567X", "ES", "ESX1234567X", "eu"),
        ("NL123456789B01", "NL", "NL123456789B01", "eu"),
        ("XI123456789", "GB", "XI123456789", "eu"),
        ("GB 123 4567 89", "GB", "GB123456789", "gb"),
        ("GB12", "GB", "", ""),
        ("CHE-123.456.789 MWST", "CH", "CHE123456789MWST", ""),
        ("DEL010203AB9", "MX", "DEL010203AB9", ""),  # begins like a German one
        ("51 824 753 556", "AU", "51824753556", ""),
        ("none", "DE", "", ""),
        ("DE123456789 <b>", "DE", "", ""),
    ],
)
def test_a_vat_number_is_looked_at_softly(typed: str, country: str, stored: str, area: str) -> None:
    assert read_vat_number(typed, country) == stored
    assert vat_area(stored) == area
