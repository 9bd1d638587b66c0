"""Uploads that break off: a shopper who hangs up is no fault of the shop's."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import site_of
from webshop.alarms import queries as alarms


def broken_off(client: TestClient, path: str, *, begun: bytes = b"sku=MUG") -> int:
    """The status of the answer to a POST whose body ends in the middle; 0 if there was none."""
    parts = iter([{"type": "http.request", "body": begun, "more_body": True}, {"type": "http.disconnect"}])
    statuses: list[int] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", b"99"),
        ],
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }
    app: Any = client.app
    assert client.portal is not None
    client.portal.call(app, scope, receive, send)
    return statuses[0] if statuses else 0


@pytest.mark.parametrize(
    "path",
    ["/cart/lines", "/checkout", "/charge", "/cart/restore", "/stripe/webhook"]
    + ["/sandbox/pay.json", "/sandbox/faults", "/sandbox/pay/x", "/sandbox/v1/refunds"],
)
def test_an_upload_that_breaks_off_is_no_bug_and_alarms_nobody(client: TestClient, path: str) -> None:
    assert [broken_off(client, path) for _each in range(6)] == [499] * 6
    with site_of(client).db.read() as connection:
        assert alarms.list_open(connection) == []
