"""How much a property or simulation test tries: in the suite, and in the nightly run."""

import os


def is_nightly() -> bool:
    """Whether the long form of the tests was asked for (ZHISHOU_TEST_PROFILE=nightly)."""
    return os.environ.get("ZHISHOU_TEST_PROFILE") == "nightly"


def examples(suite: int, nightly: int) -> int:
    """How many examples to try."""
    return nightly if is_nightly() else suite
