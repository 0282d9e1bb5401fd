from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from ops_core.kernel.identity import passwords


@pytest.fixture
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """argon2id at its least cost, for tests that hash often and do not ask how long it takes."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    passwords._hash_of_nobody.cache_clear()
    yield
    passwords._hash_of_nobody.cache_clear()
