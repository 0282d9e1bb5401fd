"""Chance that always falls the same way for the same seed and subject (pure)."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


class Dice(random.Random):
    """Draws for one subject; what other subjects draw does not move them."""

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def one_of(self, weights: Mapping[T, float]) -> T:
        """A key, as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.random() * len(items))]

    def seconds(self, shortest: float, longest: float) -> timedelta:
        """A span between the two, to the millisecond."""
        return timedelta(milliseconds=round(1000 * self.uniform(shortest, longest)))

    def skewed_seconds(self, median: float, sigma: float, longest: float) -> timedelta:
        """A log-normal span, as handle times are; never above ``longest``."""
        drawn = median * 2.718281828459045 ** self.gauss(0, sigma)
        return timedelta(milliseconds=round(1000 * min(drawn, longest)))


def dice_for(seed: int, *subject: object) -> Dice:
    """The dice of a subject: named by its parts, the same in every process."""
    return Dice("/".join(map(str, (seed, *subject))))
