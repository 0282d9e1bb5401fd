"""Texts without their secrets, in which a change of a secret can still be seen; pure.

A secret is replaced by a keyed digest of its value (HMAC-SHA-256, cut to 48 bits): the same secret
always reads the same, another one reads otherwise, and without the key nobody can try values.
Secrets are found by value, where we know them, and by the words in front of them.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from device_configs.grammar.lines import read_line, read_lines
from device_configs.grammar.masking import is_secret
from device_configs.render.secrets import MASK

_DIGEST = re.compile(r"<secret:[0-9a-f]{12}>")
# Words that have a secret behind them, in the files of Linux devices and of their daemons.
_BEFORE = (
    r"password|passwd|passphrase|secret|auth_pass|auth-pass|psk|pre-shared-key|shared-key|"
    r"message-digest-key\s+\d+\s+md5|authentication-key|ip\s+ospf\s+authentication-key|"
    r"rocommunity6?|rwcommunity6?|trapcommunity|snmp-server\s+community|com2sec6?\s+\S+\s+\S+|"
    r"snmptrap\s+-v\s*\S+\s+-c|token|api[_-]?key|private-key"
)
_ASSIGNED = re.compile(
    rf"(?i)(?<![\w<-])(?P<head>[\w.-]*(?:{_BEFORE})(?:\s*[=:]\s*|\s+))(?P<rest>\S.*)$"
)
_LEVEL = re.compile(r"^(?:(?:encrypted|cipher|simple|plain|hash|[0-9])\s+)+")
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s;{}]+")
# createUser NAME (MD5|SHA...) PASSWORD [(DES|AES...) PASSWORD]; usmUser keeps keys in 0x...
_SNMP_USER = re.compile(
    r"(?P<kind>\b(?:MD5|SHA(?:-?\d+)?|DES|AES(?:-?\d+)?)\s+)(?P<value>\"[^\"]*\"|\S+)"
)
_SNMP_LINE = re.compile(r"^\s*(?:createUser|usmUser)\b")
_SINK_LINE = re.compile(
    r"^(?P<head>\s*(?:trap2?sink|informsink)\s+\S+\s+)(?P<value>\S+)(?P<tail>.*)$"
)
_URL = re.compile(r"(?P<head>://[^\s:/@]+:)(?P<value>[^\s@/]+)(?=@)")
_HASHED = re.compile(r"\$(?:[0-9a-z]{1,12})\$[./A-Za-z0-9$,=+-]{16,}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?P<what>[A-Z ]*PRIVATE KEY)-----.*?-----END (?P=what)-----", re.DOTALL
)
# Values that are a word of the language and no secret: "password required", "community none".
_PLAIN = frozenset(
    {"required", "optional", "none", "no", "yes", "off", "on", "additive", "both", "true", "false"}
)


class SecretUnknown(ValueError):
    """A text holds the digest of a secret that is not among those we have; args: line number."""


@dataclass(frozen=True)
class Redaction:
    """How secrets are replaced. ``key`` is at least 16 random bytes of the installation.

    ``known`` are values that are secrets wherever they stand.
    """

    key: bytes = field(repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)
    seen: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Digest -> value of whatever was replaced so far; in memory only."""

    def digest(self, value: str) -> str:
        """What stands for a secret."""
        found = hmac.new(self.key, value.encode(), hashlib.sha256).hexdigest()
        self.seen[f"<secret:{found[:12]}>"] = value
        return f"<secret:{found[:12]}>"

    def linux(self, text: str) -> str:
        """A file of a Linux device, or what one of its daemons runs with."""
        text = self._by_value(self._without_keys(text))
        return "".join(self._linux_line(line) for line in text.splitlines(keepends=True))

    def vendor(self, text: str) -> str:
        """A configuration of a vendor's family, by the words of the command grammar."""
        rows = self._by_value(text).splitlines(keepends=True)
        for number, raw in read_lines(text):
            line = read_line(number, raw)
            words = [] if line is None else line.words
            for at, word in enumerate(words):
                if line is not None and is_secret(line, at) and _DIGEST.fullmatch(word) is None:
                    rows[number - 1] = _replace_word(rows[number - 1], word, self.digest(word))
        return "".join(rows)

    def with_secrets(self, text: str) -> str:
        """The text with its secrets again, of those that are known or were seen.

        Raises :class:`SecretUnknown` with the line.
        """
        for value in self.known:
            self.digest(value)
        return "".join(
            _DIGEST.sub(_value_in(self.seen, number), line)
            for number, line in enumerate(text.splitlines(keepends=True), 1)
        )

    def _without_keys(self, text: str) -> str:
        return _KEY_BLOCK.sub(lambda found: self.digest(found[0]), text)

    def _by_value(self, text: str) -> str:
        for value in sorted(filter(None, self.known), key=len, reverse=True):
            text = text.replace(value, self.digest(value))
        return text

    def _linux_line(self, line: str) -> str:
        line = _HASHED.sub(lambda found: self.digest(found[0]), line)
        line = _URL.sub(lambda found: found["head"] + self._once(found["value"]), line)
        if _SNMP_LINE.match(line):
            return _SNMP_USER.sub(lambda found: found["kind"] + self._once(found["value"]), line)
        if (sink := _SINK_LINE.match(line)) is not None:
            return f"{sink['head']}{self._once(sink['value'])}{sink['tail']}{_ending(line)}"
        return _ASSIGNED.sub(self._assigned, line)

    def _assigned(self, found: re.Match[str]) -> str:
        level = _LEVEL.match(found["rest"])
        at = level.end() if level else 0
        before, rest = found["rest"][:at], found["rest"][at:]
        value = _VALUE.match(rest)
        if value is None or value[0].lower() in _PLAIN:
            return found[0]
        return found["head"] + before + self._once(value[0]) + rest[value.end() :]

    def _once(self, value: str) -> str:
        """A digest is not digested again; quotation marks stay."""
        if _DIGEST.search(value):
            return value
        mark = value[0] if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1 else ""
        return f"{mark}{self.digest(value.strip(mark) if mark else value)}{mark}"


class WordMask(Redaction):
    """Hides secrets where nobody needs to see that they change: one word for all of them."""

    def __init__(self) -> None:
        super().__init__(key=b"")

    def digest(self, value: str) -> str:
        """The same for each."""
        del value
        return MASK

    def difference(self, unified: str) -> str:
        """A unified difference, whose lines begin with one character of their own."""
        lines = unified.splitlines(keepends=True)
        return "".join(line[:1] + self._linux_line(line[1:]) for line in lines)

    def printed(self, text: str) -> str:
        """What a program printed: among its lines may be those of a difference."""
        lines = self._without_keys(text).splitlines(keepends=True)
        return "".join(self.difference(self._linux_line(line)) for line in lines)


def _value_in(values: Mapping[str, str], number: int) -> Callable[[re.Match[str]], str]:
    def value_of(found: re.Match[str]) -> str:
        if found[0] not in values:
            raise SecretUnknown(number)
        return values[found[0]]

    return value_of


def _replace_word(row: str, word: str, by: str) -> str:
    return re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", lambda _: by, row)


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
