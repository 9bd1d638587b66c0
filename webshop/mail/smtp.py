"""The only sender of mail: any SMTP server, or in a demo a folder of .eml files."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, localtime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from webshop.errors import Unavailable

TIMEOUT = 10  # seconds
LINE = 70  # letters of a header's line, a few less than where it is folded
QUOTED = re.compile(r'[()<>\[\]:;@\\,."]')  # RFC 5322: what a name may have between quotes only


class Refused(Exception):
    """The server will never take this mail."""


@dataclass(frozen=True)
class Mail:
    """`reply_to` may be empty. `message_id` is the same each time the same mail is tried."""

    to: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str


class Postbox(Protocol):
    """Where mails are handed over. `send` raises Unavailable (try again later) or Refused (never)."""

    def send(self, mail: Mail) -> None: ...


@dataclass(frozen=True)
class Sender:
    """Whom mails come from: an e-mail address, and the name that mail programs show instead."""

    address: str
    name: str = ""


def message(mail: Mail, sender: Sender) -> EmailMessage:
    """The mail with its headers. Raises Refused when one of them could start another header, or is to be one
    address and is not."""
    composed = EmailMessage(policy=SMTP_POLICY)
    try:
        composed["From"] = Address(_display_name(sender), addr_spec=sender.address)
        composed["To"] = Address(addr_spec=mail.to)
        if mail.reply_to:
            composed["Reply-To"] = Address(addr_spec=mail.reply_to)
        composed["Subject"] = mail.subject
        composed["Date"] = format_datetime(localtime())
        composed["Message-ID"] = mail.message_id
        composed["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        composed.set_content(mail.text)
        composed.add_alternative(mail.html, subtype="html")
    except (ValueError, IndexError, MessageError) as error:  # which of them depends on what is wrong
        raise Refused(str(error)) from error
    return composed


def _display_name(sender: Sender) -> str:
    """The name in one line. Python's email package loses the quotes of a name that it must fold, so that a
    comma would begin another address: a long name goes without what needs quotes."""
    name = " ".join(sender.name.split())
    if len(f'From: "{name}" <{sender.address}>') + name.count('"') <= LINE:
        return name
    return " ".join(QUOTED.sub(" ", name).split())


class SmtpServer:
    """`url` is smtp://user:password@host:port (STARTTLS if the server offers it), smtp+starttls:// (only with
    it) or smtps:// (TLS from the start). `timeout` is in seconds, for each answer of the server."""

    def __init__(self, url: str, sender: Sender, timeout: float = TIMEOUT) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._timeout = timeout

    def send(self, mail: Mail) -> None:
        composed = message(mail, self._sender)
        try:
            with self._connect() as server:
                server.send_message(composed, self._sender.address, [mail.to])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            if _is_final(error):
                raise Refused(str(error)) from error
            raise Unavailable(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error

    def try_login(self) -> bool:
        """Greet the server and log in, and send nothing; whether that was encrypted. Raises Unavailable."""
        try:
            with self._connect() as server:
                return isinstance(server.sock, ssl.SSLSocket)
        except smtplib.SMTPAuthenticationError as error:
            raise Unavailable(f"it refuses user and password ({error.smtp_code})") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(str(error) or type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or "localhost"
        if self._url.scheme == "smtps":
            trusted = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self._url.port or 465, timeout=self._timeout, context=trusted
            )
        else:
            server = smtplib.SMTP(host, self._url.port or 587, timeout=self._timeout)
        try:
            self._greet(server)
        except BaseException:
            server.close()
            raise
        return server

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        offered = self._url.scheme == "smtp" and server.has_extn("starttls")
        if offered or self._url.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


def _is_final(error: smtplib.SMTPException) -> bool:
    """5xx is for ever, 4xx is for now (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _answer in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


class Folder:
    """A demo's mails, as files to open in any mail program. Sent on to `onward` too, if there is one."""

    def __init__(self, folder: Path, sender: Sender, onward: Postbox | None = None) -> None:
        self._folder = folder
        self._sender = sender
        self._onward = onward

    def send(self, mail: Mail) -> None:
        composed = message(mail, self._sender)
        name = "".join(c if c.isalnum() or c in "-." else "_" for c in mail.message_id.strip("<>"))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.eml").write_bytes(composed.as_bytes())
        except OSError as error:
            raise Unavailable(str(error)) from error
        if self._onward:
            self._onward.send(mail)


class NoServer:
    """No SMTP_URL: mails wait in the outbox until there is one, and raise an alarm after a day."""

    def send(self, mail: Mail) -> None:
        raise Unavailable("SMTP_URL is not set")
