"""A real Sentry endpoint in the test process: it stores what it is sent, and answers like Sentry."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import brotli
import sentry_sdk


@dataclass
class SentryServer:
    """`received` are the envelopes as text, with the headers of the requests that brought them."""

    dsn: str = ""
    received: list[str] = field(default_factory=list)

    def everything(self) -> str:
        """What has arrived, once this process has sent all that it had."""
        sentry_sdk.flush(timeout=60)
        return "\n".join(self.received)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of a kind, such as event or transaction."""
        sentry_sdk.flush(timeout=60)
        found = []
        for envelope in self.received:
            lines = envelope.partition("\n\n")[2].splitlines()[1:]  # the first describes the envelope
            pairs = zip(lines[::2], lines[1::2], strict=True)
            found += [json.loads(body) for head, body in pairs if json.loads(head)["type"] == kind]
        return found


@contextmanager
def sentry_server() -> Iterator[SentryServer]:
    """One that listens on 127.0.0.1 until the block ends."""
    sentry = SentryServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            elif self.headers["Content-Encoding"] == "br":
                body = brotli.decompress(body)
            sentry.received.append(f"{self.path}\n{self.headers.as_string().strip()}\n\n{body.decode()}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sentry.dsn = f"http://canarydsnkey@127.0.0.1:{server.server_port}/1"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield sentry
    finally:
        server.shutdown()
        server.server_close()


def forget_sentry() -> None:
    """The SDK as it was before it was started, but for what it has patched, which then does nothing."""
    sentry_sdk.get_client().close(timeout=2)
    for scope in (sentry_sdk.get_global_scope(), sentry_sdk.get_isolation_scope()):
        scope.clear()
        scope.set_client(None)
