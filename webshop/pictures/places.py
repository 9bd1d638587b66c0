"""Where made pictures are: a folder, or S3-compatible storage. Each has its name only when it is whole."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Protocol
from urllib.parse import quote

from webshop.buckets import found, open_bucket, told
from webshop.errors import OwnerError
from webshop.pictures.model import TYPES
from webshop.settings.model import Settings
from webshop.web.assets import FOREVER

TIMEOUT = "10s"  # of one request
RETRIES = 1
PART = ".part"


class Place(Protocol):
    """Files by a folder and a name in it. What cannot be read is not there; `write` raises OwnerError."""

    def read(self, folder: str, name: str) -> bytes | None: ...
    def names(self, folder: str) -> list[str]: ...
    def has(self, folder: str, name: str) -> bool: ...
    def write(self, folder: str, name: str, content: bytes) -> None: ...


class Folder:
    """A folder with a folder for each original, called as that is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, folder: str, name: str) -> bytes | None:
        try:
            return (self.path / folder / name).read_bytes()
        except (OSError, ValueError):
            return None

    def names(self, folder: str) -> list[str]:
        try:
            return [each.name for each in (self.path / folder).iterdir()]
        except (OSError, ValueError):
            return []

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Two processes may do it at once: each one's file is whole, and they are the same."""
        part = self.path / folder / f".{token_hex(8)}{PART}"
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(part, content)
            part.replace(self.path / folder / name)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise OwnerError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def has(self, folder: str, name: str) -> bool:
        return (self.path / folder / name).is_file()

    @property
    def is_writable(self) -> bool:
        """Whether it, or the first folder above it that there is, can be written to."""
        there = next((each for each in (self.path, *self.path.parents) if each.exists()), self.path)
        return os.access(there, os.W_OK)

    def folders(self) -> list[str]:
        try:
            return sorted(each.name for each in self.path.iterdir() if each.is_dir())
        except OSError:
            return []

    def keep_only(self, folder: str, beginning: str) -> None:
        """Forget what in this folder does not begin so, and what a killed process has begun; "" forgets the
        folder."""
        with suppress(OSError):
            if not beginning:
                shutil.rmtree(self.path / folder)
                return
            for each in (self.path / folder).iterdir():
                if not each.name.startswith(beginning):
                    each.unlink(missing_ok=True)


def _write_whole(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Bucket:
    """S3, or whoever speaks like it. An object is there whole or not at all."""

    def __init__(self, address: str, config: Settings) -> None:
        self._address = address
        self._store = open_bucket(address, config, timeout=TIMEOUT, retries=RETRIES)

    def read(self, folder: str, name: str) -> bytes | None:
        """Raises OwnerError where the storage does not answer."""
        return found(self._address, lambda: bytes(self._store.get(key_of(folder, name)).bytes()))

    def has(self, folder: str, name: str) -> bool:
        """Raises OwnerError where the storage does not answer."""
        return found(self._address, lambda: self._store.head(key_of(folder, name))) is not None

    def names(self, folder: str) -> list[str]:
        with told(self._address):
            pages = self._store.list(prefix=key_of(folder, ""))
            return [each["path"].rpartition("/")[2] for page in pages for each in page]

    def write(self, folder: str, name: str, content: bytes) -> None:
        attributes = {
            "Content-Type": TYPES[name.rpartition(".")[2]],
            "Cache-Control": FOREVER if folder else "no-cache",
        }
        with told(self._address):
            self._store.put(key_of(folder, name), content, attributes=attributes)


def key_of(folder: str, name: str) -> str:
    """Under which a bucket has it."""
    return f"{quote(folder, safe='')}/{name}" if folder else name
