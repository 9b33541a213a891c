"""Sends one request to a webhook's receiver, never into a private network unless the operator wants that."""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from tracking.values.errors import InvalidValue

TIMEOUT_S = 15.0
LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered: its status, or why there was none."""

    status: int | None
    error: str | None = None


def checked_url(url: str, *, allow_private: bool) -> str:
    """Return a receiver's address. Raises `InvalidValue` for one that is none, or is not to be called."""
    parts = urlsplit(url)
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not parts.hostname or len(url) > LONGEST_URL:
        raise InvalidValue(f"A webhook's address must start with {' or '.join(f'{s}://' for s in schemes)}.")
    if parts.username or parts.password or parts.fragment:
        raise InvalidValue("A webhook's address must not hold a password or a fragment.")
    if not allow_private and _is_private_name(parts.hostname):
        raise InvalidValue("A webhook's address must not lie in a private network.")
    return url


def post(url: str, body: str, headers: dict[str, str], *, allow_private: bool) -> Answer:
    """Send a body and return the answer. No redirect is followed; the name is looked up once, and kept."""
    try:
        address = _address(url, allow_private=allow_private)
    except (OSError, UnicodeError) as error:
        return Answer(None, f"The name cannot be looked up: {error}")
    except InvalidValue as refused:
        return Answer(None, refused.cause)
    target = httpx.URL(url)
    sent = {"Host": target.netloc.decode(), "Content-Type": "application/json", **headers}
    try:
        with httpx.Client(
            timeout=TIMEOUT_S, verify=_trust(), follow_redirects=False, trust_env=False
        ) as client:
            response = client.post(
                target.copy_with(host=address),
                content=body.encode(),
                headers=sent,
                extensions={"sni_hostname": target.host},
            )
    except (httpx.HTTPError, OSError) as error:
        return Answer(None, f"{type(error).__name__}: {error}")
    return Answer(response.status_code)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Trust whom this machine trusts; OpenSSL reads SSL_CERT_FILE."""
    return ssl.create_default_context()


def _address(url: str, *, allow_private: bool) -> str:
    """Return the address that a name stands for. Raises `InvalidValue` when any of them is private."""
    parts = urlsplit(url)
    found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private:
        for address in addresses:
            if not _is_public(address):
                raise InvalidValue(f"{parts.hostname} is {address}, in a private network.")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast


def _is_private_name(host: str) -> bool:
    try:
        return not _is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
