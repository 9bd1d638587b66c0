"""pages/*.md: a head in TOML between two lines of +++, and below it Markdown."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from webshop.edited_files import NotText, edited_files, text_of
from webshop.language import messages
from webshop.language.messages import speaking
from webshop.markdown import to_dos
from webshop.pages.facts import facts_of, filled_in
from webshop.pages.model import OwnPage
from webshop.shop import Shop
from webshop.toml_files import Entry, FileError, Flag, Line, Text, Whole, read_head

FENCE = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
SLUG = re.compile("[a-z0-9-]{1,80}")  # as in routes.py
LONGEST = 200_000  # letters
ABOUT_THE_FOLDER = "README.md"


class Head(Entry):
    """Between the lines of +++. `words` are for lists of results; else they are the first sentence."""

    title: Text
    words: Line = ""
    menu: Flag = False
    footer: Line = ""
    order: Annotated[Whole, Field(ge=0, le=9999)] = 100


def folder_of(shop_file: Path) -> Path:
    """Where the pages are: beside shop.toml."""
    return shop_file.parent / "pages"


def files_of(folder: Path) -> list[Path]:
    return [file for file in edited_files(folder, "*.md") if file.name != ABOUT_THE_FOLDER]


def read_pages(folder: Path, shop: Shop) -> list[OwnPage]:
    """All pages, in their order. One that cannot be read has its mistakes."""
    found = [page for file in files_of(folder) if (page := _read(file, shop))]
    return [page for _order, page in sorted(found, key=lambda each: (each[0], each[1].slug))]


def mistakes_of(folder: Path, shop: Shop) -> list[str]:
    """A line for whatever is wrong with one of the files."""
    return [mistake for page in read_pages(folder, shop) for mistake in page.mistakes]


def _read(file: Path, shop: Shop) -> tuple[int, OwnPage] | None:
    """With its place among them; None if it has gone since somebody looked."""
    try:
        return _page(file, _text(file), shop)
    except FileNotFoundError:
        return None
    except FileError as error:
        return 0, OwnPage(file.stem, file.name, "", mistakes=tuple(error.problems))


def _text(file: Path) -> str:
    """Raises FileError, and FileNotFoundError."""
    try:
        if not SLUG.fullmatch(file.stem):
            raise FileError([f"{_name(file)}: its name may have small letters, digits and hyphens alone"])
        return text_of(file)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileError([f"{_name(file)}: {error.strerror}"]) from error
    except NotText as error:
        raise FileError([f"{_name(file)}: {error}"]) from error


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@lru_cache(maxsize=100)  # a process that begins asks five times
def _page(file: Path, content: str, shop: Shop) -> tuple[int, OwnPage]:
    """Raises FileError."""
    name = _name(file)
    head, text = _parts(content, name)
    text, wrong = filled_in(text, _facts(shop))
    page = OwnPage(
        file.stem,
        head.title,
        text,
        head.words,
        head.menu,
        head.footer,
        tuple(to_dos(head.title + text)),
        tuple(f"{name}: {words}" for words in wrong),
    )
    return head.order, page


@lru_cache(maxsize=2)
def _facts(shop: Shop) -> dict[str, str]:
    """In the shop's language."""
    with speaking(messages.load(shop.language, shop.zone)):
        return facts_of(shop)


def _parts(text: str, name: str) -> tuple[Head, str]:
    """What is between the fences, and the text below. Raises FileError."""
    if len(text) > LONGEST:
        raise FileError([f"{name}: is longer than {LONGEST:,} letters"])
    begin, head, body = [*FENCE.split(text, maxsplit=2), "", ""][:3]
    if begin.strip() or not head.strip():
        raise FileError([f'{name}: begins with a line +++, then title = "…", then another line +++'])
    return read_head(head, name, Head), body
