"""pytest plugin: writes what the suites found as lines of JSON, one a check."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.verify.results import REPORT_VARIABLE, CheckResult


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Append the outcome of a finished check; a failed preparation fails the check."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if report.when != "call" and not (report.when == "setup" and report.failed):
        return
    name, _, subject = item.name.partition("[")
    result = CheckResult(
        check=name.removeprefix("test_").replace("_", " "),
        subject=subject.removesuffix("]") or "site",
        passed=report.passed,
        message="" if report.passed else _reason(report),
    )
    with Path(os.environ[REPORT_VARIABLE]).open("a", encoding="utf-8") as file:
        file.write(result.model_dump_json() + "\n")


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr)
