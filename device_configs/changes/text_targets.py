"""What a box is to have that says itself what a candidate would come to (EOS; pure).

No model of the box is needed: its own session shows the whole configuration that a commit would
bring into force, and configurations are compared as it writes them.
"""

import hashlib
from dataclasses import dataclass

from device_configs.changes.box_targets import KeptTrial
from device_configs.drivers.eos.texts import without_comments, without_secrets

FAMILY = "arista_eos"
WHOLE = "! the whole configuration is replaced, lines by which the box is managed included\n"


@dataclass(frozen=True)
class TextPath:
    """From what a box had to what it has if it takes the change."""

    before: str
    after: str
    held: bool = False
    only_secrets: bool = False

    def is_before(self, running: str) -> bool:
        """Whether a configuration as the box shows it is the former one."""
        return without_comments(running) == without_comments(self.before)

    def is_after(self, running: str) -> bool:
        """Whether it is the new one."""
        return without_comments(running) == without_comments(self.after)


@dataclass(frozen=True)
class TextTarget:
    """``text`` is the way there for people, secrets masked."""

    kept: KeptTrial
    text: str
    copied: bool = False
    unknown: tuple[str, ...] = ()
    """None: such a box compares secrets itself."""

    @property
    def path(self) -> TextPath:
        return text_path(self.kept)

    @property
    def running(self) -> str:
        """Fingerprint of what the box has."""
        return text_fingerprint(self.kept.before)

    @property
    def intended(self) -> str:
        """Fingerprint of what it is to have; the same exactly where nothing changes."""
        return text_fingerprint(self.kept.after)

    @property
    def reached(self) -> str:
        """Fingerprint of what it shows once it is there."""
        return self.intended


def target_of_session(running: str, whole: str, after: str, difference: str) -> TextTarget:
    """The way to a ``whole`` configuration, by what the box says it comes to."""
    kept = KeptTrial(
        family=FAMILY, before=running, lines=tuple(whole.splitlines()), own=(), after=after
    )
    changes = text_fingerprint(running) != text_fingerprint(after)
    shown = "".join(f"{line}\n" for line in without_secrets(difference).splitlines())
    return TextTarget(kept, WHOLE + shown if changes else "")


def text_path(kept: KeptTrial) -> TextPath:
    """The path of a trial, also of one that somebody else began."""
    return TextPath(kept.before, kept.after)


def text_fingerprint(text: str) -> str:
    """The same for texts with the same commands."""
    return hashlib.sha256(without_comments(text).encode()).hexdigest()
