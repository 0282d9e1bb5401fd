"""Secrets that we make up for people and devices to type."""

import secrets


def made_secret(octets: int) -> str:
    """Random octets in letters, digits, ``-`` and ``_``, as ``secrets.token_urlsafe`` writes them,
    four characters for three.

    It begins with a letter or a digit: no command line takes it for an option.
    """
    while True:
        made = secrets.token_urlsafe(octets)
        if made[0].isalnum():
            return made
