"""A live shop follows what somebody changes of its looks: templates, stylesheets, scripts and pages/."""

import logging
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

from webshop.edited_files import NotText, SeenBelow, seen_below, text_of
from webshop.web.rendering import Renderer, create_environment
from webshop.web.templates import KeptTemplates, Source, compile_all, read_templates, templates_of

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 0.25  # seconds
AFTER_A_BUG = 10.0  # seconds, or the log would fill the disk
AT_REST = 0.1  # seconds after which what was saved is whole, and what is saved with it is there as well
NOT_LOOKS = frozenset({"pictures", "products"})  # folders of static/: what is sold, thousands of files

Looks: TypeAlias = Mapping[Path, SeenBelow | None]  # what each folder has; None where there is no such folder


class Following:
    """Looks whether something in the `folders` is not as it was when this process, or the one that it was
    forked from, first looked there."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._seen = _first_seen(self._folders)
        self._next = 0.0
        self._turn = Lock()

    def follow(self, take: Callable[[], None]) -> None:
        """Whoever comes while another one looks goes on with what there is. Raises nothing: pages are drawn,
        whatever was saved."""
        if time.monotonic() >= self._next and self._turn.acquire(blocking=False):
            wait = BETWEEN_LOOKS
            try:
                self._look(take)
            except Exception:
                log.exception("What was saved is not taken; this is tried again")
                wait = AFTER_A_BUG
            finally:
                self._next = time.monotonic() + wait
                self._turn.release()

    def _look(self, take: Callable[[], None]) -> None:
        found = _look_at(self._folders)
        if found != self._seen and _is_at_rest(found) and not self._lacks_a_folder(found):
            take()
            self._seen = found

    def _lacks_a_folder(self, found: Looks) -> bool:
        """Somebody is putting another in its place."""
        return any(found[folder] is None and self._seen[folder] is not None for folder in found)


@cache
def _first_seen(folders: tuple[Path, ...]) -> Looks:
    return _look_at(folders)


def _look_at(folders: tuple[Path, ...]) -> Looks:
    return {folder: seen_below(folder, but=NOT_LOOKS) if folder.is_dir() else None for folder in folders}


def _is_at_rest(found: Looks) -> bool:
    """What is of the future is not of just now: clocks differ."""
    now, files = time.time(), chain.from_iterable(filter(None, found.values()))
    return not any(0 <= now - changed / 1e9 < AT_REST for _file, changed, *_rest in files)


class FollowingPages(Renderer):
    """Before each drawing somebody looks at the `watched` folders. `reread` reads what else is in them, which
    pages show."""

    def __init__(
        self,
        folders: Sequence[Path],
        globals_: Mapping[str, object],
        watched: Sequence[Path],
        reread: Callable[[], None],
    ) -> None:
        self._following = Following(watched)  # before they are read
        self._reread = reread
        super().__init__(folders, globals_, watch=False)
        self._sources = read_templates(self.folders)

    def follow(self) -> None:
        self._following.follow(self._take)

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        self.follow()
        return super().text(name, context)

    def once(self, name: str, key: Hashable, context: Callable[[], Mapping[str, Any]]) -> bytes:
        self.follow()
        return super().once(name, key, context)

    def _take(self) -> None:
        """From here on draw what the files say now. Of one that is broken, what was read before counts; where
        one fails when it is drawn, what the shop had at its start is drawn instead."""
        self._reread()
        found = {name: self._read(name, file) for name, file in templates_of(self.folders).items()}
        self._sources = {name: source for name, source in found.items() if source}
        environment = create_environment(KeptTemplates(self._sources), self._globals, watch=False)
        compile_all(environment)
        self._own = self._own or self.environment
        self._draw_with(environment)
        self.edition += 1

    def _read(self, name: str, file: Path) -> Source | None:
        """None of one that has gone, or was never right."""
        before, now = self._sources.get(name), None
        with suppress(OSError, NotText):
            now = text_of(file), str(file)
        if now == before:
            return before
        mistake = self.inspector.mistake(file)
        if mistake:
            self.on_mistake(mistake)
        return before if mistake else now
