"""python -m webshop backup: whole, private, named when it is whole, on both databases, in folder and S3."""

import gzip
import os
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import both_databases, make_config, only_postgresql
from tests.till import Till
from webshop.backups.copies import postgresql_dump, sqlite_file
from webshop.backups.copies.names import Kind, read_name
from webshop.backups.copies.places import Folder, open_place
from webshop.backups.take import list_backups
from webshop.db.engine import Database
from webshop.errors import OwnerError
from webshop.settings import values


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@both_databases
def test_a_backup_has_the_orders_and_only_its_owner_can_read_it(till: Till, said: Any, place: Path) -> None:
    till.bought(till.cart(MUG_BLUE=1))
    code, out, err = said("backup", str(place))
    (file,) = files(place)
    name = read_name(file.name)
    assert (code, err) == (0, [])
    assert name
    assert (name.mode, name.revision, name.kind) == (
        "sandbox", "0018", Kind.SQLITE if till.db.is_embedded else Kind.POSTGRESQL
    )  # fmt: skip
    assert out == [f"{file.name} ({file.stat().st_size / 1000:.1f} kB) is in {place}."]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    if till.db.is_embedded:
        copy = place.parent / "copy"
        copy.write_bytes(gzip.decompress(file.read_bytes()))
        with closing(sqlite3.connect(copy)) as found:
            assert found.execute("SELECT state FROM orders").fetchall() == [("paid",)]
    code, out, err = said("backup", str(place), "--list")
    assert (code, len(out), out[0].endswith(f"sandbox  tables 0018  {file.name}")) == (0, 1, True)


@both_databases
def test_a_bucket_has_it_under_the_prefix(said: Any, bucket: str, tmp_path: Path) -> None:
    code, _out, err = said("backup", bucket)
    assert (code, err) == (0, [])
    place = open_place(bucket, make_config(tmp_path))
    (name,) = list_backups(place)
    place.fetch(str(name), tmp_path / "fetched")
    assert stat.S_IMODE((tmp_path / "fetched").stat().st_mode) == 0o600
    assert (tmp_path / "fetched").read_bytes()[:2] in (b"\x1f\x8b", b"PG")
    assert list_backups(open_place(bucket.rpartition("/")[0], make_config(tmp_path))) == []
    place.delete(str(name))
    assert list_backups(place) == []


def test_what_cannot_be_is_told_in_a_sentence_without_keys(
    said: Any, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    cases = {
        (): (2, "Where to? A folder or s3://bucket/prefix, here or in BACKUP_TO."),
        ("relative",): (2, "'relative' must be a whole path"),
        ("s3://",): (2, "'s3://' must be a folder, or look like s3://bucket/prefix"),
        ("ftp://a/b",): (2, "'ftp://a/b' must be a folder"),
        (str(tmp_path / "file"),): (2, f"'{tmp_path}/file' must be a folder"),
        (str(tmp_path / "file" / "below"),): (1, f"{tmp_path}/file/below cannot be written: Not a directory"),
        ("s3://nobodys/prefix",): (1, "s3://nobodys/prefix: there is no such bucket"),
    }
    found = {typed: said("backup", *typed) for typed in cases}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("webshop.backups.copies.places.RETRIES", 0)
    cases["s3://shut/prefix",] = (1, "s3://shut/prefix: the storage does not answer")
    found["s3://shut/prefix",] = said("backup", "s3://shut/prefix")
    for typed, (code, beginning) in cases.items():
        assert (found[typed][0], found[typed][1]) == (code, []), typed
        assert found[typed][2][0].startswith(beginning), found[typed]
        assert "secret" not in str(found[typed])


def test_nothing_is_backed_up_where_nothing_is_and_nothing_is_made_there(
    said: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}.nowhere")
    assert said("backup", str(place))[0] == 1
    assert (files(place), Path(f"{place}.nowhere").exists()) == ([], False)


def test_half_a_file_never_has_a_backups_name(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole").write_bytes(b"x" * 100)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OwnerError, match="cannot be written: No space left on device"):
        Folder(place).put(tmp_path / "whole", "webshop-live-20261127T031500Z-0010.dump")
    assert files(place) == []


def test_a_copy_that_lacks_rows_is_no_backup(
    till: Till, said: Any, place: Path, monkeypatch: pytest.MonkeyPatch, filled_sqlite: Path
) -> None:
    """As cp would make it: the file is fine, and an order is missing."""
    till.bought(till.cart(MUG_BLUE=1))
    monkeypatch.setattr(sqlite_file, "copy", lambda _source, to: to.write_bytes(filled_sqlite.read_bytes()))
    assert said("backup", str(place)) == (1, [], ["The copy has 0 of 1 rows of orders."])
    assert files(place) == []


@only_postgresql
def test_a_missing_or_older_pg_dump_is_told(
    said: Any, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cure = (
        "install the package postgresql-client of the server's version, or back up with your platform's own "
        "means."
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said("backup", str(place)) == (1, [], [f"pg_dump is not there: {cure}"])
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    code, _out, err = said("backup", str(place))
    assert code == 1
    assert err[0].startswith("pg_dump is of version 9, the server of 1")
    assert err[0].endswith(cure)
    assert files(place) == []


def test_no_password_is_in_the_arguments_of_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://ada:p%40ss:wo%5Crd@db.example:5433/shop?sslmode=require"
    with postgresql_dump._connecting(url) as address:
        assert sorted(address.split())[:5] == [
            "dbname=shop", "host=db.example", next(e for e in address.split() if e.startswith("passfile=")),
            "port=5433", "sslmode=require",
        ]  # fmt: skip
        assert "wo" not in address
        passfile = Path(address.partition("passfile=")[2].split()[0].strip("'"))
        assert passfile.read_text() == "*:*:*:*:p@ss\\:wo\\\\rd\n"
        assert stat.S_IMODE(passfile.stat().st_mode) == 0o600
    assert not passfile.exists()


def test_a_program_that_is_stopped_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()
    stopping.set()
    began: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def remember(*args: Any, **kwargs: Any) -> subprocess.Popen[str]:
        began.append(popen(*args, **kwargs))
        return began[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    with pytest.raises(OwnerError, match="stopped"):
        postgresql_dump._run(["sleep", "60"], stopping)
    assert began[0].returncode == -9


@both_databases
def test_old_ones_are_deleted_and_whatever_else_lies_there_stays(
    said: Any, place: Path, db: Database
) -> None:
    place.mkdir()
    old = ["webshop-sandbox-20200101T000000Z-0010.dump", "webshop-sandbox-20200102T000000Z-0009.sqlite3.gz"]
    others = ["notes.txt", "webshop-live-20190101T000000Z-0010.dump", "my-webshop.dump"]
    for name in old + others:
        (place / name).touch()
    code, out, _err = said("backup", str(place))
    assert code == 0
    assert out[1:] == [f"{name} is deleted: its time was over." for name in old]
    assert {file.name for file in files(place)} == {*others, out[0].split()[0]}


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("/var/backups", True), ("s3://bucket", True), ("s3://my.bucket-1/a/b.c/", True), ("backups", False),
        ("s3://", False), ("s3://Bucket", False), ("s3://bucket/a b", False), ("s3://key:word@bucket", False),
        ("http://bucket", False), ("/a\nb", False),
    ],
)  # fmt: skip
def test_backup_to_is_a_folder_or_a_bucket(value: str, fine: bool) -> None:
    if fine:
        assert values.backup_place(value) == value
        return
    with pytest.raises(ValueError, match="must"):
        values.backup_place(value)
