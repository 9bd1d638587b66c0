"""Who buys, where it goes and by which way: what the checkout form says, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

from webshop import address
from webshop.address import Address
from webshop.errors import Invalid
from webshop.language.formats import country_name
from webshop.language.messages import gettext as _


@dataclass(frozen=True)
class Details:
    """Who buys, where it goes and by which way: the checkout form, checked. `method` is the key of a shipping
    method, "" for the first one."""

    email: str
    address: Address
    method: str = ""


# Spaces that pasted text and other scripts bring along: no-break, thin, ideographic.
WIDE_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# A scheme, "www.", or a domain and something behind it, as in "evil.example/claim". "3.OG/left" is a floor.
DOMAIN = r"([^\W\d]|\d{3})[\w-]*\.(xn--[\w-]+|[^\W\d_]{2,})(:\d+)?"
WEB_ADDRESS = re.compile(rf"://|\bwww\.|{DOMAIN}[/?]\S", re.IGNORECASE)
PRINTED_IN_MAILS = ("name", "line1", "line2", "city", "postal_code")  # as they were typed
FIELDS = ("email", "name", "line1", "line2", "city", "country", "region", "postal_code")
LONGEST = {
    "email": 254,
    "name": 100,
    "line1": 100,
    "line2": 100,
    "city": 80,
    "country": 2,
    "region": 80,
    "postal_code": 20,
}


def read_details(form: Mapping[str, str], countries: list[str]) -> Details:
    """The checkout form's fields, trimmed and checked. Raises Invalid with a sentence for each bad field."""
    typed = {field: WIDE_SPACES.sub(" ", form.get(field, "")).strip() for field in FIELDS}
    problems = {field: problem for field in FIELDS if (problem := _problem(field, typed, countries))}
    if problems:
        raise Invalid(_("Please check the marked fields."), problems)
    if not address.regions(typed["country"]):
        typed["region"] = ""  # of the country that was chosen before
    return Details(
        email=typed["email"],
        address=Address(**{field: typed[field] for field in FIELDS if field != "email"}),
        method=form.get("shipping_method", ""),
    )


def _problem(field: str, typed: Mapping[str, str], countries: list[str]) -> str:
    value = typed[field]
    if len(value) > LONGEST[field]:
        return _("Please use at most %(n)s characters.", n=LONGEST[field])
    if not value.isprintable():
        return _("Please remove line breaks and other invisible characters.")
    if field in PRINTED_IN_MAILS and WEB_ADDRESS.search(normalize("NFKC", value)):
        return _("Please leave out web addresses.")  # anybody may write anybody's address above it
    match field:
        case "email":
            return _email_problem(value)
        case "country":
            return "" if value in countries else _("Please choose a country that we deliver to.")
        case "postal_code":
            return _postcode_problem(value, typed["country"], countries)
        case "region":
            return _region_problem(value, typed["country"], countries)
        case "line2":
            return ""
    return "" if value else _("Please fill in this field.")


def _email_problem(value: str) -> str:
    if not value:
        return _("Please fill in this field.")
    if not value.isascii():  # not in the domain either, whose ASCII form can be typed
        return _("This does not look like an e-mail address.")
    try:
        # Test domains are for tests; whether mail arrives is not asked here, but by sending it.
        validate_email(value, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        return _("This does not look like an e-mail address.")
    return ""


def _region_problem(value: str, country: str, countries: list[str]) -> str:
    known = address.regions(country) if country in countries else []
    if not known or value in (code for code, _name in known):
        return ""
    return _("Please choose one.")


def _postcode_problem(value: str, country: str, countries: list[str]) -> str:
    if country not in countries:
        return ""  # the country's own sentence comes first
    problem = address.postcode_problem(value, country)
    if not problem:
        return ""
    if problem == "missing":
        return _("Please fill in this field.")
    name = country_name(country)
    return _("In %(country)s a postcode looks like %(example)s.", country=name, example=problem)
