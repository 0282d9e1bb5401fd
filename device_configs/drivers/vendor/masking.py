"""VRP's and Comware's secrets in a configuration for people. Pure."""

from device_configs.grammar.lines import read_line
from device_configs.grammar.masking import MASK_OF_SECRETS, is_secret


def without_vendor_secrets(configuration: str) -> str:
    """The configuration with each word masked that may be a secret; spaces stay as they are."""
    return "".join(_masked(line) for line in configuration.splitlines(keepends=True))


def _masked(raw: str) -> str:
    line = read_line(0, raw)
    if line is None:
        return raw
    text = raw
    for at, word in enumerate(line.words):
        if is_secret(line, at):
            before, found, after = text.rpartition(word)
            text = f"{before}{MASK_OF_SECRETS}{after}" if found else text
    return text
