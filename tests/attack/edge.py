"""What a platform's router does for a shop: speaks HTTPS, says who asks, and counts."""

import re
import socket
import ssl
import threading
from itertools import count
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

OURS = re.compile(rb"(?:Connection|X-Forwarded-For):[^\n]*\n", re.IGNORECASE)
LENGTH = re.compile(rb"^Content-Length: *(\d+)", re.IGNORECASE | re.MULTILINE)
PATIENCE = 60.0  # seconds without a byte


class Edge:
    """Listens on a port of its own, and hands each request on to `shop`, a port of this machine. Each comes
    from another address."""

    def __init__(self, shop: int, certificate: ssl.SSLContext | None) -> None:
        self._server = _Server(("127.0.0.1", 0), _Visit)
        self._server.shop, self._server.certificate = shop, certificate
        self.url = f"{'https' if certificate else 'http'}://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> int:
        """How many there were so far."""
        return self._server.requests

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100
    shop: int
    certificate: ssl.SSLContext | None
    requests = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._numbers = count(1)

    def count(self) -> int:
        self.requests = next(self._numbers)
        return self.requests

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has left, or speaks no TLS."""


class _Visit(StreamRequestHandler):
    """One request, whose answer ends the connection."""

    server: _Server
    timeout = PATIENCE

    def setup(self) -> None:
        if self.server.certificate:
            self.request = self.server.certificate.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        head = b""
        while (line := self.rfile.readline()) != b"\r\n":
            if not line:
                return
            head += line
        number = self.server.count()
        address = b"10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
        length = LENGTH.search(head)
        body = self.rfile.read(int(length[1])) if length else b""
        ours = b"Connection: close\r\nX-Forwarded-For: %s\r\n\r\n" % address
        with socket.create_connection(("127.0.0.1", self.server.shop), PATIENCE) as shop:
            shop.sendall(OURS.sub(b"", head) + ours + body)
            while data := shop.recv(64 * 1024):
                self.wfile.write(data)
