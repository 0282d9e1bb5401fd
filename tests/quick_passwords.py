"""argon2id at its least cost, for tests: they sign in thousands of times.

A hash names its own cost, so that a check of one made here is quick as well. What the product's
cost is, and that checks at this cost take as long as they must, tests of passwords themselves ask.
"""

from argon2 import PasswordHasher

from ops_core.kernel.identity import passwords

OF_THE_PRODUCT = passwords._hasher
LEAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_with(hasher: PasswordHasher) -> None:
    """From now on this process hashes with that cost."""
    passwords._hasher = hasher
    passwords._hash_of_nobody.cache_clear()
