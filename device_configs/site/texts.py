"""The texts that a declaration may hold, by where they end up: safe by their type.

A name or a text that reaches a device stands in a configuration line, in a shell script or in a
path. None of them may end a line, a quotation or a word there; every pattern leaves out what would.
The patterns are also those of the JSON Schema, so they use what both Rust and ECMAScript know.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

NAME = r"^[a-z][a-z0-9-]{0,30}$"
"""A name that becomes part of a configuration: every platform takes it."""
HOST_NAME = r"^[A-Za-z][A-Za-z0-9-]{0,30}$"
"""A device: it is a host name (RFC 1123), a folder and a part of port names."""
LINK_NAME = r"^[A-Za-z][A-Za-z0-9.-]{0,79}$"
"""A cable; by default the names of its two ends, joined by ``--``."""
PORT_NAME = r"^[A-Za-z][A-Za-z0-9._-]{0,14}$"
"""A port: Linux takes 15 characters (IFNAMSIZ)."""
KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
"""A short key: of a rack, a kind of tag, a region, a queue."""
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$"
"""What refers to a name; the checks look up whether there is one."""
ACCOUNT_NAME = r"^[A-Za-z][A-Za-z0-9._-]{0,31}$"
"""An account of a device: what useradd, VRP and Comware take alike."""
URL_PATH = r"^[A-Za-z0-9/_.~%=+:,@-]{1,200}$"
"""A path of an HTTP check (RFC 3986, without what a shell or a proxy would read as its own), or the
user part of a SIP address."""
PHONE = r"^[0-9+][0-9 +*#-]{0,31}$"
_HIDDEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
"""Control characters, line separators, and what shows as nothing or turns the reading direction."""
LINE = rf"^[^{_HIDDEN}]{{1,200}}$"
"""One line for people; it reaches no device."""
PARAGRAPH = rf"^[^{_HIDDEN.replace('001f', '0009', 1)}\u000b-\u001f]{{1,2000}}$"
"""Text for people; it may have several lines."""
DEVICE_TEXT = rf"^[^{_HIDDEN}\"'`\\$?|&;<>#!]{{1,127}}$"
"""One line that stands in a device's configuration, as the description of a rule: without
quotation marks, the help key ``?``, and what a shell or a comment begins with; 127 characters at
most (VRP and Comware)."""
BANNER_TEXT = r"^[A-Za-z0-9][A-Za-z0-9 .,:()/-]{0,199}$"
"""What stands before every sign-in: letters of ASCII, since consoles show no others, and nothing
that could end it."""
CELL = rf"^[^{_HIDDEN}]{{0,120}}$"
"""A cell of a table, which may be empty."""

CELL_PHONE = r"^([0-9+][0-9 +*#-]{0,31})?$"
"""The telephone of a seat, which may have none."""

Name = Annotated[str, StringConstraints(pattern=NAME)]
HostName = Annotated[str, StringConstraints(pattern=HOST_NAME)]
LinkName = Annotated[str, StringConstraints(pattern=LINK_NAME)]
PortName = Annotated[str, StringConstraints(pattern=PORT_NAME)]
Key = Annotated[str, StringConstraints(pattern=KEY)]
Reference = Annotated[str, StringConstraints(pattern=REFERENCE)]
AccountName = Annotated[str, StringConstraints(pattern=ACCOUNT_NAME)]
UrlPath = Annotated[str, StringConstraints(pattern=URL_PATH)]
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
Line = Annotated[str, StringConstraints(pattern=LINE, strip_whitespace=True)]
Paragraph = Annotated[str, StringConstraints(pattern=PARAGRAPH, strip_whitespace=True)]
MOST_DEVICE_BYTES = 127


def _short_enough(text: str) -> str:
    """VRP counts the bytes of a description, and a Chinese character has three."""
    if len(text.encode()) > MOST_DEVICE_BYTES:
        raise ValueError(
            f"has {len(text.encode())} bytes where boxes take {MOST_DEVICE_BYTES}: 42 Chinese "
            "characters at most"
        )
    return text


DeviceText = Annotated[
    str,
    StringConstraints(pattern=DEVICE_TEXT, strip_whitespace=True),
    AfterValidator(_short_enough),
]
BannerText = Annotated[str, StringConstraints(pattern=BANNER_TEXT)]
Cell = Annotated[str, StringConstraints(pattern=CELL, strip_whitespace=True)]

CellPhone = Annotated[str, StringConstraints(pattern=CELL_PHONE, strip_whitespace=True)]


def _written_address(value: object) -> object:
    """A number is no address to people, though the library takes it for one."""
    if isinstance(value, int):
        raise ValueError("write an address in dots, as 10.20.1.1")
    return value


def _written_prefix(value: object) -> object:
    if isinstance(value, str) and "/" not in value:
        raise ValueError(f"has no prefix length; write {value}/24, or {value}/32 for one address")
    if isinstance(value, int):
        raise ValueError("write a prefix in dots with its length, as 10.20.1.0/24")
    return value


Address = Annotated[
    IPv4Address, BeforeValidator(_written_address, json_schema_input_type=IPv4Address)
]
Prefix = Annotated[
    IPv4Network, BeforeValidator(_written_prefix, json_schema_input_type=IPv4Network)
]


def _written_prefix_of_ipv6(value: object) -> object:
    if isinstance(value, str) and "/" not in value:
        raise ValueError(f"has no prefix length; write {value}/64 for a segment, /127 for a cable")
    if isinstance(value, int):
        raise ValueError("write a prefix of IPv6 with its length, as fd12:3456:789a:1::/64")
    return value


Ipv6Prefix = Annotated[
    IPv6Network, BeforeValidator(_written_prefix_of_ipv6, json_schema_input_type=IPv6Network)
]

NEEDED = {
    NAME: "write a small letter, then at most 30 small letters, digits and hyphens",
    HOST_NAME: "write a letter, then at most 30 letters, digits and hyphens",
    LINK_NAME: "write a letter, then letters, digits, hyphens and dots",
    PORT_NAME: "write a letter, then at most 14 letters, digits, dots, hyphens and underscores",
    KEY: "write at most 40 letters, digits, dots, hyphens and underscores",
    REFERENCE: "write the name of something that is declared",
    ACCOUNT_NAME: "write a letter, then at most 31 letters, digits, dots, hyphens and underscores",
    URL_PATH: "write a path as /health, without blanks, quotation marks and shell characters",
    PHONE: "write a telephone number: digits, blanks, + * # and hyphens",
    CELL_PHONE: "write a telephone number: digits, blanks, + * # and hyphens",
    LINE: "write one line of 1 to 200 characters, without control or invisible characters",
    PARAGRAPH: "write 1 to 2,000 characters, without control or invisible characters",
    DEVICE_TEXT: "it stands in configurations: write one line of 1 to 127 characters without "
    "control characters and without \" ' ` \\ $ ? | & ; < > # !",
    BANNER_TEXT: "write at most 200 letters of ASCII, digits, blanks and . , : ( ) / - in one line",
    CELL: "write at most 120 characters in one line, without control or invisible characters",
}
"""What to write instead, by the pattern that a text does not match."""
