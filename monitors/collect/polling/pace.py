"""How often an agent is polled: one that is slower than its interval has a longer one; pure."""

from dataclasses import dataclass, replace

LONGEST_FACTOR = 32
EASY_SHARE = 0.4
"""A poll that takes less than this share of the next shorter interval would fit into it."""
EASY_POLLS = 6
"""Polls in a row that would fit, before the shorter interval is tried: every third reads all."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The declared interval, and by what power of two it is stretched now."""

    declared_s: float
    factor: int = 1
    easy: int = 0

    @property
    def interval_s(self) -> float:
        return self.declared_s * self.factor

    @property
    def is_stretched(self) -> bool:
        return self.factor > 1

    def after(self, took_s: float, *, was_cut: bool) -> "Pace":
        """The pace after a poll that took so long; ``was_cut`` if the deadline ended it."""
        if was_cut:
            return replace(self, factor=min(2 * self.factor, LONGEST_FACTOR), easy=0)
        if self.factor == 1:
            return self
        if took_s > EASY_SHARE * self.interval_s / 2:
            return replace(self, easy=0)
        if self.easy + 1 < EASY_POLLS:
            return replace(self, easy=self.easy + 1)
        return replace(self, factor=self.factor // 2, easy=0)
