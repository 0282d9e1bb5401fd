"""Links of a chain whose change shows: each hash covers the one before it (pure)."""

import hashlib

from ops_core.kernel.json_values import JsonObject, canonical_json

GENESIS = "0" * 64
"""What the first link names as its predecessor."""


def link_hash(previous_hash: str, content: JsonObject) -> str:
    """SHA-256, in hexadecimal, over the previous hash and the content as canonical JSON."""
    return hashlib.sha256(f"{previous_hash}\n{canonical_json(content)}".encode()).hexdigest()
