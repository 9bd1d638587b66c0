"""An S3 server of this process, and buckets in it."""

import logging
from collections.abc import Iterator
from itertools import count

import httpx2
import pytest

NUMBERS = count(1)


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


def new_bucket(s3: str, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address; the keys for it are in the environment."""
    name = f"{name}-{next(NUMBERS)}"
    assert httpx2.put(f"{s3}/{name}").status_code == 200
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-tests-only")
    return f"s3://{name}"
