"""Lanes for the quick tests: one for each database and test process, made when a test first asks for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest

from tests.faults import databases
from tests.faults.lane import Lane

Lanes: TypeAlias = Callable[..., Lane]


@pytest.fixture(scope="session")
def lanes(request: pytest.FixtureRequest) -> Iterator[Lanes]:
    """`lanes("sqlite")` gives a lane; with protections taken out, or a patient one, another of its own."""
    with ExitStack() as stack:
        made: dict[tuple[object, ...], Lane] = {}

        def get(database: str, *protections: str, patient: bool = False) -> Lane:
            key = (database, protections, patient)
            if key not in made:
                made[key] = stack.enter_context(_lane(request, database, protections, patient=patient))
            return made[key]

        yield get


@contextmanager
def _lane(
    request: pytest.FixtureRequest, database: str, protections: tuple[str, ...], *, patient: bool
) -> Iterator[Lane]:
    with TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        if database == "sqlite":
            url = databases.sqlite_database(folder)
        else:
            url = databases.postgresql_database(request.getfixturevalue("postgresql"))
        lane = Lane(database, folder, url, protections, patient=patient)
        yield lane
        lane.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def lane(request: pytest.FixtureRequest, lanes: Lanes) -> Lane:
    """Each test on both databases."""
    return lanes(request.param)
