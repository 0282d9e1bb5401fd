"""Secrets in lines that are shown to people."""

from device_configs.grammar.lines import SourceLine

MASK_OF_SECRETS = "****"
# Whatever follows one of these words is a secret, in any family, behind its level too.
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
        "secret",
        "sha",
        "sha1",
        "sha512",
        "sha2-256",
        "sha256",
        "aes128",
        "aes256",
    }
)
_LEVELS = frozenset({"0", "5", "7", "8a"})
"""How the secret that follows is written (EOS): as it is, as a hash, or enciphered."""


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
    words = line.words
    if at > 1 and words[at - 1] in _LEVELS and words[at - 2] in _BEFORE_SECRETS:
        return True
    return at > 0 and words[at - 1] in _BEFORE_SECRETS and words[at] not in _BEFORE_SECRETS
