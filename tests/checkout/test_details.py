"""The checkout form: what is accepted as it is typed, and what is said of the rest."""

import pytest

from tests import people
from webshop.address import Address
from webshop.checkout.details import Details, read_details
from webshop.errors import Invalid
from webshop.language import messages
from webshop.language.messages import speaking
from webshop.shop import AskedFor

COUNTRIES = ["DE", "IE", "GB", "US"]
FORM = {**people.FORM, "line2": "Flat 2"}


def problems(**changes: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read_details({**FORM, **changes}, COUNTRIES)
    assert refusal.value.message == "Please check the marked fields."
    return refusal.value.fields


def test_a_form_is_read_and_trimmed() -> None:
    padded = {field: f"  {value}\n" for field, value in FORM.items()}
    assert read_details({**padded, "unknown": "field"}, COUNTRIES) == Details(
        "ada@example.com",
        Address("Ada Lovelace", "1 Analytical Street", "Flat 2", "10115", "Berlin", "DE"),
    )


def test_an_empty_form_is_answered_at_every_field_that_is_needed() -> None:
    with pytest.raises(Invalid) as refusal:
        read_details({}, COUNTRIES)
    fill_in = "Please fill in this field."
    assert refusal.value.fields == {
        "email": fill_in,
        "name": fill_in,
        "line1": fill_in,
        "city": fill_in,
        "country": "Please choose a country that we deliver to.",
    }


@pytest.mark.parametrize("field", ["email", "name", "line1", "city", "postal_code"])
def test_a_missing_field_is_named(field: str) -> None:
    assert problems(**{field: "   "}) == {field: "Please fill in this field."}


def test_the_second_line_of_an_address_may_be_empty() -> None:
    assert read_details({**FORM, "line2": ""}, COUNTRIES).address.line2 == ""


@pytest.mark.parametrize(
    ("field", "longest"),
    [("email", 254), ("name", 100), ("line1", 100), ("line2", 100), ("postal_code", 20), ("city", 80)]
    + [("region", 80), ("country", 2), ("company", 100), ("phone", 40), ("vat_number", 40)],
)
def test_a_field_that_is_too_long_is_named(field: str, longest: int) -> None:
    assert problems(**{field: "a" * (longest + 1)}) == {field: f"Please use at most {longest} characters."}


@pytest.mark.parametrize("field", ["name", "line1", "line2", "city"])
def test_a_field_of_the_longest_length_is_accepted(field: str) -> None:
    longest = 80 if field == "city" else 100
    read = read_details({**FORM, field: "ä" * longest}, COUNTRIES)
    assert getattr(read.address, field) == "ä" * longest


INVISIBLE = "\0\x7f\u200b\ufeff\xad\u2060\u200e\u202e\u2066\u3164\ufe0f"


@pytest.mark.parametrize("field", ["email", "name", "line1", "line2", "postal_code", "city", "company"])
def test_what_is_invisible_makes_no_difference(field: str) -> None:
    """Neither a sentence that nobody understands, nor another order."""
    typed = {**FORM, "company": "Engines"}
    seen = read_details(typed, COUNTRIES)
    value = typed[field]
    padded = [f"{sign}{value[0]}{sign}{value[1:]}{sign}" for sign in INVISIBLE] + [f"\t{value}\r\n"]
    assert [read_details({**typed, field: each}, COUNTRIES) == seen for each in padded] == [True] * 12


@pytest.mark.parametrize("field", ["name", "line1", "city"])
def test_what_is_only_invisible_is_missing(field: str) -> None:
    assert problems(**{field: "\u3164\u200b \u2800"}) == {field: "Please fill in this field."}


@pytest.mark.parametrize(
    "field", ["email", "name", "line1", "line2", "postal_code", "city", "company", "phone"]
)
@pytest.mark.parametrize("broken", ["\r", "\n", "\u2028", "\ud800", "\ue000"])
def test_line_breaks_and_what_cannot_be_printed_is_refused(field: str, broken: str) -> None:
    assert problems(**{field: f"1{broken}1"}) == {
        field: "Please remove line breaks and other invisible characters."
    }


def test_a_name_keeps_what_its_script_needs() -> None:
    for name in ("علی\u200cرضا", "ශ්\u200dරී", "O'Neill"):
        assert read_details({**FORM, "name": name}, COUNTRIES).address.name == name


@pytest.mark.parametrize("text", ["Zoë Łuczak-Müller", "O'Neill & Söhne", "€uro 😀", "山田太郎", "<b>Bo</b>"])
@pytest.mark.parametrize("field", ["name", "line1", "line2", "city"])
def test_names_and_streets_take_every_visible_character(field: str, text: str) -> None:
    assert getattr(read_details({**FORM, field: text}, COUNTRIES).address, field) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example",
        "Claim your prize: https://evil.example/claim",
        "ftp://192.0.2.7",
        "evil://x",
        "www.evil.example",
        "Prize at WWW.evil.example",
        "(www.evil.example)",
        "evil.example/claim",
        "Your prize evil.example/c now",
        "EVIL.EXAMPLE/Claim",
        "evil.example:8080/claim",
        "evil.example?claim=1",
        "xn--bse-sna.xn--p1ai/x",
        "böse.рф/приз",
        "a.b.evil.co.uk/c/o",
        "1.evil.example/x",
        "123.com/x",
        "1a.com/x",
        "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "evil．example／claim",
        "evil.example/\u00a0http://",
    ],
)
@pytest.mark.parametrize("field", ["name", "line1", "line2", "city"])
def test_a_web_address_is_refused_where_mails_print_what_was_typed(field: str, text: str) -> None:
    assert problems(**{field: text}) == {field: "Please leave out web addresses."}


def test_a_web_address_is_refused_where_any_postcode_goes() -> None:
    """As in a country without a pattern for them."""
    form = {**FORM, "country": "UG", "postal_code": "evil.example/claim"}
    with pytest.raises(Invalid) as refusal:
        read_details(form, ["UG"])
    assert refusal.value.fields == {"postal_code": "Please leave out web addresses."}


@pytest.mark.parametrize(
    "text",
    [
        "Booking.com",
        "c/o Müller",
        "Müller c/o Booking.com",
        "J.R. Tolkien",
        "J.R.R. Tolkien/C.S. Lewis",
        "St. Mary's",
        "5/7 High Street",
        "Flat 2/1",
        "Hauptstr.5/7",
        "Hauptstr. 5/7",
        "Nr.12/3",
        "Fam. Müller/Schmidt",
        "Awww. Inc",
        "Stiege 2 / Top 14",
        "Platz der Republik 1: Haus 2/b",
        "3.OG/links",
        "12.Stock/Top 14",
        "Who.is?",
    ],
)
@pytest.mark.parametrize("field", ["name", "line1", "line2", "city"])
def test_dots_and_slashes_of_names_and_streets_are_fine(field: str, text: str) -> None:
    assert getattr(read_details({**FORM, field: text}, COUNTRIES).address, field) == text


@pytest.mark.parametrize(
    "email",
    ["ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "Ada <ada@example.com>"]
    + ["ada@example.com, bob@example.com", "ada@[127.0.0.1]", '"a b"@example.com', "ada@example..com"]
    + ["ädä@example.com", "ada@exam😀ple.com", "€@example.com"],
)  # fmt: skip
def test_what_is_no_plain_e_mail_address_is_refused(email: str) -> None:
    assert problems(email=email) == {"email": "This does not look like an e-mail address."}


@pytest.mark.parametrize("email", ["ada@example.test", "Ada+shop@Example.COM", "a.b-c_d@xn--mnchen-3ya.de"])
def test_an_e_mail_address_is_kept_as_it_was_typed(email: str) -> None:
    assert read_details({**FORM, "email": email}, COUNTRIES).email == email


def test_an_umlaut_domain_is_kept_as_mail_servers_know_it() -> None:
    assert read_details({**FORM, "email": "ada@müller.de"}, COUNTRIES).email == "ada@xn--mller-kva.de"


@pytest.mark.parametrize(
    ("country", "typed", "postcode"),
    [("DE", "D-10115", "10115"), ("GB", "sw1a1aa", "SW1A 1AA"), ("US", "95014 1234", "95014-1234")]
    + [("IE", "d02af30", "D02 AF30"), ("IE", "", "")],
)
def test_a_postcode_is_one_of_its_country(country: str, typed: str, postcode: str) -> None:
    form = {**FORM, "country": country, "region": "CA", "postal_code": typed}
    read = read_details(form, COUNTRIES)
    assert (read.address.country, read.address.postal_code) == (country, postcode)


def test_a_state_and_a_postcode_that_disagree_are_asked_about() -> None:
    typed = {"country": "US", "region": "NY", "postal_code": "90210"}
    assert problems(**typed) == {"postal_code": "90210 belongs to California. Please check both."}
    military = read_details({**FORM, "country": "US", "region": "AE", "postal_code": "09123"}, COUNTRIES)
    assert military.address.region == "AE"


@pytest.mark.parametrize(
    ("country", "postcode", "sentence"),
    [
        ("DE", "SW1A 1AA", "In Germany a postcode looks like 26133."),
        ("DE", "\u0661\u0660\u0661\u0661\u0665", "In Germany a postcode looks like 26133."),
        ("GB", "10115", "In United Kingdom a postcode looks like EC1Y 8SY."),
        ("US", "1", "In United States a postcode looks like 95014."),
        ("IE", "10115", "In Ireland a postcode looks like A65 F4E2."),
        ("US", "", "Please fill in this field."),
    ],
)
def test_a_postcode_of_elsewhere_is_answered_with_an_example(
    country: str, postcode: str, sentence: str
) -> None:
    assert problems(country=country, region="CA", postal_code=postcode) == {"postal_code": sentence}


@pytest.mark.parametrize("region", ["", "XX", "ca", "Bavaria"])
def test_a_country_that_has_states_wants_one_of_them(region: str) -> None:
    typed = {"country": "US", "postal_code": "95014", "region": region}
    assert problems(**typed) == {"region": "Please choose one."}


def test_a_state_is_kept_and_forgotten_where_there_are_none() -> None:
    typed = {"region": "CA", "postal_code": "95014", "country": "US"}
    assert read_details({**FORM, **typed}, COUNTRIES).address.region == "CA"
    assert read_details({**FORM, "region": "CA"}, COUNTRIES).address.region == ""


@pytest.mark.parametrize("country", ["", "XX", "FR", "de", "D", "ZZ"])
def test_a_country_that_is_not_delivered_to_is_refused(country: str) -> None:
    assert problems(country=country) == {"country": "Please choose a country that we deliver to."}


def test_spaces_of_other_scripts_become_plain_ones() -> None:
    typed = {**FORM, "name": "山田\u3000太郎", "line1": "Rue\u00a0de la Paix 1"}
    address = read_details(typed, COUNTRIES).address
    assert (address.name, address.line1) == ("山田 太郎", "Rue de la Paix 1")


def test_a_prefecture_is_stored_in_the_letters_of_the_page() -> None:
    typed = {**FORM, "country": "JP", "postal_code": "〒１００－０００１", "region": "Tokyo"}
    assert read_details(typed, ["JP"]).address.region == "Tokyo"
    with speaking(messages.load("ja")):
        read = read_details(typed, ["JP"]).address
    assert (read.region, read.postal_code) == ("東京都", "100-0001")


@pytest.mark.parametrize(
    ("wish", "typed", "stored"),
    [
        ("required", "0341 123456", "+49 341 123456"),
        ("optional", "0341 123456", "+49 341 123456"),
        ("optional", "", ""),
        ("no", "0341 123456", ""),
        ("no", "nonsense", ""),
    ],
)
def test_a_phone_number_is_asked_for_as_the_shop_wants(wish: AskedFor, typed: str, stored: str) -> None:
    assert read_details({**FORM, "phone": typed}, COUNTRIES, wish).phone == stored


@pytest.mark.parametrize(
    ("wish", "typed", "sentence"),
    [
        ("required", " \u200b", "Please fill in this field."),
        ("required", "none", "This does not look like a phone number."),
        ("optional", "12", "This does not look like a phone number."),
    ],
)
def test_a_phone_number_that_is_none_is_named(wish: AskedFor, typed: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_details({**FORM, "phone": typed}, COUNTRIES, wish)
    assert refusal.value.fields == {"phone": sentence}


def test_a_company_and_its_vat_number_are_optional() -> None:
    read = read_details({**FORM, "company": "Engine GmbH", "vat_number": "de 123 456 789"}, COUNTRIES)
    assert (read.address.company, read.vat_number) == ("Engine GmbH", "DE123456789")
    assert problems(vat_number="none") == {"vat_number": "This does not look like a VAT number."}
    assert problems(vat_number="DE12") == {"vat_number": "This does not look like a VAT number."}
    assert read_details({**FORM, "vat_number": "ATU12345678"}, COUNTRIES).vat_number == "ATU12345678"


BILLING = {
    "billing_name": "Charles Babbage",
    "billing_company": "Engines Ltd",
    "billing_line1": "1 Dorset Street",
    "billing_postal_code": "w1u4eg",
    "billing_city": "London",
    "billing_country": "GB",
}


def test_another_billing_address_may_be_anywhere() -> None:
    read = read_details({**FORM, **BILLING}, ["DE"])
    where = Address("Charles Babbage", "1 Dorset Street", "", "W1U 4EG", "London", "GB", "", "Engines Ltd")
    assert (read.billing, read.address.country) == (where, "DE")
    swiss = {**BILLING, "billing_country": "CH", "billing_postal_code": "CH-8001", "billing_region": "Zürich"}
    billing = read_details({**FORM, **swiss}, ["DE"]).billing
    assert billing
    assert (billing.postal_code, billing.region) == ("8001", "Zürich")


def test_a_billing_address_is_none_at_all_or_whole() -> None:
    assert (
        read_details({**FORM, "billing_country": "FR", "billing_city": "\u200b"}, COUNTRIES).billing is None
    )
    fill_in = "Please fill in this field."
    assert problems(billing_company="Engines Ltd") == {
        "billing_name": fill_in,
        "billing_line1": fill_in,
        "billing_city": fill_in,
        "billing_country": "Please choose a country.",
    }
    assert problems(**{**BILLING, "billing_postal_code": "10115"}) == {
        "billing_postal_code": "In United Kingdom a postcode looks like EC1Y 8SY."
    }
    assert problems(**{**BILLING, "billing_city": "evil.example/claim"}) == {
        "billing_city": "Please leave out web addresses."
    }
    british = {**BILLING, "vat_number": "GB12"}
    assert problems(**british) == {"vat_number": "This does not look like a VAT number."}
