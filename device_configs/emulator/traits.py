"""What makes a box hard to talk to; each is switched on by itself, while the box runs."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """Every trait is off. Patterns are regular expressions, searched in the line as it was sent."""

    paging: int = 0
    """Lines of a screen, after which ``---- More ----`` waits for a key; 0 for none. A session
    switches it off by the platform's own command."""
    time_stamps: bool = False
    """A line with the time before each answer."""
    log_every: int = 0
    """A log line in the middle of every n-th answer."""
    password_question: bool = False
    """At login the box asks whether to change the password."""
    latency: float = 0.0
    """Seconds before each answer begins."""
    drop_after: int = 0
    """The session is cut after so many lines; 0 never."""
    drop_at: str = ""
    """The session is cut when such a line arrives, before it is carried out."""
    drop_behind: str = ""
    """The session is cut once such a line is carried out, before its answer."""
    refuse: str = ""
    """Such a line is answered by an error of the box, and not carried out."""
    garbage_at: str = ""
    """Such a line is carried out and answered by bytes without a meaning."""
    silent_at: str = ""
    """Such a line is carried out, and its answer never comes."""
    prompt_name: str = ""
    """What the prompt calls the box: somebody renamed it. Empty: its own name."""
    banner: tuple[str, ...] = ()
    """Lines that are shown at each login before the first prompt."""
    disk_full: bool = False
    """Nothing can be saved, uploaded or committed to the commit list."""
    without_persist: bool = False
    """An older CE: a trial belongs to its session alone."""

    def __post_init__(self) -> None:
        for pattern in (
            self.drop_at, self.drop_behind, self.refuse, self.garbage_at, self.silent_at
        ):  # fmt: skip
            re.compile(pattern)


def hits(pattern: str, line: str) -> bool:
    """Whether a trait's pattern is set and found in a line."""
    return bool(pattern) and re.search(pattern, line) is not None
