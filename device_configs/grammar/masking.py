"""Secrets in lines that are shown to people."""

from device_configs.grammar.lines import SourceLine

MASK_OF_SECRETS = "****"
# Whatever follows one of these words is a secret, in either family.
_BEFORE_SECRETS = frozenset(
    {
        "cipher",
        "simple",
        "plain",
        "password",
        "irreversible-cipher",
        "hash",
        "key",
        "key-string",
        "authentication-key",
        "community",
        "read",
        "write",
        "md5",
        "hmac-md5",
        "hmac-sha256",
        "keychain",
        "shared-key",
        "sha",
        "sha2-256",
        "sha256",
        "aes128",
        "aes256",
    }
)


def masked(line: SourceLine) -> str:
    """The line's text with every word masked that may be a secret.

    Rather one word too many: a line that fits no form cannot say which of its words is one.
    """
    words = list(line.words)
    for at in range(1, len(words)):
        if is_secret(line, at):
            words[at] = MASK_OF_SECRETS
    return " ".join(words) if words != list(line.words) else line.text


def is_secret(line: SourceLine, at: int) -> bool:
    """Whether the word at an index (from 0) may be a secret by the word before it."""
    return (
        at > 0 and line.words[at - 1] in _BEFORE_SECRETS and line.words[at] not in _BEFORE_SECRETS
    )
