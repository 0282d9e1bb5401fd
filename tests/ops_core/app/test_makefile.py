"""What the README says of `make run` reaches the product."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
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
    """The recipe's own last line, run with a program that tells its settings instead."""
    chosen = ("METRICS", "ZHISHOU_METRICS", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    environment = {k: v for k, v in os.environ.items() if k not in chosen} | given
    said = subprocess.run(
        ["make", "--no-print-directory", "-n", "run"],
        cwd=PROJECT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    recipe = said.stdout.splitlines()[-1]
    assert ".venv/bin/zhishou run" in recipe
    told = subprocess.run(
        ["sh", "-c", recipe.replace(".venv/bin/zhishou run", f"{sys.executable} {TELL}")],
        cwd=PROJECT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout == f"{used}\n"
