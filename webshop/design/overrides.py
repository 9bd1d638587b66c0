"""What a theme overrides, and what has changed in the shop's own files since it did.

Beside a theme's files lie the originals that they were made from, in a folder of their own.
"""

import shutil
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from webshop.errors import Mistyped, OwnerError
from webshop.settings.model import ROOT
from webshop.web.themes import THEMES

KINDS = ("templates", "static")
ORIGINALS = "originals"
FIRST = "static/css/theme.css"  # often the only one


def make_theme(name: str) -> Path:
    """A new one, with the shop's colours and fonts to be changed; its folder. Raises OwnerError."""
    folder = THEMES / name
    if folder.exists():
        raise OwnerError(f"themes/{name} is there already")
    take(name, FIRST)
    return folder


def take(name: str, path: str) -> Path:
    """Lay a copy of the shop's own file into the theme, to be changed; and another, to compare with later.
    Raises Mistyped for what the shop does not have, OwnerError for what the theme has already."""
    own, taken = _own(path), THEMES / name / path
    if taken.exists():
        raise OwnerError(f"themes/{name}/{path} is there already")
    for target in (taken, _original(name, path)):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own, target)
    return taken


def settle(name: str, path: str) -> None:
    """What has changed in the shop's own file has been looked at. Raises Mistyped."""
    own = _own(path)
    if not (THEMES / name / path).is_file():
        raise Mistyped(f"themes/{name} has no {path}")
    _original(name, path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(own, _original(name, path))


def differences(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each file that the theme overrides, with the lines that changed in the shop's own since, if any."""
    for path in overridden(name):
        own, original = ROOT / path, _original(name, path)
        if not own.is_file():
            yield path, [f"{path}: the shop has no such file any more, so nothing uses this one"]
        elif not original.is_file():
            yield (
                path,
                [f"{path}: nobody knows what it was made from; look, then: theme settle {name} {path}"],
            )
        elif own.read_bytes() == original.read_bytes():
            yield path, []
        else:
            yield path, [*_changed(path, original.read_bytes(), own.read_bytes())]


def _changed(path: str, before: bytes, after: bytes) -> Iterator[str]:
    """Of a font or a picture, only that."""
    try:
        was, now = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        yield f"{path}: has changed, and is no text; look at both"
        return
    yield from unified_diff(was, now, f"{path}, as it was", f"{path}, as it is", lineterm="")


def overridden(name: str) -> list[str]:
    """Files of the theme that stand in for one of the shop's, or did when they were made."""
    folder = THEMES / name
    files = [file for kind in KINDS for file in sorted((folder / kind).rglob("*")) if file.is_file()]
    paths = [file.relative_to(folder).as_posix() for file in files]
    known = [path for path in paths if (ROOT / path).is_file() or _original(name, path).is_file()]
    return [path for path in known if not path.endswith(".toml")]  # states are added, one by one


def _own(path: str) -> Path:
    own = ROOT / path
    if not path.startswith(tuple(f"{kind}/" for kind in KINDS)) or ".." in path or not own.is_file():
        raise Mistyped(f"the shop has no {path}; name a file such as templates/catalog/_card.html or {FIRST}")
    return own


def _original(name: str, path: str) -> Path:
    return THEMES / name / ORIGINALS / path
