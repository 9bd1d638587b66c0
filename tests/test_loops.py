"""Tests that need an event loop pass wherever they are run: also after those that have a browser."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loops import run_alone

TESTS = Path(__file__).parent
NEEDS_NONE = {"asyncio.run", "anyio.run"}  # these refuse a thread that has a loop


async def one() -> int:
    return 1


async def asked_in_a_loop() -> int:
    return run_alone(one())


async def asked_of_asyncio() -> None:
    unheard = one()
    try:
        asyncio.run(unheard)
    finally:
        unheard.close()


def test_a_loop_runs_beside_one_that_is_running() -> None:
    assert run_alone(asked_in_a_loop()) == 1


def test_control_asyncio_refuses_that() -> None:
    with pytest.raises(RuntimeError, match="running event loop"):
        run_alone(asked_of_asyncio())


def callers(source: str) -> Iterator[int]:
    """The lines that run a loop of their own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in NEEDS_NONE:
            yield node.lineno


def test_no_other_test_runs_a_loop_of_its_own() -> None:
    files = {path for path in TESTS.rglob("*.py") if path.name != "__main__.py"}
    found = {path.relative_to(TESTS).as_posix() for path in files if any(callers(path.read_text()))}
    assert found == {"loops.py", "test_loops.py"}
    assert [*callers("import asyncio\nasyncio.run(one())\nanyio.run(one)")] == [2, 3]
