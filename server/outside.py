"""The world outside: which addresses are on the public Internet, and how to speak to exactly one of them.

Whoever may name a host could name one of our own. So a name is resolved once, every address it leads to is
looked at, and the connection goes to an address that was looked at: a name that leads elsewhere a moment
later leads nowhere. Source: OWASP API Security 2023, API7.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

from schemas.record import Struct

LONGEST_URL = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")


class HostRefused(ValueError):
    """This is not an address we speak to."""


class Way(Struct):
    """Where a URL leads: the name that is meant, and the address that stands for it."""

    url: httpx.URL  # with the address in the place of the name
    host: str  # as it is said in the request: name, and port where it is not the usual one
    name: str  # whom the certificate has to be of


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public Internet, also where IPv6 carries an IPv4 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return is_outside(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        carried = found.ipv4_mapped or found.sixtofour
        if carried is not None:
            return is_outside(str(carried))
        if found.teredo is not None or found in _NAT64_LOCAL or int(found) < 1 << 32:
            return False
    return found.is_global and not found.is_multicast


def checked_url(url: str, *, inside: bool = False) -> str:
    """Return a URL that may be written down: https, a host, no password, no fragment.

    Args:
        inside: plain http is good too, for what is in the house.

    Raises:
        HostRefused: it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        whole = httpx.URL(url)
    except (ValueError, httpx.InvalidURL) as error:
        raise HostRefused("this is no URL") from error
    if len(url) > LONGEST_URL or not url.isascii() or any(not " " < letter < "\x7f" for letter in url):
        raise HostRefused("a URL is short and plain ASCII")
    if parts.scheme != "https" and not (inside and parts.scheme == "http"):
        raise HostRefused("a URL begins with https://")
    if not parts.hostname or parts.hostname != whole.host or parts.username is not None or port == 0:
        raise HostRefused("a URL has a host and no password in it")
    if parts.fragment:
        raise HostRefused("a URL has no fragment")
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return url
    if not inside and not is_outside(str(literal)):
        raise HostRefused("this address is inside")
    return url


async def way_to(url: str, *, inside: bool = False) -> Way:
    """Resolve a URL's host, once.

    Args:
        inside: addresses of our own network are good too.

    Raises:
        HostRefused: one of the addresses is not on the public Internet.
        OSError: the name leads nowhere.
    """
    whole = httpx.URL(checked_url(url, inside=inside))
    port = whole.port or (443 if whole.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(whole.host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise HostRefused("this is no name of a host") from error
    addresses = [str(each[4][0]) for each in found]
    if not inside and not all(is_outside(address) for address in addresses):
        raise HostRefused("this host is inside")
    if not addresses:
        raise OSError("no address")
    return Way(url=whole.copy_with(host=addresses[0]), host=whole.netloc.decode("ascii"), name=whole.host)
