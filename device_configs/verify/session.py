"""Run the suites in a process of their own, inside the monitoring host's network namespace."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from device_configs.twin.namespace import run_in_network
from device_configs.verify.results import REPORT_VARIABLE, CheckResult, VerifyResult
from ops_core.kernel.settings import Settings

SUITES = Path(__file__).parent / "suites"
_ALL_RUN = (0, 1)
"""Exit codes of pytest for: all passed, some failed."""
LONGEST_S = 150.0
"""Shorter than a trial: what is not known by then is unknown, and the gate says so in time."""


def verify(
    settings: Settings,
    network: int | None,
    limit: Sequence[str] = (),
    longest_s: float = LONGEST_S,
) -> VerifyResult:
    """Check every managed device, or those that ``limit`` names, and the services.

    ``network`` is a descriptor of the monitoring host's network namespace; None when the calling
    thread stands in it already. What is not over after ``longest_s`` is broken off: what was asked
    until then is reported, and ``stopped`` says that it is not all.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        report = Path(folder) / "checks.jsonl"
        report.touch()
        stopped = _run(
            _command(network, limit),
            pass_fds=() if network is None else (network,),
            env=os.environ | _environment(settings, report),
            folder=folder,
            longest_s=longest_s,
        )
        *lines, _unfinished = report.read_text(encoding="utf-8").split("\n")
    return VerifyResult(
        checks=tuple(CheckResult.model_validate_json(line) for line in lines),
        duration=timedelta(seconds=time.monotonic() - started),
        stopped=stopped,
    )


def _run(
    command: Sequence[str],
    *,
    pass_fds: Sequence[int],
    env: Mapping[str, str],
    folder: str,
    longest_s: float,
) -> str:
    """Why it did not run to its end; empty where it did."""
    try:
        done = subprocess.run(
            command, pass_fds=pass_fds, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=folder, check=False, timeout=longest_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"it was not over after {longest_s:g} s, and was broken off"
    return "" if done.returncode in _ALL_RUN else done.stdout.decode(errors="replace")[-2000:]


def _command(network: int | None, limit: Sequence[str]) -> list[str]:
    argv = [
        sys.executable, "-m", "pytest", str(SUITES), "-q", "-c", str(SUITES / "pytest.ini"),
        "--rootdir", str(SUITES), "-p", "no:cacheprovider",
        "-p", "device_configs.verify.report",
    ]  # fmt: skip
    for name in limit:
        argv += ["--device", name]
    return argv if network is None else run_in_network(network, argv)


def _environment(settings: Settings, report: Path) -> dict[str, str]:
    return {
        REPORT_VARIABLE: str(report),
        "ZHISHOU_STATE_DIRECTORY": str(settings.state_directory.absolute()),
        "ZHISHOU_INVENTORY": str(settings.inventory.absolute()),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Installed plugins serve other suites; loading them takes as long as collecting these.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
