"""Under which names, at which address and behind which proxies the web face is reached (pure)."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Names under which the machine itself asks; always answered."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of an address as a browser's Origin header says it (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        port = "" if _DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list separated by commas, without empty ones."""
    return tuple(part for part in (each.strip() for each in text.split(",")) if part)


def bind_address(text: str) -> str:
    """An IP address to listen on, or ``localhost``. Raises ValueError."""
    if text == "localhost":
        return text
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(
            f"{text!r} is no address to listen on: give an IP address such as 127.0.0.1 or "
            "0.0.0.0 (every address of the machine)"
        ) from None


def host_name(text: str) -> str:
    """A name of a Host header, without its port; IPv6 in brackets. Raises ValueError."""
    name = text.lower()
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        if _NAME.fullmatch(name) and not name.replace(".", "").isdecimal():
            return name
        raise ValueError(
            f"{text!r} is no host name: give names such as centre.example, without scheme, port "
            "or wildcard, separated by commas"
        ) from None
    return f"[{address}]" if address.version == 6 else str(address)


def proxy_network(text: str) -> str:
    """The address or network of a proxy. Raises ValueError.

    Everybody is no proxy: whoever is trusted may say which address he is and that he came by TLS.
    """
    try:
        network = ip_network(text.strip("[]"))
    except ValueError:
        raise ValueError(
            f"{text!r} is no address or network of a proxy: give such as 10.0.0.5 or 10.0.0.0/28, "
            "without host bits, separated by commas"
        ) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} trusts everybody: give the addresses of the proxies alone")
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def origin_of(text: str) -> Origin:
    """The origin of a public address. Raises ValueError for one with a path or without a host."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_origin(text) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise _no_origin(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise _no_origin(text)
    try:
        host = host_name(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname)
    except ValueError:
        raise _no_origin(text) from None
    return Origin(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme])


def _no_origin(text: str) -> ValueError:
    return ValueError(
        f"{text!r} is no public address: give scheme and host alone, such as https://centre.example"
    )
