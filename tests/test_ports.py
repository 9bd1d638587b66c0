"""Ports for servers of tests: whoever is given one can wait before it is used."""

import socket
import subprocess
import sys

from tests import ports
from tests.ports import free_port
from webshop.settings.model import ROOT

ONLY = "from tests import ports; ports.PORTS = range({0}, {0} + 1); print(ports.free_port())"


def is_given_elsewhere(port: int) -> bool:
    """Whether another process, which has no choice, gets it."""
    process = subprocess.run(
        [sys.executable, "-c", ONLY.format(port)], cwd=ROOT, capture_output=True, text=True
    )
    return process.stdout == f"{port}\n"


def test_no_port_is_given_twice() -> None:
    given = [free_port() for _each in range(50)]
    assert len({*given}) == 50
    assert {*given} <= {*ports.PORTS}
    assert not is_given_elsewhere(given[0])


def test_control_one_that_was_not_given_is_given_elsewhere() -> None:
    port = free_port()
    ports.give_back(port)
    assert is_given_elsewhere(port)


def test_one_that_somebody_listens_at_is_given_to_nobody() -> None:
    port = free_port()
    ports.give_back(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_given_elsewhere(port)
