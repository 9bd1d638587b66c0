"""What each setting may look like by itself: pages, headers, mails and other people's libraries rely on it.

Each check gives back the value that is kept, or raises ValueError with a sentence that does not tell it.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from itertools import pairwise
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from webshop.settings.together import LOOPBACK, MAKE_KEY, STRIPE_PREFIXES

STATIC = Path(__file__).parents[2] / "static"  # everybody can read what is in there
THEMES = Path(__file__).parents[2] / "themes"
HOST = re.compile(r"[\w-]+(\.[\w-]+)*|[0-9a-f:]+(%\w+)?", re.ASCII)  # a name, or an IPv6 address
ONE_WORD = re.compile("[!-~]+")  # letters that every header takes
NAME_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^\[\]:@]*)(:[0-9]{1,5})?")
MAIL_ADDRESS = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d-]+(\.[a-z\d-]+)*", re.A | re.I
)
ENVIRONMENT = re.compile(r"[\w.@+:~=-]{1,64}", re.ASCII)
RELEASE = re.compile(r"(?!\.{1,2}\Z)[\w.@+:~=-]{1,200}", re.ASCII)  # Sentry takes neither "." nor ".."
STRIPE_KEY = re.compile("[a-z]k_(test|live)_[A-Za-z0-9]+|whsec_[A-Za-z0-9+/=_-]+")
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)*/?", re.ASCII)
LETTERS_OF_A_KEY = 32
MADE_UP = re.compile(
    "change.?me|example|insecure|password|placeholder|replace|secret|your.?key", re.IGNORECASE
)
VARIETY = 8  # different letters, and different steps from one to the next, that a random key has at least


def processes(value: int) -> int:
    if value > 1 and not hasattr(os, "fork"):
        raise ValueError("must be 1 where processes cannot fork, as on Windows")
    return value


def if_given(check: Callable[[str], str]) -> Callable[[str], str]:
    """An empty value is as good as none."""

    @wraps(check)
    def checked(value: str) -> str:
        return check(value) if value else value

    return checked


@if_given
def origin(value: str) -> str:
    """Rebuilt from its parts: nothing else gets into mails, links and headers."""
    url = parts(value) if value.isprintable() else None
    host = _as_sent(url.hostname or "") if url else ""
    if not url or url.scheme not in ("http", "https") or _has_more(url) or "@" in url.netloc or not host:
        raise ValueError("must look like https://shop.example, without a path")
    name = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{name}{f':{url.port}' if url.port else ''}"


@if_given
def origin_here(value: str) -> str:
    url = parts(value) if value.isprintable() else None
    if not url or url.hostname not in LOOPBACK:
        raise ValueError("is for a sandbox on this machine only, such as http://127.0.0.1:8001")
    return origin(value)


def parts(value: str) -> SplitResult | None:
    """None for what is no address. (Python's own words for that may repeat a password.)"""
    with suppress(ValueError):
        url = urlsplit(value)
        if url.port != 0:
            return url
    return None


def _as_sent(host: str) -> str:
    """The name as browsers send it: münchen.example is xn--mnchen-3ya.example. "" where they differ (ß)."""
    with suppress(UnicodeError):
        sent = host.encode("idna").decode()
        if sent.encode().decode("idna") == host and HOST.fullmatch(sent):
            return sent
    return ""


def _has_more(url: SplitResult) -> bool:
    """More than who and where."""
    return bool(url.path.strip("/") or url.query or url.fragment)


def secret_keys(keys: list[str]) -> list[str]:
    if any(len(key) < LETTERS_OF_A_KEY or not key.isprintable() or " " in key for key in keys):
        raise ValueError(f"each key needs at least 32 characters, without spaces; make one with {MAKE_KEY}")
    if any(len(set(key)) < VARIETY for key in keys):
        raise ValueError(f"each key needs at least 8 different characters; make one with {MAKE_KEY}")
    if any(_is_made_up(key) for key in keys):
        raise ValueError(f"each key needs to be random, and one looks made up; make one with {MAKE_KEY}")
    if len(set(keys)) < len(keys):
        raise ValueError(f"has the same key twice, which rolls nothing; make one with {MAKE_KEY}")
    return keys


def _is_made_up(key: str) -> bool:
    """It has a word of an example in it, counts up, or says something again and again."""
    steps = {ord(after) - ord(before) for before, after in pairwise(key)}
    periods = range(1, len(key) // 2 + 1)
    return bool(MADE_UP.search(key)) or len(steps) < VARIETY or any(key[n:] == key[:-n] for n in periods)


def stripe_key(variable: str, value: str) -> str:
    """One key, or of webhook secrets also two, while they are rolled."""
    prefixes = STRIPE_PREFIXES[variable]
    many = variable == "STRIPE_WEBHOOK_SECRET"
    keys = value.replace(",", " ").split() if many else [value]
    if not all(key.startswith(prefixes) for key in keys):
        raise ValueError(f"must start with {' or '.join(prefixes)}")
    if not all(STRIPE_KEY.fullmatch(key) for key in keys):
        raise ValueError("must be a key as Stripe shows it, of letters and digits only")
    return value


@if_given
def database(value: str) -> str:
    kind, found, rest = value.partition("://")
    if (
        kind not in ("postgres", "postgresql", "sqlite")
        or not found
        or (kind == "sqlite" and rest[:1] != "/")
    ):
        raise ValueError("must start with postgresql:// or sqlite:///")
    if kind == "sqlite":
        _whole_path(rest[1:])
    elif not value.isprintable() or not _is_server(rest):
        raise ValueError("must look like postgresql://user:password@host:5432/name; in a password @ is %40")
    return value


def _whole_path(quoted: str) -> None:
    """What is relative is another file in another folder: a shop without its orders."""
    path = file(Path(unquote(quoted)))
    if not path.is_absolute() or "?" in quoted:
        raise ValueError(
            "must be a whole path and no more, such as sqlite:////srv/shop.sqlite3 (four slashes)"
        )


def _is_server(rest: str) -> bool:
    """A name and a port, or neither for a socket. SQLAlchemy fails at a wrong port without a sentence, and
    takes what follows the first @ for the server, with the end of a password."""
    after = rest if rest.startswith("/") or "@" not in rest else rest.partition("@")[2]
    server = NAME_AND_PORT.fullmatch(re.split("[/?]", after)[0])
    if not server or re.search("[?&]port=(?![0-9]{1,5}(&|$))", after):
        return False
    try:
        return not server[1] or bool(server[1].encode("idna"))  # as whoever looks it up will write it
    except UnicodeError:
        return False


@if_given
def backup_place(value: str) -> str:
    """A folder, or a bucket with or without a prefix."""
    if "://" in value:
        if not BUCKET.fullmatch(value):
            raise ValueError("must be a folder, or look like s3://bucket/prefix")
    elif not folder(Path(value)).is_absolute():
        raise ValueError(
            "must be a whole path, such as /var/backups/webshop, or look like s3://bucket/prefix"
        )
    return value


@if_given
def web_address(value: str) -> str:
    url = parts(value) if ONE_WORD.fullmatch(value) else None
    if not url or not url.hostname or not _is_private(url) or "@" in url.netloc or url.query or url.fragment:
        raise ValueError("must look like https://s3.provider.example")
    return value


@if_given
def mail_server(value: str) -> str:
    url = parts(value) if ONE_WORD.fullmatch(value) else None
    schemes = ("smtp", "smtp+starttls", "smtps")
    if not url or url.scheme not in schemes or not HOST.fullmatch(url.hostname or "") or _has_more(url):
        raise ValueError(
            "must look like smtp://user:password@host:587, or smtp+starttls://, smtps://; in a password @ is "
            "%40 and / is %2F"
        )
    if not all(re.fullmatch("[ -~]*", unquote(word or "")) for word in (url.username, url.password)):
        raise ValueError("user and password may have plain letters, digits and signs only (ASCII)")
    return value


@if_given
def sentry_dsn(value: str) -> str:
    url = parts(value) if ONE_WORD.fullmatch(value) else None
    if not url or not _is_private(url) or not _is_dsn(url):
        raise ValueError("must look like https://key@host/1, as Sentry shows it")
    return value


def _is_private(url: SplitResult) -> bool:
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)


def _is_dsn(url: SplitResult) -> bool:
    key, _colon, old_secret = url.netloc.rpartition("@")[0].partition(":")
    return bool(
        re.fullmatch(r"\w+", key, re.ASCII)
        and re.fullmatch(r"\w*", old_secret, re.ASCII)
        and HOST.fullmatch(url.hostname or "")
        and re.fullmatch(r"(/[\w.-]+)*/[0-9]+", url.path, re.ASCII)
        and not (url.query or url.fragment)
    )


@if_given
def sentry_environment(value: str) -> str:
    if not ENVIRONMENT.fullmatch(value):
        raise ValueError("may have up to 64 letters, digits and . _ - + : @ ~ =, and no spaces")
    return value


@if_given
def release(value: str) -> str:
    if not RELEASE.fullmatch(value):
        raise ValueError("may have up to 200 letters, digits and . _ - + : @ ~ =, and no spaces")
    return value


@if_given
def mail_address(value: str) -> str:
    if len(value) > 254 or not MAIL_ADDRESS.fullmatch(value):
        raise ValueError("must be one e-mail address without a name, such as shop@shop.example")
    return value


def file(path: Path) -> Path:
    if not str(path).isprintable():
        raise ValueError("must be a path in one line")
    if path.resolve().is_relative_to(STATIC.resolve()):
        raise ValueError("is a path in static/, which everybody can read")
    return path


def folder(path: Path) -> Path:
    if file(path).exists() and not path.is_dir():
        raise ValueError("must be a folder")
    return path


def theme_name(value: str) -> str:
    """As a folder of themes/ may be called."""
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError("is no name of a theme: a to z, digits and -, at most 40 of them")
    return value


@if_given
def theme(value: str) -> str:
    if not (THEMES / theme_name(value)).is_dir():
        there = ", ".join(sorted(path.name for path in THEMES.glob("*/"))) or "none yet"
        raise ValueError(f"must be a folder of themes/ ({there}), or empty for the shop's own look")
    return value
