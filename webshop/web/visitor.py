"""Where a request comes from, as limits count it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from webshop.web.site import site_of

HOUSEHOLD = 64  # bits of an IPv6 address: whoever has one has all that begin with them


def visitor_of(request: Request) -> str:
    """ "203.0.113.7", or "2001:db8:0:1::/64"; "" where nobody knows, as behind a Unix socket.

    Each proxy adds to X-Forwarded-For whom it was asked by. What the trusted ones have added is at its end;
    whatever stands before that, anybody can have written.
    """
    peer = request.client.host if request.client else ""
    proxies = site_of(request).settings.proxies
    if not proxies:
        return counted(peer)
    hops = _hops(request)
    return counted(hops[-min(proxies, len(hops))]) or counted(peer)


def count_hops(request: Request) -> int:
    """How many addresses X-Forwarded-For has: what proxies have added, and anybody wrote before."""
    return len([hop for hop in _hops(request) if hop.strip()])


def _hops(request: Request) -> list[str]:
    return ",".join(request.headers.getlist("x-forwarded-for")).split(",")


def counted(text: str) -> str:
    """The address that is written there as it is counted, or "" if none is."""
    try:
        address = ip_address(_without_port(text.strip()).partition("%")[0].removesuffix("/64"))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), HOUSEHOLD), strict=False))


def _without_port(text: str) -> str:
    """Some routers write "203.0.113.7:50123" and "[2001:db8::1]:50123"."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
