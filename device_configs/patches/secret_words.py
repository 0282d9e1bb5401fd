"""Secrets in lines: what is compared when a device shows a cipher of what it was given (pure)."""

import hashlib
import hmac

from device_configs.patches.knowledge import PatchKnowledge

MASK = "****"


def masked_words(knowledge: PatchKnowledge, text: str) -> tuple[str, tuple[str, ...]]:
    """The line with its secrets masked and without the words that say how they are written, and
    the secrets. A line without a secret is returned as it is."""
    for pattern in knowledge.secrets:
        found = pattern.search(text)
        if found is None:
            continue
        spans = [span for span in map(found.span, range(1, pattern.groups + 1)) if span[0] >= 0]
        if not spans:
            continue
        shown, at = "", 0
        for start, end in spans:
            shown += text[at:start] + MASK
            at = end
        shown += text[at:]
        words = [word for word in shown.split() if word not in knowledge.modes]
        return " ".join(words), tuple(text[start:end] for start, end in spans)
    return text, ()


def secret_mark(key: bytes, same: str, secrets: tuple[str, ...]) -> str:
    """A keyed hash of what was set on a line, to know later whether it is still what is intended.

    ``same`` is the line with masks, so that one secret on two lines has two marks.
    """
    content = "\0".join((same, *secrets)).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()
