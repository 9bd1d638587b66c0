"""A mail server that keeps the Message-ID of each mail that it accepts, and can be out of order."""

import socketserver
import threading
import time
from email import message_from_bytes


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        if self.server.down:
            return
        self._say("220 sink")
        while line := self.rfile.readline():
            command = line[:4].strip().upper()
            if command == b"DATA":
                self._say("354 go on")
                self._read_mail()
                time.sleep(self.server.pause)
                self._say("250 accepted")
            elif command == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _read_mail(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.accepted.append(str(message_from_bytes(b"".join(lines))["Message-ID"]))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    accepted: list[str]
    down = False
    pause = 0.0

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that is killed leaves in the middle of a sentence."""


class Sink:
    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.accepted = []
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def accepted(self) -> list[str]:
        """Message-IDs, in the order they came."""
        return self._server.accepted

    def behave(self, *, down: bool = False, pause: float = 0.0) -> None:
        """`down` hangs up at once; `pause` is in seconds, after each mail."""
        self._server.down, self._server.pause = down, pause

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
