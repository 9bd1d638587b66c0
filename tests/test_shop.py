"""shop.toml: the shop's name, currency, language, shipping and tax."""

from decimal import Decimal
from pathlib import Path

import pytest

from webshop import shop
from webshop.settings.model import ROOT
from webshop.toml_files import FileError

ZONE = "shipping, zone 'Germany'"
METHOD = f"{ZONE}, method 'Parcel'"
RIGHT = """
name = "Test Pottery"
currency = "EUR"
language = "de_AT"

[[shipping.zones]]
name = "Germany"
countries = ["DE", "IE"]
methods = [{ key = "parcel", title = "Parcel", price = 4.90 }]
"""


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        shop.load(path)
    return refusal.value.problems


def test_a_shop_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(RIGHT)
    read = shop.load(path)
    assert (read.name, read.tagline, read.currency, read.language) == ("Test Pottery", "", "EUR", "de_AT")
    assert read.countries == ["DE", "IE"]
    assert (read.imprint, read.tax, read.tax_mode) == ([], {}, "none")
    ((zone),) = read.shipping.zones
    assert (zone.name, zone.postcodes) == ("Germany", [])
    ((method),) = zone.methods
    assert (method.key, method.title, method.delivery, method.price) == (
        "parcel",
        "Parcel",
        "",
        Decimal("4.90"),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (
            'name = "Test',
            'nmae = "Test',
            [
                "name is missing",
                "nmae is no word that this file has; did you mean name?",
            ],
        ),
        ('"EUR"', '"eur"', ["currency: 'eur' is no currency that Stripe charges, such as EUR or USD"]),
        ('"EUR"', '"EUX"', ["currency: 'EUX' is no currency that Stripe charges, such as EUR or USD"]),
        ("4.90", "1000000", [f"{METHOD}: price 1000000 is more than Stripe charges at once: 999,999.99 EUR"]),
        ('"de_AT"', '"xx"', ["language: 'xx' is not a language such as en or de_AT"]),
        ('"de_AT"', '"de-AT"', ["language: 'de-AT' is not a language such as en or de_AT"]),
        *(
            (
                'currency = "EUR"',
                f'currency = "EUR"\ntimezone = "{wrong}"',
                [f"timezone: {wrong!r} is not a time zone such as Europe/Berlin or Asia/Tokyo"],
            )
            for wrong in ("Europe/Berln", "Europe", "", "../etc/passwd", "/etc/passwd", "CET+1")
        ),
        ('"IE"', '"XX"', [f"{ZONE}, country 2: 'XX' is not a country code such as DE or IE"]),
        ('"IE"', '"ZZ"', [f"{ZONE}, country 2: 'ZZ' is not a country code such as DE or IE"]),
        ('"IE"', '"ie"', [f"{ZONE}, country 2: 'ie' is not a country code such as DE or IE"]),
        (
            '"DE", "IE"',
            "",
            [f"{ZONE}: countries must be a list of at least 1"],
        ),
        ("4.90", "-1", [f"{METHOD}: price must be 0 or more"]),
        ("4.90", "4.905", [f"{METHOD}: price 4.905 has more than 2 decimals (EUR)"]),
        ('"EUR"', '"JPY"', [f"{METHOD}: price 4.90 has more than 0 decimals (JPY)"]),
        (", price = 4.90", "", [f"{METHOD}: needs a price, or rates"]),
        (
            "4.90",
            "4.90, rates = [{ price = 1 }]",
            [f"{METHOD}: needs a price, or rates"],
        ),
        (
            "price = 4.90",
            "rates = [{ price = 1, up_to_weight = 0 }, { price = 1, upto_weight = 9 }]",
            [
                f"{METHOD}, rate 1: up_to_weight must be more than 0",
                f"{METHOD}, rate 2: upto_weight is no word that this file has; did you mean up_to_weight?",
            ],
        ),
        (
            "price = 4.90",
            "rates = [{ price = 1, up_to_value = 1.999 }], free_from = 0.001",
            [
                f"{METHOD}: free_from 0.001 has more than 2 decimals (EUR)",
                f"{METHOD}, rate 1: up_to_value 1.999 has more than 2 decimals (EUR)",
            ],
        ),
        (
            '"parcel"',
            '"Parcel post"',
            [f"{METHOD}: key must be small letters, digits and hyphens, such as parcel, not 'Parcel post'"],
        ),
        (
            "methods = [",
            'methods = [{ key = "parcel", title = "Other", price = 1 }, ',
            [f"{ZONE}: each of its methods needs a key of its own"],
        ),
        (
            'methods = [{ key = "parcel", title = "Parcel", price = 4.90 }]',
            "",
            [f"{ZONE}: needs methods; only a zone of postcodes can do without"],
        ),
        (
            "\n[[shipping.zones]]",
            "tax = { DE = { standard = 119, redused = 7 }, XX = { standard = 1 } }\n[[shipping.zones]]",
            [
                "tax, DE: standard must be 100 or less",
                "tax, DE: redused is no word that this file has; did you mean reduced?",
                "tax, XX: 'XX' is not a country code such as DE or IE",
            ],
        ),
        (
            "\n[[shipping.zones]]",
            'tax = "vat"\n[[shipping.zones]]',
            ["tax must be a table"],
        ),
        (
            'methods = [{ key = "parcel", title = "Parcel", price = 4.90 }]',
            'postcodes = ["1"]',
            ["shipping: needs a zone with methods"],
        ),
        (
            "[[shipping.zones]]",
            "[[shiping.zones]]",
            ["shipping is missing", "shiping is no word that this file has; did you mean shipping?"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, right: str, wrong: str, problem: list[str]
) -> None:
    assert RIGHT.count(right) == 1
    assert problems(tmp_path, RIGHT.replace(right, wrong)) == [f"shop.toml: {each}" for each in problem]


def test_tax_is_handed_to_stripe_with_one_word(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    for included, mode in (("true", "stripe_included"), ("false", "stripe_added")):
        path.write_text(f'tax = "stripe"\nprices_include_tax = {included}\n{RIGHT}')
        assert shop.load(path).tax_mode == mode


def test_an_earlier_price_is_the_eus_unless_the_shop_says_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(RIGHT)
    assert shop.load(path).prices.earlier == "lowest_of_30_days"
    path.write_text(f'prices = {{ earlier = "was" }}\n{RIGHT}')
    assert shop.load(path).prices.earlier == "was"
    [problem] = problems(tmp_path, f'prices = {{ earlier = "higher" }}\n{RIGHT}')
    assert "lowest_of_30_days" in problem


def test_the_shop_file_that_comes_with_the_shop_is_right() -> None:
    read = shop.load(ROOT / "shop.toml")
    assert (read.currency, read.tax_mode) == ("EUR", "included")
    assert read.countries[0] == "DE"
    assert {"GB", "US", "IE", "FR"} <= set(read.countries)
    assert read.tracking_link("ups", "1Z 9") == "https://www.ups.com/track?tracknum=1Z%209"


def carriers(folder: Path, lines: str) -> shop.Shop:
    path = folder / "shop.toml"
    path.write_text(f"{RIGHT}\n[carriers]\n{lines}\n", encoding="utf-8")
    return shop.load(path)


def test_a_parcel_is_followed_at_its_carrier_s_whose_name_is_typed_in_any_case(tmp_path: Path) -> None:
    read = carriers(
        tmp_path,
        """"Österreichische Post" = "https://post.example/{tracking}/now"
DHL = "https://dhl.example:8443?a=1&b={tracking}#{tracking}"
""".replace("8443?", "8443/?"),
    )
    assert read.tracking_link("dhl", "JJD 1/2&x=ü#<") == (
        "https://dhl.example:8443/?a=1&b=JJD%201%2F2%26x%3D%C3%BC%23%3C#JJD%201%2F2%26x%3D%C3%BC%23%3C"
    )
    assert read.tracking_link(" ÖSTERREICHISCHE  post ", "{tracking}") == (
        "https://post.example/%7Btracking%7D/now"
    )
    assert read.tracking_link("DHL Express", "1") == ""
    assert read.tracking_link("DHL", "") == ""
    assert read.tracking_link("", "") == ""


def test_a_carrier_s_link_leads_to_its_own_site_alone(tmp_path: Path) -> None:
    no_link = "must be a link to the carrier's site that begins with https://"
    no_place = "must have {tracking} where the parcel's number stands"
    letters = "must not have letters that no link has; the parcel's number stands at {tracking}"
    wrong = {
        "http://dhl.example/{tracking}": no_link,
        "dhl.example/{tracking}": no_link,
        "javascript:alert({tracking})": no_link,
        "https://{tracking}.example/": no_link,
        "https://dhl.example{tracking}/": no_link,
        "https://dhl@evil.example/{tracking}": no_link,
        "https://dhl.example": no_link,
        "https:///{tracking}": no_link,
        "": no_link,
        "https://dhl.example/": no_place,
        "https://dhl.example/{number}": letters,
        "https://dhl.example/{Tracking}": letters,
        "https://dhl.example/{tracking}}": letters,
        "https://dhl.example/a b?{tracking}": letters,
        "https://dhl.example/ü?{tracking}": letters,
    }
    for link, problem in wrong.items():
        with pytest.raises(FileError) as refusal:
            carriers(tmp_path, f'DHL = "{link}"')
        assert refusal.value.problems == [f"shop.toml: carriers: DHL {problem}"], link
    with pytest.raises(FileError) as refusal:
        carriers(tmp_path, 'DHL = "https://a.example/{tracking}"\ndhl = "https://b.example/{tracking}"')
    twice = "shop.toml: carriers: 'DHL' stands there twice; capitals make no difference"
    assert refusal.value.problems == [twice]
