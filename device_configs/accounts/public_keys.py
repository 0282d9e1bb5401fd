"""Fingerprints of public keys, by which the key of an account is compared (pure)."""

import base64
import hashlib


def fingerprint_of(line: str) -> str | None:
    """The SHA-256 fingerprint of a public key in OpenSSH's one-line form; None for no key."""
    words = line.split()
    for word in words[1:]:
        try:
            blob = base64.b64decode(word, validate=True)
        except ValueError:
            continue
        return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
    return None
