"""The caller's number out of what a telephone system sends as one (pure).

Scanners and exchanges send all kinds of things: ``asterisk``, ``<unknown>``, a SIP address. None of
them keeps a call from being counted; what is no number counts as withheld.
"""

import re

from ops_core.kernel.errors import Invalid
from ops_core.kernel.masking import normal_number

_BRACKETED = re.compile(r"<([^<>]*)>\s*(?:;[^<>]*)?$")
_ADDRESS = re.compile(r"^(?:sips?|tel):([^@;?]*)", re.IGNORECASE)


def caller_number(text: str) -> str:
    """The number as dialled inside the country; empty for one that is withheld, or none at all.

    Takes ``"Name" <number>`` and SIP or TEL addresses (RFC 3261, 3966) by their number.
    """
    shown = text.strip()
    if (bracketed := _BRACKETED.search(shown)) is not None:
        shown = bracketed.group(1).strip()
    if (address := _ADDRESS.match(shown)) is not None:
        shown = address.group(1)
    try:
        return normal_number(shown)
    except Invalid:
        return ""
