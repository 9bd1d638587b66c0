"""A page of the shop's own."""

import re
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from webshop.markdown import first_sentence, page_to_html


@dataclass(frozen=True)
class OwnPage:
    """A file of the folder pages/, whose Markdown is read for whoever first looks at the page."""

    slug: str
    title: str
    text: str  # in Markdown, with what shop.toml says filled in
    summary: str = ""  # if its file gives one
    menu: bool = False  # whether the menu leads there
    footer: str = ""  # the heading of the footer's column that it stands in
    to_do: tuple[str, ...] = ()  # what of a starter's text is still to be filled in
    mistakes: tuple[str, ...] = ()  # why the file cannot be read; then there is nothing else of it

    @property
    def path(self) -> str:
        """Its address in the shop."""
        return f"/pages/{self.slug}"

    @property
    def html(self) -> Markup:
        """What stands below its title."""
        return page_to_html(self.text)

    @property
    def words(self) -> str:
        """What lists of results say about it."""
        return self.summary or _beginning(self.text)


@lru_cache(maxsize=100)
def _beginning(text: str) -> str:
    """Its first sentence, without what is still to be filled in."""
    return first_sentence(re.sub(r"\[\[.*?\]\]", "", text, flags=re.S))


@dataclass(frozen=True)
class Column:
    """Pages that stand together in the footer."""

    title: str
    pages: list[OwnPage]
