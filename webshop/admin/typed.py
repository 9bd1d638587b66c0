"""Words that an owner typed, checked before they are kept."""

import re

from webshop.errors import Mistyped


def read_words(what: str, typed: str, longest: int) -> str:
    """`typed` without spaces around it. Raises Mistyped, naming `what` is wrong."""
    words = typed.strip()
    if not words:
        raise Mistyped(f"The {what} is missing.")
    if len(words) > longest:
        raise Mistyped(f"The {what} is too long: at most {longest} characters.")
    if not words.isprintable():
        raise Mistyped(f"The {what} has line breaks or other invisible characters in it.")
    return words


def read_email(typed: str) -> str:
    """The e-mail address in small letters, without spaces around it. Raises Mistyped."""
    email = typed.strip().lower()
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", email):
        raise Mistyped(f"{typed!r} is not an e-mail address such as ada@example.com")
    return email
