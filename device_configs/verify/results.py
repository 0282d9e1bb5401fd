"""What a verification found."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

REPORT_VARIABLE = "ZHISHOU_VERIFY_REPORT"
"""The environment's name of the file that the suites write their checks to."""


class CheckResult(BaseModel):
    """One check of one subject (a device, a virtual address, a service)."""

    model_config = ConfigDict(frozen=True)

    check: str
    subject: str
    passed: bool
    message: str = ""


class VerifyResult(BaseModel):
    """All checks, in the order they ran. A verification without any check has not passed."""

    model_config = ConfigDict(frozen=True)

    checks: tuple[CheckResult, ...]
    duration: timedelta
    stopped: str = ""
    """Why the suites ended early; empty when they ran to their end."""

    @property
    def passed(self) -> bool:
        """Whether everything that was to be checked was, and is in order."""
        return bool(self.checks) and not self.stopped and all(c.passed for c in self.checks)
