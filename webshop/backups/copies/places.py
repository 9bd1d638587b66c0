"""Where backups are: a folder, or S3-compatible storage. Each has its name only when it is whole.

Whatever a storage answers is not repeated: it may tell keys.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlsplit

from webshop.errors import OwnerError
from webshop.settings.model import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

PRIVATE = 0o600
PART = ".part"  # ends the name of what is not whole
TIMEOUT = "60s"  # of one request; what is large is sent in parts
PATIENCE = {"max_retries": 3}


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
        url = urlsplit(address)
        self._address = address
        self._store = _store(url.netloc, url.path.strip("/"), config)

    def list_names(self) -> list[str]:
        with self._told():
            return sorted(each["path"] for page in self._store.list() for each in page)

    def put(self, file: Path, name: str) -> None:
        with self._told():
            self._store.put(name, file)

    def fetch(self, name: str, to: Path) -> None:
        with self._told(), create_private(to) as copy:
            for piece in self._store.get(name).stream():
                copy.write(piece)

    def delete(self, name: str) -> None:
        with self._told():
            self._store.delete(name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            raise OwnerError(f"{self._address}: {_what_is_wrong(str(error))}") from None


def _store(bucket: str, prefix: str, config: Settings) -> "S3Store":
    # Only here, so that no shop without such storage loads it.
    from obstore.store import S3Store

    keys = {
        "access_key_id": config.aws_access_key_id,
        "secret_access_key": config.aws_secret_access_key,
        "session_token": config.aws_session_token,
        "region": config.aws_region or "us-east-1",  # other providers have none, and want one
        "endpoint": config.aws_endpoint_url,
    }
    return S3Store(
        bucket,
        prefix=prefix or None,
        config={name: value for name, value in keys.items() if value},  # type: ignore[arg-type]
        client_options={"timeout": TIMEOUT, "allow_http": config.aws_endpoint_url.startswith("http://")},
        retry_config=PATIENCE,  # type: ignore[arg-type]
    )


def _what_is_wrong(answer: str) -> str:
    for sign, words in (
        ("NoSuchBucket", "there is no such bucket"),
        ("404 Not Found", "there is no such bucket or backup"),
        ("403 Forbidden", "the storage refuses these AWS_… keys"),
        ("401 Unauthorized", "the storage refuses these AWS_… keys"),
        ("metadata", "no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set"),
    ):
        if sign in answer:
            return words
    return "the storage does not answer, or not as S3 does; look at AWS_ENDPOINT_URL and AWS_REGION"
