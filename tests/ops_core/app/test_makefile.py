"""What the README says of `make run` reaches the product."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
TELL_DEMONSTRATION = (
    "-c 'from ops_core.kernel.settings import load_settings; print(load_settings().demonstration)'"
)
TELL = "-c 'from ops_core.kernel.settings import load_settings; print(load_settings().metrics)'"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, "sqlite"),
        ({"METRICS": "influxdb"}, "influxdb"),
        ({"ZHISHOU_METRICS": "influxdb"}, "influxdb"),
    ],
)
def test_the_chosen_metric_store_reaches_the_settings(given: dict[str, str], used: str) -> None:
    assert told_by_make_run(given, TELL) == f"{used}\n"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, True),
        ({"DEMONSTRATION": "off"}, False),
        ({"ZHISHOU_DEMONSTRATION": "off"}, False),
    ],
)
def test_the_demonstration_runs_unless_it_is_switched_off(
    given: dict[str, str], used: bool
) -> None:
    assert told_by_make_run(given, TELL_DEMONSTRATION) == f"{used}\n"


def told_by_make_run(given: dict[str, str], tell: str) -> str:
    """The recipe's own last lines, run with a program that tells its settings instead."""
    chosen = (
        "METRICS", "ZHISHOU_METRICS", "DEMONSTRATION", "ZHISHOU_DEMONSTRATION",
        "MAKEFLAGS", "MFLAGS", "MAKELEVEL",
    )  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k not in chosen} | given
    said = subprocess.run(
        ["make", "--no-print-directory", "-n", "run"],
        cwd=PROJECT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    recipe = "\n".join(said.stdout.splitlines()[-2:])
    assert ".venv/bin/zhishou run" in recipe
    told = subprocess.run(
        ["sh", "-c", recipe.replace(".venv/bin/zhishou run", f"{sys.executable} {tell}")],
        cwd=PROJECT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return told.stdout
