"""Where a command's answer goes: a file or the terminal, all of it or nothing."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO

from webshop.errors import Mistyped


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """All of it, or the file stays what it was. Raises Mistyped for a file that cannot be written."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as draft:
            _fill_draft(draft, pieces)
        Path(draft.name).replace(path)
    except OSError as error:
        raise Mistyped(f"{path} cannot be written: {error.strerror}") from error


def _fill_draft(draft: IO[bytes], pieces: Iterable[bytes]) -> None:
    try:
        draft.writelines(pieces)
    except BaseException:
        Path(draft.name).unlink()
        raise


def write_out(pieces: Iterable[bytes]) -> None:
    """All of it, or nothing: it is printed when it is complete."""
    with TemporaryFile() as draft:
        draft.writelines(pieces)
        draft.seek(0)
        shutil.copyfileobj(draft, sys.stdout.buffer)
        sys.stdout.flush()
