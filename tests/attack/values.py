"""What is sent where something sensible is expected. `{mark}` becomes the mark of the request.

Wherever a mark comes back behind one of MARKUP's beginnings, what a visitor sent has become markup.
"""

import json
from random import Random

XSS = [
    b"<{mark}>",
    b'"><{mark}>',
    b"'><{mark} onload=alert(1)>",
    b"</script><{mark}>",
    b"</title></textarea><{mark}>",
    b"<svg/onload={mark}>",
    b'" {mark}="',
    b"' {mark}='",
    b"x onfocus={mark} ",
    b"javascript:{mark}",
    b"data:text/html,<{mark}>",
    b"--><{mark}>",
    b"]]><{mark}>",
    b"\x00<{mark}>",
    b"%3C{mark}%3E",
    b"&lt;{mark}&gt;",
    "＜{mark}＞".encode(),
    b"<hx-partial hx-target='#main'><{mark}></hx-partial>",
    b"{{7*191}}{mark}",
    b"${7*191}{mark}",
    b"{%raw%}<{mark}>",
]
SQL = [
    b"'",
    b'"',
    b"' OR '1'='1' --",
    b"') OR ('1'='1",
    b"1 OR 1=1",
    b"1; DROP TABLE orders --",
    b"' UNION SELECT NULL,NULL,NULL --",
    b"'||(SELECT 1/0)||'",
    b"'/**/AND/**/1=CAST((SELECT version()) AS int)--",
    b"\\",
    b"%",
    b"_%_",
    b"$$",
    b":name",
    b"?",
]
BYTES = [
    b"\x00",
    b"a\x00b",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf0\x9f\x8f",
    b"\xef\xbb\xbf",
    b"\x1b[31m",
    b"\x7f",
    b"\x01\x02",
    "\u202e\u2066".encode(),
    "\u2028\u2029".encode(),
    "e\u0301\ufb01\u212b".encode(),
    "🏺".encode(),
    "\U0010ffff".encode(),
    "\u0130ı".encode(),
    b"\\ud800",
    b"%u0000",
    b"%",
    b"%zz",
    b"%00",
    b"+",
    b" ",
    b"",
]
NUMBERS = [
    b"0",
    b"-0",
    b"-1",
    b"+1",
    b"1.0",
    b"1e3",
    b"99",
    b"100",
    b"2147483648",
    b"9223372036854775808",
    b"9" * 40,
    b"9" * 5000,
    b"1e400",
    b"NaN",
    b"-Infinity",
    b"0x10",
    b"1_000",
    "٣".encode(),
    "²".encode(),
    "１".encode(),
    b"true",
    b"null",
]
LINES = [
    b"x\r\nX-Injected: {mark}",
    b"x\r\nSet-Cookie: injected={mark}",
    b"x\nX-Injected: {mark}",
    b"x\rX-Injected: {mark}",
    b"x%0d%0aX-Injected: {mark}",
    "嘊嘍X-Injected: {mark}".encode(),
    b"\r\n\r\n<{mark}>",
    b"x\x85y\x0bz",
]
ADDRESSES = [
    b"//evil.example/{mark}",
    b"https://evil.example/{mark}",
    b"/\\evil.example",
    b"\\\\evil.example",
    b"https:evil.example",
    b"/%09/evil.example",
    b"https://127.0.0.1@evil.example/",
    b"javascript:{mark}",
    b"http://127.0.0.1:1/",
    b"file:///etc/passwd",
]
PATHS = [
    b"../../../../../../etc/passwd",
    b"..%2f..%2f..%2f..%2fetc%2fpasswd",
    b"%2e%2e/%2e%2e/pyproject.toml",
    b"..\\..\\..\\pyproject.toml",
    b"....//....//pyproject.toml",
    b"/etc/passwd",
    b"..;/..;/pyproject.toml",
    b"../webshop/settings.py",
    b"../.env",
    b".",
    b"..",
    b"./././",
    b"//",
    b"CON",
    b"x" * 300,
]
FORMATS = [b"%s%s%n%x", b"%(name)s", b"{0.__class__.__mro__}", b"{mark}{", b"$(id)", b"`id`", b"*)(uid=*"]
LONG = [b"A" * 255, b"A" * 5000, b"a@" + b"b" * 400 + b".example", "é".encode() * 3000, b"-" * 20_000]
JSON = [
    b"[]",
    b"{}",
    b"[null]",
    b'[{"sku": "X", "quantity": 1e99}]',
    b'[{"sku": {}, "quantity": []}]',
    b'{"__proto__": {"x": 1}}',
    b"[" * 5000,
    b'"\\ud800"',
    b"1" * 5000,
    b"nul",
    b'{"a":1,"a":2}',
]
TOGETHER = [
    b"'\"></script><{mark}>{{7*191}}{mark}",
    b"x\r\nX-Injected: {mark}\r\n\r\n<{mark}>' OR 1=1 --",
    b"//evil.example/'\"><{mark}>",
]
GROUPS = [XSS, SQL, BYTES, NUMBERS, LINES, ADDRESSES, PATHS, FORMATS, LONG, JSON, TOGETHER]

CHARSETS = (
    "utf-7 utf-16 utf-32-le unicode_escape raw_unicode_escape undefined idna punycode base64 rot13 x".split()
)

# Names that an API of this kind may read, beside those that the survey finds in forms and links.
NAMES = (
    "action act added amount bank call card changed challenge copies country effect email event expand id "
    "lines name next nth outcome payment_intent poll process_group q quantity removed return_url sequence "
    "session shipping sku times token total url v"
).split()


def hostile(rng: Random, mark: bytes) -> bytes:
    """One value of any group."""
    return marked(rng.choice(rng.choice(GROUPS)), mark)


def marked(value: bytes, mark: bytes) -> bytes:
    return value.replace(b"{mark}", mark)


def hostile_json(rng: Random, mark: bytes) -> object:
    """A value for json.dumps: of any type, also where a text belongs."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(
            [None, True, [], {}, [[]], {"id": {}}, 0, -1, 2**63, 10**400, 0.1, 1e308, float("nan")]
        )
    if kind == 1:
        return _deep(rng.choice([10, 200]))
    return hostile(rng, mark).decode(errors="surrogateescape")


def _deep(depth: int) -> object:
    value: object = 1
    for _level in range(depth):
        value = [value]
    return value


def as_json(value: object) -> bytes:
    """Half characters stay halves, as escapes."""
    return json.dumps(value).encode()
