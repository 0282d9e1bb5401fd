"""Names of calls (pure): ``<telephone system>:<its identifier>``.

An identifier is unique in the system that gave it and nowhere else: Asterisk's uniqueid is a second
and a counter, and two systems give the same one every day.
"""

_CUT, _ESCAPE = ":", "%"


def call_name(source: str, identifier: str) -> str:
    """The name of a source's call, no other's; "" for what is of no call."""
    if not identifier:
        return ""
    written = source.replace(_ESCAPE, "%25").replace(_CUT, "%3A")
    return f"{written}{_CUT}{identifier}"


def name_parts(name: str) -> tuple[str, str]:
    """Source and identifier of a name; a text that is none has no source ("")."""
    written, cut, identifier = name.partition(_CUT)
    if not cut:
        return "", name
    return written.replace("%3A", _CUT).replace("%25", _ESCAPE), identifier


def identifier_of(name: str) -> str:
    """The call's identifier in its source."""
    return name_parts(name)[1]
