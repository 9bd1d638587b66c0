"""The mails of a shop that writes them into a folder, one .eml file each, as people read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

LARGEST = 1024 * 1024  # bytes; no shop writes longer letters
END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
# What the standard library's parser trips over when a file is no mail.
NOT_A_MAIL = (OSError, ValueError, LookupError, AttributeError, TypeError, MessageError)


@dataclass(frozen=True)
class Mail:
    """name is the file's, without .eml; text or html is empty if the mail has no such part."""

    name: str
    date: str
    to: str
    subject: str
    headers: list[tuple[str, str]]
    text: str
    html: str


def list_mails(folder: Path, limit: int) -> list[Mail]:
    """The newest first, by the time the file was written; what cannot be read is left out."""
    found: list[Mail] = []
    for path in _newest_first(folder):
        mail = _read(path)
        if mail is not None:
            found.append(mail)
        if len(found) == limit:
            break
    return found


def find_mail(folder: Path, name: str) -> Mail | None:
    """The name is compared with those in the folder and never made into a path: it cannot lead elsewhere."""
    return next((_read(path) for path in _newest_first(folder) if path.stem == name), None)


def _newest_first(folder: Path) -> list[Path]:
    written = []
    for path in folder.glob("*.eml"):
        try:
            if path.is_file() and not path.is_symlink():
                written.append((path.stat().st_mtime_ns, path))
        except OSError:
            continue  # it is gone by now
    return [path for _moment, path in sorted(written, reverse=True)]


def _read(path: Path) -> Mail | None:
    """None for what is no mail, or not all of one: it may be just being written."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        content = path.read_bytes()
        message = BytesParser(policy=policy.default).parsebytes(content)
        if "From" not in message or not END_OF_HEADERS.search(content):
            return None
        if any(part.defects for part in message.walk()):
            return None
        return _mail(path, message)
    except NOT_A_MAIL:
        return None


def _mail(path: Path, message: EmailMessage) -> Mail:
    return Mail(
        name=path.stem,
        date=_date(path, message),
        to=_printable(message.get("To", "")),
        subject=_printable(message.get("Subject", "")),
        headers=[(_printable(name), _printable(value)) for name, value in message.items()],
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _date(path: Path, message: EmailMessage) -> str:
    """As the mail says it, else when the file was written (UTC)."""
    sent = getattr(message.get("Date"), "datetime", None)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return f"{sent or written:%Y-%m-%d %H:%M}"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return _printable(part.get_content()) if part is not None else ""


def _printable(text: object) -> str:
    """Without the halves of characters that stand for bytes in no known encoding."""
    return str(text).encode("utf-8", "replace").decode()
