"""A folder or a file that cannot be used is one sentence that names DATA_DIR. Tests may run as root, to whom
modes say nothing: what cannot be written to here is /proc, or is in the way."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.keys import TEST_KEYS

EVERY = ("serve", "worker", "release", "orders list", "catalog check", "sandbox")


@pytest.fixture
def kept_in(shop_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """A shop whose files, the database's too, are in this folder."""

    def keep(folder: Path) -> None:
        monkeypatch.setenv("DATABASE_URL", "")
        monkeypatch.setenv("DATA_DIR", str(folder))

    return keep


def test_a_folder_that_cannot_be_made(said: Any, kept_in: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, why in (
        (Path("/proc/webshop"), "No such file or directory"),
        (Path("/proc"), "No such file or directory"),
        (tmp_path / "file" / "var", "Not a directory"),
    ):
        kept_in(folder)
        words = f"{folder} cannot be written to ({why}); let this user write there, or name another folder"
        for command in EVERY:
            assert said(*command.split()) == (2, [], [f"DATA_DIR: {words}"]), command


def test_a_full_disk_takes_no_key(
    said: Any, kept_in: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept_in(tmp_path / "var")
    monkeypatch.setattr(os, "link", full)
    words = "(No space left on device); let this user write there, or name another folder"
    for command in EVERY:
        sentence = f"DATA_DIR: {tmp_path}/var/secret_key cannot be written to {words}"
        assert said(*command.split()) == (2, [], [sentence]), command


@pytest.mark.parametrize("file", ["shop.sqlite3", "sandbox.sqlite3", "secret_key", "mail"])
def test_what_is_another_users(
    said: Any, kept_in: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """As after a command by root."""
    (tmp_path / file).mkdir() if file == "mail" else (tmp_path / file).write_text("")
    kept_in(tmp_path)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, how: path.name != file and access(path, how))
    words = "cannot be written to (it is another user's); let this user write there, or name another folder"
    for command in ("serve", "worker", "release"):
        assert said(command) == (2, [], [f"DATA_DIR: {tmp_path}/{file} {words}"]), command


def test_with_keys_of_its_own_only_the_database_is_there(
    said: Any, kept_in: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_in(Path("/proc/webshop"))
    monkeypatch.delenv("DEMO")
    for name, value in TEST_KEYS.items():
        monkeypatch.setenv(name, value)
    words = "(No such file or directory); let this user write there, or name another folder"
    for command in ("serve", "worker"):
        assert said(command) == (2, [], [f"DATA_DIR: /proc/webshop cannot be written to {words}"])
    words = (
        "cannot be opened: it, or its folder, is missing, of another kind, or not for this user; name another"
    )
    assert said("release") == (1, [], [f"DATA_DIR: /proc/webshop/shop.sqlite3 {words}"])
    assert said("catalog", "check")[0] == 0


def test_files_that_are_of_another_kind(said: Any, kept_in: Callable[[Path], None], tmp_path: Path) -> None:
    kept_in(tmp_path / "var")
    assert said("release")[0] == 0
    (tmp_path / "var" / "sandbox.sqlite3").write_text("no database" * 100)
    sandbox = f"{tmp_path}/var/sandbox.sqlite3 cannot be used (file is not a database);"
    assert said("worker") == (2, [], [f"DATA_DIR: {sandbox} put it away, or name another folder"])
    assert said("sandbox") == (1, [], [f"{sandbox} name another with --file"])
    folder = f"{tmp_path} cannot be used (unable to open database file); name another with --file"
    assert said("sandbox", "--file", str(tmp_path)) == (1, [], [folder])
    (tmp_path / "var" / "sandbox.sqlite3").unlink()
    (tmp_path / "var" / "shop.sqlite3").write_text("no database" * 100)
    words = "is no SQLite database; put a backup in its place, or name another file"
    for command in ("serve", "worker", "release", "orders list"):
        assert said(*command.split()) == (1, [], [f"DATA_DIR: {tmp_path}/var/shop.sqlite3 {words}"]), command
