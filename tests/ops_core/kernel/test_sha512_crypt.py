"""SHA-512 crypt: the examples of its specification, and openssl as a second opinion."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_core.kernel.sha512_crypt import (
    ALPHABET,
    MOST_ROUNDS,
    MOST_SALT,
    ROUNDS,
    is_hash_of,
    sha512_crypt,
)

# https://www.akkadia.org/drepper/SHA-crypt.txt: salts of at most 16 characters, rounds in bounds
EXAMPLES = [
    ("Hello world!", "saltstring", None, "$6$saltstring$"
     "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"),
    ("Hello world!", "saltstringsaltst", 10_000, "$6$rounds=10000$saltstringsaltst$"
     "OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."),
    ("the minimum number is still observed", "roundstoolow", 1_000, "$6$rounds=1000$roundstoolow$"
     "kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX."),
]  # fmt: skip
passwords = st.text(st.characters(min_codepoint=32, max_codepoint=0x4FFF), min_size=1, max_size=60)
salts = st.text(ALPHABET, min_size=1, max_size=MOST_SALT)


@pytest.mark.parametrize(("password", "salt", "rounds", "hashed"), EXAMPLES)
def test_examples_of_the_specification(
    password: str, salt: str, rounds: int | None, hashed: str
) -> None:
    assert sha512_crypt(password, salt, rounds) == hashed
    assert is_hash_of(hashed, password)
    assert not is_hash_of(hashed, f"{password}.")


@settings(max_examples=20, deadline=None)
@given(passwords, salts)
def test_openssl_computes_the_same(password: str, salt: str) -> None:
    found = subprocess.run(
        ["openssl", "passwd", "-6", "-salt", salt, "-stdin", "-noverify"],
        input=f"{password}\n".encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert found.stdout.decode().strip() == sha512_crypt(password, salt)


@pytest.mark.parametrize(
    "hashed",
    [
        "", "$6$salt$short", "$5$salt$" + "a" * 86, "$1$abc$0123456789abcdefghijkl",
        f"$6$rounds=999$salt${'a' * 86}", f"$6$rounds={MOST_ROUNDS + 1}$salt${'a' * 86}",
        f"$6$rounds=999999999$salt${'a' * 86}", f"$6${'s' * 17}${'a' * 86}",
        sha512_crypt("x", "salt") + "\n",
    ],
)  # fmt: skip
def test_what_is_no_such_hash_is_of_no_password(hashed: str) -> None:
    assert not is_hash_of(hashed, "x")


@pytest.mark.parametrize(("salt", "rounds"), [("s" * 17, ROUNDS), ("a$b", ROUNDS), ("a", 999)])
def test_what_has_no_hash_is_refused(salt: str, rounds: int) -> None:
    with pytest.raises(ValueError, match=r"salt|rounds"):
        sha512_crypt("x", salt, rounds)
