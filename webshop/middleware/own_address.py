"""The shop answers under its own address: http goes to https, and other names are sent there or refused."""

import re
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webshop.language.messages import gettext as _

# Platforms ask by an inner name and over http, and Stripe's signature is proof enough.
UNDER_ANY_NAME = frozenset({"/healthz", "/readyz", "/stripe/webhook"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
PORT = re.compile(r":[0-9]{1,5}\Z")
FORWARDED_SCHEME = re.compile(r'(?:^|[;,\s])proto="?([a-z]+)')
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class OwnAddress:
    """`url` is the shop's origin. Where `is_told`, it is the only one: browsers are led to it, and everything
    else is a 421. Else the shop is a demo on somebody's machine: it answers under this machine's names and
    under any address in numbers, but under no name that a stranger can let lead here (DNS rebinding).

    The port does not count: many a router leaves it out or has another one, and would be led in a circle.
    `hsts` is the Strict-Transport-Security of answers over https.
    """

    def __init__(self, app: ASGIApp, url: str, *, is_told: bool, hsts: str) -> None:
        self.app = app
        self._url = url
        self._is_https = url.startswith("https:")
        self._hsts = hsts if self._is_https else ""
        self._is_told = is_told
        self._names = {_host_in(url.partition("://")[2])} if is_told else LOOPBACK | _names_of_this_machine()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scheme = forwarded_scheme(headers)
        if scope["path"] not in UNDER_ANY_NAME and (answer := self._refusal(scope, headers, scheme)):
            await answer(scope, receive, send)
            return

        async def send_with_hsts(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = self._hsts
            await send(message)

        await self.app(scope, receive, send_with_hsts if self._hsts and scheme != "http" else send)

    def _refusal(self, scope: Scope, headers: Headers, scheme: str) -> Response | None:
        """None for what is meant for this shop and comes as it should."""
        hosts = headers.getlist("host")
        host = _host_in(hosts[0]) if len(hosts) == 1 else ""
        is_own = self._is_own(host)
        if is_own and not (self._is_https and scheme == "http"):
            return None
        if self._is_told and scope["method"] in ("GET", "HEAD"):
            if not is_own and scheme == "https" and _is_inner(host):
                return _refuse(
                    421, _("The proxy in front of this shop has to pass on the Host that it was asked for.")
                )
            return self._redirect(scope)
        if is_own:
            return _refuse(
                403,
                _("This came without encryption, so nothing was done. Please use %(url)s", url=self._url),
            )
        return _refuse(421, self._where())

    def _is_own(self, host: str) -> bool:
        if host in self._names:
            return True
        return not self._is_told and (host.endswith(".localhost") or _address_in(host) is not None)

    def _redirect(self, scope: Scope) -> Response:
        """What was asked for, byte for byte, behind the shop's own origin: it can lead nowhere else."""
        path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        query: bytes = scope["query_string"]
        target = (path if path.startswith(b"/") else b"/") + (b"?" + query if query else b"")
        location = self._url + quote(target, safe=PRINTABLE)
        # Kept by nobody: a cache that does not tell http from https would answer https with it.
        return Response(status_code=308, headers={"Location": location, "Cache-Control": "no-store"})

    def _where(self) -> str:
        if self._is_told:
            return _("This shop is at %(url)s and nowhere else.", url=self._url)
        return _("This shop is at %(url)s; PUBLIC_URL gives it another address.", url=self._url)


def forwarded_scheme(headers: Headers) -> str:
    """ "http" or "https": how the visitor has asked the first proxy, which is the first of several values. ""
    where no proxy says."""
    first = ",".join(headers.getlist("x-forwarded-proto")).partition(",")[0].strip().lower()
    if first:
        return first
    found = FORWARDED_SCHEME.search(",".join(headers.getlist("forwarded")).lower())
    return found[1] if found else ""


def origin_as_sent(url: str) -> str:
    """As browsers write it in Origin: without the port that is usual anyway."""
    usual = {"http": 80, "https": 443}
    parts = urlsplit(url)
    return PORT.sub("", url) if parts.port == usual[parts.scheme] else url


def _host_in(host: str) -> str:
    """The name without its port, as it is compared: "[2001:DB8::0:1]:8000" is "[2001:db8::1]"."""
    name = PORT.sub("", host).lower()
    address = _address_in(name)
    return f"[{address}]" if isinstance(address, IPv6Address) else name


def _address_in(name: str) -> IPv4Address | IPv6Address | None:
    """None for what is no address in numbers."""
    with suppress(ValueError):
        return IPv6Address(name[1:-1]) if name.startswith("[") and name.endswith("]") else IPv4Address(name)
    return None


def _is_inner(host: str) -> bool:
    """A name that no visitor types, but a proxy that makes one up: leading there would lead in a circle."""
    address = _address_in(host)
    return address.is_private if address else "." not in host


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"}


def _refuse(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})
