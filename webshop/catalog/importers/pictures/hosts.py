"""Where pictures may be fetched from: the public network, and nothing inside of it."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")  # its last four bytes are an IPv4 address

Address = IPv4Address | IPv6Address


class Refused(Exception):
    """Nothing is fetched from there; the message says why."""


def addresses_of(host: str, port: int, allowed: frozenset[str]) -> list[str]:
    """What to connect to, IPv4 first. Raises Refused unless all of them are public, or `allowed` by name.

    Whatever is asked for by name is asked for once: whoever answers otherwise the next time changes nothing.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("there is no such host") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in addresses:
        if each not in allowed and not is_public(each):
            raise Refused("it is an address inside a private network")
    return sorted(addresses, key=lambda each: ":" in each)


def is_public(written: str) -> bool:
    """Also of IPv4 inside IPv6, however it got there."""
    address: Address = ip_address(written.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64 or int(address) < 2**32:  # ::127.0.0.1, too
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(each is not None and not is_public(str(each)) for each in inner):
            return False
    return address.is_global and not address.is_multicast
