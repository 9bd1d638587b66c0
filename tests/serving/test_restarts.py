"""Processes that are told to end, or die, while visitors come: nobody is lost who was let in.

Who is refused was let in nowhere: whoever sent them there sends them elsewhere.
"""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATA
from tests.serving.probes import Probes, Served, ask, finish, running, wait_until

STAGE = "tests.serving.stage"


def to_parent(served: Served) -> None:
    served.process.send_signal(signal.SIGTERM)


def to_all(served: Served) -> None:
    """As Heroku does."""
    os.killpg(served.process.pid, signal.SIGTERM)


def to_all_twice(served: Served) -> None:
    to_all(served)
    time.sleep(0.3)
    to_all(served)


def by_keyboard(served: Served) -> None:
    os.killpg(served.process.pid, signal.SIGINT)


def stage(
    folder: Path, processes: int, drain: float = 1.0, how: str = "ours", longest: float = 25.0
) -> tuple[Any, ...]:
    return (folder, STAGE, "PORT", str(processes), how, str(drain), str(longest))


WAYS = [(1, to_parent), (2, to_parent), (2, to_all), (2, to_all_twice), (2, by_keyboard), (1, by_keyboard)]


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "end"), WAYS)
def test_a_restart_loses_nobody(tmp_path: Path, processes: int, end: Callable[[Served], None]) -> None:
    with running(*stage(tmp_path, processes)) as served:
        served.wait_until_open()
        probes = Probes(served.port)
        with probes.asking():
            time.sleep(0.3)
            end(served)
            assert served.process.wait(60) == 0
            time.sleep(0.3)
    assert probes.seen.keys() == {"200", "refused"}


@pytest.mark.slow
def test_control_uvicorns_own_processes_lose_some(tmp_path: Path) -> None:
    lost = 0
    for _try in range(3):
        with running(*stage(tmp_path, 2, how="uvicorn's")) as served:
            served.wait_until_open()
            slow = threading.Thread(target=ask, args=[served.port, "/slow?seconds=1"])
            slow.start()
            probes = Probes(served.port)
            with probes.asking():
                time.sleep(0.3)
                to_parent(served)
                served.process.wait(60)
            slow.join()
        lost += probes.seen["lost"]
    assert lost > 0


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_the_whole_shop_restarts_so(tmp_path: Path, processes: int) -> None:
    environment = {
        "WEB_CONCURRENCY": str(processes),
        "DATA_DIR": str(tmp_path),
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(DATA / "catalog.toml"),
        "DEMO": "1",
    }
    with running(tmp_path, "webshop", "serve", **environment) as served:
        served.wait_until_open()
        probes = Probes(served.port)
        with probes.asking():
            time.sleep(1)
            to_all(served)
            wait_until(lambda: ask(served.port, "/readyz") == "503")
            assert ask(served.port, "/healthz") == "200"
            assert served.process.wait(60) == 0
            time.sleep(0.3)
        assert probes.seen.keys() == {"200", "refused"}
        assert served.said.splitlines()[-1] == "Test Pottery is closed."


@pytest.mark.slow
@pytest.mark.parametrize("end", [to_parent, to_all, by_keyboard])
@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_under_way_is_finished(tmp_path: Path, processes: int, end: Callable[[Served], None]) -> None:
    with running(*stage(tmp_path, processes, drain=0.2)) as served:
        served.wait_until_open()
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            answers: list[str] = []
            under_way = threading.Thread(target=lambda: answers.append(finish(connection, "/slow?seconds=2")))
            under_way.start()
            time.sleep(0.3)
            end(served)
            under_way.join()
        assert served.process.wait(60) == 0
    assert answers[0].endswith("done")


def test_while_it_drains_it_says_so_and_ends_each_connection(tmp_path: Path) -> None:
    with running(*stage(tmp_path, 2, drain=4)) as served:
        served.wait_until_open()
        to_parent(served)
        wait_until(lambda: ask(served.port, "/readyz") == "503")
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")  # which would keep it
            answer = b"".join(iter(lambda: connection.recv(65536), b""))  # until the shop has closed it
            assert (answer[9:12], b"\r\nconnection: close\r\n" in answer) == (b"200", True)
        late = [socket.create_connection(("127.0.0.1", served.port)) for _each in range(3)]
        wait_until(lambda: ask(served.port) == "refused")
        assert [finish(each)[:3] for each in late] == ["200"] * 3  # who was in before the door closed
        assert served.process.wait(60) == 0
        for each in late:
            each.close()


@pytest.mark.slow
def test_who_dies_is_replaced_and_after_a_pause_where_that_helps_nobody(tmp_path: Path) -> None:
    with running(*stage(tmp_path, 2)) as served:
        served.wait_until_open()
        first = served.children
        os.kill(min(first), signal.SIGKILL)
        wait_until(lambda: len(served.children) == 2 and served.children != first)
        assert ask(served.port) == "200"
        follows = rf"Process {min(first)} ended \(signal 9\); another follows in [01] seconds"
        assert re.search(follows, served.said)  # at once, if it took long to get here
    with running(*stage(tmp_path, 2), DIES_AT_ONCE="1") as served:
        wait_until(lambda: "another follows in 4 seconds" in served.said)
        assert served.said.count("(exit code 3)") <= 8
        to_parent(served)
        assert served.process.wait(60) == 0


@pytest.mark.slow
def test_children_end_after_a_killed_parent_when_they_have_finished(tmp_path: Path) -> None:
    with running(*stage(tmp_path, 2, drain=20)) as served:
        served.wait_until_open()
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            answers: list[str] = []
            under_way = threading.Thread(target=lambda: answers.append(finish(connection, "/slow?seconds=2")))
            under_way.start()
            time.sleep(0.3)
            served.process.kill()
            served.process.wait()
            wait_until(lambda: ask(served.port) == "refused")
            under_way.join()
        assert answers[0].endswith("done")
        wait_until(served.is_empty)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_what_never_ends_is_ended(tmp_path: Path, processes: int) -> None:
    with running(*stage(tmp_path, processes, drain=0.1, longest=4)) as served:
        served.wait_until_open()
        stuck = threading.Thread(target=ask, args=[served.port, "/slow?seconds=250"])
        stuck.start()
        time.sleep(0.3)
        to_parent(served)
        served.process.wait(60)
        stuck.join()
        wait_until(served.is_empty)
        assert re.search("ends with something unfinished|Cancel 1 running task", served.said)
