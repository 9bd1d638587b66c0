"""One request of an attack: its path, query, headers and body, good or hostile or nearly good."""

import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from urllib.parse import quote_from_bytes

from tests.attack.shopping import HTMX
from tests.attack.survey import Survey
from tests.attack.targets import Target
from tests.attack.tricks import FRAMINGS, HEADERS, Pair, plain
from tests.attack.values import CHARSETS, as_json, hostile, hostile_json, marked
from webshop.web.signing import Signatures

FORGED = Signatures(["a key that is not the shop's, and long enough"])
LONGEST_HEAD = 30_000  # bytes; a server may hang up on more
BAD_IN_ADDRESS = frozenset(range(33)) | frozenset(range(127, 256))  # bytes that HTTP does not let through


@dataclass(frozen=True)
class Draft:
    """`raw` is sent as it is. `unanswered`: it is no HTTP, or breaks off, and need not be answered. `final`:
    the connection ends with it."""

    number: int
    target: str
    method: str
    htmx: bool
    raw: bytes = field(repr=False)
    unanswered: bool = False
    final: bool = False


@dataclass(frozen=True)
class Aim:
    """One place of a good request (a part of the path, a name of the query or of the form, as "field sku"),
    and the values of which one goes there. Without a name nothing goes there: it is a shopper's request."""

    target: Target
    place: str
    values: Sequence[bytes]

    @property
    def method(self) -> str:
        likely = "POST" if self.place.startswith("field ") else "GET"
        return likely if likely in self.target.methods else min(self.target.methods)


@dataclass(frozen=True)
class Materials:
    """What requests are made of: known values, and names of fields."""

    survey: Survey
    words: Sequence[bytes]
    names: Sequence[str]
    host: bytes


class Writer:
    """Of one request. Without an aim each value is hostile, or nearly good, as often as `_wild` says."""

    def __init__(self, materials: Materials, rng: Random, mark: bytes) -> None:
        self._known, self._rng, self._mark = materials, rng, mark
        self._aim: Aim | None = None
        self._wild = rng.choice([0, 0.2, 0.4, 0.7, 1])

    def write(self, number: int, target: Target, method: str, htmx: bool, aim: Aim | None = None) -> Draft:
        rng = self._rng
        self._aim = aim
        kind, body = self._body(target) if self._has_body(method) else (b"", b"")
        address = self._path(target) + self._query(target)
        headers = self._headers(number, htmx, kind)
        if target.path.endswith("/webhook") and rng.random() < 0.7:
            body, signature = self._signed_event()
            headers.append((b"Stripe-Signature", signature))
        if "/v1/" in target.path and rng.random() < 0.8:
            headers.append((b"Authorization", b"Bearer " + self._known.survey.word("sk_test_").encode()))
        framing = plain if aim or rng.random() < 0.85 else rng.choice(FRAMINGS)
        raw, unanswered, final = framing(rng, b"%s %s HTTP/1.1" % (method.encode(), address), headers, body)
        broken = (
            method in ("CONNECT", "BREW")
            or any(byte in BAD_IN_ADDRESS for byte in address)
            or any(byte < 32 and byte != 9 for _name, value in headers for byte in value)
            or len(raw) - len(body) > LONGEST_HEAD
        )
        closes = any(name in (b"Connection", b"Expect") for name, _value in headers)
        return Draft(
            number,
            target.path,
            method,
            htmx,
            raw,
            unanswered=unanswered or broken,
            final=final or broken or closes,
        )

    def _has_body(self, method: str) -> bool:
        if self._aim:
            return self._aims_at("field")
        return self._rng.random() < (0.05 if method in ("GET", "HEAD") else 0.9)

    def _aims_at(self, kind: str) -> bool:
        return self._aim is not None and self._aim.place.startswith(f"{kind} ")

    # Values

    def _value(self, place: str, good: bytes) -> bytes:
        rng, aim = self._rng, self._aim
        if aim:
            return marked(rng.choice(aim.values), self._mark) if place == aim.place else good
        if rng.random() >= self._wild:
            return good
        return self._twisted(good) if good and rng.random() < 0.3 else hostile(rng, self._mark)

    def _twisted(self, good: bytes) -> bytes:
        """Nearly what it was."""
        rng, place = self._rng, self._rng.randrange(len(good))
        return rng.choice(
            [
                good + hostile(rng, self._mark),
                hostile(rng, self._mark) + good,
                good[:place] + bytes([rng.randrange(256)]) + good[place + 1 :],
                good[:place],
                good.swapcase(),
                good * 2,
                b" " + good,
                rng.choice(self._known.words),
            ]
        )

    def _fields(self, kind: str, known: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
        """Of a query or a form: what is known, or something made up; with an aim, one where that is."""
        if self._aim and self._aims_at(kind):
            name = self._aim.place.partition(" ")[2]
            return self._rng.choice([fields for fields in known if name in fields or not name])
        if known and (self._aim or self._rng.random() < 0.75):
            return self._rng.choice(known)
        names = self._rng.sample(self._known.names, self._rng.randrange(1, 5))
        return {name: self._rng.choice(self._known.words).decode() for name in names}

    def _pairs(self, kind: str, fields: Mapping[str, str]) -> list[Pair]:
        """What a form would send, now and then with a field twice, one too few, one too many, or hundreds."""
        rng = self._rng
        pairs = [
            (name.encode(), self._value(f"{kind} {name}", good.encode())) for name, good in fields.items()
        ]
        if pairs and not self._aim and rng.random() < 0.15:
            extra = (hostile(rng, self._mark), hostile(rng, self._mark))
            place = rng.randrange(len(pairs))
            pairs = rng.choice(
                [[*pairs, pairs[place]], pairs[:place], [*pairs, extra], pairs * 60, pairs[::-1]]
            )
        return pairs

    def _quoted(self, value: bytes, safe: str = "") -> bytes:
        """Mostly as browsers do it; else as little as possible, twice, or not at all."""
        how = self._rng.random()
        if how < 0.02 and not self._aim:
            return value
        if how < 0.2:
            safe = "".join(chr(byte) for byte in range(33, 127) if chr(byte) not in "#?&=+%")
        quoted = quote_from_bytes(value, safe=safe).encode()
        return quote_from_bytes(quoted).encode() if how > 0.97 and not self._aim else quoted

    def _joined(self, pairs: Sequence[Pair], between: bytes = b"&") -> bytes:
        return between.join(self._quoted(name) + b"=" + self._quoted(value) for name, value in pairs)

    # Address

    def _path(self, target: Target) -> bytes:
        rng, path = self._rng, target.path.encode()
        for name in target.names:
            known = self._known.survey.parts[target.path, name] if self._aim or rng.random() < 0.7 else []
            good = rng.choice(known).encode() if known else rng.choice(self._known.words)
            part = self._quoted(self._value(f"part {name}", good), safe="/" if known else "")
            path = path.replace(b"{%s}" % name.encode(), part)
        if not self._aim and rng.random() < 0.08:
            path = rng.choice(
                [path + b"/", b"/" + path, path.upper(), path + b"%2f..", b"/." + path, path[:-1]]
            )
        return path or b"/"

    def _query(self, target: Target) -> bytes:
        rng = self._rng
        if not self._aims_at("query") and rng.random() < 0.3:
            return b""
        pairs = self._pairs("query", self._fields("query", self._known.survey.queries[target.path]))
        if not self._aim and rng.random() < 0.05:
            return b"?" + self._quoted(hostile(rng, self._mark))
        return b"?" + self._joined(pairs, b"&" if self._aim else rng.choice([b"&", b"&", b"&", b";"]))

    # Headers

    def _headers(self, number: int, htmx: bool, kind: bytes) -> list[Pair]:
        rng = self._rng
        address = b"10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
        before = rng.choice([b"", b"", b"x, ", b"1.2.3.4, ", b"<{mark}>, ", b"::1,", b"," * 50])
        headers = [(b"Host", self._known.host), (b"X-Forwarded-For", before + address)]
        headers += [(name.encode(), value.encode()) for name, value in HTMX.items() if htmx]
        headers += [(b"Content-Type", kind)] if kind else []
        cookies, panel = self._cookies(), self._known.survey.panel.encode()
        if panel and (self._aim or rng.random() < 0.9):
            cookies = [panel + b"; " + cookie for cookie in cookies] or [panel]
        headers += [(b"Cookie", cookie) for cookie in cookies]
        if not self._aim:
            for name in rng.sample(sorted(HEADERS), rng.choice([0, 0, 1, 1, 2, 3])):
                headers = [pair for pair in headers if pair[0] != name or rng.random() < 0.1]
                headers.append((name, rng.choice(HEADERS[name])))
            if rng.random() < 0.03:
                headers.append((rng.choice(sorted(HEADERS)), hostile(rng, self._mark)))
        return [(name, marked(value, self._mark)) for name, value in headers]

    def _cookies(self) -> list[bytes]:
        rng, real = self._rng, self._known.survey.cookie.encode()
        if self._aim or rng.random() < 0.6:
            return [real] if real else []
        name, _equals, value = real.partition(b"=")
        return rng.choice(
            [
                [],
                [name + b"=" + FORGED.sign_cart("0" * 32).encode()],
                [name + b"=" + value[:-1] + b"A"],
                [name + b"=" + value.partition(b".")[0]],
                [name + b"=" + b"A" * 6000],
                [name + b"=" + hostile(rng, self._mark)],
                [real, name + b"=x"],
                [name + b"=x; " + real],
                [b"; ".join(b"c%d=x" % n for n in range(300)) + b"; " + real],
                [b'="; \\; ' + real],
                [name + b'="' + value + b'"'],
                [b"\xff=\xfe; " + real],
            ]
        )

    # Bodies

    def _body(self, target: Target) -> tuple[bytes, bytes]:
        """Its type and its bytes."""
        rng = self._rng
        fields = self._fields("field", self._known.survey.forms[target.path])
        way = 1.0 if self._aim else rng.random()
        if target.path.endswith(".json") or way < 0.06:
            values = {name: self._json_value(name, value) for name, value in fields.items()}
            return b"application/json", as_json(values) if rng.random() < 0.95 else hostile(rng, self._mark)
        if way < 0.1:
            return b"text/plain", hostile(rng, self._mark)
        if way < 0.12:
            return b"application/x-www-form-urlencoded", b"a=" + b"x" * rng.choice([60_000, 70_000, 300_000])
        pairs = self._pairs("field", fields)
        return (
            self._multipart(pairs)
            if way < 0.25
            else (b"application/x-www-form-urlencoded", self._joined(pairs))
        )

    def _json_value(self, name: str, good: str) -> object:
        if self._aim:
            return self._value(f"field {name}", good.encode()).decode(errors="surrogateescape")
        if self._rng.random() < self._wild:
            return hostile_json(self._rng, self._mark)
        return int(good) if good.isdecimal() and good.isascii() and len(good) < 10 else good

    def _multipart(self, pairs: Sequence[Pair]) -> tuple[bytes, bytes]:
        """Also with files, with charsets that Python knows and browsers do not, and without an end."""
        rng = self._rng
        charset = b"; charset=" + rng.choice(CHARSETS).encode() if rng.random() < 0.3 else b""
        file = b'; filename="%s"' % hostile(rng, self._mark) if rng.random() < 0.1 else b""
        kind = b"Content-Type: text/plain%s\r\n" % charset if rng.random() < 0.2 else b""
        parts = [
            b'--zq\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n%s\r\n' % (name, file, kind, value)
            for name, value in pairs
        ]
        end = rng.choice([b"--zq--\r\n", b"--zq--\r\n", b"--zq--\r\n", b"", b"--zq\r\n", b"--zq--x"])
        return b"multipart/form-data; boundary=zq" + charset, b"".join(parts) + end

    def _signed_event(self) -> tuple[bytes, bytes]:
        """What Stripe could send, with hostile things in it, and the right signature."""
        body = as_json(self._wilder(self._rng.choice(self._known.survey.events or [{}])))
        moment = b"%d" % int(time.time())
        signature = hmac.new(self._known.survey.signing.encode(), moment + b"." + body, sha256).hexdigest()
        return body, b"t=%s,v1=%s" % (moment, signature.encode())

    def _wilder(self, value: object) -> object:
        """The same, with a leaf replaced here and there if the request is a wild one."""
        if isinstance(value, dict) and value:
            return {name: self._wilder(inner) for name, inner in value.items()}
        if isinstance(value, list) and value:
            return [self._wilder(inner) for inner in value]
        return hostile_json(self._rng, self._mark) if self._rng.random() < self._wild / 10 else value
