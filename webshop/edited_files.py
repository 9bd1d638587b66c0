"""Files that somebody may be editing: what an editor lays beside one is none of them (Emacs .#x and #x#, Vim
.x.swp, x~ and 4913), and between a look at a folder and at a file the file may have gone."""

import os
import re
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path

NAME = re.compile(r"[^.#][^/]*\.\w+")
Seen = list[tuple[Path, int, int, int]]  # when each was changed, as it says and as the disk knows; its bytes


class NotText(Exception):
    """What is wrong with a file: its words come after what it is called."""

    def __init__(self) -> None:
        super().__init__("is not text in UTF-8; save it in that encoding")


def is_edited(path: Path) -> bool:
    """Whether its name is one that somebody gave it."""
    return bool(NAME.fullmatch(path.name))


def edited_files(folder: Path, *patterns: str) -> list[Path]:
    """Of these patterns of pathlib, in the order of their paths; not what is in a hidden folder."""
    found = {file for pattern in patterns for file in folder.glob(pattern) if is_edited(file)}
    return sorted(file for file in found if not _is_hidden(file.relative_to(folder)) and file.is_file())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def seen(files: Iterable[Path]) -> Seen:
    """Of those that are there: something else as soon as one was changed, or has come or gone. What was put
    there as old as what it replaces (`cp -p`) is known by when that was done."""
    found = []
    for file in files:
        with suppress(OSError):  # gone, behind a folder that nobody may enter, or a link to itself
            status = file.stat()
            found.append((file, status.st_mtime_ns, status.st_ctime_ns, status.st_size))
    return found


def seen_below(folder: Path, *, but: Container[str] = ()) -> Seen:
    """The same of all files in a folder and in those below it that are not called so, in a tenth of the time
    of a search. A link to a folder is one; where it leads back, that is left."""
    found, been = [], set[str]()
    for place, below, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        is_new = real not in been
        been.add(real)
        below[:] = [name for name in below if is_new and name not in but and not name.startswith(".")]
        found += [Path(place, name) for name in names if NAME.fullmatch(name)]
    return seen(sorted(found))


def content_of(file: Path) -> bytes:
    """Nothing, of one that has gone."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def text_of(file: Path) -> str:
    """Without the mark that some editors begin it with. Raises NotText, and OSError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText from error
