"""A page of the shop's own."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class OwnPage:
    """A file of the folder pages/. `words` is what lists of results say about it."""

    slug: str
    title: str
    words: str
    html: Markup
    menu: bool = False  # whether the menu leads there
    footer: str = ""  # the heading of the footer's column that it stands in
    to_do: tuple[str, ...] = ()  # what of a starter's text is still to be filled in
    mistakes: tuple[str, ...] = ()  # why the file cannot be read; then there is nothing else of it

    @property
    def path(self) -> str:
        """Its address in the shop."""
        return f"/pages/{self.slug}"


@dataclass(frozen=True)
class Column:
    """Pages that stand together in the footer."""

    title: str
    pages: list[OwnPage]
