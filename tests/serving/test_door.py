"""A port that cannot be had is told in a sentence."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webshop.serving.door import let_in_who_waits, open_door


@pytest.fixture
def taken() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door.getsockname()[1]


def test_a_port_in_use_is_told_before_anything_is_open(
    said: Callable[..., Any], shop_folder: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", str(taken))
    for processes in ("1", "2"):
        monkeypatch.setenv("WEB_CONCURRENCY", processes)
        assert said("serve") == (1, [], [f"PORT: {taken} is in use"])


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "2001:db8::1", "a b"])
def test_a_host_that_is_another_machine_is_told(said: Callable[..., Any], host: str) -> None:
    assert said("serve", "--host", host) == (2, [], [f"--host: {host} is no address of this machine"])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "must be a whole number from 1 to 65535"),
        ("PORT", "0", "must be a whole number from 1 to 65535"),
        ("PORT", "8000.5", "must be a whole number from 1 to 65535"),
        ("PORT", "70000", "must be a whole number from 1 to 65535"),
        ("WEB_CONCURRENCY", "two", "must be a whole number from 1 to 64"),
        ("DRAIN_SECONDS", "-1", "must be a whole number from 0 to 10"),
        ("DATABASE_CONNECTIONS", "0", "must be a whole number from 1 to 100"),
        ("TRUSTED_PROXIES", "10", "must be a whole number from 0 to 9"),
        ("SQLITE_IS_KEPT", "perhaps", "must be 1 (yes) or 0 (no)"),
        ("DEMO", "perhaps", "must be 1 (yes) or 0 (no)"),
    ],
)
def test_a_number_that_is_none_is_told(
    said: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    assert said("serve") == (2, [], [f"{name}: {sentence}"])


def test_who_waits_at_the_door_is_let_in() -> None:
    with open_door("127.0.0.1", 0) as door:
        visitors = [socket.create_connection(door.getsockname()) for _each in range(3)]
        let_in = let_in_who_waits(door)
        assert len(let_in) == 3
        assert let_in_who_waits(door) == []
    for each in (*visitors, *let_in):
        each.close()


def test_where_nothing_forks_there_is_one_process(
    said: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    monkeypatch.delattr("os.fork")
    assert said("serve") == (
        2,
        [],
        ["WEB_CONCURRENCY: must be 1 where processes cannot fork, as on Windows"],
    )
