"""EOS texts: what is compared, and what people see. Pure."""

import re

MASK = "****"
_SECRETS = re.compile(
    r"(?<= )(sha|sha224|sha256|sha384|sha512|md5|aes|aes192|aes256|community|priv-key|"
    r"secret(?: \w+)?|password(?: \d)?|key(?: \d)?|version 2c) (\S+)"
)
_COMMAND = re.compile(r"at command: (?P<line>.*?), matched error", re.S)


def without_comments(text: str) -> str:
    """The commands of a configuration, without the lines that say nothing."""
    lines = (line.rstrip() for line in text.splitlines())
    kept = [line for line in lines if line.strip() not in ("", "end") and line.lstrip()[0] != "!"]
    return "".join(f"{line}\n" for line in kept)


def without_secrets(text: str) -> str:
    """The configuration with each word masked that may be a secret."""
    return _SECRETS.sub(rf"\1 {MASK}", text)


def refused_line(words: str) -> str:
    """The line that a box refused, from netmiko's words, its secrets masked."""
    found = _COMMAND.search(words)
    return without_secrets(" " + (found["line"] if found else words).strip()).strip()
