"""A real mail server in the test process, with the moods of mail servers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


@dataclass
class MailServer:
    """`answer` is what it says to the next mails: "250 OK", "451 later", "550 never", or "" to hang up when
    it has taken the mail. `pause` is how many seconds it thinks before it answers. `received` is what it has
    taken, `raw` the same as it came, `envelopes` from whom and for whom."""

    url: str = ""
    answer: str = "250 OK"
    pause: float = 0
    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = cast(bytes, envelope.original_content)
        mail = message_from_bytes(content, policy=policy.default)
        if self.answer.startswith("250") or not self.answer:
            self.received.append(mail)
            self.raw.append(content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        await asyncio.sleep(self.pause)
        if not self.answer and server.transport:
            server.transport.close()
        return self.answer or "250 OK"

    def by_recipient(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.received if mail["To"] == address]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One that listens on 127.0.0.1 until the block ends."""
    port = free_port()
    server = MailServer(url=f"smtp://127.0.0.1:{port}")
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
