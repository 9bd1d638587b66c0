"""Words that an owner typed, checked before they are kept."""

import re

from webshop.address.contacts import read_email as stored_email
from webshop.errors import Mistyped
from webshop.text import clean, clean_code, is_one_line, is_printable


def read_words(what: str, typed: str, longest: int) -> str:
    """`typed` without what is invisible. Raises Mistyped, naming `what` is wrong."""
    words = clean(typed) if is_one_line(typed) else typed
    if not words:
        raise Mistyped(f"The {what} is missing.")
    if len(words) > longest:
        raise Mistyped(f"The {what} is too long: at most {longest} characters.")
    if not is_printable(words):
        raise Mistyped(f"The {what} has line breaks or other invisible characters in it.")
    return words


def read_email(typed: str) -> str:
    """The e-mail address in small letters, as orders have it. Raises Mistyped."""
    email = clean_code(typed).lower()
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", email):
        raise Mistyped(f"{typed!r} is not an e-mail address such as ada@example.com")
    return stored_email(email) or email
