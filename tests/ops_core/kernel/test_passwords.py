import time
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from ops_core.kernel.errors import Invalid
from ops_core.kernel.identity.passwords import generate_password, hash_password, verify_password
from tests import quick_passwords

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def product_cost() -> Iterator[None]:
    """What is asked here is asked of the cost that the product pays."""
    quick_passwords.hash_with(quick_passwords.OF_THE_PRODUCT)
    yield
    quick_passwords.hash_with(quick_passwords.LEAST)


def test_a_hash_costs_what_the_standard_recommends() -> None:
    kept = extract_parameters(hash_password(PASSWORD, "zhang.wei"))
    assert kept == RFC_9106_LOW_MEMORY


def test_a_name_nobody_bears_takes_as_long_as_a_wrong_password() -> None:
    kept = hash_password(PASSWORD, "zhang.wei")
    verify_password(None, "warm up: the hash of nobody is made once")

    def took_s(password_hash: str | None) -> float:
        start = time.perf_counter()
        assert not verify_password(password_hash, "wrong password")
        return time.perf_counter() - start

    pairs = [(took_s(kept), took_s(None)) for _ in range(8)]
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.4 < unknown / known < 2.5


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 257, "zhang.wei2026", "aaaaaaaabbbbbb"],
    ids=["too short", "too long", "holds the name", "few characters"],
)
def test_a_poor_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        hash_password(password, "zhang.wei")


def test_a_generated_password_is_good_and_new_each_time() -> None:
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert verify_password(hash_password(made.pop(), "zhang.wei"), "another one") is False
    assert not verify_password(hash_password(PASSWORD, "zhang.wei"), "x" * 100_000)
    assert not verify_password("not a hash", PASSWORD)
