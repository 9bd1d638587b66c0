"""A catalogue's words for machines: descriptions without their Markdown, and what options are about."""

import re

from webshop.catalog.model import Product

LONGEST_SUMMARY = 160
PICTURES_AND_LINKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MARKS = re.compile(
    r"^\s{0,3}(?:#{1,6}\s|>\s?|[-*+]\s|[0-9]+\.\s|[-*_|: ]+$)|\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)", re.MULTILINE
)

# What Google and schema.org call an option, by names that shops give it.
OPTIONS = {
    "color": "color colour colours farbe couleur color kleur colore glaze glasur",
    "size": "size grösse größe taille talla maat taglia",
    "material": "material matériau materiale materiaal",
    "pattern": "pattern muster motif",
}
ATTRIBUTES = {name: attribute for attribute, names in OPTIONS.items() for name in names.split()}


def text_of(markdown: str) -> str:
    """In lines as they are written."""
    text = MARKS.sub("", PICTURES_AND_LINKS.sub(r"\1", markdown)).replace("|", " ")
    return "\n".join(line for line in (" ".join(each.split()) for each in text.splitlines()) if line)


def summary_of(product: Product) -> str:
    """A sentence or two, for a list of results; the product's own if it has one."""
    return shortened(product.summary or product.description) or product.title


def shortened(markdown: str) -> str:
    """As much of it as lists of results show, in one line."""
    text = " ".join(text_of(markdown).split())
    if len(text) <= LONGEST_SUMMARY:
        return text
    return f"{text[: LONGEST_SUMMARY - 1].rpartition(' ')[0] or text[: LONGEST_SUMMARY - 1]}…"
