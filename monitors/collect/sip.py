"""The one SIP message a probe sends, and the status line it waits for (RFC 3261); pure."""

import re
from dataclasses import dataclass

STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2}) ?([^\r\n]*)\r?\n")
CALL_ID = re.compile(rb"^(?:call-id|i)[ \t]*:[ \t]*(\S+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
PROVISIONAL_BELOW = 200


@dataclass(frozen=True, slots=True)
class SipResponse:
    status: int
    reason: str
    call_id: str

    @property
    def is_final(self) -> bool:
        return self.status >= PROVISIONAL_BELOW


def options_request(
    *, user: str, host: str, port: int, sender: str, sender_port: int, token: str
) -> bytes:
    """An OPTIONS request; ``token`` makes branch, tag and Call-ID unique to this try."""
    lines = (
        f"OPTIONS sip:{user}@{host}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {sender}:{sender_port};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:probe@{sender}>;tag={token}",
        f"To: <sip:{user}@{host}:{port}>",
        f"Call-ID: {token}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:probe@{sender}:{sender_port}>",
        "Accept: application/sdp",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def parse_response(datagram: bytes) -> SipResponse | None:
    """The response in a datagram; None for what is not a SIP response."""
    status = STATUS_LINE.match(datagram)
    call_id = CALL_ID.search(datagram)
    if status is None or call_id is None:
        return None
    return SipResponse(
        int(status[1]), status[2].decode(errors="replace"), call_id[1].decode(errors="replace")
    )
