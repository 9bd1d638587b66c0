"""The pages as a process has them: read once, whenever a file has changed, or when somebody says so."""

import logging
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from webshop.edited_files import Seen, seen
from webshop.pages.model import Column, OwnPage
from webshop.pages.reading import files_of, read_pages
from webshop.shop import Shop

log = logging.getLogger(__name__)


class Shelf:
    """`watch`: look at the files each time, for whoever edits them."""

    def __init__(self, folder: Path, shop: Shop, *, watch: bool) -> None:
        self._folder = folder
        self._shop = shop
        self._watch = watch
        self._seen: Seen = []
        self._pages: Sequence[OwnPage] = ()
        self._read()

    def own_pages(self) -> Sequence[OwnPage]:
        """The shop's own pages, in their order."""
        if self._watch:
            self._read()
        return self._pages

    def find(self, slug: str) -> OwnPage | None:
        return next((page for page in self.own_pages() if page.slug == slug), None)

    def footer_columns(self) -> Sequence[Column]:
        """Those of them that stand in the footer, by their column; the first page's is the first."""
        pages = [page for page in self.own_pages() if page.footer]
        titles = list(dict.fromkeys(page.footer for page in pages))
        pages.sort(key=lambda page: titles.index(page.footer))
        return [Column(title, list(some)) for title, some in groupby(pages, key=lambda page: page.footer)]

    def reread(self) -> None:
        """As the files are now; as they were, if something is wrong with one."""
        found = read_pages(self._folder, self._shop)
        mistakes = [mistake for page in found for mistake in page.mistakes]
        for mistake in mistakes:
            log.warning("The pages stay as they were: %s", mistake)
        if not mistakes:
            self._pages = found

    def _read(self) -> None:
        found = seen(files_of(self._folder))
        if found != self._seen:
            self._seen, self._pages = found, read_pages(self._folder, self._shop)
