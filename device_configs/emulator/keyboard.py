"""Keys become lines: what a box's line editor echoes and understands (pure)."""

from dataclasses import dataclass

_ERASE = ("\x7f", "\x08")
_ERASED = "\x08 \x08"
_INTERRUPT, _RETURN_KEY, _HELP = "\x03", "\x1a", "?"
_KILL = "\x15"
LONGEST_LINE = 16_384
"""Characters; the platforms take fewer, and lists of VLANs are long."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What one key did: what to echo, and the line if it is complete.

    ``asks_help`` is a question mark: the line typed so far stays.
    """

    echo: str = ""
    line: str | None = None
    asks_help: bool = False


class LineKeys:
    """The line that is being typed in one session."""

    def __init__(self) -> None:
        self.typed = ""
        self._escape = False
        self._after_return = False

    def press(self, key: str) -> Typed:
        """Take one character."""
        after_return, self._after_return = self._after_return, key == "\r"
        if self._escape:
            self._escape = not (key.isalpha() or key == "~")
            return Typed()
        if key == "\n" and after_return:
            return Typed()
        if key in "\r\n":
            line, self.typed = self.typed, ""
            return Typed("\r\n", line)
        if key == "\x1b":
            self._escape = True
            return Typed()
        if key in _ERASE:
            if not self.typed:
                return Typed()
            self.typed = self.typed[:-1]
            return Typed(_ERASED)
        return self._other(key)

    def _other(self, key: str) -> Typed:
        if key == _INTERRUPT:
            self.typed = ""
            return Typed("\r\n", "")
        if key == _RETURN_KEY:
            self.typed = ""
            return Typed("\r\n", "return")
        if key == _KILL:
            erased, self.typed = _ERASED * len(self.typed), ""
            return Typed(erased)
        if key == _HELP and '"' not in self.typed:
            return Typed(_HELP, asks_help=True)
        if (key < " " and key != "\t") or len(self.typed) >= LONGEST_LINE:
            return Typed()
        self.typed += key
        return Typed(key)
