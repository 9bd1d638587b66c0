"""Who buys, where it goes and by which way: what the checkout form says, checked."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from webshop import address
from webshop.address import Address
from webshop.address.contacts import read_email, read_phone, read_vat_number
from webshop.errors import Invalid
from webshop.language.formats import country_name
from webshop.language.messages import current
from webshop.language.messages import gettext as _
from webshop.shop import AskedFor
from webshop.text import clean, clean_code, is_one_line, is_printable


@dataclass(frozen=True)
class Details:
    """Who buys, where it goes and by which way: the checkout form, checked. `method` is the key of a shipping
    method, "" for the first one; `billing` is None where the invoice has the address of the parcel."""

    email: str
    address: Address
    method: str = ""
    phone: str = ""
    vat_number: str = ""
    billing: Address | None = None


# A scheme, "www.", or a domain and something behind it, as in "evil.example/claim". "3.OG/left" is a floor.
DOMAIN = r"([^\W\d]|\d{3})[\w-]*\.(xn--[\w-]+|[^\W\d_]{2,})(:\d+)?"
WEB_ADDRESS = re.compile(rf"://|\bwww\.|{DOMAIN}[/?]\S", re.IGNORECASE)
ADDRESS = ("name", "company", "line1", "line2", "city", "country", "region", "postal_code")
BILLING = tuple(f"billing_{part}" for part in ADDRESS)
FIELDS = ("email", "phone", "vat_number", *BILLING, *ADDRESS)
CODES = frozenset({"email", "phone", "vat_number", "postal_code"})
CHOSEN = frozenset({"country", "region"})
PRINTED_IN_MAILS = frozenset({*ADDRESS} - {"country"})  # as they were typed
LONGEST = {
    "email": 254,
    "phone": 40,
    "vat_number": 40,
    "name": 100,
    "company": 100,
    "line1": 100,
    "line2": 100,
    "city": 80,
    "country": 2,
    "region": 80,
    "postal_code": 20,
}


def read_details(
    form: Mapping[str, str],
    countries: list[str],
    phone: AskedFor = "optional",
    left_out: Collection[str] = frozenset(),
) -> Details:
    """The checkout form's fields, without what is invisible, in the form that each is stored in. Those of
    `left_out` are not asked for. Raises Invalid with a sentence for each bad field."""
    if phone == "no":
        left_out = {*left_out, "phone"}
    typed = {field: _tidy(_part(field), form.get(field, "")) for field in FIELDS}
    typed |= dict.fromkeys(left_out, "")
    has_billing = any(typed[field] for field in BILLING if field != "billing_country")
    asked = [field for field in FIELDS if field not in left_out and (has_billing or field not in BILLING)]
    found = Form(typed, countries, phone == "required")
    problems = {field: problem for field in asked if (problem := found.problem(field))}
    if problems:
        raise Invalid(_("Please check the marked fields."), problems)
    country = typed["country"]
    return Details(
        email=read_email(typed["email"]),
        address=_address(typed, ""),
        method=form.get("shipping_method", ""),
        phone=typed["phone"] and read_phone(typed["phone"], country),
        vat_number=typed["vat_number"] and read_vat_number(typed["vat_number"], found.billed_in),
        billing=_address(typed, "billing_") if has_billing else None,
    )


def _part(field: str) -> str:
    return field.removeprefix("billing_")


def _tidy(part: str, typed: str) -> str:
    """What has line breaks in it stays what it is, and is refused."""
    if not is_one_line(typed):
        return typed
    if part in CHOSEN:
        return " ".join(typed.split())
    return clean_code(typed) if part in CODES else clean(typed)


def _address(typed: Mapping[str, str], prefix: str) -> Address:
    parts = {part: typed[prefix + part] for part in ADDRESS}
    country = parts["country"]
    parts["postal_code"] = address.read_postcode(parts["postal_code"], country)
    region = address.find_region(parts["region"], country, _language())
    if region or not prefix:  # else of the country that was chosen before
        parts["region"] = region.written if region else ""
    return Address(**parts)


def _language() -> str:
    return str(current().locale)


@dataclass(frozen=True)
class Form:
    """The tidied fields; parcels go to `countries`."""

    typed: Mapping[str, str]
    countries: list[str]
    needs_phone: bool

    @property
    def billed_in(self) -> str:
        is_elsewhere = self.typed["billing_name"] or self.typed["billing_line1"]
        return self.typed["billing_country" if is_elsewhere else "country"]

    def problem(self, field: str) -> str:
        """The sentence for one field, "" if it is fine."""
        part, value = _part(field), self.typed[field]
        if len(value) > LONGEST[part]:
            return _("Please use at most %(n)s characters.", n=LONGEST[part])
        if not is_printable(value):
            return _("Please remove line breaks and other invisible characters.")
        if part in PRINTED_IN_MAILS and WEB_ADDRESS.search(normalize("NFKC", value)):
            return _("Please leave out web addresses.")  # anybody may write anybody's address above it
        if part in CHOSEN or part in CODES:
            return self._of_code(field, value)
        return "" if value or part in ("company", "line2") else _("Please fill in this field.")

    def _of_code(self, field: str, value: str) -> str:
        match field:
            case "email":
                return self._of_email(value)
            case "phone":
                return self._of_phone(value)
            case "vat_number":
                is_fine = not value or read_vat_number(value, self.billed_in)
                return "" if is_fine else _("This does not look like a VAT number.")
            case "country":
                return "" if value in self.countries else _("Please choose a country that we deliver to.")
            case "billing_country":
                return "" if address.is_country(value) else _("Please choose a country.")
            case "region":
                return self._of_region(value)
            case "billing_region":
                return ""
        return self._of_postcode(value, field.removesuffix("postal_code"))

    def _of_email(self, value: str) -> str:
        if not value:
            return _("Please fill in this field.")
        return "" if read_email(value) else _("This does not look like an e-mail address.")

    def _of_phone(self, value: str) -> str:
        if not value:
            return _("Please fill in this field.") if self.needs_phone else ""
        return (
            "" if read_phone(value, self.typed["country"]) else _("This does not look like a phone number.")
        )

    def _of_region(self, value: str) -> str:
        country = self.typed["country"]
        known = country in self.countries and address.regions(country)
        return "" if not known or address.find_region(value, country) else _("Please choose one.")

    def _of_postcode(self, value: str, prefix: str) -> str:
        country = self.typed[f"{prefix}country"]
        if not address.is_country(country) or not (prefix or country in self.countries):
            return ""  # the country's own sentence comes first
        problem = address.postcode_problem(value, country)
        if problem == "missing":
            return _("Please fill in this field.")
        if problem:
            name = country_name(country)
            return _("In %(country)s a postcode looks like %(example)s.", country=name, example=problem)
        return self._of_another_region(value, country, self.typed[f"{prefix}region"])

    def _of_another_region(self, value: str, country: str, chosen: str) -> str:
        region = address.find_region(chosen, country, _language())
        others = address.regions_of_postcode(value, country, region, _language()) if region else []
        if not others:
            return ""
        postcode, names = address.read_postcode(value, country), ", ".join(each.name for each in others)
        return _("%(postcode)s belongs to %(region)s. Please check both.", postcode=postcode, region=names)
