"""Questions over HTTP to the address that shoppers see: no redirect is followed, and little is read."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT = 5  # seconds, for each step
MOST_BYTES = 64 * 1024


class NoAnswer(Exception):
    """`step` is where it ended: "dns", "connection", "tls" or "http"; the text says why, in a few words."""

    def __init__(self, step: str, words: str) -> None:
        super().__init__(words)
        self.step = step


@dataclass(frozen=True)
class Answer:
    """`headers` may have one several times. `valid_until` is the certificate's, None over plain HTTP."""

    status: int
    headers: Message
    body: bytes
    valid_until: datetime | None


def ask(url: str, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """One request. Raises NoAnswer."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
    try:
        socket.getaddrinfo(host, parts.port or parts.scheme)
    except (OSError, UnicodeError) as trouble:
        raise NoAnswer("dns", f"the name {host} leads nowhere") from trouble
    connection = _connection(parts.scheme, host, parts.port)
    try:
        connection.connect()
        valid_until = _valid_until(connection.sock)
        connection.request(method, path, body or None, {"User-Agent": "webshop-doctor", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read(MOST_BYTES), valid_until)
    except ssl.SSLError as trouble:
        raise NoAnswer("tls", _words(trouble)) from trouble
    except OSError as trouble:
        raise NoAnswer("connection", str(trouble) or type(trouble).__name__) from trouble
    except (HTTPException, ValueError) as trouble:
        raise NoAnswer("http", f"it does not speak HTTP ({type(trouble).__name__})") from trouble
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=TIMEOUT)


def _valid_until(connected: socket.socket) -> datetime | None:
    certificate = connected.getpeercert() if isinstance(connected, ssl.SSLSocket) else None
    until = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None


def _words(trouble: ssl.SSLError) -> str:
    """ "certificate has expired", and not where in OpenSSL that was noticed."""
    return getattr(trouble, "verify_message", "") or trouble.reason or "no TLS"
