"""Headers that no browser sends, and ways to put a request on the wire that are odd, ambiguous or wrong."""

from collections.abc import Callable
from random import Random

Pair = tuple[bytes, bytes]
Wire = tuple[
    bytes, bool, bool
]  # the bytes; whether they may go unanswered; whether the connection ends with them

HEADERS: dict[bytes, list[bytes]] = {
    b"Host": [b"evil.example", b"", b"127.0.0.1:99999", b"evil.example:80\t", b"[::1]", b"a" * 300, b"\xff"],
    b"X-Forwarded-Host": [b"evil.example"],
    b"X-Forwarded-Proto": [b"https", b"javascript", b"http, https"],
    b"X-Forwarded-Port": [b"1", b"x"],
    b"X-Forwarded-Prefix": [b"//evil.example"],
    b"Forwarded": [b"for=1.2.3.4;host=evil.example;proto=https", b'for="[::1', b";" * 500],
    b"X-Original-URL": [b"/sandbox/"],
    b"X-Rewrite-URL": [b"/sandbox/"],
    b"X-HTTP-Method-Override": [b"DELETE", b"TRACE"],
    b"X-Request-ID": [b"<{mark}>", b"a" * 64, b"a" * 65, b"x y", b"\xe9" * 10],
    b"Range": [
        b"bytes=0-",
        b"bytes=-1",
        b"bytes=5-2",
        b"bytes=a-b",
        b"bytes=",
        b"bytes=99999999999-",
        b"bytes=" + b"0-0," * 200 + b"1-1",
        b"bytes=0-" + b"9" * 400,
        "bytes=٣-".encode(),
        b"lines=1-2",
        b"bytes=0-1,\xff",
    ],
    b"If-Range": [b'"x"', b"Thu, 01 Jan 1970 00:00:00 GMT", b"x"],
    b"If-None-Match": [b"*", b'W/"x"', b'"' * 300, b"\xff", b'"a","b"'],
    b"If-Modified-Since": [
        b"Thu, 01 Jan 2099 00:00:00 GMT",
        b"x",
        b"Thu, 99 Zzz 99999 99:99:99 GMT",
        b"-1",
        b"0",
    ],
    b"Accept-Encoding": [
        b"gzip",
        b"br;q=1, gzip;q=0",
        b"identity;q=0, *;q=0",
        b"gzip;q=x",
        b"\xff",
        b"x" * 900,
    ],
    b"Accept-Language": [b"de", b"x" * 900, b"\xff", b"*;q=9"],
    b"Accept": [b"application/json", b"*/*;q=x", b"<{mark}>"],
    b"Content-Encoding": [b"gzip", b"br", b"x"],
    b"Content-Type": [
        b"",
        b"x",
        b"a/b; c=" + b"d" * 3000,
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=" + b"x" * 300,
        b"text/plain; charset=<{mark}>",
        b"application/x-www-form-urlencoded; charset=utf-16",
        b"application/xml",
        b"\xff/\xff",
    ],
    b"Origin": [b"null", b"https://evil.example", b"", b"\xff", b"http://"],
    b"Sec-Fetch-Site": [b"cross-site", b"same-site", b"none", b"same-origin", b"", b"\xff", b"SAME-ORIGIN"],
    b"Referer": [b"https://evil.example/<{mark}>", b"\xff", b"x" * 900],
    b"HX-Request": [b"true", b"false", b"\xff", b"true, true"],
    b"HX-Request-Type": [b"full", b"partial", b"x"],
    b"HX-Boosted": [b"true"],
    b"HX-Current-URL": [b"https://evil.example/", b"\xff"],
    b"HX-History-Restore-Request": [b"true"],
    b"HX-Target": [b"<{mark}>"],
    b"HX-Prompt": [b"<{mark}>"],
    b"User-Agent": [b"", b"<{mark}>", b"\xff", b"() { :;}; echo {mark}", b"x" * 2000],
    b"Authorization": [b"Basic x", b"Basic " + b"\xff", b"Bearer", b"Bearer sk_test_sandbox", b"Basic Og=="],
    b"Idempotency-Key": [b"x", b"x" * 300, b"\xff", b""],
    b"Stripe-Signature": [b"", b"t=1,v1=x", b"t=,v1=", b"t=" + b"9" * 300 + b",v1=0", b"\xff", b"," * 500],
    b"Expect": [b"100-continue", b"x"],
    b"Connection": [b"close", b"keep-alive, x-forwarded-for", b"x"],
    b"TE": [b"trailers", b"x"],
    b"Max-Forwards": [b"0"],
    b"Proxy": [b"http://evil.example/"],
    b"Cache-Control": [b"no-cache", b"only-if-cached", b"max-age=-1"],
    b"X-Empty": [b""],
}

Framing = Callable[[Random, bytes, list[Pair], bytes], Wire]


def head(first: bytes, headers: list[Pair], end: bytes = b"\r\n") -> bytes:
    return end.join([first, *(name + b": " + value for name, value in headers), b"", b""])


def plain(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    """As everybody does it."""
    length = [(b"Content-Length", b"%d" % len(body))] if body else []
    return head(first, [*headers, *length]) + body, False, False


def _chunks(rng: Random, body: bytes) -> bytes:
    """The body in pieces of all sizes, without its end."""
    pieces = b""
    while body:
        size = rng.choice([1, 3, 100, 5000])
        piece, body = body[:size], body[size:]
        extension = rng.choice([b"", b"", b";a=b", b";" + b"x" * 200])
        pieces += b"%X%s\r\n%s\r\n" % (len(piece), extension, piece)
    return pieces


CHUNKED: Pair = (b"Transfer-Encoding", b"chunked")


def chunked(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    end = rng.choice([b"0\r\n\r\n", b"000\r\n\r\n"])
    return head(first, [*headers, CHUNKED]) + _chunks(rng, body[:20_000]) + end, False, False


def chunked_wrong(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    end = rng.choice(
        [
            b"",
            b"-1\r\n\r\n",
            b"zz\r\n\r\n",
            b"f" * 40 + b"\r\n\r\n",
            b"5\r\nab",
            b"0\r\nX-Injected: 1\r\n\r\n",
        ]
    )
    return head(first, [*headers, CHUNKED]) + _chunks(rng, body[:5000]) + end, True, True


def length_wrong(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    """Shorter than the body, so that its rest is another request; longer, so that it never comes; or none."""
    size = len(body)
    lies = [
        b"%d" % (size + 99),
        b"%d" % max(size - 5, 0),
        b"-1",
        b"+5",
        b"0x5",
        b"1,1",
        b"9" * 30,
        b"",
        b"5 5",
    ]
    return head(first, [*headers, (b"Content-Length", rng.choice(lies))]) + body, True, True


def length_twice(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    length = (b"Content-Length", b"%d" % len(body))
    other = rng.choice([(b"Content-Length", b"0"), CHUNKED, (b"Transfer-Encoding", b"chunked, identity")])
    return head(first, [*headers, length, other]) + body, True, True


def old_version(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    version = rng.choice(
        [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1.1 x", b"http/1.1", b""]
    )
    raw, _unanswered, _final = plain(rng, first.replace(b"HTTP/1.1", version), headers, body)
    return raw, version != b"HTTP/1.0", True


def odd_lines(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    """Line ends and header lines that are none."""
    odd = rng.choice(
        [b"NoColon", b"Space : x", b" folded", b"Null: \x00", b"\xff\xfe: x", b": x", b"Bare: a\rb", b"A:"]
    )
    length = [(b"Content-Length", b"%d" % len(body))] if body else []
    whole = head(first, [*headers, *length], rng.choice([b"\r\n", b"\n"]))
    return whole.replace(b"\n", b"\n" + odd + b"\r\n", 1) + body, True, True


def many_headers(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    more = rng.choice(
        [[(b"X-%d" % n, b"x") for n in range(400)], [(b"X", b"y" * 40_000)], [(b"X", b"")] * 900]
    )
    raw, _unanswered, _final = plain(rng, first, [*headers, *more], body)
    return raw, True, True


def upgrade(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    to = rng.choice([b"websocket", b"h2c", b"TLS/1.0", b"x"])
    raw, _unanswered, _final = plain(
        rng, first, [*headers, (b"Connection", b"Upgrade"), (b"Upgrade", to)], body
    )
    return raw, True, True


def cut(rng: Random, first: bytes, headers: list[Pair], body: bytes) -> Wire:
    """Whoever sent it has left in the middle."""
    raw, _unanswered, _final = plain(rng, first, headers, body)
    return raw[: rng.randrange(1, len(raw))], True, True


FRAMINGS: list[Framing] = [
    chunked,
    chunked,
    chunked_wrong,
    length_wrong,
    length_twice,
    old_version,
    odd_lines,
    many_headers,
    upgrade,
    cut,
]
