"""What no answer may be, written by hand and not taken from the shop's own code."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.attack.draft import Draft
from tests.attack.exchange import Answer, Unreadable
from tests.attack.findings import SERVER_ERROR, Finding, shown

# What the server says by itself of what is no HTTP, before the application hears of it.
SERVERS_OWN = {
    (400, b"Invalid HTTP request received."),
    (408, b"This request took too long."),
    (431, b"The head of this request is too long."),
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin-allow-popups",
}
HSTS = "max-age=3600"
POLICY = ("default-src 'none'", "base-uri 'none'")
LETTER = "/sandbox/mails/{name}/html"  # a mail as it is: styled inside, and shut in by its policy
# An embedded session's pages, by either address, and the letters: in frames of the shop itself.
FRAMED = (
    *(f"/sandbox/{page}/{{key}}{step}" for page in ("embedded", "pay") for step in ("", "/challenge")),
    LETTER,
)
PRIVATE = ("/orders/{signed}", "/charge")

INSIDE = re.compile(
    rb"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line|site-packages|sqlalchemy\.exc|psycopg\."
    rb"|sqlite3\.\w*Error|jinja2\.exceptions|unrecognized token|syntax error at or near|root:x:0:0:"
    rb"|requires-python ="
)
# A mark behind one of these has become markup; 7 * 191 = 1337, which only a template can have worked out.
MARKUP = re.compile(rb"(?:<|</|<svg/onload=|\" |' |1337)zq\d+n(\d+)q")
SCRIPT_LINK = re.compile(
    rb"(?:href|src|action|formaction)\s*=\s*[\"']?\s*(?:javascript|data):[^\"'>]{0,40}?zq\d+n(\d+)q"
)
MARKUP_TYPES = ("", "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
LEADS_AWAY = (
    "location",
    "hx-redirect",
    "hx-location",
    "hx-push-url",
    "hx-replace-url",
    "content-location",
    "refresh",
)


@dataclass(frozen=True)
class House:
    """What is right for one shop. `origins` are its own and that of whoever takes the money. Nobody sees
    `secrets` or the paths in `inside`; `personal` is seen by whoever sends one of `keys`, and where the
    address begins with one of `open_to_all`."""

    https: bool
    origins: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    open_to_all: tuple[str, ...] = ()


Complaints = Iterator[tuple[str, str]]  # the kind of each, and a sentence


def judge(house: House, draft: Draft, answer: Answer) -> list[Finding]:
    """What is wrong with this answer to that request."""
    try:
        found = [each for law in LAWS for each in law(house, draft, answer)]
    except Unreadable as error:
        found = [("unreadable answer", str(error))]
    return [
        Finding(kind, draft.target, f"{draft.method} {answer.status}: {sentence}", shown(draft.raw))
        for kind, sentence in found
    ]


def _no_error(_house: House, _draft: Draft, answer: Answer) -> Complaints:
    if answer.status >= 500:
        yield SERVER_ERROR, f"request id {answer.get('x-request-id') or 'unknown'}"


def _security_headers(house: House, draft: Draft, answer: Answer) -> Complaints:
    if (answer.status, answer.body) in SERVERS_OWN and not answer.get("x-request-id"):
        return
    expected = {
        **HEADERS,
        **({"strict-transport-security": HSTS} if _promises_https(house, draft, answer) else {}),
    }
    wrong = {name: answer.all(name) for name, value in expected.items() if answer.all(name) != [value]}
    if wrong:
        yield "security header", str(wrong)
    policy = answer.get("content-security-policy")
    missing = [part for part in POLICY if part not in policy]
    if missing or ("'unsafe-" in policy and draft.target != LETTER):
        yield "content policy", repr(policy)
        return
    frames, denied = may_be_framed_by(policy), answer.get("x-frame-options") == "DENY"
    if frames - {"'none'", "'self'", *house.origins} or (draft.target not in FRAMED and not denied):
        yield "security header", f"may be framed: {answer.all('x-frame-options')}, {policy!r}"


def _promises_https(house: House, draft: Draft, answer: Answer) -> bool:
    """Not where it refused or led to the shop's own address, nor over what a proxy calls http."""
    by_http = re.search(rb"^(?:X-Forwarded-Proto: *|Forwarded:.*proto=)http\b", draft.raw, re.I | re.M)
    return house.https and answer.status not in (308, 421) and not by_http


def may_be_framed_by(policy: str) -> set[str]:
    """The sources of frame-ancestors; "*" where it is missing."""
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name == "frame-ancestors":
            return set(sources)
    return {"*"}


def _nothing_of_the_inside(house: House, draft: Draft, answer: Answer) -> Complaints:
    text = answer.text
    if match := INSIDE.search(text):
        yield "inside shown", f"{text[max(match.start() - 80, 0) : match.end() + 80]!r}"
    yield from (("inside shown", path) for path in house.inside if path.encode() in text)
    everything = text + repr(answer.headers).encode()
    yield from (("secret shown", f"{secret[:4]}…") for secret in house.secrets if secret.encode() in text)
    if draft.target.startswith(house.open_to_all or "-") or any(
        key.encode() in draft.raw for key in house.keys
    ):
        return
    yield from (("somebody else's data", word) for word in house.personal if word.encode() in everything)


def _no_foreign_place(house: House, _draft: Draft, answer: Answer) -> Complaints:
    for name in LEADS_AWAY:
        for value in answer.all(name):
            if not _is_at_home(house, value):
                yield "leads away", f"{name}: {value[:200]}"


def _is_at_home(house: House, address: str) -> bool:
    """As a browser reads it: a backslash is a slash, and what is not printable is left out."""
    plain = "".join(letter for letter in address if letter > " ").replace("\\", "/")
    if plain.startswith("/"):
        return not plain.startswith("//")
    try:
        parts = urlsplit(plain)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in house.origins


def _no_header_of_the_visitor(_house: House, _draft: Draft, answer: Answer) -> Complaints:
    if answer.get("x-injected") or any(cookie.startswith("injected=") for cookie in answer.all("set-cookie")):
        yield "header injected", repr(answer.headers)[:400]


def _no_markup_of_the_visitor(_house: House, draft: Draft, answer: Answer) -> Complaints:
    if answer.get("content-type").partition(";")[0].strip().lower() not in MARKUP_TYPES:
        return
    for pattern in (MARKUP, SCRIPT_LINK):
        for match in pattern.finditer(answer.text):
            stored = "" if int(match[1]) == draft.number else f"sent by request {int(match[1])}, "
            yield "stored markup" if stored else "reflected markup", f"{stored}shown as {match[0]!r}"


def _cookies(house: House, _draft: Draft, answer: Answer) -> Complaints:
    for cookie in answer.all("set-cookie"):
        name, *attributes = cookie.lower().replace(" ", "").split(";")
        needed = ["httponly", "samesite=lax", "path=/", *(["secure"] if house.https else [])]
        missing = [each for each in needed if each not in attributes]
        if missing or (house.https and not name.startswith("__host-")):
            yield "cookie", f"{name.partition('=')[0]} without {', '.join(missing) or '__Host-'}"


def _private_stays_private(_house: House, draft: Draft, answer: Answer) -> Complaints:
    kept = answer.get("cache-control").lower()
    is_page = answer.get("content-type").startswith("text/html")
    if draft.target in PRIVATE and answer.status == 200 and "no-store" not in kept:
        yield "kept in caches", f"Cache-Control: {kept!r} of a private page"
    elif (is_page and "private" not in kept and "no-store" not in kept) or (
        answer.all("set-cookie") and "public" in kept
    ):
        yield "kept in caches", f"Cache-Control: {kept!r}"


LAWS: list[Callable[[House, Draft, Answer], Complaints]] = [
    _no_error,
    _security_headers,
    _nothing_of_the_inside,
    _no_foreign_place,
    _no_header_of_the_visitor,
    _no_markup_of_the_visitor,
    _cookies,
    _private_stays_private,
]
