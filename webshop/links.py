"""The shop's own addresses: their ends, made from titles in any script, and whole links to its pages."""

import re

from anyascii import anyascii

LONGEST_SLUG = 80


def slug(text: str, *, otherwise: str) -> str:
    """Small letters, digits and hyphens that sound like `text`: "Blumenvase, groß" is "blumenvase-gross".
    `otherwise` where nothing is left of it."""
    words = re.findall("[a-z0-9]+", anyascii(text).lower().replace("'", ""))
    return "-".join(words)[:LONGEST_SLUG].strip("-") or otherwise


def unused(wanted: str, used: set[str]) -> str:
    """`wanted`, or with the first number behind it that is free; it is used from now on."""
    found, number = wanted, 1
    while found in used:
        number += 1
        found = f"{wanted[: LONGEST_SLUG - 1 - len(str(number))].rstrip('-')}-{number}"
    used.add(found)
    return found


def order(signed: str) -> str:
    """The path of an order's page; `signed` is its signed number."""
    return f"/orders/{signed}"


def checkout(site: str) -> str:
    return f"{site}/checkout"


def charge(site: str) -> str:
    """Where Stripe sends a shopper who has paid; it fills in the id of the session."""
    return f"{site}/charge?token={{CHECKOUT_SESSION_ID}}"
