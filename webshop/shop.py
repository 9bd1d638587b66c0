"""shop.toml: the shop's name, currency, language, shipping, carriers and tax. A person edits it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from webshop.address.contacts import read_email
from webshop.pricing import money
from webshop.pricing.carriers import Carriers, tracking_link
from webshop.pricing.promises import Promise, promised
from webshop.pricing.shipping import Shipping
from webshop.pricing.tax import Mode
from webshop.pricing.tax_rates import CountryTax, TaxPart
from webshop.toml_files import Country, Entry, FileError, Flag, Line, Text, Whole, matching, quoted, read_toml


def _known_language(code: str) -> str:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{quoted(code)} is not a language such as en or de_AT") from error
    return code


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no name at all, or a folder of names
        raise ValueError(f"{quoted(name)} is not a time zone such as Europe/Berlin or Asia/Tokyo") from error
    return name


def _an_email(address: str) -> str:
    if address and not read_email(address):
        raise ValueError(f"must be an e-mail address, not {quoted(address)}")
    return address


def _known_currency(code: str) -> str:
    if code not in money.CURRENCIES:
        raise ValueError(f"{quoted(code)} is no currency that Stripe charges, such as EUR or USD")
    return code


ON_THE_WEB = re.compile(r"(/(?!/)|https://|#)\S*")


class HomeSection(Entry):
    """[[home]]: a part of the home page, drawn by templates/home/ with that name. Each may name products in
    one of four ways: these, the first ones of a category (at most `most` of them), the newest ones or reduced
    ones, so many. A `row` shows nothing else; the others what their template shows of a title, a text in
    Markdown, a picture of static/img/products/ and a link."""

    section: Annotated[str, matching("[a-z][a-z0-9_]{0,39}", "a name such as hero or new")] = "row"
    title: Line = ""
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)] = ""
    picture: Line = ""
    alt: Line = ""  # what one sees in it
    link: Annotated[Line, matching(f"({ON_THE_WEB.pattern})?", "a page of the shop such as /products")] = ""
    link_text: Line = ""
    products: Annotated[list[Text], Field(max_length=24)] = []
    category: Line = ""
    most: Annotated[Whole, Field(ge=1, le=24)] = 8
    newest: Annotated[Whole, Field(ge=0, le=24)] = 0
    sale: Annotated[Whole, Field(ge=0, le=24)] = 0

    @model_validator(mode="after")
    def _of_one_kind(self) -> "HomeSection":
        kinds = sum(map(bool, (self.products, self.category, self.newest, self.sale)))
        if kinds > 1 or (self.section == "row" and not kinds):
            raise ValueError("say one of products, category, newest and sale")
        if self.section == "row" and not self.title:
            raise ValueError("title is missing")
        return self


def _shape(text: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]?):([1-9][0-9]?)", text)
    if not match or not 1 / 3 <= int(match[1]) / int(match[2]) <= 3:
        raise ValueError(f'{quoted(text)} is no width:height such as "1:1" or "4:5", of at most 3:1')
    return text


class PictureRules(Entry):
    """[pictures]: what all pictures of products look like."""

    shape: Annotated[str, AfterValidator(_shape)] = "1:1"


Colour: TypeAlias = Annotated[str, matching("#[0-9a-fA-F]{6}", "a colour such as #3f6f93")]
AskedFor: TypeAlias = Literal["required", "optional", "no"]


class Prices(Entry):
    """Which earlier price is shown beside a reduced one: `lowest_of_30_days`, those before it was reduced, as
    the EU wants it (Article 6a of Directive 98/6/EC), or `was` as catalog.toml has it."""

    earlier: Literal["lowest_of_30_days", "was"] = "lowest_of_30_days"

    def earlier_of(self, price: int, was: int | None, lowest: int | None) -> int | None:
        """The earlier price to be shown, in minor units; None if there is none, or it was no higher."""
        if was is None or was <= price:
            return None
        found = was if self.earlier == "was" else lowest
        return found if found is not None and found > price else None


class ResponsibleEntry(Entry):
    """Who answers for a product's safety in the EU (Regulation 2023/988): a name, and addresses by post and
    e-mail."""

    name: Text
    address: Text
    email: Annotated[Text, AfterValidator(_an_email)]


class Contact(Entry):
    """[contact]: how shoppers reach whoever sells. The address is where answers to mails go, too."""

    email: Annotated[Line, AfterValidator(_an_email)] = ""
    phone: Line = ""
    hours: Line = ""  # when somebody answers


class Returns(Entry):
    """[returns]: for how many days after it has come something may be sent back; 0 says nothing of it."""

    days: Annotated[Whole, Field(ge=0, le=1000)] = 0


class Shop(Entry):
    name: Text
    tagline: Line = ""
    imprint: list[Text] = []  # who sells, line by line, for receipts and the foot of every page
    contact: Contact = Contact()
    responsible: ResponsibleEntry | None = (
        None  # for the safety of what is sold, where a product names nobody else
    )
    currency: Annotated[str, AfterValidator(_known_currency)]
    language: Annotated[str, AfterValidator(_known_language)] = "en"
    timezone: Annotated[str, AfterValidator(_known_time_zone)] = "UTC"
    phone: AskedFor = "no"  # of the shopper, for the carrier
    home: Annotated[list[HomeSection], Field(max_length=12)] = []  # sections of the home page
    pictures: PictureRules = PictureRules()
    swatches: Annotated[dict[Text, Colour], Field(max_length=500)] = {}  # what values of options look like
    shipping: Shipping
    returns: Returns = Returns()
    carriers: Carriers = {}  # links, by carrier
    prices_include_tax: Flag = True
    prices: Prices = Prices()
    tax: dict[Country, CountryTax] = {}
    tax_parts: list[TaxPart] = []  # they come before their countries, and the first one counts
    tax_by_stripe: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _one_word_for_stripe(cls, given: dict[str, Any]) -> dict[str, Any]:
        """`tax = "stripe"` is short for no table and `tax_by_stripe`."""
        return {**given, "tax": {}, "tax_by_stripe": True} if given.get("tax") == "stripe" else given

    @model_validator(mode="after")
    def _one_reckons(self) -> "Shop":
        if self.tax_by_stripe and self.tax_parts:
            raise ValueError('tax_parts: with tax = "stripe", Stripe knows every place; leave them out')
        return self

    def __hash__(self) -> int:
        """It never changes, so what follows from it can be kept under it."""
        return id(self)

    @property
    def zone(self) -> ZoneInfo:
        """Where the shop's days begin and end."""
        return ZoneInfo(self.timezone)

    @property
    def countries(self) -> list[str]:
        """Where something is sent to, in the order of the zones."""
        return self.shipping.countries

    @cached_property
    def promise(self) -> Promise:
        """What pages promise whoever looks at them, before anybody has said where to."""
        return promised(self.shipping, self.currency, self.returns.days)

    @property
    def tax_mode(self) -> Mode:
        if self.tax_by_stripe:
            return "stripe_included" if self.prices_include_tax else "stripe_added"
        if not self.tax and not self.tax_parts:
            return "none"
        return "included" if self.prices_include_tax else "added"

    def tracking_link(self, carrier: str, tracking: str) -> str:
        """Where the carrier tells how far a parcel is; "" for a carrier whose link nobody has said."""
        return tracking_link(self.carriers, carrier, tracking)

    def tax_at(self, country: str, postal_code: str = "", region: str = "") -> CountryTax | None:
        """None where no tax is owed, or Stripe computes it."""
        if self.tax_by_stripe:
            return None
        for part in self.tax_parts:
            if part.holds(country, postal_code, region):
                return part.tax
        return self.tax.get(country)


def load(path: Path) -> Shop:
    """The shop that `path` describes. Raises FileError."""
    with suppress(OSError):
        return _load(path, path.read_bytes())
    return read_toml(path, Shop)  # which says what is wrong


@lru_cache(maxsize=2)  # a process that begins asks five times
def _load(path: Path, _content: bytes) -> Shop:
    shop = read_toml(path, Shop)
    problems = [f"{path.name}: {problem}" for problem in _prices_that_cannot_be_charged(shop)]
    if problems:
        raise FileError(problems)
    return shop


def _prices_that_cannot_be_charged(shop: Shop) -> Iterator[str]:
    for place, price in shop.shipping.prices():
        if place.endswith("price") and (problem := money.too_much(price, shop.currency)):
            yield f"{place} {problem}"
            continue
        try:
            money.to_minor(price, shop.currency)
        except ValueError as error:
            yield f"{place} {error}"
