"""How thorough a run of the tests is: the suite's share, or a night's."""

import os

PROFILE_VARIABLE = "ZHISHOU_TEST_PROFILE"


def is_nightly() -> bool:
    """Whether this run may take as long as the full proof (``ZHISHOU_TEST_PROFILE=nightly``)."""
    return os.environ.get(PROFILE_VARIABLE) == "nightly"
