"""A secret that is typed behind an option is not taken for one."""

import argparse

from ops_core.kernel.made_secrets import made_secret


def test_no_command_line_takes_a_secret_for_an_option() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--password")
    for _ in range(1_000):
        secret = made_secret(12)
        assert len(secret) == 16
        assert parser.parse_args(["--password", secret]).password == secret
