"""Where backups are: a folder, or S3-compatible storage. Each has its name only when it is whole."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from webshop.buckets import open_bucket, told
from webshop.errors import OwnerError
from webshop.settings.model import Settings

PRIVATE = 0o600
PART = ".part"  # ends the name of what is not whole
TIMEOUT = "60s"  # of one request; what is large is sent in parts
RETRIES = 3


class Place(Protocol):
    """Each of these raises OwnerError."""

    def list_names(self) -> list[str]: ...
    def put(self, file: Path, name: str) -> None: ...
    def fetch(self, name: str, to: Path) -> None: ...
    def delete(self, name: str) -> None: ...


def open_place(address: str, config: Settings) -> Place:
    """The place at this address: a folder, or s3://bucket/prefix with the AWS_… settings."""
    return Bucket(address, config) if address.startswith("s3://") else Folder(Path(address))


class Folder:
    """Files that only the shop's own user can read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def list_names(self) -> list[str]:
        with self._told("cannot be read"):
            return sorted(each.name for each in self._path.iterdir()) if self._path.exists() else []

    def put(self, file: Path, name: str) -> None:
        part = self._path / f".{name}{PART}"
        with self._told("cannot be written"):
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                copy_whole(file, part)
                part.replace(self._path / name)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            sync_folder(self._path)

    def fetch(self, name: str, to: Path) -> None:
        with self._told("cannot be read"):
            copy_whole(self._path / name, to)

    def delete(self, name: str) -> None:
        with self._told("cannot be written"):
            (self._path / name).unlink(missing_ok=True)

    @contextmanager
    def _told(self, problem: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OwnerError(f"{self._path} {problem}: {error.strerror or error}") from error


def copy_whole(file: Path, to: Path) -> None:
    """A copy for its owner alone that is on the disk when this ends."""
    with file.open("rb") as source, create_private(to) as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def create_private(path: Path) -> BinaryIO:
    """A new file, or an emptied one, for its owner alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb")


def sync_folder(path: Path) -> None:
    """What was renamed in it stays so when the power goes."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Bucket:
    """S3, or whoever speaks like it. An object is there whole or not at all."""

    def __init__(self, address: str, config: Settings) -> None:
        self._address = address
        self._store = open_bucket(address, config, timeout=TIMEOUT, retries=RETRIES)

    def list_names(self) -> list[str]:
        with told(self._address):
            return sorted(each["path"] for page in self._store.list() for each in page)

    def put(self, file: Path, name: str) -> None:
        with told(self._address):
            self._store.put(name, file)

    def fetch(self, name: str, to: Path) -> None:
        with told(self._address), create_private(to) as copy:
            for piece in self._store.get(name).stream():
                copy.write(piece)

    def delete(self, name: str) -> None:
        with told(self._address):
            self._store.delete(name)
