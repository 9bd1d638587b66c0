"""What pages look like: the folders of a theme, and the colours and fonts that its theme.css names."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from webshop.edited_files import Seen, content_of, seen
from webshop.settings.model import ROOT

THEMES = ROOT / "themes"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ROLE = re.compile(r"--([\w-]+)\s*:\s*([^;}]+)")
USE = re.compile(r"var\(\s*--([\w-]+)\s*(?:,\s*([^()]*))?\)")
BY_SCHEME = re.compile(r"light-dark\(([^,()]*(?:\([^()]*\))?[^,()]*),[^()]*(?:\([^()]*\))?[^()]*\)")


def folders(theme: str, kind: str) -> tuple[Path, ...]:
    """Where `kind` ("templates" or "static") is looked for: in the theme, if there is one, then in the shop's
    own."""
    own = ROOT / kind
    return (THEMES / theme / kind, own) if theme else (own,)


class Theme:
    """The roles of static/css/theme.css with their values in the light, for mails, which take no stylesheet:
    `theme.accent`, `theme.on_accent`, `theme.serif`. `watch`: files are read again when they change."""

    def __init__(self, stylesheets: Callable[[], list[Path]], *, watch: bool) -> None:
        self._stylesheets = stylesheets
        self._watch = watch
        self._seen: Seen | None = None
        self._roles: dict[str, str] = {}
        if not watch:
            self.reread()

    def __getitem__(self, role: str) -> str:
        """Jinja asks so for `theme.accent`."""
        if self._watch:
            self._look()
        return self._roles[role]

    def reread(self) -> None:
        """A role that is not to be found any more stays as it was: no mail could be drawn without."""
        with suppress(OSError):
            self._roles = {**self._roles, **_roles_in(self._stylesheets())}

    def _look(self) -> None:
        found = seen(self._stylesheets())
        if found != self._seen:
            self._roles = _roles_in(file for file, *_ in found)
            self._seen = found


def _roles_in(stylesheets: Iterable[Path]) -> dict[str, str]:
    return roles(b"\n".join(map(content_of, stylesheets)).decode(errors="replace"))


def roles(css: str) -> dict[str, str]:
    """All custom properties, as they are where no @media or @supports changes them; each `var(--…)` in them
    is filled in. The later one counts."""
    found = {name: " ".join(value.split()) for name, value in ROLE.findall(_unconditional(css))}
    return {name.replace("-", "_"): _filled_in(value, found) for name, value in found.items()}


def _filled_in(value: str, found: dict[str, str], depth: int = 8) -> str:
    value = BY_SCHEME.sub(lambda match: match[1].strip(), value)
    if not depth or not USE.search(value):
        return value
    return _filled_in(USE.sub(lambda match: found.get(match[1], match[2] or ""), value), found, depth - 1)


def _unconditional(css: str) -> str:
    """Without comments, and without what stands in @media and @supports."""
    return "".join(_outside(COMMENT.sub("", css)))


def _outside(css: str) -> Iterator[str]:
    place = 0
    for match in re.finditer(r"@(?:media|supports)[^{]*\{", css):
        if match.start() >= place:
            yield css[place : match.start()]
            place = _end_of_block(css, match.end())
    yield css[place:]


def _end_of_block(css: str, begin: int) -> int:
    depth = 1
    for place in range(begin, len(css)):
        depth += {"{": 1, "}": -1}.get(css[place], 0)
        if not depth:
            return place + 1
    return len(css)
