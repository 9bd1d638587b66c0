"""CSS, JavaScript and the shop's own pictures, with addresses that change when their content does."""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin

from webshop.edited_files import content_of, edited_files

FOREVER = "public, max-age=31536000, immutable"
# In front of a pseudo-class without anything to belong to: ".page :is(th, td)".
DESCENDANT = re.compile(rb"([\w\])]) :(?=[a-z-]+\b)")

# What a stylesheet names, by the way from static/css/.
NAMED = re.compile(r"""url\(["']?\.\./([^"')]+)["']?\)""")
FONTS = re.compile(r"/static/[^\"]+\.woff2[^\"]*")


class Assets:
    """The static folders, a theme's over the shop's: the first that has a file counts. All of static/css/ is
    sent as the one file /static/shop.css, in the order of names after static/css/tokens.css, which puts the
    cascade layers in their order: no build, one request, and a designer still edits a file a noun. What is
    our own goes without its comments and spaces.

    `watch`: look at the files each time, for whoever edits them. Otherwise they are read once, or until
    `reread`.
    """

    def __init__(self, folders: Sequence[Path], *, watch: bool) -> None:
        self.folders = folders
        self._watch = watch
        self._made: dict[str, bytes] = {}
        self._before: dict[str, bytes] = {}
        self._versions: dict[str, str] = {}
        self._makers = {"shop.css": self._stylesheet, "js/shop.js": self._script}

    def address(self, path: str) -> str:
        """The URL of static/`path`, which may be kept forever. Raises FileNotFoundError."""
        versions = self._versions
        if self._watch or path not in versions:
            versions[path] = digest_of(self.read(path))
        return f"/static/{path}?v={versions[path]}"

    def fonts(self) -> list[str]:
        """The URLs of the fonts that the stylesheet names: a page asks for both at once."""
        return list(_fonts_of(self._make("shop.css")))

    def stylesheet(self) -> str:
        """All of shop.css."""
        return self._make("shop.css").decode()

    def is_made(self, path: str) -> bool:
        """Whether static/`path` is no file, but made of some."""
        return path in self._makers

    def kept(self, path: str) -> bytes | None:
        """What `read` says, if nobody need look again."""
        return None if self._watch else self._made.get(path)

    def read(self, path: str) -> bytes:
        """What is sent of static/`path`. Raises FileNotFoundError."""
        return self._make(path)

    def reread(self) -> None:
        """All that was asked for; what nobody can read any more stays as it was. Whoever is in the middle of
        reading keeps that with what was read before."""
        self._before = {**self._before, **self._made}
        self._made = {}
        self._versions = {}
        for path in self._before:
            self._make(path)

    def _make(self, path: str) -> bytes:
        made = self._made
        if self._watch or path not in made:
            try:
                make = self._makers.get(path)
                made[path] = make() if make else self.find(path).read_bytes()
            except OSError:
                if path not in self._before:
                    raise
                made[path] = self._before[path]
        return made[path]

    def stylesheets(self) -> list[Path]:
        """The files of shop.css, in their order."""
        by_name = {
            file.name: file for folder in reversed(self.folders) for file in edited_files(folder, "css/*.css")
        }
        return sorted(by_name.values(), key=lambda file: (file.name != "tokens.css", file.name))

    def _stylesheet(self) -> bytes:
        sheets = self.stylesheets()
        if not sheets:
            raise FileNotFoundError(self.find("css"))
        made = smaller(b"\n".join(map(content_of, sheets)))
        return NAMED.sub(self._named, made.decode(errors="replace")).encode()

    def _named(self, found: re.Match[str]) -> str:
        return f'url("{self.address(found[1])}")' if self.find(found[1]).is_file() else found[0]

    def _script(self) -> bytes:
        return _smaller_script(self.find("js/shop.js").read_bytes())

    def find(self, path: str) -> Path:
        """The file, or where it would be."""
        files = [folder / path for folder in self.folders]
        return next((file for file in files if file.is_file()), files[-1])


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:10]


@lru_cache(maxsize=1)
def _fonts_of(stylesheet: bytes) -> tuple[str, ...]:
    return tuple(dict.fromkeys(FONTS.findall(stylesheet.decode())))


@lru_cache(maxsize=1)  # for whoever edits them: each page asks for both several times
def smaller(css: bytes) -> bytes:
    """The same without comments and spaces. rcssmin takes the space before a colon as well, which makes
    "a descendant that is" of a selector into "itself, and is"; before *: it leaves it."""
    made: bytes = cssmin(DESCENDANT.sub(rb"\1 *:", css))
    return made


@lru_cache(maxsize=1)
def _smaller_script(script: bytes) -> bytes:
    made: bytes = jsmin(script)
    return made
