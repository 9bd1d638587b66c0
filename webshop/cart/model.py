"""The cart: lines addressed by sku, priced from the catalogue each time it is shown."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from webshop.catalog.model import Picture, mark_of
from webshop.errors import Invalid
from webshop.language.messages import gettext as _
from webshop.pricing import tax

MOST_OF_ONE = 99  # of one sku; a larger order deserves a conversation
MOST_LINES = 50  # Stripe takes 100 lines in a session


@dataclass(frozen=True)
class Line:
    """A sku and how many. `stock` is what can be bought now: None unlimited, 0 sold out or no longer sold.

    `code` is the sku as its owner writes it, where that is too long for a key. `shipped`: it goes into a
    parcel.
    """

    sku: str
    product: str
    title: str
    variant: str
    picture: Picture | None
    unit_price: int
    quantity: int
    stock: int | None
    weight: int
    tax_class: tax.TaxClass = "standard"
    tax_code: str = ""
    code: str = ""
    shipped: bool = True
    refusal: str = ""  # why it was not changed just now
    is_removed: bool = False  # just now: it can be put back

    @property
    def id(self) -> str:
        """For the page and its address: a sku may have any letter in it."""
        return mark_of(self.sku)

    @property
    def total(self) -> int:
        return self.unit_price * self.quantity

    @property
    def name(self) -> str:
        return f"{self.title}, {self.variant}" if self.variant else self.title

    @property
    def stripes_tax_code(self) -> str:
        """What it is to Stripe Tax; "" for what the account mostly sells."""
        return self.tax_code or (tax.NONTAXABLE if self.tax_class == "none" else "")

    @property
    def problem(self) -> str:
        """Why this line cannot be bought as it is, or ""."""
        if self.stock is None or self.quantity <= self.stock:
            return ""
        if self.stock == 0:
            return _("Sold out. Please remove it.")
        return _("Only %(left)s left. Please lower the quantity.", left=self.stock)

    @property
    def sentence(self) -> str:
        """What stands at the line, or ""."""
        return self.refusal or self.problem


@dataclass(frozen=True)
class Cart:
    """`known` is False for a visitor without a cart, whose mirror may hold one to restore, and None where
    nobody has looked. `taxes` are those of the goods in `tax_country`, included or to be added as `tax_mode`
    says. `to_free_shipping` is what is missing, in minor units, until a parcel goes there for nothing; None
    where it never does. `removed` was taken out just now, from before the line of the index `place`."""

    lines: tuple[Line, ...] = ()
    currency: str = ""
    known: bool | None = False
    tax_mode: tax.Mode = "none"
    tax_country: str = ""
    taxes: tuple[tax.TaxLine, ...] = ()
    to_free_shipping: int | None = None
    removed: Line | None = None
    place: int = 0

    @property
    def shown(self) -> tuple[Line, ...]:
        """Its lines, and what was taken out just now where that was."""
        back = (self.removed,) if self.removed else ()
        return (*self.lines[: self.place], *back, *self.lines[self.place :])

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def ships(self) -> bool:
        """Whether anything in it goes into a parcel; nothing yet is asked as if."""
        return not self.lines or any(line.shipped for line in self.lines)

    @property
    def can_be_bought(self) -> bool:
        return bool(self.lines) and not any(line.problem for line in self.lines)

    @property
    def mirror(self) -> list[dict[str, str | int]]:
        """What the browser keeps in LocalStorage, in the shape it had in the shop's first life."""
        return [
            {"sku": line.sku, "product": line.name, "amount": line.unit_price, "quantity": line.quantity}
            for line in self.lines
        ]


def parse_quantity(text: str, *, zero: bool = False) -> int:
    """1 to 99 (or 0, where that removes) in ASCII digits. Raises Invalid for anything else."""
    if zero and text == "0":
        return 0
    if not re.fullmatch(r"[1-9][0-9]?", text, re.ASCII):
        raise Invalid(_("Please choose a quantity from 1 to %(most)s.", most=MOST_OF_ONE))
    return int(text)


def parse_step(text: str) -> int:
    """One more or one less. Raises Invalid for anything else."""
    if text not in ("1", "-1"):
        raise Invalid(_("Please choose a quantity from 1 to %(most)s.", most=MOST_OF_ONE))
    return int(text)


def parse_mirror(text: str) -> list[tuple[str, int]]:
    """Skus and quantities from what a browser claims to have had; whatever is not such a pair is left out.

    Raises Invalid when it is no JSON list at all.
    """
    try:
        claimed = json.loads(text)
    except (ValueError, RecursionError):
        claimed = None
    if not isinstance(claimed, list):
        raise Invalid(_("The saved cart could not be read."))
    return [pair for entry in claimed[:MOST_LINES] if (pair := _claimed_pair(entry))]


def _claimed_pair(entry: object) -> tuple[str, int] | None:
    if not isinstance(entry, dict):
        return None
    sku, quantity = entry.get("sku"), entry.get("quantity")
    if not isinstance(sku, str) or type(quantity) is not int or not 1 <= quantity <= MOST_OF_ONE:
        return None
    return sku, quantity


def restored_sentence(restored: Sequence[str], missing: int) -> str:
    """What restoring the mirror did, in words: `restored` names what is back, `missing` counts the rest."""
    if not restored:
        return _("Nothing from your last visit can be bought any more.")
    sentence = _("We put back your cart: %(names)s.", names=", ".join(restored))
    if missing:
        sentence += " " + _("Some of it is no longer available.")
    return sentence


def again_sentence(outcome: str) -> str:
    """What ordering again did, in words; "" for what it never does."""
    sentences = {
        "all": _("Your order is in your cart again."),
        "some": _("What can still be bought of your order is in your cart again."),
        "none": _("Nothing of this order can be bought any more."),
    }
    return sentences.get(outcome, "")
